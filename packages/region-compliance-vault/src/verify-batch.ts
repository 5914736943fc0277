import { type P256PublicKey, type P256VerifyJob, p256 } from '@vde/crypto';
import { type PublicKeyInput, publicKeyOf } from './keys.ts';
import type { NewPassport } from './new-passport.ts';
import { signaturePayload } from './signature.ts';
import { judgeForm, type PassportVerdict, type SignatureState, verdictOf } from './verdict.ts';

/** How a batch of passports is verified. */
export interface BatchOptions {
  /** The time at which they are judged, ticks. */
  readonly now: bigint;
  /** One key for all, or the imported key of each passport's issuer; `undefined` where there is none. */
  readonly publicKey?: PublicKeyInput | ((passport: NewPassport) => P256PublicKey | undefined) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Verifies many passports, on every core that the platform gives (`p256.verifyBatch` of `@vde/crypto`); the verdicts stand in their
 * order. @throws KeyFormatError for a bad key, the signal's reason when aborted.
 */
export async function verifyPassports(
  passports: Iterable<NewPassport>,
  { now, publicKey, signal }: BatchOptions,
): Promise<PassportVerdict[]> {
  const all = [...passports];
  const keyFor = keyLookup(publicKey);
  const known: (SignatureState | undefined)[] = [];
  // One at a time, as they are asked for: a large vault keeps nobody waiting.
  function* jobs(): Generator<P256VerifyJob, void, undefined> {
    for (const passport of all) {
      const key = keyFor(passport);
      const state = judgeForm(passport, key !== undefined);
      known.push(state);
      if (state === undefined) yield jobOf(passport, key!);
    }
  }
  const answers = (await p256.verifyBatch(jobs(), { signal })).values();
  return all.map((passport, i) => verdictOf(passport, now, known[i] ?? stateOf(answers.next().value)));
}

/** The job of a passport whose signature is well formed. */
export function jobOf(passport: NewPassport, publicKey: P256PublicKey): P256VerifyJob {
  return { publicKey, message: signaturePayload(passport), signature: passport.signature! };
}

const stateOf = (isValid: boolean | undefined): SignatureState => (isValid === true ? 'valid' : 'invalid');

function keyLookup(given: BatchOptions['publicKey']): (passport: NewPassport) => P256PublicKey | undefined {
  if (typeof given === 'function') return given;
  const key = given === undefined ? undefined : publicKeyOf(given);
  return () => key;
}
