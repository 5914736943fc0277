import { randomBytes } from './random.ts';

/** Order of the P-256 group, big-endian; private scalars and r, s of signatures lie in 1..n-1. */
const orderHex = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
const order = /* @__PURE__ */ BigInt(`0x${orderHex}`);

/** Length of a scalar in bytes; a point coordinate has the same. */
export const scalarBytes = 32;

/** The group order n. */
export function groupOrder(): bigint {
  return order;
}

/** Big-endian bytes to integer. */
export function toInteger(bytes: Uint8Array): bigint {
  let hex = '0x0';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return BigInt(hex);
}

/** Integer below 2^256 to 32 big-endian bytes. */
export function toScalarBytes(value: bigint): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16).padStart(2 * scalarBytes, '0');
  return Uint8Array.from({ length: scalarBytes }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** True when the bytes are a private scalar: 32 bytes, big-endian, 1..n-1. */
export function isScalar(bytes: Uint8Array): boolean {
  if (bytes.length !== scalarBytes) return false;
  const value = toInteger(bytes);
  return value > 0n && value < order;
}

/** A uniformly distributed private scalar. */
export function randomScalar(): Uint8Array<ArrayBuffer> {
  for (;;) {
    const bytes = randomBytes(scalarBytes);
    if (isScalar(bytes)) return bytes;
  }
}
