import type { DiskImage, ImageSlot } from '@vde/image';

/** Blocks `start` to `end - 1` with the slot that owns them; none owns blocks that only the bitmap knows of. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly slot: ImageSlot | undefined;
  /** The bitmap calls the blocks free: nothing refers to what they hold. */
  readonly isFree?: boolean;
}

/**
 * The blocks of an image by owner, in order and without gaps, up to the end of what the source has or the volume claims. Where
 * extents overlap the smaller one owns the blocks: a region registered by hand lies inside the data region.
 */
export function segmentsOf({ slots, totalBlocks, presentBlocks }: DiskImage): Segment[] {
  const limit = Math.max(totalBlocks, presentBlocks);
  const edges = new Set([0, limit]);
  for (const { startBlock, blockCount } of slots) {
    for (const edge of [startBlock, startBlock + blockCount]) if (edge < limit) edges.add(edge);
  }
  const sorted = [...edges].sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (let i = 0; i + 1 < sorted.length; i++) {
    const start = sorted[i]!;
    const end = sorted[i + 1]!;
    const slot = ownerOf(slots, start);
    const last = segments.at(-1);
    if (last !== undefined && last.slot === slot) segments[segments.length - 1] = { ...last, end };
    else segments.push({ start, end, slot });
  }
  return segments;
}

/** The slot that owns a block: of those whose extent holds it, the smallest. */
export function ownerOf(slots: readonly ImageSlot[], block: number): ImageSlot | undefined {
  let owner: ImageSlot | undefined;
  for (const slot of slots) {
    if (block < slot.startBlock || block >= slot.startBlock + slot.blockCount) continue;
    if (owner === undefined || slot.blockCount < owner.blockCount) owner = slot;
  }
  return owner;
}
