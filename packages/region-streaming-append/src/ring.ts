import { VdeError } from '@vde/format';
import type { StreamingAppendHeader } from './records.ts';

/** The state of a streaming append region: its header. Entries stand in blocks of their own, addressed by positions that never wrap. */
export interface StreamingAppend extends StreamingAppendHeader {
  /** Reserved bytes of the header block, when they are not zero, without zeros at their end. */
  readonly reserved?: Uint8Array;
}

/** A rule of 3.1 that a header breaks. @internal */
export interface RingFault {
  readonly path: keyof StreamingAppendHeader;
  readonly message: string;
  readonly expected: string;
}

/** The rules of 3.1 that the counters break. Capacity and increment are another matter: out of bounds they are `badField`. @internal */
export function* findRingFaults(ring: StreamingAppend): Generator<RingFault, void, undefined> {
  const { maxCapacityBlocks: most, allocatedBlocks: allocated, writeHead, readTail, entryCount } = ring;
  const fault = (path: keyof StreamingAppendHeader, expected: string): RingFault => ({
    path,
    expected,
    message: `${path} is ${ring[path]}, expected ${expected}`,
  });
  if (allocated < 0n || allocated > most) yield fault('allocatedBlocks', `0 to ${most}`);
  else if (allocated !== most && allocated % BigInt(ring.growthIncrement) !== 0n)
    yield fault('allocatedBlocks', `a multiple of ${ring.growthIncrement}, or ${most}`);
  if (readTail < 0n) yield fault('readTail', 'at least 0');
  if (writeHead < readTail) yield fault('writeHead', `at least ${readTail}`);
  if (entryCount !== writeHead - readTail) yield fault('entryCount', `${writeHead - readTail}`);
  else if (entryCount > allocated) yield fault('entryCount', `at most ${allocated}`);
}

/** Whether the counters agree with each other, so that entries can be appended (3.1). */
export function isConsistent(ring: StreamingAppend): boolean {
  return ring.maxCapacityBlocks >= 1n && ring.growthIncrement >= 1 && findRingFaults(ring).next().done === true;
}

/** @throws VdeError `inconsistentHeader`. @internal */
export function requireConsistent(ring: StreamingAppend): void {
  if (isConsistent(ring)) return;
  const hasLimits = ring.maxCapacityBlocks >= 1n && ring.growthIncrement >= 1;
  const fault = hasLimits ? findRingFaults(ring).next().value : undefined;
  const what =
    fault?.message ?? `maxCapacityBlocks is ${ring.maxCapacityBlocks}, growthIncrement ${ring.growthIncrement}`;
  throw new VdeError('inconsistentHeader', `streaming append: ${what}; repair the ring first`, { details: fault });
}

/** Whether the counters say enough to find the live entries. @internal */
export function isReadable({ maxCapacityBlocks, allocatedBlocks, writeHead, readTail }: StreamingAppend): boolean {
  const live = writeHead - readTail;
  return readTail >= 0n && live >= 0n && live <= allocatedBlocks && allocatedBlocks <= maxCapacityBlocks;
}

/** Whether an entry can be read at a position: it was appended, and the tail has not passed it. */
export function isLive({ readTail, writeHead }: StreamingAppend, position: bigint): boolean {
  return readTail <= position && position < writeHead;
}

export const isEmptyRing = ({ entryCount }: StreamingAppend): boolean => entryCount === 0n;

/** Whether the ring is full and cannot grow. */
export function isFullRing({ entryCount, allocatedBlocks, maxCapacityBlocks }: StreamingAppend): boolean {
  return entryCount === allocatedBlocks && allocatedBlocks === maxCapacityBlocks;
}

/** Share of the capacity that is allocated, 0 to 100. */
export function allocationPercentage({ allocatedBlocks, maxCapacityBlocks }: StreamingAppend): number {
  return (Number(allocatedBlocks) / Number(maxCapacityBlocks)) * 100;
}

/**
 * Whether the ring may have grown after its tail had moved: the existing implementation then looks for entries where they are
 * not (6, row 1). The numbers in the entries' blocks tell; the plugin's `audit` compares them.
 */
export function isMappingUncertain({
  readTail,
  allocatedBlocks,
  growthIncrement,
  maxCapacityBlocks,
}: StreamingAppend): boolean {
  const initial = min(BigInt(growthIncrement), maxCapacityBlocks);
  return readTail > 0n && allocatedBlocks > initial;
}

/**
 * The ring block of a position, from 0, live or not.
 * @throws RangeError for a negative position or a ring without blocks. @throws VdeError `capacityExceeded` beyond 2^53 - 1.
 */
export function ringBlockOf(ring: StreamingAppend, position: bigint): number {
  return safeNumber(ringIndexOf(ring, position));
}

/**
 * The block of a position in a slot of `blockCount` blocks: the ring is addressed from the end of the slot (3.2).
 * @throws VdeError `capacityExceeded` where the slot is too small for the ring and has no such block.
 * @throws RangeError for a negative position or a ring without blocks.
 */
export function slotBlockOf(ring: StreamingAppend, position: bigint, blockCount: number): number {
  const block = BigInt(blockCount) - ring.maxCapacityBlocks + ringIndexOf(ring, position);
  if (block >= 1n) return Number(block);
  throw new VdeError(
    'capacityExceeded',
    `streaming append: the slot of ${blockCount} blocks has none for position ${position} of a ring of ${ring.maxCapacityBlocks}`,
    { details: { required: ring.maxCapacityBlocks + 1n, available: blockCount } },
  );
}

function ringIndexOf({ allocatedBlocks }: StreamingAppend, position: bigint): bigint {
  if (allocatedBlocks <= 0n) throw new RangeError(`position ${position}: the ring has no blocks yet`);
  if (position < 0n) throw new RangeError(`position ${position}: expected at least 0`);
  return position % allocatedBlocks;
}

/** A block number of a ring as large as its header says, which may be more than any image has. @internal */
export function safeNumber(block: bigint): number {
  if (block <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(block);
  throw new VdeError('capacityExceeded', `streaming append: the ring has a block ${block}, more than any image`);
}

/** The smaller one. @internal */
export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
