import { allocationBitmap, bitmapBlockCount, bitsPerBitmapBlock, blockRuns, blockStatus } from '@vde/format';
import type { DiskImage, ImageSlot } from '@vde/image';
import { scanRange } from './scan.ts';

/** What the allocation bitmap says of blocks `start` to `end - 1`; `unknown` where a block of it is missing or damaged. */
export interface Allocation {
  readonly start: number;
  readonly end: number;
  readonly use: 'used' | 'free' | 'unknown';
}

/** Bitmap blocks that stand in memory at a time, in bytes: they tell of 64 GiB where blocks have 4 KiB. */
const pageBytes = 2 * 1024 * 1024;

/**
 * The allocation of all blocks of a volume, in order and without gaps. The bitmap is read piece by piece: that of a volume of
 * 1 TiB has 32 MiB. Unlike a check, which trusts it as a whole or not at all, what a damaged block of it does not tell is
 * `unknown`, and nothing else.
 */
export async function* allocationsOf(
  image: DiskImage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Allocation, void, undefined> {
  const { blockSize, totalBlocks } = image;
  const slot = image.slots.find(({ type }) => type === 'BMAP');
  const needed = bitmapBlockCount(totalBlocks, blockSize);
  const there = slot && slot.blockCount >= needed ? Math.min(needed, wholeBlocks(image) - slot.startBlock) : 0;
  const perPage = Math.max(0, Math.min(pageBytes / blockSize, there));
  const page = { bytes: new Uint8Array(perPage * blockSize), statuses: new Uint8Array(perPage) };
  for (let first = 0; first < there; first += perPage)
    yield* pageAllocations(image, page, { slot: slot!, first, count: Math.min(perPage, there - first) }, signal);
  const told = Math.max(0, there) * bitsPerBitmapBlock(blockSize);
  if (told < totalBlocks) yield { start: told, end: totalBlocks, use: 'unknown' };
}

/** Blocks that the file has to their last byte. */
export const wholeBlocks = ({ size, blockSize }: DiskImage): number => Math.floor(size / blockSize);

/** Room for some bitmap blocks. */
interface Page {
  readonly bytes: Uint8Array;
  readonly statuses: Uint8Array;
}

async function* pageAllocations(
  image: DiskImage,
  { bytes, statuses }: Page,
  { slot, first, count }: { readonly slot: ImageSlot; readonly first: number; readonly count: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Allocation, void, undefined> {
  const { blockSize, payloadSize } = image.geometry;
  const bits = bitsPerBitmapBlock(blockSize);
  await scanRange(image, { first: slot.startBlock + first, count, signal }, (blocks) => {
    const at = blocks.first - slot.startBlock - first;
    statuses.set(blocks.statuses, at);
    bytes.set(blocks.bytes, at * blockSize);
  });
  for (let i = 0; i < count; i++) {
    const start = (first + i) * bits;
    const end = Math.min(start + bits, image.totalBlocks);
    const isIntact = statuses[i] === blockStatus.ok || statuses[i] === blockStatus.formattedEmpty;
    if (isIntact) yield* bitRuns(bytes.subarray(i * blockSize, i * blockSize + payloadSize), start, end);
    else yield { start, end, use: 'unknown' };
  }
}

function* bitRuns(payload: Uint8Array, start: number, end: number): Generator<Allocation, void, undefined> {
  let at = start;
  for (const run of blockRuns(allocationBitmap([payload], end - start))) {
    const used = start + run.start;
    if (used > at) yield { start: at, end: used, use: 'free' };
    at = used + run.count;
    yield { start: used, end: at, use: 'used' };
  }
  if (at < end) yield { start: at, end, use: 'free' };
}
