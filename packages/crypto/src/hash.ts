import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import { requireBytes } from './bytes.ts';
import { guardHash, type Sha256 } from './incremental.ts';

/** SHA-256 of the bytes, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  requireBytes(bytes, 'bytes');
  return nobleSha256(bytes);
}

/** SHA-512 of the bytes, 64 bytes. */
export function sha512(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  requireBytes(bytes, 'bytes');
  return nobleSha512(bytes);
}

/** HMAC-SHA-256, 32 bytes. The key may have any length, even 0. */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  requireBytes(key, 'key');
  requireBytes(bytes, 'bytes');
  return hmac(nobleSha256, key, bytes);
}

/** HMAC-SHA-512, 64 bytes. The key may have any length, even 0. */
export function hmacSha512(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  requireBytes(key, 'key');
  requireBytes(bytes, 'bytes');
  return hmac(nobleSha512, key, bytes);
}

/** Starts a SHA-256 over bytes that arrive in pieces. */
export function createSha256(): Sha256 {
  const hash = nobleSha256.create();
  return guardHash(
    (bytes) => hash.update(bytes),
    () => hash.digest(),
  );
}

/** Compares in a time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  requireBytes(a, 'a');
  requireBytes(b, 'b');
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
