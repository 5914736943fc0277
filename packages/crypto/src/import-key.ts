import { fromBase64Url } from './base64.ts';
import { concatBytes, describe, isBytes } from './bytes.ts';
import { createDerReader, type DerReader, derTag } from './der.ts';
import { badKey } from './errors.ts';
import type { JwkLike } from './keys.ts';
import { readPem } from './pem.ts';
import { scalarBytes } from './scalar.ts';

/** A private key as found in a file: nothing about it has been checked but its form. */
export interface ParsedPrivateKey {
  readonly scalar: Uint8Array;
  /** The public key that the file claims, in whatever point form it uses. */
  readonly point?: Uint8Array | undefined;
}

const pub = 'P-256 public key';
const priv = 'P-256 private key';
const ecPublicKeyId = '2a8648ce3d0201';
const p256Id = '2a8648ce3d030107';
const otherCurves: Readonly<Record<string, string>> = {
  '2b81040022': 'curve P-384',
  '2b81040023': 'curve P-521',
  '2b8104000a': 'curve secp256k1',
};

/** First bytes of a text file: `-----BEGIN`, `{`, white space, a byte order mark. No DER and no point begins with one of them. */
const textStarts: readonly number[] = [0x2d, 0x7b, 0x20, 0x09, 0x0a, 0x0d, 0xef];

/** The text of a key file that arrives as bytes, and the JWK of a JSON text. */
function contentOf(key: unknown): unknown {
  if (isBytes(key)) {
    const isText = key.length !== scalarBytes && textStarts.includes(key[0] ?? 0);
    return isText ? contentOf(new TextDecoder().decode(key)) : key;
  }
  if (typeof key !== 'string' || !key.trimStart().startsWith('{')) return key;
  try {
    return JSON.parse(key);
  } catch {
    return key; // What it is instead is said by the reader of PEM.
  }
}

/** The encoded point inside a PEM, DER, JWK or raw public key, or a file with one of these. @throws KeyFormatError */
export function parsePublicKey(given: unknown): Uint8Array {
  const key = contentOf(given);
  if (typeof key === 'string') return readSpki(readPem(key, ['PUBLIC KEY'], pub).bytes);
  if (isBytes(key)) {
    if (isPointForm(key)) return key;
    if (key[0] === derTag.sequence) return readSpki(key);
    throw badKey(pub, `${key.length} bytes`, 'a point of 65 or 33 bytes or DER SPKI');
  }
  const jwk = requireJwk(key, pub);
  if (jwk.d !== undefined) throw badKey(pub, 'a private JWK', 'one without "d"');
  return jwkPoint(jwk, pub);
}

/** The scalar and the claimed point inside a PEM, DER, JWK or raw private key, or a file with one of these. @throws KeyFormatError */
export function parsePrivateKey(given: unknown): ParsedPrivateKey {
  const key = contentOf(given);
  if (typeof key === 'string') {
    const { label, bytes } = readPem(key, ['PRIVATE KEY', 'EC PRIVATE KEY'], priv);
    return label === 'PRIVATE KEY' ? readPkcs8(bytes) : readSec1(bytes, true);
  }
  if (isBytes(key)) {
    if (key.length === scalarBytes) return { scalar: key };
    if (key[0] === derTag.sequence) return readPkcs8(key);
    throw badKey(priv, `${key.length} bytes`, 'a scalar of 32 bytes or DER PKCS#8');
  }
  const jwk = requireJwk(key, priv);
  return { scalar: jwkField(jwk, 'd', priv), point: jwkPoint(jwk, priv) };
}

/** 65 bytes after 04 or 33 bytes after 02 or 03; whether they lie on the curve is not told. */
export function isPointForm(bytes: Uint8Array): boolean {
  const prefix = bytes[0];
  return bytes.length === 65 ? prefix === 4 : bytes.length === 33 && (prefix === 2 || prefix === 3);
}

function readSpki(bytes: Uint8Array): Uint8Array {
  const file = createDerReader(bytes, pub);
  const spki = createDerReader(file.take(derTag.sequence, 'SPKI'), pub);
  file.end();
  readAlgorithm(spki, pub);
  const point = readBitString(spki.take(derTag.bitString, 'key bits'), pub);
  spki.end();
  return point;
}

