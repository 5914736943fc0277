import { toBase64Url } from './base64.ts';
import { der, derTag } from './der.ts';
import type { P256PrivateJwk, P256PublicJwk } from './keys.ts';
import { writePem } from './pem.ts';

/** id-ecPublicKey with the named curve P-256. */
function algorithm(): Uint8Array<ArrayBuffer> {
  const ecPublicKey = der(derTag.objectId, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]);
  const p256 = der(derTag.objectId, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
  return der(derTag.sequence, ecPublicKey, p256);
}

/** DER SPKI of an uncompressed point, 91 bytes. */
export function toSpki(point: Uint8Array): Uint8Array<ArrayBuffer> {
  return der(derTag.sequence, algorithm(), der(derTag.bitString, [0], point));
}

/** DER PKCS#8 with the public key inside, as OpenSSL writes it, 138 bytes. */
export function toPkcs8(scalar: Uint8Array, point: Uint8Array): Uint8Array<ArrayBuffer> {
  const publicKey = der(derTag.context1, der(derTag.bitString, [0], point));
  const sec1 = der(derTag.sequence, der(derTag.integer, [1]), der(derTag.octetString, scalar), publicKey);
  return der(derTag.sequence, der(derTag.integer, [0]), algorithm(), der(derTag.octetString, sec1));
}

/** PEM SPKI. */
export function toPublicPem(point: Uint8Array): string {
  return writePem('PUBLIC KEY', toSpki(point));
}

/** PEM PKCS#8. */
export function toPrivatePem(scalar: Uint8Array, point: Uint8Array): string {
  return writePem('PRIVATE KEY', toPkcs8(scalar, point));
}

/** JWK of an uncompressed point. */
export function toPublicJwk(point: Uint8Array): P256PublicJwk {
  return { kty: 'EC', crv: 'P-256', x: toBase64Url(point.subarray(1, 33)), y: toBase64Url(point.subarray(33)) };
}

/** JWK of a private key. */
export function toPrivateJwk(scalar: Uint8Array, point: Uint8Array): P256PrivateJwk {
  return { ...toPublicJwk(point), d: toBase64Url(scalar) };
}
