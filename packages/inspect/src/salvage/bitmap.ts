import {
  allocationBitmap,
  bitmapBlockCount,
  bitsPerBitmapBlock,
  countAllocated,
  directoryBlockCount,
  directoryStartBlock,
  readTrailer,
  sameBytes,
  sealBlocks,
  setAllocated,
  stringToTag,
} from '@vde/format';
import { readBlocks } from '@vde/image';
import type { SalvagedRegion } from './model.ts';
import type { SalvageScan } from './scan.ts';

/** The allocation bitmap of a rebuilt image. */
export interface RebuiltBitmap {
  /** Blocks in use. */
  readonly allocated: number;
  /** Its blocks that differ from those of the source, sealed, by number. */
  readonly changed: readonly { readonly block: number; readonly bytes: Uint8Array }[];
}

interface Extent {
  readonly start: number;
  readonly end: number;
}

/**
 * The bits of the source where they verify, else a bit for every block that is written; and in any case those of all listed regions, so
 * that nobody allocates their blocks again. Nothing is changed where there is no bitmap region to change.
 */
export async function rebuildBitmap(
  scan: SalvageScan,
  regions: readonly SalvagedRegion[],
  totalBlocks: number,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<RebuiltBitmap> {
  const { blockSize } = scan.space;
  const bits = bitsPerBitmapBlock(blockSize);
  const needed = bitmapBlockCount(totalBlocks, blockSize);
  const place = regions.find(({ listed, type, blockCount }) => listed && type === 'BMAP' && blockCount >= needed);
  const used = extentsOf(regions, totalBlocks);
  const changed: { block: number; bytes: Uint8Array }[] = [];
  let allocated = 0;
  for (let i = 0; i < needed; i++) {
    const window = { start: i * bits, end: Math.min((i + 1) * bits, totalBlocks) };
    const block = place === undefined ? undefined : place.startBlock + i;
    const isStored = block !== undefined && scan.sealed.has(block);
    const stored = isStored ? await readBlocks(scan.space, block, 1, options) : new Uint8Array(blockSize);
    const bytes = stored.slice();
    if (!isStored) mark(bytes, window, [...scan.written.runs(window.start, window.end)].map(extentOf));
    allocated += mark(bytes, window, used);
    if (block === undefined || (isStored && sameBytes(bytes, stored))) continue;
    sealBlocks(bytes, blockSize, stringToTag('BMAP'), isStored ? readTrailer(stored, blockSize).generation : 1);
    changed.push({ block, bytes });
  }
  return { allocated, changed };
}

const extentOf = ({ start, count }: { start: number; count: number }): Extent => ({ start, end: start + count });

/** Blocks 0-9, and those of every listed region but the data region, whose blocks are in use one by one. */
function extentsOf(regions: readonly SalvagedRegion[], totalBlocks: number): Extent[] {
  const owned = regions
    .filter(({ listed }) => listed)
    .map(({ type, startBlock, blockCount }) => ({ type, start: startBlock, end: startBlock + blockCount }))
    .filter(({ type, end }) => type !== 'DATA' || end < totalBlocks);
  return [{ start: 0, end: directoryStartBlock + directoryBlockCount }, ...owned];
}

/** Sets the bits of the extents in one bitmap block, and counts those that are set then. */
function mark(block: Uint8Array, window: Extent, extents: readonly Extent[]): number {
  const bitmap = allocationBitmap([block.subarray(0, -16)], window.end - window.start);
  for (const { start, end } of extents) {
    const from = Math.max(start, window.start);
    const to = Math.min(end, window.end);
    if (from < to) setAllocated(bitmap, { start: from - window.start, count: to - from }, true);
  }
  return countAllocated(bitmap);
}
