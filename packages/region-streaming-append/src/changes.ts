import { StreamingAppendHeader } from './records.ts';
import { requireConsistent, type StreamingAppend } from './ring.ts';

/** Blocks by which a ring grows unless told otherwise (3.1). */
const defaultGrowthIncrement = 16;

/**
 * An empty ring that may grow to `maxCapacityBlocks`. A slot of N blocks takes N - 2: the header needs two places in front.
 * @throws RangeError for a capacity or increment below 1, or one that its field cannot hold.
 */
export function createRing({
  maxCapacityBlocks,
  growthIncrement = defaultGrowthIncrement,
}: {
  readonly maxCapacityBlocks: bigint | number;
  readonly growthIncrement?: number;
}): StreamingAppend {
  const ring: StreamingAppend = {
    maxCapacityBlocks: BigInt(maxCapacityBlocks),
    allocatedBlocks: 0n,
    writeHead: 0n,
    readTail: 0n,
    entryCount: 0n,
    growthIncrement,
  };
  if (ring.maxCapacityBlocks < 1n) throw new RangeError(`maxCapacityBlocks ${maxCapacityBlocks}: expected at least 1`);
  if (growthIncrement < 1) throw new RangeError(`growthIncrement ${growthIncrement}: expected at least 1`);
  StreamingAppendHeader.set(new DataView(new ArrayBuffer(StreamingAppendHeader.size)), 0, ring);
  return ring;
}

/**
 * The ring without its oldest `count` entries, or without all where there are fewer.
 * @throws VdeError `inconsistentHeader`. @throws RangeError for a count that is negative or no integer.
 */
export function advanceReadTail(ring: StreamingAppend, count = 1): StreamingAppend {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`count ${count}: expected an integer from 0 up`);
  requireConsistent(ring);
  const passed = BigInt(count) < ring.entryCount ? BigInt(count) : ring.entryCount;
  return { ...ring, readTail: ring.readTail + passed, entryCount: ring.entryCount - passed };
}

/** The ring without entries. Positions go on, so that an old one never names a new entry. @throws VdeError `inconsistentHeader`. */
export function drainRing(ring: StreamingAppend): StreamingAppend {
  requireConsistent(ring);
  return { ...ring, readTail: ring.writeHead, entryCount: 0n };
}

/** The ring without entries, counting from 0 again: positions that were handed out may name new entries. Prefer {@link drainRing}. */
export function resetRing(ring: StreamingAppend): StreamingAppend {
  const empty = { ...ring, writeHead: 0n, readTail: 0n, entryCount: 0n };
  requireConsistent(empty);
  return empty;
}

/**
 * The ring with fields that the caller knows better than the header, such as `{ entryCount: writeHead - readTail }`.
 * @throws VdeError `inconsistentHeader` when they still contradict each other.
 */
export function repairRing(ring: StreamingAppend, fields: Partial<StreamingAppendHeader>): StreamingAppend {
  const repaired = { ...ring, ...fields };
  requireConsistent(repaired);
  return repaired;
}