function readPkcs8(bytes: Uint8Array): ParsedPrivateKey {
  const file = createDerReader(bytes, priv);
  const pkcs8 = createDerReader(file.take(derTag.sequence, 'PKCS#8'), priv);
  file.end();
  const version = pkcs8.take(derTag.integer, 'version');
  if (version.length !== 1 || version[0]! > 1) throw badKey(priv, 'an unknown PKCS#8 version', '0 or 1');
  readAlgorithm(pkcs8, priv);
  const key = readSec1(pkcs8.take(derTag.octetString, 'key octets'), false);
  pkcs8.takeOptional(derTag.context0, 'attributes');
  const bits = pkcs8.takeOptional(derTag.context1Primitive, 'public key');
  pkcs8.end();
  return key.point === undefined && bits !== undefined ? { ...key, point: readBitString(bits, priv) } : key;
}

/** RFC 5915. Inside PKCS#8 the algorithm has named the curve; alone, the structure must. */
function readSec1(bytes: Uint8Array, mustNameCurve: boolean): ParsedPrivateKey {
  const file = createDerReader(bytes, priv);
  const sec1 = createDerReader(file.take(derTag.sequence, 'EC private key'), priv);
  file.end();
  const version = sec1.take(derTag.integer, 'version');
  if (version.length !== 1 || version[0] !== 1) throw badKey(priv, 'an unknown EC private key version', '1');
  const scalar = sec1.take(derTag.octetString, 'scalar');
  const parameters = sec1.takeOptional(derTag.context0, 'parameters');
  if (parameters !== undefined) readCurve(createDerReader(parameters, priv), priv);
  else if (mustNameCurve) throw badKey(priv, 'no curve', 'P-256');
  const bits = sec1.takeOptional(derTag.context1, 'public key');
  sec1.end();
  if (bits === undefined) return { scalar };
  const inner = createDerReader(bits, priv);
  const point = readBitString(inner.take(derTag.bitString, 'public key bits'), priv);
  inner.end();
  return { scalar, point };
}

function readAlgorithm(reader: DerReader, subject: string): void {
  const algorithm = createDerReader(reader.take(derTag.sequence, 'algorithm'), subject);
  const id = toHex(algorithm.take(derTag.objectId, 'algorithm'));
  if (id !== ecPublicKeyId) throw badKey(subject, `algorithm ${id}`, 'an elliptic-curve key');
  readCurve(algorithm, subject);
}

function readCurve(reader: DerReader, subject: string): void {
  const id = toHex(reader.take(derTag.objectId, 'named curve'));
  if (id !== p256Id) throw badKey(subject, otherCurves[id] ?? `curve ${id}`, 'P-256');
  reader.end();
}

function readBitString(content: Uint8Array, subject: string): Uint8Array {
  if (content[0] !== 0) throw badKey(subject, 'key bits that are not whole bytes', 'a point');
  return content.subarray(1);
}

function requireJwk(key: unknown, subject: string): JwkLike {
  if (typeof key !== 'object' || key === null || ArrayBuffer.isView(key)) {
    throw badKey(subject, describe(key), 'PEM text, bytes or a JWK');
  }
  const jwk: Readonly<Record<string, unknown>> = key as Record<string, unknown>;
  if (jwk['kty'] !== 'EC') throw badKey(subject, `JWK with kty ${quote(jwk['kty'])}`, '"EC"');
  if (jwk['crv'] !== 'P-256') throw badKey(subject, `JWK with crv ${quote(jwk['crv'])}`, '"P-256"');
  return jwk;
}

function jwkPoint(jwk: JwkLike, subject: string): Uint8Array {
  return concatBytes([4], jwkField(jwk, 'x', subject), jwkField(jwk, 'y', subject));
}

function jwkField(jwk: JwkLike, field: 'x' | 'y' | 'd', subject: string): Uint8Array {
  const text: unknown = jwk[field];
  const bytes = typeof text === 'string' && text.length < 64 ? fromBase64Url(text) : undefined;
  if (bytes?.length === scalarBytes) return bytes;
  const found = text === undefined ? 'nothing' : bytes ? `${bytes.length} bytes` : 'no base64url of that length';
  throw badKey(subject, `${found} as JWK "${field}"`, '32 bytes in base64url');
}

function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : describe(value);
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
