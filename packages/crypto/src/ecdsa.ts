import { requireBytes } from './bytes.ts';
import { badKey } from './errors.ts';
import { toPrivateJwk, toPrivatePem, toPublicJwk, toPublicPem } from './export-key.ts';
import { isPointForm, parsePrivateKey, parsePublicKey } from './import-key.ts';
import {
  type JwkLike,
  makePrivateKey,
  makePublicKey,
  type P256KeyPair,
  type P256PrivateJwk,
  type P256PrivateKey,
  type P256PublicJwk,
  type P256PublicKey,
  pointOf,
  scalarOf,
} from './keys.ts';
import { isScalar, randomScalar } from './scalar.ts';
import { type P256VerifyJob, signatureBytes, type VerifyLater, verifyBatch } from './verify-batch.ts';

/** Forms in which keys are exported: PEM (SPKI, PKCS#8), JWK, raw bytes (65-byte point, 32-byte scalar). */
export type KeyFormat = 'pem' | 'jwk' | 'raw';

/** ECDSA over NIST P-256 with SHA-256; signatures are r || s, 64 bytes (IEEE P1363). */
export interface P256 {
  /** Signs the message (not its hash): deterministic (RFC 6979), s in the lower half. */
  sign(privateKey: P256PrivateKey, message: Uint8Array): Uint8Array<ArrayBuffer>;
  /** True when the signature fits, with s in either half. Any other bytes are false; signature bytes never throw. */
  verify(publicKey: P256PublicKey, message: Uint8Array, signature: Uint8Array): boolean;
  /**
   * The answer of {@link verify} to each job, in their order. In Node and browsers other threads work on up to 256 jobs at once, and
   * the caller's is free; without them the caller's does, with pauses. Jobs are taken from the iterable when it is their turn.
   * Rejects with the signal's reason between jobs when aborted, with a `TypeError` at a job that `verify` would refuse.
   */
  verifyBatch(
    jobs: Iterable<P256VerifyJob>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<boolean[]>;
  /** Reads PEM or DER SPKI, a JWK, a point of 65 or 33 bytes. Bytes are copied. @throws KeyFormatError `badKey` */
  importPublicKey(key: string | Uint8Array | JwkLike): P256PublicKey;
  /** Reads PEM PKCS#8 or SEC1, DER PKCS#8, a JWK, a scalar of 32 bytes. Bytes are copied. @throws KeyFormatError `badKey` */
  importPrivateKey(key: string | Uint8Array | JwkLike): P256PrivateKey;
  /** The public half. */
  publicKeyOf(privateKey: P256PrivateKey): P256PublicKey;
  /** A fresh key from the system's secure generator. */
  generateKeyPair(): P256KeyPair;
  /** PEM SPKI, JWK or a fresh copy of the 65 bytes of the point. */
  exportPublicKey(key: P256PublicKey, format: 'pem'): string;
  exportPublicKey(key: P256PublicKey, format: 'jwk'): P256PublicJwk;
  exportPublicKey(key: P256PublicKey, format: 'raw'): Uint8Array<ArrayBuffer>;
  /** PEM PKCS#8, JWK or a fresh copy of the 32 bytes of the scalar. */
  exportPrivateKey(key: P256PrivateKey, format: 'pem'): string;
  exportPrivateKey(key: P256PrivateKey, format: 'jwk'): P256PrivateJwk;
  exportPrivateKey(key: P256PrivateKey, format: 'raw'): Uint8Array<ArrayBuffer>;
}

/** What an implementation brings; arguments have been checked. */
export interface Curve {
  /** The 65-byte form of an encoded point; undefined unless it is one on the curve. */
  decodePoint(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined;
  /** The 65-byte point of a scalar. */
  multiplyBase(scalar: Uint8Array): Uint8Array<ArrayBuffer>;
  sign(scalar: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer>;
  /** `signature` has 64 bytes. */
  verify(key: P256PublicKey, message: Uint8Array, signature: Uint8Array): boolean;
  /** The same in other threads; `undefined` where the platform offers none. */
  verifyLater(): VerifyLater | undefined;
}

/** The public API around an implementation of the curve. */
export function createP256(curve: Curve): P256 {
  // Who signs asks for the public half again and again, and the implementations keep what they made of a key.
  const halves = new WeakMap<P256PrivateKey, P256PublicKey>();
  const publicKeyOf = (key: P256PrivateKey): P256PublicKey => {
    const known = halves.get(key) ?? makePublicKey(curve.multiplyBase(scalarOf(key)));
    halves.set(key, known);
    return known;
  };
  return {
    publicKeyOf,
    sign(privateKey, message) {
      const scalar = scalarOf(privateKey);
      requireBytes(message, 'message');
      return curve.sign(scalar, message);
    },
    verify(publicKey, message, signature) {
      pointOf(publicKey);
      requireBytes(message, 'message');
      requireBytes(signature, 'signature');
      return signature.length === signatureBytes && curve.verify(publicKey, message, signature);
    },
    verifyBatch: (jobs, { signal } = {}) =>
      verifyBatch(jobs, { now: curve.verify, later: curve.verifyLater() }, signal),
    importPublicKey: (key) => makePublicKey(requirePoint(curve, parsePublicKey(key), 'P-256 public key')),
    importPrivateKey: (key) => checkPrivateKey(curve, key),
    generateKeyPair() {
      const privateKey = makePrivateKey(randomScalar());
      return { privateKey, publicKey: publicKeyOf(privateKey) };
    },
    exportPublicKey: ((key: P256PublicKey, format: KeyFormat) => {
      const point = pointOf(key);
      return exportAs(
        format,
        () => toPublicPem(point),
        () => toPublicJwk(point),
        point,
      );
    }) as P256['exportPublicKey'],
    exportPrivateKey: ((key: P256PrivateKey, format: KeyFormat) => {
      const scalar = scalarOf(key);
      const point = () => curve.multiplyBase(scalar);
      return exportAs(
        format,
        () => toPrivatePem(scalar, point()),
        () => toPrivateJwk(scalar, point()),
        scalar,
      );
    }) as P256['exportPrivateKey'],
  };
}

function requirePoint(curve: Curve, bytes: Uint8Array, subject: string): Uint8Array<ArrayBuffer> {
  // OpenSSL would also take the hybrid forms 06 and 07.
  const point = isPointForm(bytes) ? curve.decodePoint(bytes) : undefined;
  if (point === undefined) throw badKey(subject, `${bytes.length} bytes that are no point`, 'a point on the curve');
  return point;
}

function checkPrivateKey(curve: Curve, key: unknown): P256PrivateKey {
  const subject = 'P-256 private key';
  const { scalar, point } = parsePrivateKey(key);
  if (!isScalar(scalar)) throw badKey(subject, `a scalar of ${scalar.length} bytes out of range`, '32 bytes in 1..n-1');
  if (point !== undefined) {
    const claimed = requirePoint(curve, point, subject);
    const own = curve.multiplyBase(scalar);
    if (own.some((byte, i) => byte !== claimed[i])) throw badKey(subject, 'the public key of another', 'its own');
  }
  return makePrivateKey(new Uint8Array(scalar));
}

function exportAs(format: KeyFormat, pem: () => string, jwk: () => P256PublicJwk, raw: Uint8Array) {
  if (format === 'pem') return pem();
  if (format === 'jwk') return jwk();
  if (format === 'raw') return new Uint8Array(raw);
  throw new TypeError(`format must be 'pem', 'jwk' or 'raw', not ${String(format)}`);
}
