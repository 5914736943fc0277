import { type AllocationBitmap, findBlock, isAllocated } from '@vde/format';
import type { DiskImage } from '@vde/image';
import { type Segment, segmentsOf } from '../segments.ts';

/** Segments that are read in one go, with what lies between them. */
export interface ScanRun {
  readonly first: number;
  readonly end: number;
  readonly segments: readonly Segment[];
}

/** Gaps between segments up to this are read along: a read of its own costs more. */
const gapBytes = 64 * 1024;
/** A bitmap that changes its mind with every block makes 100 million segments: they are made as they are needed. */
const maxRunSegments = 1024;

/**
 * Which blocks a level reads, in order: the first of each region; every block in use, of data only what the bitmap calls in use,
 * and all of it where no bitmap tells; or free space, too.
 */
export class ScanPlan {
  readonly #owned: readonly Segment[];
  readonly #bitmap: AllocationBitmap | undefined;
  readonly #withFree: boolean;
  readonly #maxGap: number;

  constructor(image: DiskImage, bitmap: AllocationBitmap | undefined, level: 'quick' | 'full' | 'deep') {
    const present = segmentsOf(image)
      .filter(({ start }) => start < image.presentBlocks)
      .map((segment) => ({ ...segment, end: Math.min(segment.end, image.presentBlocks) }));
    const isHead = ({ slot, start }: Segment) => slot !== undefined && slot.startBlock === start;
    this.#owned =
      level === 'quick' ? present.filter(isHead).map((segment) => ({ ...segment, end: segment.start + 1 })) : present;
    this.#bitmap = level === 'quick' ? undefined : bitmap;
    this.#withFree = level === 'deep';
    this.#maxGap = gapBytes / image.blockSize;
  }

  /** The segment of a block as far as it is in one state of use; `undefined` for a block that is not read. */
  partAt(block: number): Segment | undefined {
    const owned = this.#owned.find(({ start, end }) => start <= block && block < end);
    if (owned === undefined || !this.#isData(owned)) return owned;
    if (block >= this.#bitmap!.totalBlocks) return undefined;
    if (isAllocated(this.#bitmap!, block)) return owned;
    return this.#withFree ? { ...owned, isFree: true } : undefined;
  }

  /** The blocks from `from` on, in runs. */
  *runs(from = 0): Generator<ScanRun, void, undefined> {
    let run: Segment[] = [];
    const runOf = () => ({ first: run[0]!.start, end: run.at(-1)!.end, segments: run });
    for (const segment of this.#parts(from)) {
      const last = run.at(-1);
      if (last && (segment.start - last.end > this.#maxGap || run.length >= maxRunSegments)) {
        yield runOf();
        run = [];
      }
      run.push(segment);
    }
    if (run.length > 0) yield runOf();
  }

  *#parts(from: number): Generator<Segment, void, undefined> {
    for (const owned of this.#owned) {
      const start = Math.max(owned.start, from);
      if (start >= owned.end) continue;
      if (this.#isData(owned)) yield* this.#partsByUse({ ...owned, start });
      else yield { ...owned, start };
    }
  }

  #isData({ slot }: Segment): boolean {
    return this.#bitmap !== undefined && (slot === undefined || slot.type === 'DATA');
  }

  /** The parts of a segment that the bitmap calls in use and, where they are read, free. */
  *#partsByUse({ start, end: segmentEnd, slot }: Segment): Generator<Segment, void, undefined> {
    const bitmap = this.#bitmap!;
    const end = Math.min(segmentEnd, bitmap.totalBlocks);
    for (let at = start; at < end; ) {
      const used = Math.min(findBlock(bitmap, at, true), end);
      if (used > at && this.#withFree) yield { start: at, end: used, slot, isFree: true };
      at = Math.min(findBlock(bitmap, used, false), end);
      if (at > used) yield { start: used, end: at, slot };
    }
  }
}
