import {
  type AuditContext,
  findBlockFault,
  type Geometry,
  isVdeError,
  readTrailer,
  sealBlocks,
  stringToTag,
  VdeError,
} from '@vde/format';
import { type AppendOptions, checkEntryLength, frameBytes, maxEntryBytes } from './append.ts';
import { isLive, isReadable, min, requireConsistent, type StreamingAppend, slotBlockOf } from './ring.ts';

/** Tag of every entry's block. */
export const entryTag = 'STRE';

/** Where entries are read: whole blocks of the image by absolute number, and the slot of the ring. An `AuditContext` is one. */
export type EntrySource = Pick<AuditContext, 'geometry' | 'readBlocks' | 'startBlock' | 'blockCount'>;

export interface EntryOptions {
  /** Entries carry their length in front. Left out: an entry is the whole payload of its block. */
  readonly framed?: boolean;
  /** Left out: true. `false` for rings of writers that do not number their blocks. */
  readonly checkPosition?: boolean;
  readonly signal?: AbortSignal;
}

export interface ReadEntriesOptions extends EntryOptions {
  /** First position; live ones before it are skipped. */
  readonly from?: bigint;
  /** Told of each damaged entry, which is then left out. Without it damage is thrown. */
  readonly onDamage?: (error: VdeError, position: bigint) => void;
}

