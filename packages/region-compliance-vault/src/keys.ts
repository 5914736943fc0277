import { type JwkLike, type P256PrivateKey, type P256PublicKey, p256 } from '@vde/crypto';

/** A public key in any form: imported, PEM or JWK text, a JWK, DER or a raw point; bytes may also be a key file. */
export type PublicKeyInput = P256PublicKey | string | Uint8Array | JwkLike;
/** A private key in any form: imported, PEM or JWK text, a JWK, DER or a raw scalar; bytes may also be a key file. */
export type PrivateKeyInput = P256PrivateKey | string | Uint8Array | JwkLike;

/** The imported key. @throws KeyFormatError `badKey` for anything that is no P-256 public key. */
export function publicKeyOf(key: PublicKeyInput): P256PublicKey {
  return isImported<P256PublicKey>(key, 'p256-public') ? key : p256.importPublicKey(contentOf(key));
}

/** The imported key. @throws KeyFormatError `badKey` for anything that is no P-256 private key. */
export function privateKeyOf(key: PrivateKeyInput): P256PrivateKey {
  return isImported<P256PrivateKey>(key, 'p256-private') ? key : p256.importPrivateKey(contentOf(key));
}

function isImported<Key extends { readonly type: string }>(key: unknown, type: Key['type']): key is Key {
  return (key as Partial<Key> | null | undefined)?.type === type;
}

/** First byte of DER, and of the three forms of a point. */
const binaryStarts: readonly number[] = [0x30, 0x02, 0x03, 0x04];
const scalarBytes = 32;

/** Text files arrive as bytes, and a JWK as its JSON text. */
function contentOf(key: string | Uint8Array | JwkLike): string | Uint8Array | JwkLike {
  if (key instanceof Uint8Array) {
    if (key.length === scalarBytes || binaryStarts.includes(key[0] ?? 0)) return key;
    return contentOf(new TextDecoder().decode(key));
  }
  if (typeof key !== 'string' || !key.trimStart().startsWith('{')) return key;
  try {
    return JSON.parse(key) as JwkLike;
  } catch {
    // The import names what it found.
    return key;
  }
}
