import { hmacSha256, sha256 } from './hash.node.ts';
import { createNonces } from './nonce.ts';
import { groupOrder, randomScalar, toInteger, toScalarBytes } from './scalar.ts';

/**
 * Signs as the portable implementation does, byte for byte. OpenSSL's own signatures use a random k (RFC 6979 needs
 * 3.2, and node:crypto does not expose it), so OpenSSL does k*G and the hashes, and the rest is done here.
 */
export function signDeterministic(
  scalar: Uint8Array,
  message: Uint8Array,
  multiplyBase: (scalar: Uint8Array) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const n = groupOrder();
  const digest = toInteger(sha256(message)) % n;
  const nextNonce = createNonces(hmacSha256, scalar, toScalarBytes(digest));
  for (;;) {
    const nonce = nextNonce();
    const r = toInteger(multiplyBase(nonce).subarray(1, 33)) % n;
    const s = blindedS(toInteger(nonce), toInteger(scalar), digest, r);
    if (r !== 0n && s !== 0n) return joinLowS(r, s);
  }
}

/** (digest + r*d) / k mod n. BigInt takes time by value: a random factor hides k and d from the clock. */
function blindedS(k: bigint, d: bigint, digest: bigint, r: bigint): bigint {
  const n = groupOrder();
  const blind = toInteger(randomScalar());
  const sum = ((blind * digest) % n) + ((blind * d) % n) * r;
  return (invert((blind * k) % n, n) * (sum % n)) % n;
}

function joinLowS(r: bigint, s: bigint): Uint8Array<ArrayBuffer> {
  const n = groupOrder();
  const signature = new Uint8Array(64);
  signature.set(toScalarBytes(r));
  signature.set(toScalarBytes(s > n / 2n ? n - s : s), 32);
  return signature;
}

/** Extended Euclid; `value` is in 1..modulus-1 and the modulus prime. */
function invert(value: bigint, modulus: bigint): bigint {
  let [a, b] = [value, modulus];
  let [x, y] = [1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b] = [b - quotient * a, a];
    [x, y] = [y - quotient * x, x];
  }
  return ((x % modulus) + modulus) % modulus;
}