/** A live entry. The bytes are the caller's own. */
export interface RingEntry {
  readonly position: bigint;
  /** Block in the slot. */
  readonly block: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** An entry as it was found. @internal */
export type FoundEntry = RingEntry | { readonly position: bigint; readonly error: VdeError };

/** Bytes of one read. */
const readBytes = 1024 * 1024;

/** The generation of the block of an entry: the low 32 bits of its position (3.2). @internal */
export const generationOf = (position: bigint): number => Number(BigInt.asUintN(32, position));

/** What the block of an entry holds in front of its padding; bytes of its own. @internal */
export function entryPayload(bytes: Uint8Array, framed = false): Uint8Array<ArrayBuffer> {
  const start = framed ? frameBytes : 0;
  const payload = new Uint8Array(start + bytes.length);
  if (framed) new DataView(payload.buffer).setUint32(0, bytes.length, true);
  payload.set(bytes, start);
  return payload;
}

/** The sealed block of an entry, padded with zeros. @throws VdeError `dataTooLarge`. */
export function encodeEntry(
  bytes: Uint8Array,
  position: bigint,
  options: Pick<AppendOptions, 'blockSize' | 'framed'>,
): Uint8Array<ArrayBuffer> {
  checkEntryLength(bytes.length, options);
  const block = new Uint8Array(options.blockSize);
  block.set(entryPayload(bytes, options.framed));
  sealBlocks(block, options.blockSize, stringToTag(entryTag), generationOf(position));
  return block;
}

/**
 * Reads one live entry. @throws RangeError for a position that is not live.
 * @throws VdeError `truncated`, `badTrailer`, `wrongTag`, `staleEntry`, `badLength` where its block is damaged; `capacityExceeded`
 * where the slot has no such block.
 */
export async function readEntry(
  ring: StreamingAppend,
  position: bigint,
  source: EntrySource,
  options: EntryOptions = {},
): Promise<RingEntry> {
  if (!isLive(ring, position))
    throw new RangeError(`position ${position}: live are ${ring.readTail} to ${ring.writeHead - 1n}`);
  const one = { ...ring, readTail: position, writeHead: position + 1n };
  for await (const entry of readEntries(one, source, options)) return entry;
  throw new RangeError(`position ${position}: not read`);
}

/** The live entries from the oldest to the newest, read many blocks at a time. @throws what {@link readEntry} throws. */
export async function* readEntries(
  ring: StreamingAppend,
  source: EntrySource,
  { onDamage, ...options }: ReadEntriesOptions = {},
): AsyncGenerator<RingEntry, void, undefined> {
  for await (const run of walkEntries(ring, source, options)) {
    for (const found of run) {
      if (!('error' in found)) yield found;
      else if (onDamage === undefined) throw found.error;
      else onDamage(found.error, found.position);
    }
  }
}

/**
 * Every live entry or what is wrong with it, in runs of one read each; of entries without a block in the slot the first of each run.
 * @internal
 */
export async function* walkEntries(
  ring: StreamingAppend,
  source: EntrySource,
  options: Omit<ReadEntriesOptions, 'onDamage'>,
): AsyncGenerator<Iterable<FoundEntry>, void, undefined> {
  if (!isReadable(ring)) requireConsistent(ring);
  const { geometry, startBlock, blockCount } = source;
  const { from = 0n, signal } = options;
  let position = ring.readTail;
  if (position < from) position = from;
  while (position < ring.writeHead) {
    signal?.throwIfAborted();
    const run = findRun(ring, position, blockCount, Math.max(1, Math.floor(readBytes / geometry.blockSize)));
    if (run.error !== undefined) yield [{ position, error: run.error }];
    else {
      const [block, count] = [run.block, Number(run.count)];
      yield openRun(await source.readBlocks(startBlock + block, count), { position, block, count }, geometry, options);
    }
    position += run.count;
  }
}

/** Positions from `position` on whose blocks follow one another, or which have none. */
function findRun(ring: StreamingAppend, position: bigint, blockCount: number, most: number) {
  const ringBlock = position % ring.allocatedBlocks;
  const upToWrap = ring.allocatedBlocks - ringBlock;
  const rest = min(ring.writeHead - position, upToWrap);
  try {
    const block = slotBlockOf(ring, position, blockCount);
    return { block, count: min(rest, BigInt(most)), error: undefined };
  } catch (error) {
    if (!isVdeError(error, 'capacityExceeded')) throw error;
    const missing = ring.maxCapacityBlocks - BigInt(blockCount) + 1n - ringBlock;
    return { block: 0, count: min(missing, rest), error };
  }
}

/** The entries of `count` blocks that follow one another, each opened when it is its turn. Blocks that were not read are holes. */
function* openRun(
  blocks: Uint8Array,
  { position, block, count }: { readonly position: bigint; readonly block: number; readonly count: number },
  geometry: Geometry,
  options: EntryOptions,
): Generator<FoundEntry, void, undefined> {
  const { blockSize } = geometry;
  for (let i = 0; i < count; i++) {
    const whole = blocks.subarray(i * blockSize, (i + 1) * blockSize);
    const place = { position: position + BigInt(i), block: block + i };
    yield openEntry(whole.length === blockSize ? whole : new Uint8Array(blockSize), place, geometry, options);
  }
}

function openEntry(
  whole: Uint8Array,
  { position, block }: { readonly position: bigint; readonly block: number },
  geometry: Geometry,
  { framed = false, checkPosition = true }: EntryOptions,
): FoundEntry {
  const { blockSize, payloadSize } = geometry;
  const fail = (code: string, message: string, place: object): FoundEntry => ({
    position,
    error: new VdeError(code, `streaming append: entry ${position} in block ${block} ${message}`, {
      details: { position, block, ...place },
    }),
  });
  const fault = findBlockFault(whole, geometry, entryTag);
  if (fault !== undefined) {
    const { code, message, ...place } = fault;
    return fail(code, message, place);
  }
  const { generation: actual } = readTrailer(whole, blockSize);
  const expected = generationOf(position);
  if (checkPosition && actual !== expected)
    return fail('staleEntry', `is number ${actual}, expected ${expected}`, {
      offset: payloadSize + 4,
      length: 4,
      expected,
      actual,
    });
  if (!framed) return { position, block, bytes: copyOf(whole, 0, payloadSize) };
  const length = new DataView(whole.buffer, whole.byteOffset).getUint32(0, true);
  const most = maxEntryBytes(blockSize, true);
  if (length > most)
    return fail('badLength', `has ${length} bytes, expected at most ${most}`, {
      offset: 0,
      length: frameBytes,
      expected: `0 to ${most}`,
      actual: length,
    });
  return { position, block, bytes: copyOf(whole, frameBytes, length) };
}

/** Own bytes of the caller. `slice` of a Buffer would share them. */
const copyOf = (whole: Uint8Array, start: number, length: number) =>
  new Uint8Array(whole.subarray(start, start + length));
