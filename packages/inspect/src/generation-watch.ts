/** A block with the generation that it carries, and the one that its place asks for. */
export interface OddGeneration {
  readonly block: number;
  readonly generation: number;
  readonly expected: number;
}

/**
 * Finds blocks whose generation differs from both neighbours while the neighbours agree: with each other, or as steps of a
 * count (a ring numbers its blocks). Generations may change along a region, so a difference alone tells nothing.
 */
export class GenerationWatch {
  #blocks: { block: number; generation: number }[] = [];

  /** Takes the next written block, in ascending order; gives the block before it when that one stands out. */
  next(block: number, generation: number): OddGeneration | undefined {
    const [first, middle] = this.#blocks;
    this.#blocks = [...this.#blocks.slice(-1), { block, generation }];
    if (first === undefined || middle === undefined || middle.block !== first.block + 1 || block !== middle.block + 1) return undefined;
    const expected = between(first.generation, generation);
    if (expected === undefined || expected === middle.generation) return undefined;
    // What stands out is not taken as a neighbour of the next block.
    this.#blocks = [{ block: middle.block, generation: expected }, { block, generation }];
    return { ...middle, expected };
  }
}

function between(before: number, after: number): number | undefined {
  if (before === after) return before;
  return (after - before) >>> 0 === 2 ? (before + 1) >>> 0 : undefined;
}
