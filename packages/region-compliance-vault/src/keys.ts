import { type JwkLike, type P256PrivateKey, type P256PublicKey, p256 } from '@vde/crypto';

/** A public key in any form: imported, PEM or JWK text, a JWK, DER or a raw point; bytes may also be a key file. */
export type PublicKeyInput = P256PublicKey | string | Uint8Array | JwkLike;
/** A private key in any form: imported, PEM or JWK text, a JWK, DER or a raw scalar; bytes may also be a key file. */
export type PrivateKeyInput = P256PrivateKey | string | Uint8Array | JwkLike;

/** The imported key. @throws KeyFormatError `badKey` for anything that is no P-256 public key. */
export function publicKeyOf(key: PublicKeyInput): P256PublicKey {
  return isImported<P256PublicKey>(key, 'p256-public') ? key : p256.importPublicKey(key);
}

/** The imported key. @throws KeyFormatError `badKey` for anything that is no P-256 private key. */
export function privateKeyOf(key: PrivateKeyInput): P256PrivateKey {
  return isImported<P256PrivateKey>(key, 'p256-private') ? key : p256.importPrivateKey(key);
}

function isImported<Key extends { readonly type: string }>(key: unknown, type: Key['type']): key is Key {
  return (key as Partial<Key> | null | undefined)?.type === type;
}
