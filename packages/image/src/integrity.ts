import { createSha256, equalBytes, hmacSha256, hmacSha512, sha256, sha512 } from '@vde/crypto';
import { isZero, toHex } from '@vde/format';

/** What a check of an integrity feature came to. */
export type IntegrityState = 'absent' | 'ok' | 'mismatch' | 'notChecked';

export interface IntegrityCheck {
  readonly name:
    | 'headerIntegritySeal'
    | 'formatFingerprint'
    | 'metadataChainHash'
    | 'expectedFileSize'
    | 'namespaceSignature';
  readonly state: IntegrityState;
  /** What was compared, or why nothing was. */
  readonly detail: string;
}

const sealSize = 32;
const trailerSize = 16;

/** HMAC-SHA-256 of block 0 up to its seal (page 02, 3.8). `block0` is one whole block. */
export function computeSeal(block0: Uint8Array, key: Uint8Array): Uint8Array {
  return hmacSha256(key, block0.subarray(0, block0.length - sealSize - trailerSize));
}

/** Fingerprint of a format version (page 02, 3.9). `maxModules` was 32 before the manifest was widened. */
export function computeFingerprint(
  version: { major: number; minor: number; specRevision: number },
  maxModules = 64,
): Uint8Array {
  const input = new DataView(new ArrayBuffer(20));
  input.setUint8(0, version.major);
  input.setUint8(1, version.minor);
  input.setUint16(2, version.specRevision, true);
  input.setInt32(4, 512, true);
  input.setInt32(8, 65536, true);
  input.setInt32(12, 4, true);
  input.setInt32(16, maxModules, true);
  return sha256(new Uint8Array(input.buffer));
}

/** Chain over the first blocks of regions, in ascending order (page 02, 3.10). Each is one whole block. */
export function chainHash(firstBlocks: Iterable<Uint8Array>): Uint8Array {
  let hash: Uint8Array = new Uint8Array(32);
  for (const block of firstBlocks) hash = createSha256().update(hash).update(block).digest();
  return hash;
}

/** The seal stored in block 0 against a key (page 02, 3.8). */
export function checkSeal(block0: Uint8Array, key: Uint8Array | undefined): IntegrityCheck {
  const name = 'headerIntegritySeal';
  const stored = block0.subarray(block0.length - sealSize - trailerSize, block0.length - trailerSize);
  if (isZero(stored)) return { name, state: 'absent', detail: 'the header is not sealed' };
  if (key === undefined) return { name, state: 'notChecked', detail: 'sealed; a key is needed to check it' };
  const isEqual = equalBytes(stored, computeSeal(block0, key));
  return {
    name,
    state: isEqual ? 'ok' : 'mismatch',
    detail: isEqual ? 'HMAC-SHA-256 matches' : 'block 0 was changed after it was sealed, or the key is another',
  };
}

/** The fingerprint in the anchor against those of the known revisions (page 02, 3.9; 6, row 7). */
export function checkFingerprint(
  stored: Uint8Array,
  version: { major: number; minor: number; specRevision: number },
): IntegrityCheck {
  const name = 'formatFingerprint';
  if (isZero(stored)) return { name, state: 'absent', detail: 'not stamped' };
  if (equalBytes(stored, computeFingerprint(version)))
    return { name, state: 'ok', detail: 'format of the version in the superblock' };
  if (equalBytes(stored, computeFingerprint(version, 32)))
    return { name, state: 'ok', detail: 'legacy32: from before the manifest had 64 modules' };
  return { name, state: 'mismatch', detail: `stored ${toHex(stored.subarray(0, 8))}…, no known format revision` };
}

/** Length of the file from block 0 on against `expectedFileSize` (page 02, 3.12). */
export function checkFileSize(actual: number, expected: bigint): IntegrityCheck {
  const name = 'expectedFileSize';
  const delta = BigInt(actual) - expected;
  if (delta === 0n) return { name, state: 'ok', detail: `${actual} bytes` };
  return {
    name,
    state: 'mismatch',
    detail: `${actual} bytes, expected ${expected} (${delta > 0n ? '+' : ''}${delta})`,
  };
}

/** The namespace registration against a key: of the signer, or derived from it (page 02, 3.13; 6, row 2). */
export function checkNamespaceSignature(
  signed: Uint8Array,
  signature: Uint8Array,
  key: Uint8Array | undefined,
): IntegrityCheck {
  const name = 'namespaceSignature';
  if (isZero(signature)) return { name, state: 'absent', detail: 'no namespace signature' };
  if (key === undefined) return { name, state: 'notChecked', detail: 'signed; a key is needed to check it' };
  const candidates: readonly [Uint8Array, string][] = [
    [key.subarray(0, 32), 'matches with the given key'],
    [sha512(key).subarray(0, 32), 'matches with the key derived from the given one'],
  ];
  const hit = candidates.find(([secret]) => equalBytes(signature, hmacSha512(secret, signed)));
  return hit
    ? { name, state: 'ok', detail: hit[1] }
    : { name, state: 'mismatch', detail: 'does not match the given key nor the one derived from it' };
}

/** A way of choosing the regions of the chain hash, with its computation. */
export interface ChainVariant {
  readonly name: string;
  compute(): Promise<Uint8Array>;
}

/**
 * The chain hash in the anchor against the recomputed ones: by region names, the canonical choice, then those that other
 * writers use (page 02, 3.10; 6, row 3). Nothing is computed when none is stored.
 */
export async function checkChainHash(stored: Uint8Array, variants: readonly ChainVariant[]): Promise<IntegrityCheck> {
  const name = 'metadataChainHash';
  if (isZero(stored)) return { name, state: 'absent', detail: 'not stamped' };
  for (const variant of variants) {
    if (equalBytes(stored, await variant.compute()))
      return { name, state: 'ok', detail: `first blocks of the regions match (${variant.name})` };
  }
  return { name, state: 'mismatch', detail: 'the first block of a region changed after the chain hash was stored' };
}
