import { createECDH, createPublicKey, ECDH, type KeyObject, verify } from 'node:crypto';
import { createP256, type P256 } from './ecdsa.ts';
import { toSpki } from './export-key.ts';
import { type P256PublicKey, pointOf } from './keys.ts';
import { signDeterministic } from './sign.node.ts';
import type { VerifyLater } from './verify-batch.ts';

const curveName = 'prime256v1';

/** Making a native key takes longer than a verification. */
const nativeKeys = /* @__PURE__ */ new WeakMap<P256PublicKey, KeyObject>();

/** ECDSA over P-256 with SHA-256, by OpenSSL. */
export const p256: P256 = /* @__PURE__ */ createP256({
  decodePoint(bytes) {
    try {
      return new Uint8Array(ECDH.convertKey(bytes, curveName, undefined, undefined, 'uncompressed') as Buffer);
    } catch {
      return undefined;
    }
  },
  multiplyBase,
  sign: (scalar, message) => signDeterministic(scalar, message, multiplyBase),
  verify: (key, message, signature) => verify('sha256', message, parametersOf(key), signature),
  verifyLater: () => verifyInPool,
});

/** With a callback the work is done in the thread pool. */
const verifyInPool: VerifyLater = (key, message, signature) =>
  new Promise((resolve, reject) => {
    verify('sha256', message, parametersOf(key), signature, (error, isValid) =>
      error === null ? resolve(isValid) : reject(error),
    );
  });

const parametersOf = (key: P256PublicKey) => ({ key: nativeKey(key), dsaEncoding: 'ieee-p1363' }) as const;

function multiplyBase(scalar: Uint8Array): Uint8Array<ArrayBuffer> {
  const exchange = createECDH(curveName);
  exchange.setPrivateKey(scalar);
  return new Uint8Array(exchange.getPublicKey());
}

function nativeKey(key: P256PublicKey): KeyObject {
  let native = nativeKeys.get(key);
  if (native === undefined) {
    native = createPublicKey({ key: Buffer.from(toSpki(pointOf(key))), format: 'der', type: 'spki' });
    nativeKeys.set(key, native);
  }
  return native;
}
