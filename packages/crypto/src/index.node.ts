export type { KeyFormat, P256 } from './ecdsa.ts';
export { isKeyFormatError, KeyFormatError } from './errors.ts';
export { createSha256, equalBytes, hmacSha256, hmacSha512, sha256, sha512 } from './hash.node.ts';
export type { Sha256 } from './incremental.ts';
export type {
  JwkLike,
  P256KeyPair,
  P256PrivateJwk,
  P256PrivateKey,
  P256PublicJwk,
  P256PublicKey,
} from './keys.ts';
export { p256 } from './p256.node.ts';
export { randomBytes } from './random.ts';
export type { P256VerifyJob } from './verify-batch.ts';
