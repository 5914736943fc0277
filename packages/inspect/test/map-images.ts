import {
  allocationBitmap,
  bitmapBlockCount,
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
import type { BlockSource } from '@vde/image';
import { goldenBytes } from './golden-images.ts';

const blockSize = 4096;

/** Blocks `start` to `start + count - 1`. */
export interface Extent {
  readonly start: number;
  readonly count: number;
}

/** A volume of which only a few blocks exist: the others are made when they are read, and are zero. */
export interface SparseVolume {
  readonly source: BlockSource;
  readonly dataStart: number;
  /** The bytes of a block; `undefined` where it is a hole. */
  block(block: number): Uint8Array | undefined;
}

/**
 * A fresh volume with the layout of page 04, 3.5, without modules: bitmap, inode table, metadata log, data. Of the data `used`
 * (counted from its start) are marked as allocated, and `written` gives what stands in a block of them.
 */
export function sparseVolume({
  totalBlocks,
  inodeBlocks = Math.max(1024, Math.floor(totalBlocks / 256)),
  logBlocks = Math.max(64, Math.ceil(totalBlocks / 200)),
  used,
  written = () => undefined,
}: {
  readonly totalBlocks: number;
  readonly inodeBlocks?: number;
  readonly logBlocks?: number;
  readonly used: readonly Extent[];
  written?(dataBlock: number): Uint8Array | undefined;
}): SparseVolume {
  const golden = goldenBytes('fresh-minimal');
  const bitmapBlocks = bitmapBlockCount(totalBlocks, blockSize);
  const counts = [bitmapBlocks, inodeBlocks, logBlocks];
  const starts = counts.map((_, i) => 10 + counts.slice(0, i).reduce((sum, count) => sum + count, 0));
  const dataStart = starts[2]! + counts[2]!;
  const extents = [
    ...starts.map((start, i) => ({ start, count: counts[i]! })),
    { start: dataStart, count: totalBlocks - dataStart },
  ];
  const head = headOf(golden, totalBlocks, extents);
  const sealed = new Map([
    [starts[1]!, firstBlockOf(golden, 'INOD')],
    [starts[2]!, firstBlockOf(golden, 'MWAL')],
  ]);
  const inUse = [
    { start: 0, count: dataStart },
    ...used.map(({ start, count }) => ({ start: dataStart + start, count })),
  ];
  const block = (index: number): Uint8Array | undefined => {
    if (index < 10) return head.subarray(index * blockSize, (index + 1) * blockSize);
    if (index < starts[1]!) return bitmapBlock(index - 10, totalBlocks, inUse);
    return index < dataStart ? sealed.get(index) : written(index - dataStart);
  };
  return { source: sparseSource(totalBlocks * blockSize, block), dataStart, block };
}

function sparseSource(size: number, block: SparseVolume['block']): BlockSource {
  return {
    size,
    name: 'sparse',
    async read(offset, into) {
      const length = Math.max(0, Math.min(into.length, size - offset));
      into.fill(0, 0, length);
      for (let at = offset - (offset % blockSize); at < offset + length; at += blockSize) {
        const bytes = block(at / blockSize);
        const from = Math.max(at, offset);
        if (bytes) into.set(bytes.subarray(from - at, Math.min(blockSize, offset + length - at)), from - offset);
      }
      return length;
    },
  };
}

function firstBlockOf(golden: Uint8Array, type: string): Uint8Array {
  const slot = directoryOf(golden).slots.find(({ regionTypeId }) => regionTypeId === type)!;
  const start = Number(slot.startBlock) * blockSize;
  return golden.subarray(start, start + blockSize);
}

function directoryOf(golden: Uint8Array) {
  return decodeRegionDirectory(golden.subarray(8 * blockSize, 10 * blockSize), { blockSize }).directory!;
}

function headOf(golden: Uint8Array, totalBlocks: number, extents: readonly Extent[]): Uint8Array {
  const { group } = decodeGroup(golden.subarray(0, 8 * blockSize), { blockSize });
  const directory = directoryOf(golden);
  const placed: RegionPointer[] = directory.slots.slice(3, 7).map((slot, i) => ({
    ...slot,
    startBlock: BigInt(extents[i]!.start),
    blockCount: BigInt(extents[i]!.count),
  }));
  const slots = [...directory.slots.slice(0, 3), ...placed, ...emptySlots()].slice(0, 127);
  const superblock = {
    ...group!.superblock,
    totalBlocks: BigInt(totalBlocks),
    expectedFileSize: BigInt(totalBlocks * blockSize),
  };
  const head = new Uint8Array(10 * blockSize);
  head.set(encodeGroupWithMirror({ ...group!, superblock, regionPointers: { slots } }, blockSize));
  head.set(encodeRegionDirectory({ ...directory, slots }, blockSize), 8 * blockSize);
  return head;
}

function bitmapBlock(index: number, totalBlocks: number, inUse: readonly Extent[]): Uint8Array {
  const bits = bitsPerBitmapBlock(blockSize);
  const first = index * bits;
  const bytes = new Uint8Array(blockSize);
  const bitmap = allocationBitmap([bytes.subarray(0, bits / 8)], Math.min(bits, totalBlocks - first));
  for (const { start, count } of inUse) {
    const from = Math.max(start, first) - first;
    const to = Math.min(start + count, first + bitmap.totalBlocks) - first;
    if (from < to) setAllocated(bitmap, { start: from, count: to - from }, true);
  }
  sealBlocks(bytes, blockSize, stringToTag('BMAP'), 1);
  return bytes;
}
