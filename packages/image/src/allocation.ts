import { type AllocationBitmap, bitmapBlockCount, bitmapOfBlocks, blockStatus, verifyBlocks } from '@vde/format';
import type { DiskImage, ImageSlot, ReadCall } from './disk-image.ts';

/** The allocation bitmap of an image, with the blocks in which it stands. */
export interface StoredBitmap {
  readonly slot: ImageSlot;
  /** As many whole blocks as the volume needs; `bitmap` is a view of them. */
  readonly blocks: Uint8Array<ArrayBuffer>;
  readonly bitmap: AllocationBitmap;
}

/** The allocation bitmap of an image; `undefined` where a block of it is missing or damaged, so that it tells nothing. */
export async function loadBitmap(image: DiskImage, options: ReadCall = {}): Promise<StoredBitmap | undefined> {
  const slot = image.slots.find(({ type }) => type === 'BMAP');
  const { blockSize } = image;
  const needed = bitmapBlockCount(image.totalBlocks, blockSize);
  if (slot === undefined || slot.blockCount < needed || slot.startBlock + needed > image.presentBlocks)
    return undefined;
  const blocks = await image.readBlocks(slot.startBlock, needed, options);
  const statuses = new Uint8Array(needed);
  verifyBlocks(blocks, blockSize, statuses);
  if (statuses.some((status) => status !== blockStatus.ok && status !== blockStatus.formattedEmpty)) return undefined;
  return { slot, blocks, bitmap: bitmapOfBlocks(blocks, blockSize, image.totalBlocks) };
}
