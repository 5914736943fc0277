import { geometryOf } from './geometry.ts';

/**
 * The allocation bitmap over its payloads: bit i of the row of payloads stands for block i, lowest bit of a byte first, 1 is
 * allocated. Bits at or beyond `totalBlocks` mean nothing (page 04, 3.6).
 */
export interface AllocationBitmap {
  /** Payloads of equal size, one for each bitmap block; they stay the caller's. */
  readonly payloads: readonly Uint8Array[];
  readonly totalBlocks: number;
}

/** Blocks `start` to `start + count - 1`. */
export interface BlockRun {
  readonly start: number;
  readonly count: number;
}

/** Blocks that one bitmap block describes. @throws RangeError for an invalid block size. */
export function bitsPerBitmapBlock(blockSize: number): number {
  return 8 * geometryOf(blockSize).payloadSize;
}

/** Bitmap blocks that a volume needs. @throws RangeError for an invalid block size. */
export function bitmapBlockCount(totalBlocks: number, blockSize: number): number {
  return Math.max(1, Math.ceil(totalBlocks / bitsPerBitmapBlock(blockSize)));
}

/**
 * A bitmap over these payloads, which are not copied.
 * @throws RangeError when they differ in size or have fewer bits than there are blocks. The caller decides what a damaged
 * bitmap block counts as.
 */
export function allocationBitmap(payloads: readonly Uint8Array[], totalBlocks: number): AllocationBitmap {
  const size = payloads[0]?.length ?? 0;
  if (!Number.isSafeInteger(totalBlocks) || totalBlocks < 0) {
    throw new RangeError(`${totalBlocks} blocks: expected an integer from 0 up`);
  }
  if (payloads.some((payload) => payload.length !== size)) throw new RangeError('bitmap payloads differ in size');
  if (payloads.length * size * 8 < totalBlocks) {
    throw new RangeError(`${payloads.length} bitmap payloads of ${size} bytes do not cover ${totalBlocks} blocks`);
  }
  return { payloads, totalBlocks };
}

/** A bitmap over the payloads of whole blocks, which are not copied. @throws as {@link allocationBitmap}. */
export function bitmapOfBlocks(blocks: Uint8Array, blockSize: number, totalBlocks: number): AllocationBitmap {
  const { payloadSize } = geometryOf(blockSize);
  const payloads = Array.from({ length: blocks.length / blockSize }, (_, i) =>
    blocks.subarray(i * blockSize, i * blockSize + payloadSize),
  );
  return allocationBitmap(payloads, totalBlocks);
}

function checkRange({ totalBlocks }: AllocationBitmap, start: number, count: number): void {
  const isRange = Number.isSafeInteger(start) && Number.isSafeInteger(count) && start >= 0 && count >= 0;
  if (!isRange || start + count > totalBlocks) {
    throw new RangeError(`blocks ${start} + ${count}: the volume has ${totalBlocks}`);
  }
}

/** Tells whether the bit of a block is set. @throws RangeError for a block outside the volume. */
export function isAllocated(bitmap: AllocationBitmap, block: number): boolean {
  checkRange(bitmap, block, 1);
  const size = bitmap.payloads[0]!.length;
  const index = Math.floor(block / 8);
  const byte = bitmap.payloads[Math.floor(index / size)]![index % size]!;
  return ((byte >> (block % 8)) & 1) === 1;
}

/**
 * Sets or clears the bits of a run of blocks in the payloads themselves, whole bytes at a time.
 * @throws RangeError for blocks outside the volume; nothing is changed then.
 */
export function setAllocated(bitmap: AllocationBitmap, { start, count }: BlockRun, allocated: boolean): void {
  checkRange(bitmap, start, count);
  const bitsPerPayload = 8 * (bitmap.payloads[0]?.length ?? 0);
  for (let at = start, end = start + count; at < end; ) {
    const index = Math.floor(at / bitsPerPayload);
    const from = at - index * bitsPerPayload;
    const to = Math.min(end - index * bitsPerPayload, bitsPerPayload);
    setBits(bitmap.payloads[index]!, from, to, allocated);
    at = index * bitsPerPayload + to;
  }
}

function setBits(payload: Uint8Array, from: number, to: number, allocated: boolean): void {
  const fullFrom = Math.ceil(from / 8);
  const fullTo = Math.floor(to / 8);
  if (fullFrom <= fullTo) payload.fill(allocated ? 0xff : 0, fullFrom, fullTo);
  for (let bit = from; bit < to; bit++) {
    if (bit === fullFrom * 8 && fullFrom < fullTo) bit = fullTo * 8;
    if (bit >= to) break;
    const mask = 1 << (bit % 8);
    const index = Math.floor(bit / 8);
    payload[index] = allocated ? payload[index]! | mask : payload[index]! & ~mask;
  }
}

/** The first block from `from` on whose bit is as given, `totalBlocks` when there is none. */
export function findBlock({ payloads, totalBlocks }: AllocationBitmap, from: number, allocated: boolean): number {
  const size = payloads[0]?.length ?? 0;
  const skip = allocated ? 0 : 0xff;
  let block = Math.max(0, from);
  while (block < totalBlocks) {
    const index = Math.floor(block / (8 * size));
    const payload = payloads[index]!;
    const first = index * 8 * size;
    let byte = (block - first) >> 3;
    if (payload[byte] === skip) {
      while (byte < size && payload[byte] === skip) byte++;
      block = first + byte * 8;
    } else if (((payload[byte]! >> (block % 8)) & 1) === (allocated ? 1 : 0)) return block;
    else block++;
  }
  return totalBlocks;
}

/** The runs of allocated blocks in ascending order, or of free ones; as long as possible, none beyond the volume. */
export function* blockRuns(bitmap: AllocationBitmap, allocated = true): Generator<BlockRun, void, undefined> {
  for (let end = 0; ; ) {
    const start = findBlock(bitmap, end, allocated);
    if (start >= bitmap.totalBlocks) return;
    end = findBlock(bitmap, start, !allocated);
    yield { start, count: end - start };
  }
}

/** The parts of a run that no other run covers, in order. */
export function withoutRuns({ start, count }: BlockRun, others: readonly BlockRun[]): BlockRun[] {
  const parts: BlockRun[] = [];
  const end = start + count;
  let from = start;
  for (const other of others.toSorted((a, b) => a.start - b.start)) {
    if (other.start >= end) break;
    if (other.start > from) parts.push({ start: from, count: other.start - from });
    from = Math.max(from, other.start + other.count);
  }
  if (from < end) parts.push({ start: from, count: end - from });
  return parts;
}

/** Allocated blocks of the volume. */
export function countAllocated({ payloads, totalBlocks }: AllocationBitmap): number {
  let count = 0;
  let left = totalBlocks;
  for (const payload of payloads) {
    const bits = Math.min(left, 8 * payload.length);
    const whole = bits >> 3;
    count += countBits(payload.subarray(0, whole));
    if (bits % 8 !== 0) count += popcount(payload[whole]! & ((1 << (bits % 8)) - 1));
    left -= bits;
  }
  return count;
}

/** Bits that are set. A copy is aligned, so that four bytes are looked at at a time. */
function countBits(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.slice(0, bytes.length & ~3).buffer);
  let count = 0;
  for (let i = 0; i < words.length; i++) count += popcount(words[i]!);
  for (let i = 4 * words.length; i < bytes.length; i++) count += popcount(bytes[i]!);
  return count;
}

/** Bits that are set among 32. */
function popcount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
