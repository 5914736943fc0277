import { type AllocationBitmap, type BlockRun, blockRuns, findBlock, setAllocated, VdeError } from '@vde/format';

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
    for (const run of from === 'front' ? this.#runs(count) : blockRuns(this.#busy, false)) {
      longest = Math.max(longest, run.count);
      if (run.count < count) continue;
      found = run.start + run.count - count;
      if (from === 'front') break;
    }
    if (found === undefined) {
      const message = `${count} free blocks in a row are needed, the longest run has ${longest}`;
      throw new VdeError('noSpace', message, { details: { needed: count, available: longest } });
    }
    setAllocated(this.#busy, { start: found, count }, true);
    return found;
  }

  /** The free runs, each cut to `most` blocks: the free blocks of a large volume are not looked through for the end of a run. */
  *#runs(most: number): Generator<BlockRun, void, undefined> {
    const { totalBlocks } = this.#busy;
    for (let start = findBlock(this.#busy, 0, false); start < totalBlocks; ) {
      const end = findBlock({ ...this.#busy, totalBlocks: Math.min(totalBlocks, start + most) }, start, true);
      yield { start, count: end - start };
      start = findBlock(this.#busy, end, false);
    }
  }
}
