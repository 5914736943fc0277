import { type AllocationBitmap, allocationBitmap, type BlockRun, findBlock, setAllocated } from '@vde/format';

/** Bytes of a page of bits: one page describes 2 GiB of 4 KiB blocks. */
const pageBytes = 65536;
const pageBits = 8 * pageBytes;

/** A set of block numbers, one bit each. Pages without a member share one: a hole of any size costs next to nothing. */
export class BlockSet {
  readonly #pages: Uint8Array[];
  readonly #empty = new Uint8Array(pageBytes);
  readonly #bits: AllocationBitmap;

  /** An empty set of blocks 0 to `blocks - 1`. */
  constructor(blocks: number) {
    this.#pages = new Array<Uint8Array>(Math.max(1, Math.ceil(blocks / pageBits))).fill(this.#empty);
    this.#bits = allocationBitmap(this.#pages, blocks);
  }

  /** Blocks that the set is about. */
  get blocks(): number {
    return this.#bits.totalBlocks;
  }

  add(run: BlockRun): void {
    const last = Math.floor((run.start + run.count - 1) / pageBits);
    for (let page = Math.floor(run.start / pageBits); page <= last; page++)
      if (this.#pages[page] === this.#empty) this.#pages[page] = new Uint8Array(pageBytes);
    setAllocated(this.#bits, run, true);
  }

  /** The first block from `from` on that is in the set, or is not; `blocks` when there is none. */
  next(from: number, isMember: boolean): number {
    return findBlock(this.#bits, from, isMember);
  }

  has(block: number): boolean {
    return block < this.blocks && this.next(block, true) === block;
  }

  /** The members among blocks `start` to `end - 1`, as runs in ascending order. */
  *runs(start = 0, end = this.blocks): Generator<BlockRun, void, undefined> {
    const limit = Math.min(end, this.blocks);
    for (let at = this.next(start, true); at < limit; ) {
      const stop = Math.min(this.next(at, false), limit);
      yield { start: at, count: stop - at };
      at = this.next(stop, true);
    }
  }

  count(start: number, end: number): number {
    let count = 0;
    for (const run of this.runs(start, end)) count += run.count;
    return count;
  }
}
