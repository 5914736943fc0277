import { sha256 } from '@vde/crypto';
import { type AuditContext, isVdeError, sameBytes, toHex, VdeError, verifyTrailer } from '@vde/format';
import type { CompressionDictionary } from './directory.ts';
import { type DictionaryLayout, largestContainerExtra, readLayouts } from './layouts.ts';
import { findDictionary } from './operations.ts';
import type { DictionaryEntry } from './records.ts';

export type { DictionaryLayout };

/** Where dictionary bytes are read: whole blocks of the image by absolute number. An `AuditContext` is one. */
export type DictionarySource = Pick<AuditContext, 'geometry' | 'totalBlocks' | 'readBlocks'>;

export interface LoadOptions {
  /** Largest dictionary that is loaded, bytes. Left out: 16 MiB. */
  readonly maxBytes?: number;
  /** Hand out bytes that do not have the registered hash, too. */
  readonly allowUnverified?: boolean;
  readonly signal?: AbortSignal;
}

/** The bytes of a dictionary, the caller's own. */
export interface LoadedDictionary {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly layout: DictionaryLayout;
  /** False only with `allowUnverified`: the bytes do not have the SHA-256 that was registered. */
  readonly isVerified: boolean;
}

/** Whether a dictionary can be loaded, and if not, why. */
export type DictionaryVerdict =
  | { readonly isGenuine: true; readonly layout: DictionaryLayout }
  | { readonly isGenuine: false; readonly code: 'badExtent' | 'contentHashMismatch'; readonly message: string };

const defaultMaxBytes = 16 * 1024 * 1024;

/**
 * The bytes of a dictionary, in the layout whose SHA-256 is the registered one; `undefined` for an empty slot. A cache of them
 * needs id and hash as its key: a dictionary can be replaced under its id.
 * @throws VdeError `badExtent` where the blocks cannot hold it, or it is larger than `maxBytes`.
 * @throws VdeError `contentHashMismatch` when no layout has the registered hash. @throws `signal.reason` when aborted.
 */
export async function loadDictionary(
  directory: CompressionDictionary,
  dictId: number,
  source: DictionarySource,
  options: LoadOptions = {},
): Promise<LoadedDictionary | undefined> {
  const entry = findDictionary(directory, dictId);
  return entry && loadEntry(entry, source, options);
}

/** Reads a dictionary and compares it with its hash; `undefined` for an empty slot. @throws what reading throws. */
export async function verifyDictionary(
  directory: CompressionDictionary,
  dictId: number,
  source: DictionarySource,
  options: Omit<LoadOptions, 'allowUnverified'> = {},
): Promise<DictionaryVerdict | undefined> {
  const entry = findDictionary(directory, dictId);
  return entry && verifyEntry(entry, source, options);
}

/** {@link verifyDictionary} of an entry. @internal */
export async function verifyEntry(
  entry: DictionaryEntry,
  source: DictionarySource,
  options: LoadOptions,
): Promise<DictionaryVerdict> {
  try {
    const { layout } = await loadEntry(entry, source, options);
    return { isGenuine: true, layout };
  } catch (error) {
    for (const code of ['badExtent', 'contentHashMismatch'] as const)
      if (isVdeError(error, code)) return { isGenuine: false, code, message: error.message };
    throw error;
  }
}

async function loadEntry(
  entry: DictionaryEntry,
  source: DictionarySource,
  { maxBytes = defaultMaxBytes, allowUnverified = false, signal }: LoadOptions,
): Promise<LoadedDictionary> {
  const { dictId, contentHash, blockCount, dictionarySizeBytes: size } = entry;
  const fault = findExtentFault(entry, source, maxBytes);
  if (fault !== undefined)
    throw new VdeError('badExtent', `dictionary ${dictId}: ${fault}`, { details: { dictId, ...extentOf(entry) } });
  signal?.throwIfAborted();
  // An extent may be longer than any layout of this size; what lies behind is not read.
  const needed = Math.ceil((size + largestContainerExtra()) / source.geometry.payloadSize);
  const count = Math.min(blockCount, needed);
  const blocks = count === 0 ? new Uint8Array(0) : await source.readBlocks(Number(entry.blockOffset), count);
  signal?.throwIfAborted();
  for (const { layout, bytes } of readLayouts(blocks, size, source.geometry))
    if (sameBytes(sha256(bytes), contentHash)) return { bytes, layout, isVerified: true };
  const { used, damaged } = findDamaged(blocks, size, source);
  if (allowUnverified) {
    const all = [...readLayouts(blocks, size, source.geometry)];
    // One trailer that holds is no chance: then the others were damaged.
    const isTrailered = damaged.length < used || used === 0;
    const likely = all.find(({ layout }) => layout === (isTrailered ? 'trailered' : 'raw')) ?? all[0]!;
    return { ...likely, isVerified: false };
  }
  throw mismatch(entry, damaged);
}

function mismatch(entry: DictionaryEntry, damaged: readonly number[]): VdeError {
  const damagedBlocks = damaged.map((block) => Number(entry.blockOffset) + block);
  const why =
    damaged.length === 0 ? '' : `; without a valid trailer: ${damaged.length}, first block ${damagedBlocks[0]}`;
  const hash = toHex(entry.contentHash);
  const message = `dictionary ${entry.dictId}: its bytes have another SHA-256 than ${hash} in every layout${why}`;
  return new VdeError('contentHashMismatch', message, {
    details: { dictId: entry.dictId, expected: hash, damagedBlocks, ...extentOf(entry) },
  });
}

/** How many blocks of the extent a trailered dictionary uses, and which of them, counted from the first, have no valid trailer. */
function findDamaged(blocks: Uint8Array, size: number, { geometry }: DictionarySource) {
  const { blockSize, payloadSize } = geometry;
  const used = Math.min(Math.ceil(size / payloadSize), blocks.length / blockSize);
  const damaged = Array.from({ length: used }, (_, i) => i).filter(
    (i) => !verifyTrailer(blocks.subarray(i * blockSize, (i + 1) * blockSize), blockSize),
  );
  return { used, damaged };
}

const extentOf = ({ blockOffset, blockCount }: DictionaryEntry) => ({ blockOffset, blockCount });

/** What is wrong with the extent of a dictionary (3.4, step 2). A dictionary of no bytes has no blocks. @internal */
export function findExtentFault(
  { blockOffset, blockCount, dictionarySizeBytes: size }: DictionaryEntry,
  { geometry, totalBlocks }: Pick<DictionarySource, 'geometry' | 'totalBlocks'>,
  maxBytes: number,
): string | undefined {
  const isNone = blockCount === 0 && size === 0;
  if (blockOffset < 0n) return `blockOffset is ${blockOffset}, expected at least 0`;
  if (!isNone && blockCount < 1) return `blockCount is ${blockCount}, expected at least 1`;
  if (!isNone && size < 1) return `dictionarySizeBytes is ${size}, expected at least 1`;
  const end = blockOffset + BigInt(blockCount);
  if (end > BigInt(totalBlocks))
    return `its blocks ${blockOffset} to ${end - 1n} lie beyond the ${totalBlocks} of the image`;
  const room = blockCount * geometry.blockSize;
  if (size > room) return `dictionarySizeBytes is ${size}, but its ${blockCount} blocks hold at most ${room}`;
  return size > maxBytes ? `dictionarySizeBytes is ${size}, loaded are at most ${maxBytes}` : undefined;
}
