import { p256 as noble } from '@noble/curves/nist.js';
import { createP256, type P256 } from './ecdsa.ts';
import { pointOf } from './keys.ts';
import { subtleVerifier } from './subtle.ts';

/** ECDSA over P-256 with SHA-256, by @noble/curves; batches are verified by WebCrypto. */
export const p256: P256 = /* @__PURE__ */ createP256({
  decodePoint(bytes) {
    try {
      return noble.Point.fromBytes(bytes).toBytes(false);
    } catch {
      return undefined;
    }
  },
  multiplyBase: (scalar) => noble.getPublicKey(scalar, false),
  sign: (scalar, message) => noble.sign(message, scalar, { lowS: true, prehash: true, format: 'compact' }),
  verify: (key, message, signature) =>
    noble.verify(signature, message, pointOf(key), { lowS: false, prehash: true, format: 'compact' }),
  verifyLater: subtleVerifier,
});
