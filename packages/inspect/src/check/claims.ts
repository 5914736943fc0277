import {
  type AllocationBitmap,
  type AnyRegionPlugin,
  type BlockRun,
  bitmapBlockCount,
  directoryStartBlock,
  type Finding,
  findBlock,
  findDataRegion,
  isKnownTag,
  RegionPointer,
  slotState,
  withoutRuns,
} from '@vde/format';
import type { DiskImage, ImageSlot, ReadCall } from '@vde/image';
import type { Segment } from '../segments.ts';
import { sealedBlocks } from './holes.ts';
import type { RegionCheck } from './regions.ts';

/** Blocks 0-9 have fixed places whatever the directory lists. */
const headBlocks = 10;
/** Bytes of a stretch without a slot that are looked at: a region has its header in front. */
const lookedAt = 256 * 1024;

/** What blocks and bitmap say against the slots of the directory. Blocks are absolute. */
export async function claimFindings(
  image: DiskImage,
  { bitmap, segments, regions }: Claimants,
  call: ReadCall,
): Promise<Finding[]> {
  const findings = [...bitmapSlot(image), ...straddlers(image)];
  for (const [index, pointer] of image.pointers.entries())
    if (slotState(pointer) === 'limbo') findings.push(...(await inactiveRegion(image, index, pointer, call)));
  const fronts = [...regions].map(([{ startBlock }, { headerRoom }]) => ({
    start: startBlock - headerRoom,
    count: headerRoom,
  }));
  for (const { start, end, slot } of bitmap ? segments : []) {
    if (slot !== undefined) continue;
    for (const run of withoutRuns({ start, count: end - start }, fronts))
      findings.push(...(await unclaimedBlocks(image, bitmap!, run, call)));
  }
  return findings;
}

/** Who may say that a block is in use. */
interface Claimants {
  readonly bitmap: AllocationBitmap | undefined;
  readonly segments: readonly Segment[];
  readonly regions: RegionCheck['regions'];
}

/** Whoever makes an image gives it a bitmap of all its blocks (page 04, 3.5). */
function bitmapSlot({ slots, pointers, totalBlocks, blockSize }: DiskImage): Finding[] {
  const needed = bitmapBlockCount(totalBlocks, blockSize);
  const largest = slots.reduce((most, slot) => (slot.type === 'BMAP' ? Math.max(most, slot.blockCount) : most), 0);
  if (pointers.length === 0 || largest >= needed) return [];
  const message = `the largest allocation bitmap in the directory has ${largest} blocks, the volume needs ${needed}`;
  const place = { block: directoryStartBlock, expected: needed, actual: largest };
  return [{ code: 'bitmapUnlisted', severity: 'warning', message, ...place }];
}

/** A region registered by hand lies in the data region; one that lies in it in part was moved, or the data region was. */
function straddlers({ slots, pointers, superblock, totalBlocks }: DiskImage): Finding[] {
  const dataIndex = findDataRegion(pointers, { manifest: superblock?.moduleManifest ?? 0, totalBlocks })?.index;
  const data = slots.find(({ index }) => index === dataIndex);
  if (data === undefined) return [];
  const dataEnd = data.startBlock + data.blockCount;
  return slots.flatMap(({ index, name, startBlock, blockCount }) => {
    const end = startBlock + blockCount;
    if (index === dataIndex || end <= data.startBlock || startBlock >= dataEnd) return [];
    if (startBlock >= data.startBlock && end <= dataEnd) return [];
    const message = `slot ${index} (${name}) and the data region in slot ${data.index} claim blocks in common, but neither lies in the other`;
    const path = `slots[${index}].startBlock`;
    return [{ code: 'overlap', severity: 'warning' as const, message, block: directoryStartBlock, path }];
  });
}

/** A slot that is not active, over blocks that are still those of its region. */
async function inactiveRegion(
  image: DiskImage,
  index: number,
  { regionTypeId, startBlock }: RegionPointer,
  call: ReadCall,
): Promise<Finding[]> {
  if (startBlock < 0n || startBlock >= BigInt(image.presentBlocks)) return [];
  const block = Number(startBlock);
  const [first] = sealedBlocks(await image.readBlocks(block, 1, call), image.blockSize);
  if (first?.tag !== regionTypeId && !(regionTypeId === 'MLOG' && first?.tag === 'MTRK')) return [];
  const message = `slot ${index} (${regionTypeId}) is not active, but block ${block} still holds its region`;
  return [{ code: 'limbo', severity: 'warning', message, block, path: `slots[${index}].flags` }];
}

/** Blocks that the bitmap calls in use and no slot claims. Room that a removed region left is no damage. */
async function unclaimedBlocks(
  image: DiskImage,
  bitmap: AllocationBitmap,
  { start, count: length }: BlockRun,
  call: ReadCall,
): Promise<Finding[]> {
  const limit = Math.min(start + length, bitmap.totalBlocks);
  const first = findBlock(bitmap, Math.max(start, headBlocks), true);
  if (first >= limit) return [];
  const count = Math.min(Math.max(1, lookedAt / image.blockSize), limit - first);
  const sealed = sealedBlocks(await image.readBlocks(first, count, call), image.blockSize);
  const held = sealed.find(({ tag }) => isKnownTag(tag));
  const what = held ? `block ${first + held.block} of them holds ${held.tag}` : 'the first of them hold no region';
  const message = `blocks from ${first} on are marked as used, but no slot claims them; ${what}`;
  const severity = held ? 'warning' : 'notice';
  return [{ code: 'unclaimedBlocks', severity, message, block: first + (held?.block ?? 0) }];
}

/** Flags that the region of a plugin carries in its slot, such as Worm. */
export function slotFlagFindings(
  image: DiskImage,
  slot: ImageSlot,
  { title, slotFlags = 0 }: AnyRegionPlugin,
): Finding[] {
  const { flags } = slot.pointer;
  const missing = slotFlags & ~flags;
  if (missing === 0) return [];
  const message = `${title}: slot ${slot.index} lacks the flags 0x${missing.toString(16)} of such a region`;
  const place = { ...entryPlace(image, slot, 'flags'), expected: slotFlags, actual: flags };
  return [{ code: 'slotFlagMissing', severity: 'warning', message, ...place }];
}

/** A type that nobody knows, over blocks that say what they are; `blocks` are those from the first of the slot on. */
export function slotTypeFindings(image: DiskImage, slot: ImageSlot, blocks: Uint8Array): Finding[] {
  const [first] = sealedBlocks(blocks, image.blockSize);
  if (isKnownTag(slot.type) || first === undefined || !isKnownTag(first.tag)) return [];
  const block = slot.startBlock + first.block;
  const message = `slot ${slot.index} has the unknown type ${JSON.stringify(slot.type)}, but its block ${block} has tag ${first.tag}`;
  const place = { ...entryPlace(image, slot, 'regionTypeId'), expected: first.tag, actual: slot.type };
  return [{ code: 'slotTypeDiffers', severity: 'warning', message, ...place }];
}

/** A field of a slot's entry in the list that is used. */
function entryPlace({ slotsFrom }: DiskImage, { index }: ImageSlot, field: 'flags' | 'regionTypeId') {
  const { offset, type } = RegionPointer.field(field);
  return {
    block: slotsFrom === 'directory' ? directoryStartBlock : 1,
    offset: index * RegionPointer.size + offset,
    length: type.size,
    path: `slots[${index}].${field}`,
  };
}
