import {
  type BlockRun,
  directoryBlockCount,
  directoryStartBlock,
  isPendingScrub,
  isUsableSlot,
  type RegionPointer,
} from '@vde/format';

/** Blocks 0-9: superblocks and directory. @internal */
export const headRun: BlockRun = { start: 0, count: directoryStartBlock + directoryBlockCount };

/** The blocks of a slot. @internal */
export const runOf = ({ startBlock, blockCount }: RegionPointer): BlockRun => ({
  start: Number(startBlock),
  count: Number(blockCount),
});

/**
 * What belongs to somebody whatever the bitmap says: blocks 0-9, the regions but the data region, and what waits to be zeroed. Cut to the
 * volume. @internal
 */
export function claimedRuns(
  pointers: readonly RegionPointer[],
  { dataSlot, totalBlocks }: { readonly dataSlot: number | undefined; readonly totalBlocks: number },
): BlockRun[] {
  const listed = pointers
    .filter((pointer, index) => (isUsableSlot(pointer) && index !== dataSlot) || isPendingScrub(pointer))
    .map(runOf);
  return [headRun, ...listed].flatMap(({ start, count }) => {
    const end = Math.min(start + count, totalBlocks);
    return start >= 0 && end > start ? [{ start, count: end - start }] : [];
  });
}

/** Whether two runs share a block. @internal */
export const overlaps = (a: BlockRun, b: BlockRun): boolean =>
  a.start < b.start + b.count && b.start < a.start + a.count;
