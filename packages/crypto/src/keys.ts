import { describe } from './bytes.ts';

/** Registered, so that keys made by one implementation or copy of this package work in another. */
const material: unique symbol = /* @__PURE__ */ Symbol.for('@vde/crypto/p256');

/** A checked P-256 public key. Opaque: made by the import functions, read by the export functions. */
export interface P256PublicKey {
  readonly type: 'p256-public';
  readonly [material]: Uint8Array<ArrayBuffer>;
}

/** A checked P-256 private key. Opaque; its bytes stay out of logs and JSON. */
export interface P256PrivateKey {
  readonly type: 'p256-private';
  readonly [material]: Uint8Array<ArrayBuffer>;
}

/** Both halves of a key. */
export interface P256KeyPair {
  readonly publicKey: P256PublicKey;
  readonly privateKey: P256PrivateKey;
}

/** A P-256 public key as JSON Web Key (RFC 7517, 7518): coordinates in base64url. */
export interface P256PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/** A P-256 private key as JSON Web Key: `d` is the scalar. */
export interface P256PrivateJwk extends P256PublicJwk {
  readonly d: string;
}

/** What the import functions accept as JSON Web Key; further members are ignored. */
export interface JwkLike {
  readonly kty?: string | undefined;
  readonly crv?: string | undefined;
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  readonly d?: string | undefined;
}

/** Takes over `point`: 65 bytes, uncompressed, on the curve. */
export function makePublicKey(point: Uint8Array<ArrayBuffer>): P256PublicKey {
  return conceal<P256PublicKey>('p256-public', point);
}

/** Takes over `scalar`: 32 bytes, 1..n-1. */
export function makePrivateKey(scalar: Uint8Array<ArrayBuffer>): P256PrivateKey {
  return conceal<P256PrivateKey>('p256-private', scalar);
}

/** The 65 bytes of the point, not a copy. @throws TypeError when it is no key of this package */
export function pointOf(key: P256PublicKey): Uint8Array<ArrayBuffer> {
  return reveal(key, 'p256-public', 'importPublicKey');
}

/** The 32 bytes of the scalar, not a copy. @throws TypeError when it is no key of this package */
export function scalarOf(key: P256PrivateKey): Uint8Array<ArrayBuffer> {
  return reveal(key, 'p256-private', 'importPrivateKey');
}

/** Not enumerable: printing, spreading or serialising a key shows its type only. */
function conceal<K extends P256PublicKey | P256PrivateKey>(type: K['type'], bytes: Uint8Array<ArrayBuffer>): K {
  const key = Object.defineProperty({ type }, material, { value: bytes });
  return Object.freeze(key) as unknown as K;
}

function reveal<K extends P256PublicKey | P256PrivateKey>(key: K, type: K['type'], maker: string) {
  const known: Partial<K> | null | undefined = key;
  const bytes = known?.[material];
  if (known?.type !== type || bytes === undefined) {
    throw new TypeError(`key must be a ${type} key made by ${maker}, not ${known?.type ?? describe(key)}`);
  }
  return bytes;
}
