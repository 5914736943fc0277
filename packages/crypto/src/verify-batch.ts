import { requireBytes } from './bytes.ts';
import { type P256PublicKey, pointOf } from './keys.ts';

/** One signature of a batch: what `p256.verify` takes. The bytes must stay as they are until the batch is done. */
export interface P256VerifyJob {
  readonly publicKey: P256PublicKey;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export type VerifyNow = (key: P256PublicKey, message: Uint8Array, signature: Uint8Array) => boolean;
export type VerifyLater = (key: P256PublicKey, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;

export const signatureBytes = 64;

/** Jobs that are under way in other threads at once: enough for all of them, few enough that an abort takes effect soon. */
const laterAtOnce = 256;
/** Jobs that the calling thread does before it lets others run. */
const nowAtOnce = 8;

/** Verifies one job after the other here, or many at a time with `later`. Jobs are taken when it is their turn. */
export async function verifyBatch(
  jobs: Iterable<P256VerifyJob>,
  { now, later }: { readonly now: VerifyNow; readonly later: VerifyLater | undefined },
  signal: AbortSignal | undefined,
): Promise<boolean[]> {
  const verify = later ?? now;
  const answers: boolean[] = [];
  signal?.throwIfAborted();
  for (const slice of slicesOf(jobs, later === undefined ? nowAtOnce : laterAtOnce)) {
    slice.forEach(requireJob);
    answers.push(...(await Promise.all(slice.map((job) => answerTo(job, verify)))));
    if (later === undefined) await otherTasks();
    signal?.throwIfAborted();
  }
  return answers;
}

/** @throws TypeError */
function requireJob({ publicKey, message, signature }: P256VerifyJob): void {
  pointOf(publicKey);
  requireBytes(message, 'message');
  requireBytes(signature, 'signature');
}

function answerTo({ publicKey, message, signature }: P256VerifyJob, verify: VerifyNow | VerifyLater) {
  return signature.length === signatureBytes && verify(publicKey, message, signature);
}

function* slicesOf<T>(items: Iterable<T>, size: number): Generator<T[], void, undefined> {
  let slice: T[] = [];
  for (const item of items) {
    slice.push(item);
    if (slice.length < size) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

const otherTasks = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
