import { type P256PublicKey, p256 } from '@vde/crypto';
import { type PublicKeyInput, publicKeyOf } from './keys.ts';
import type { NewPassport } from './new-passport.ts';
import { signaturePayload } from './signature.ts';
import { judgeForm, type PassportVerdict, type SignatureState, verdictOf } from './verdict.ts';

/** One signature to verify: ECDSA over P-256 with SHA-256 of `payload`, `signature` is r and s, 64 bytes, s in either half. */
export interface SignatureJob {
  readonly publicKey: P256PublicKey;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** Verifies one signature, here or elsewhere: WebCrypto and pools of worker threads answer with promises. */
export type SignatureVerifier = (job: SignatureJob) => boolean | Promise<boolean>;

/** How a batch of passports is verified. */
export interface BatchOptions {
  /** The time at which they are judged, ticks. */
  readonly now: bigint;
  /** One key for all, or the imported key of each passport's issuer; `undefined` where there is none. */
  readonly publicKey?: PublicKeyInput | ((passport: NewPassport) => P256PublicKey | undefined) | undefined;
  /** Left out: `p256.verify` of `@vde/crypto`, in the calling thread. */
  readonly verify?: SignatureVerifier | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Signatures under way at once: enough for every thread of a pool, few enough that aborting takes effect soon. */
const batchSize = 256;

/**
 * Verifies many passports; the verdicts stand in their order. Signatures are handed to `verify` in batches whose jobs may run at
 * the same time; other tasks run between batches. @throws KeyFormatError for a bad key, the signal's reason when aborted.
 */
export async function verifyPassports(
  passports: Iterable<NewPassport>,
  { now, publicKey, verify = verifyHere, signal }: BatchOptions,
): Promise<PassportVerdict[]> {
  const all = [...passports];
  const keyFor = keyLookup(publicKey);
  const verdicts: PassportVerdict[] = [];
  for (let first = 0; first < all.length; first += batchSize) {
    if (first > 0) await otherTasks();
    signal?.throwIfAborted();
    const batch = all.slice(first, first + batchSize);
    const states = await Promise.all(batch.map((passport) => judge(passport, keyFor(passport), verify)));
    for (const [i, state] of states.entries()) verdicts.push(verdictOf(batch[i]!, now, state));
  }
  return verdicts;
}

function judge(
  passport: NewPassport,
  publicKey: P256PublicKey | undefined,
  verify: SignatureVerifier,
): SignatureState | Promise<SignatureState> {
  const known = judgeForm(passport, publicKey !== undefined);
  if (known !== undefined) return known;
  const payload = signaturePayload(passport);
  const signature = new Uint8Array(passport.signature!);
  const answer = verify({ publicKey: publicKey!, payload, signature });
  return typeof answer === 'boolean' ? stateOf(answer) : answer.then(stateOf);
}

const stateOf = (isValid: boolean): SignatureState => (isValid ? 'valid' : 'invalid');

const verifyHere: SignatureVerifier = ({ publicKey, payload, signature }) => p256.verify(publicKey, payload, signature);

function keyLookup(given: BatchOptions['publicKey']): (passport: NewPassport) => P256PublicKey | undefined {
  if (typeof given === 'function') return given;
  const key = given === undefined ? undefined : publicKeyOf(given);
  return () => key;
}

const otherTasks = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
