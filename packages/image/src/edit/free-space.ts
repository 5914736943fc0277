import { type AllocationBitmap, type BlockRun, blockRuns, setAllocated, VdeError } from '@vde/format';

/**
 * The blocks that a transaction may hand out: free in the bitmap, claimed by nobody, and handed out once. Blocks that it frees come back with
 * the next one. @internal
 */
export class FreeSpace {
  readonly #busy: AllocationBitmap;

  /** The bitmap is copied. */
  constructor({ payloads, totalBlocks }: AllocationBitmap, claimed: readonly BlockRun[]) {
    this.#busy = { payloads: payloads.map((payload) => payload.slice()), totalBlocks };
    for (const run of claimed) setAllocated(this.#busy, run, true);
  }

  /**
   * Takes blocks that follow one another: the first that fit, or, from the back, the last. Gives the first block.
   * @throws VdeError `noSpace`.
   */
  take(count: number, from: 'front' | 'back' = 'front'): number {
    let found: number | undefined;
    let longest = 0;
    for (const run of blockRuns(this.#busy, false)) {
      longest = Math.max(longest, run.count);
      if (run.count < count) continue;
      found = from === 'front' ? run.start : run.start + run.count - count;
      if (from === 'front') break;
    }
    if (found === undefined) {
      const message = `${count} free blocks in a row are needed, the longest run has ${longest}`;
      throw new VdeError('noSpace', message, { details: { needed: count, available: longest } });
    }
    setAllocated(this.#busy, { start: found, count }, true);
    return found;
  }
}
