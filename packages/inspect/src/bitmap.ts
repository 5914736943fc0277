import { type AllocationBitmap, countAllocated, type Finding, findBlock } from '@vde/format';
import type { DiskImage } from '@vde/image';
import type { Segment } from './segments.ts';

/** The bitmap against directory and superblock (page 04, section 4 and 6 #2); blocks are absolute. */
export function checkBitmap(image: DiskImage, bitmap: AllocationBitmap, segments: readonly Segment[]): Finding[] {
  const findings: Finding[] = [];
  for (const { start, end, slot } of segments) {
    if (slot === undefined || slot.type === 'DATA' || start >= image.totalBlocks) continue;
    const limit = Math.min(end, image.totalBlocks);
    const free = findBlock(bitmap, start, false);
    if (free >= limit) continue;
    const next = Math.min(findBlock(bitmap, free, true), limit);
    const message = `blocks ${free} to ${next - 1} of slot ${slot.index} (${slot.name}) are marked free`;
    findings.push({
      code: 'bitmapMissing',
      severity: 'warning',
      message,
      ...placeOfBits(image, free, next),
      expected: 'marked as used',
      actual: 'free',
    });
  }
  const marked = BigInt(countAllocated(bitmap));
  const counted = image.superblock?.totalAllocatedBlocks;
  if (counted !== undefined && counted !== marked) {
    const message = `the superblock counts ${counted} allocated blocks, the bitmap marks ${marked}`;
    findings.push({
      code: 'bitmapCountDiffers',
      severity: 'notice',
      message,
      block: 0,
      path: 'totalAllocatedBlocks',
      expected: marked,
      actual: counted,
    });
  }
  return findings;
}

/** The bytes of the bitmap that hold the bits of blocks `from` to `to - 1`, as far as they lie in one block of it. */
function placeOfBits(image: DiskImage, from: number, to: number): { block: number; offset: number; length: number } {
  const { payloadSize } = image.geometry;
  const first = Math.floor(from / 8);
  const offset = first % payloadSize;
  const startBlock = image.slots.find(({ type }) => type === 'BMAP')!.startBlock;
  const length = Math.min(Math.floor((to - 1) / 8) - first + 1, payloadSize - offset);
  return { block: startBlock + Math.floor(first / payloadSize), offset, length };
}
