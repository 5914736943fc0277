import {
  allocationBitmap,
  bitsPerBitmapBlock,
  decodeGroup,
  decodeRegionDirectory,
  emptySlots,
  encodeGroupWithMirror,
  encodeRegionDirectory,
  type RegionPointer,
  sealBlocks,
  setAllocated,
  stringToTag,
} from '@vde/format';
import { StreamingAppendHeader } from '@vde/region-streaming-append';
import { WormHeader, WriteRecord } from '@vde/region-worm-immutable';
import { goldenBytes, goldenJson } from './golden-images.ts';

/**
 * Slots of a compact image behind the first three: type, blocks. `inside` lies at the start of the slot before it, `module` is
 * the region that the reference files under DATA.
 */
type Plan = readonly (readonly [type: string, blockCount: number, kind?: 'inside' | 'module'])[];

const plans: Readonly<Record<string, Plan>> = {
  'all-regions': [
    ['BMAP', 1],
    ['INOD', 2],
    ['MWAL', 2],
    ['DWAL', 2],
    ['MLOG', 18],
    ['ANON', 16],
    ['CMVT', 4],
    ['SNAP', 2],
    ['STRE', 10],
    ['MTRK', 3],
    ['DATA', 2, 'module'],
    ['DATA', 16],
    ['WORM', 8, 'inside'],
  ],
  'seed-regions-16k': [
    ['BMAP', 1],
    ['INOD', 1],
    ['MWAL', 1],
    ['DICT', 2],
    ['MLOG', 5],
    ['ANON', 5],
    ['STRE', 4],
    ['DATA', 1, 'module'],
    ['DATA', 6],
  ],
};

/**
 * A small image with the regions of a golden one, cut to a few blocks each: quick to check, and clean. A new array.
 */
export function compactImage(name: 'all-regions' | 'seed-regions-16k'): Uint8Array<ArrayBuffer> {
  const { blockSize } = goldenJson(name);
  const source = goldenBytes(name);
  const blocksOf = (first: number, count: number) => source.subarray(first * blockSize, (first + count) * blockSize);
  const { group } = decodeGroup(blocksOf(0, 8), { blockSize });
  const { directory } = decodeRegionDirectory(blocksOf(8, 2), { blockSize });
  if (group === undefined || directory === undefined) throw new Error(`${name} is damaged`);

  const slots: RegionPointer[] = directory.slots.slice(0, 3);
  const parts: { first: number; from: number; count: number }[] = [];
  let next = 10;
  for (const [type, count, kind] of plans[name]!) {
    // The data region is the last of its type.
    const ofType = directory.slots.filter((slot) => slot.regionTypeId === type);
    const from = kind === 'module' ? ofType[0]! : ofType.at(-1)!;
    const first = kind === 'inside' ? Number(slots.at(-1)!.startBlock) : next;
    if (kind !== 'inside') next += count;
    slots.push({ ...from, startBlock: BigInt(first), blockCount: BigInt(count) });
    parts.push({ first, from: Number(from.startBlock), count: Math.min(count, Number(from.blockCount)) });
  }
  const all = [...slots, ...emptySlots()].slice(0, 127);
  const bytes = new Uint8Array(next * blockSize);
  for (const { first, from, count } of parts) bytes.set(blocksOf(from, count), first * blockSize);
  const superblock = {
    ...group.superblock,
    totalBlocks: BigInt(next),
    freeBlocks: 0n,
    totalAllocatedBlocks: BigInt(next),
    expectedFileSize: BigInt(bytes.length),
  };
  bytes.set(encodeGroupWithMirror({ ...group, superblock, regionPointers: { slots: all } }, blockSize));
  bytes.set(encodeRegionDirectory({ ...directory, slots: all }, blockSize), 8 * blockSize);
  writeBitmap(bytes, blockSize, Number(slots[3]!.startBlock), next);
  for (const { regionTypeId, startBlock, blockCount } of slots) {
    const block = bytes.subarray(Number(startBlock) * blockSize, Number(startBlock + 1n) * blockSize);
    fitHeader(block, regionTypeId, Number(blockCount));
  }
  return bytes;
}

/** Headers that count blocks of their slot are made to count those that are left. */
function fitHeader(block: Uint8Array<ArrayBuffer>, type: string, blockCount: number): void {
  const view = new DataView(block.buffer, block.byteOffset, block.length - 16);
  const capacity = BigInt(blockCount - 1);
  if (type === 'STRE') {
    const header = StreamingAppendHeader.get(view);
    const { readTail } = header;
    const ring = { maxCapacityBlocks: capacity, allocatedBlocks: capacity, writeHead: capacity };
    StreamingAppendHeader.set(view, 0, { ...header, ...ring, entryCount: capacity - readTail });
  } else if (type === 'WORM') {
    const log = { highWaterMark: capacity, totalCapacityBlocks: capacity, writeLogCount: Number(capacity) };
    WormHeader.set(view, 0, { ...WormHeader.get(view), ...log });
    block.fill(0, WormHeader.size + log.writeLogCount * WriteRecord.size, view.byteLength);
  } else return;
  const generation = new DataView(block.buffer, block.byteOffset).getUint32(block.length - 12, true);
  sealBlocks(block, block.length, stringToTag(type), generation);
}

function writeBitmap(bytes: Uint8Array, blockSize: number, block: number, totalBlocks: number): void {
  const whole = bytes.subarray(block * blockSize, (block + 1) * blockSize);
  whole.fill(0);
  const bitmap = allocationBitmap([whole.subarray(0, bitsPerBitmapBlock(blockSize) / 8)], totalBlocks);
  setAllocated(bitmap, { start: 0, count: totalBlocks }, true);
  sealBlocks(whole, blockSize, stringToTag('BMAP'), 1);
}
