import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto';
import { requireBytes } from './bytes.ts';
import { guardHash, type Sha256 } from './incremental.ts';

/** SHA-256 of the bytes, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  requireBytes(bytes, 'bytes');
  return oneByteEach(hash('sha256', bytes, 'binary'));
}

/** SHA-512 of the bytes, 64 bytes. */
export function sha512(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  requireBytes(bytes, 'bytes');
  return oneByteEach(hash('sha512', bytes, 'binary'));
}

/** HMAC-SHA-256, 32 bytes. The key may have any length, even 0. */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  requireBytes(key, 'key');
  requireBytes(bytes, 'bytes');
  return plain(createHmac('sha256', key).update(bytes).digest());
}

/** HMAC-SHA-512, 64 bytes. The key may have any length, even 0. */
export function hmacSha512(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  requireBytes(key, 'key');
  requireBytes(bytes, 'bytes');
  return plain(createHmac('sha512', key).update(bytes).digest());
}

/** Starts a SHA-256 over bytes that arrive in pieces. */
export function createSha256(): Sha256 {
  const running = createHash('sha256');
  return guardHash(
    (bytes) => running.update(bytes),
    () => plain(running.digest()),
  );
}

/** Compares in a time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  requireBytes(a, 'a');
  requireBytes(b, 'b');
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The bytes of a hash that came as text: making a Buffer takes node:crypto as long as hashing 200 bytes. */
function oneByteEach(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A Buffer may be a window of a shared pool and has other methods; results are plain arrays that own their bytes. */
function plain(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer);
}
