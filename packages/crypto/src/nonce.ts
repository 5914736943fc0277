import { concatBytes } from './bytes.ts';
import { isScalar, scalarBytes } from './scalar.ts';

/**
 * The candidates for k of RFC 6979 section 3.2, for SHA-256 and P-256: each call gives the next one in 1..n-1.
 * `digest` is the message hash reduced modulo n.
 */
export function createNonces(
  hmac: (key: Uint8Array, bytes: Uint8Array) => Uint8Array,
  scalar: Uint8Array,
  digest: Uint8Array,
): () => Uint8Array {
  let value: Uint8Array = new Uint8Array(scalarBytes).fill(1);
  let key: Uint8Array = new Uint8Array(scalarBytes);
  const stir = (...input: readonly ArrayLike<number>[]) => {
    key = hmac(key, concatBytes(value, ...input));
    value = hmac(key, value);
  };
  stir([0], scalar, digest);
  stir([1], scalar, digest);
  let started = false;
  return () => {
    for (;;) {
      if (started) stir([0]);
      started = true;
      value = hmac(key, value);
      if (isScalar(value)) return value;
    }
  };
}
