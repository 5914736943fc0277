import { hmacSha256, randomBytes, sha256 } from '@vde/crypto';
import { writeGuid } from '@vde/format';

/** What is hashed under a key. */
export interface PiiInput {
  /** Secret of at least 32 bytes that is kept outside the image. Destroying it makes every hash useless. */
  readonly key: Uint8Array;
  /** Number of the type, a u16: equal data of two types have different hashes. */
  readonly piiType: number;
  /**
   * The datum. Text is brought into Unicode NFC and hashed as UTF-8; letter case and ways of writing numbers are the caller's to unify
   * before. Bytes are hashed as they are.
   */
  readonly pii: string | Uint8Array;
  /** Binds the hash to one subject: equal data of two subjects cannot be linked then. Left out: a datum can be looked up. */
  readonly subjectId?: string | undefined;
}

/**
 * The `piiHash` of a datum: HMAC-SHA-256 under a key, 32 bytes (5.1). Without the key nobody can try values against it.
 * @throws RangeError or TypeError for a key below 32 bytes, a type that is no u16, text with lone surrogates or a subject that is no GUID.
 */
export function hashPii(input: PiiInput): Uint8Array<ArrayBuffer> {
  return keyed('DWVD-ANON-PII-v1', input);
}

/** An `anonymizedToken` that follows from the datum: the same datum gets the same token (5.1). @throws as {@link hashPii}. */
export function deriveToken(input: PiiInput): Uint8Array<ArrayBuffer> {
  return keyed('DWVD-ANON-TOKEN-v1', input);
}

/** A random `anonymizedToken` of 32 bytes, the default: it says nothing about the datum. */
export function randomToken(): Uint8Array<ArrayBuffer> {
  return randomBytes(32);
}

/**
 * Plain SHA-256 of a datum, for tables that others read or write so. It is no protection: whoever has the table can try all dates, numbers
 * and known addresses in seconds. Give bytes to hash exactly what another writer hashed; text is brought into NFC.
 * @throws RangeError or TypeError for what is no text and no bytes, or has lone surrogates.
 */
export function hashPiiUnkeyed(pii: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(bytesOf(pii));
}

const minKeyBytes = 32;

/** label, 0, type, whether a subject follows, the subject, the datum. */
function keyed(label: string, { key, piiType, pii, subjectId }: PiiInput): Uint8Array<ArrayBuffer> {
  if (!(key instanceof Uint8Array)) throw new TypeError('key: expected a Uint8Array');
  if (key.length < minKeyBytes) throw new RangeError(`key of ${key.length} bytes: expected at least ${minKeyBytes}`);
  if (!Number.isInteger(piiType) || piiType < 0 || piiType > 0xffff)
    throw new RangeError(`piiType ${piiType}: expected a u16`);
  const datum = bytesOf(pii);
  const prefix = new TextEncoder().encode(`${label}\0`);
  const subjectBytes = subjectId === undefined ? 0 : 16;
  const message = new Uint8Array(prefix.length + 3 + subjectBytes + datum.length);
  const view = new DataView(message.buffer);
  message.set(prefix);
  view.setUint16(prefix.length, piiType, true);
  view.setUint8(prefix.length + 2, subjectId === undefined ? 0 : 1);
  if (subjectId !== undefined) writeGuid(view, prefix.length + 3, subjectId);
  message.set(datum, prefix.length + 3 + subjectBytes);
  const hash = hmacSha256(key, message);
  message.fill(0);
  return hash;
}

function bytesOf(pii: string | Uint8Array): Uint8Array {
  if (pii instanceof Uint8Array) return pii;
  if (typeof pii !== 'string') throw new TypeError('pii: expected text or bytes');
  // UTF-8 has no form for them: two different texts would get one hash.
  if (/\p{Surrogate}/u.test(pii)) throw new RangeError('pii: expected text without lone surrogates');
  return new TextEncoder().encode(pii.normalize('NFC'));
}
