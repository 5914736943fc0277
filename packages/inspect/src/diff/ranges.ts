import { type AllocationBitmap, findBlock, isAllocated } from '@vde/format';
import type { ImageSlot } from '@vde/image';
import { segmentsOf } from '../segments.ts';
import type { InspectedSpace } from '../space.ts';
import type { BlockPairing, BlockRange } from './blocks.ts';
import type { DiffCall } from './model.ts';

/** Superblock group, mirror and directory are compared field by field. */
const headBlocks = 10;
/** Blocks that both bitmaps call free are read along where there are not more: a read of its own costs more. */
const gapBlocks = 16;

/** The blocks of the volume that belong to a slot, or to none, and not to a smaller one inside it. */
function ownedRanges({ image, presentBlocks }: InspectedSpace, slot: ImageSlot | undefined): BlockRange[] {
  if (image === undefined) return slot ? [{ from: 0, to: presentBlocks }] : [];
  return segmentsOf(image)
    .filter((segment) => segment.slot === slot && segment.end > headBlocks)
    .map(({ start, end }) => ({ from: Math.max(start, headBlocks), to: end }));
}

/** What two regions, or the blocks of no region, are compared over: blocks that belong to it on both sides, or lie behind its end. */
export function commonRanges(
  call: DiffCall,
  { startA, startB, endA, endB }: BlockPairing,
  slots: { readonly a: ImageSlot | undefined; readonly b: ImageSlot | undefined },
): BlockRange[] {
  const present = Math.max(
    Math.min(endA, call.a.presentBlocks) - startA,
    Math.min(endB, call.b.presentBlocks) - startB,
  );
  const onSide = (space: InspectedSpace, slot: ImageSlot | undefined, start: number, end: number): BlockRange[] => [
    ...ownedRanges(space, slot).map(({ from, to }) => ({ from: from - start, to: Math.min(to, end) - start })),
    { from: end - start, to: Number.POSITIVE_INFINITY },
  ];
  const both = intersect(onSide(call.a, slots.a, startA, endA), onSide(call.b, slots.b, startB, endB));
  return [...intersect(both, [{ from: 0, to: Math.max(0, present) }])];
}

/** What two lists of ranges, each in order, have in common. */
function* intersectLists(a: readonly BlockRange[], b: readonly BlockRange[]): Generator<BlockRange> {
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    const from = Math.max(a[i]!.from, b[j]!.from);
    const to = Math.min(a[i]!.to, b[j]!.to);
    if (from < to) yield { from, to };
    if (a[i]!.to < b[j]!.to) i++;
    else j++;
  }
}

export const intersect = (a: readonly BlockRange[], b: readonly BlockRange[]): BlockRange[] => [
  ...intersectLists(a, b),
];

/** Which blocks of a pairing at least one bitmap calls in use; all where one of the bitmaps tells nothing. */
export class UsedBlocks {
  readonly #maps: readonly { readonly bitmap: AllocationBitmap; readonly start: number }[];

  constructor({ bitmapA, bitmapB }: DiffCall, { startA, startB }: BlockPairing) {
    const areKnown = bitmapA !== undefined && bitmapB !== undefined;
    this.#maps = areKnown
      ? [
          { bitmap: bitmapA, start: startA },
          { bitmap: bitmapB, start: startB },
        ]
      : [];
  }

  has(index: number): boolean {
    if (this.#maps.length === 0) return true;
    // What lies behind the volume is in no bitmap.
    return this.#maps.some(
      ({ bitmap, start }) => start + index >= bitmap.totalBlocks || isAllocated(bitmap, start + index),
    );
  }

  /** The blocks in use of some ranges, with small gaps between them. */
  *within(ranges: Iterable<BlockRange>): Generator<BlockRange> {
    for (const { from, to } of ranges) {
      let joined: BlockRange | undefined;
      for (let at = this.#next(from, true); at < to; ) {
        const end = Math.min(to, this.#next(at, false));
        if (joined !== undefined && at - joined.to > gapBlocks) {
          yield joined;
          joined = undefined;
        }
        joined = { from: joined?.from ?? at, to: end };
        at = this.#next(end, true);
      }
      if (joined !== undefined) yield joined;
    }
  }

  /** The first block from `index` on that is in use, or that is not. */
  #next(index: number, used: boolean): number {
    if (this.#maps.length === 0) return used ? index : Number.POSITIVE_INFINITY;
    if (used) return Math.min(...this.#maps.map(({ bitmap, start }) => nextAllocated(bitmap, start, index)));
    let end = index;
    for (let before = -1; before !== end; ) {
      before = end;
      for (const { bitmap, start } of this.#maps) end = nextFree(bitmap, start, end);
    }
    return end;
  }
}

function nextAllocated(bitmap: AllocationBitmap, start: number, index: number): number {
  return start + index >= bitmap.totalBlocks ? index : findBlock(bitmap, start + index, true) - start;
}

function nextFree(bitmap: AllocationBitmap, start: number, index: number): number {
  if (start + index >= bitmap.totalBlocks) return Number.POSITIVE_INFINITY;
  const free = findBlock(bitmap, start + index, false);
  return free === bitmap.totalBlocks ? Number.POSITIVE_INFINITY : free - start;
}
