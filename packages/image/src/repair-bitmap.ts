import {
  bitmapBlockCount,
  bitmapOfBlocks,
  bitsPerBitmapBlock,
  blockStatus,
  countAllocated,
  findBlock,
  isVdeError,
  isZero,
  readTrailer,
  sealBlocks,
  setAllocated,
  stringToTag,
  verifyBlocks,
} from '@vde/format';
import { loadBitmap } from './allocation.ts';
import type { DeviceSpace } from './commit.ts';
import type { BlockDevice } from './device.ts';
import type { DiskImage, ImageSlot } from './disk-image.ts';
import { dataSlotOf } from './edit/draft.ts';
import { commitAsItIs } from './edit/open-for-edit.ts';
import { claimedRuns } from './edit/runs.ts';
import { openImage } from './open-image.ts';
import { readBlocks } from './read-blocks.ts';
import { headBlockCount } from './read-head.ts';
import type { RepairStep } from './repair-head.ts';

interface RepairCall {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes damaged blocks of the allocation bitmap again: a bit for every block of a region, and of the data region for every block that holds
 * something. Then marks blocks of regions that count as free, and makes the counters those of the bitmap, with a commit. Nothing where the
 * superblocks are not whole, the file is cut off, or no bitmap is listed. @internal
 */
export async function repairBitmap(space: DeviceSpace, call: RepairCall): Promise<RepairStep[]> {
  const image = await openImage(space.source, call);
  const isWhole = image.group.group !== undefined && ['primary', 'mirror'].includes(image.group.copyUsed);
  const slot = image.slots.find(({ type }) => type === 'BMAP');
  const needed = bitmapBlockCount(image.totalBlocks, image.blockSize);
  const isCut = image.size < image.totalBlocks * image.blockSize;
  if (!isWhole || isCut || slot === undefined || slot.blockCount < needed) return [];
  return [...(await rewriteDamaged(space, image, slot, call)), ...(await markAndCount(space, call))];
}

async function rewriteDamaged(
  space: DeviceSpace,
  image: DiskImage,
  slot: ImageSlot,
  call: RepairCall,
): Promise<RepairStep[]> {
  const { blockSize, totalBlocks } = image;
  const needed = bitmapBlockCount(totalBlocks, blockSize);
  const blocks = await image.readBlocks(slot.startBlock, needed, call);
  const statuses = new Uint8Array(needed);
  verifyBlocks(blocks, blockSize, statuses);
  const isOk = (i: number) => statuses[i] === blockStatus.ok || statuses[i] === blockStatus.formattedEmpty;
  const damaged = Array.from(statuses.keys()).filter((i) => !isOk(i));
  if (damaged.length === 0) return [];
  const whole = Array.from(statuses.keys()).find(isOk);
  const generation =
    whole === undefined
      ? 1
      : readTrailer(blocks.subarray(whole * blockSize, (whole + 1) * blockSize), blockSize).generation;
  const bitmap = bitmapOfBlocks(blocks, blockSize, totalBlocks);
  const bits = bitsPerBitmapBlock(blockSize);
  const claimed = claimedRuns(image.pointers, { dataSlot: dataSlotOf(image), totalBlocks });
  for (const i of damaged) {
    bitmap.payloads[i]!.fill(0);
    await markWritten(image, bitmap, { start: i * bits, end: Math.min((i + 1) * bits, totalBlocks) }, call);
  }
  for (const run of claimed) setAllocated(bitmap, run, true);
  for (const i of damaged) {
    const block = blocks.subarray(i * blockSize, (i + 1) * blockSize);
    sealBlocks(block, blockSize, stringToTag('BMAP'), generation);
    await space.source.write(space.base + (slot.startBlock + i) * blockSize, block);
  }
  await space.source.sync();
  const message = `allocation bitmap: ${damaged.length} of ${needed} blocks made again from the directory and what the data region holds`;
  return [{ code: 'badTrailer', what: message, blocks: damaged.map((i) => slot.startBlock + i) }];
}

/** Bytes of the data region that are looked at in one go. */
const chunkBytes = 1024 * 1024;

/** Marks the blocks of the data region that hold something. */
async function markWritten(
  image: DiskImage,
  bitmap: ReturnType<typeof bitmapOfBlocks>,
  { start, end }: { readonly start: number; readonly end: number },
  call: RepairCall,
): Promise<void> {
  const index = dataSlotOf(image);
  const data = image.slots.find((slot) => slot.index === index);
  const { blockSize } = image;
  if (data === undefined) return;
  const limit = Math.min(end, data.startBlock + data.blockCount, image.presentBlocks);
  const most = chunkBytes / blockSize;
  for (let at = Math.max(start, data.startBlock); at < limit; at += most) {
    const count = Math.min(most, limit - at);
    const bytes = await readBlocks(image, at, count, call);
    for (let i = 0; i < count; i++)
      if (!isZero(bytes.subarray(i * blockSize, (i + 1) * blockSize)))
        setAllocated(bitmap, { start: at + i, count: 1 }, true);
  }
}

async function markAndCount({ source }: DeviceSpace, call: RepairCall): Promise<RepairStep[]> {
  const image = await openImage(source, call);
  const { bitmap } = (await loadBitmap(image, call))!;
  const claimed = claimedRuns(image.pointers, { dataSlot: dataSlotOf(image), totalBlocks: image.totalBlocks });
  const isMissing = claimed.some(({ start, count }) => findBlock(bitmap, start, false) < start + count);
  const counted = BigInt(countAllocated(bitmap));
  const isMiscounted = isMissing || counted !== image.superblock!.totalAllocatedBlocks;
  if (!isMiscounted || !(await commitIfRoom(source))) return [];
  const { slot } = (await loadBitmap(await openImage(source, call), call))!;
  const head = Array.from({ length: headBlockCount }, (_, block) => block);
  const places = Array.from({ length: slot.blockCount }, (_, i) => slot.startBlock + i);
  const marked = 'allocation bitmap: blocks of regions marked as used';
  const recounted = 'superblock: allocated and free blocks counted as the bitmap marks them';
  return [
    ...(isMissing ? [{ code: 'bitmapMissing', what: marked, blocks: places }] : []),
    { code: 'bitmapCountDiffers', what: recounted, blocks: head },
  ];
}

/** A full volume has no room for another bitmap: then it stays as it is. */
async function commitIfRoom(device: BlockDevice): Promise<boolean> {
  try {
    await commitAsItIs(device);
    return true;
  } catch (error) {
    if (isVdeError(error, 'noSpace')) return false;
    throw error;
  }
}
