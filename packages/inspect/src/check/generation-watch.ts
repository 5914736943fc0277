/** A block with the generation that it carries, and the one that its place asks for. */
export interface OddGeneration {
  readonly block: number;
  readonly generation: number;
  readonly expected: number;
}

interface Sealed {
  readonly block: number;
  readonly generation: number;
}

/** What a watch goes on from: the last blocks, in a row. */
export interface WatchState {
  readonly mayCount: boolean;
  readonly blocks: readonly Sealed[];
}

/** A block is judged by two on each side: of a count 1 2 3 2 5 the fourth is wrong, though 2 3 2 blames the third. */
const reach = 2;
/** Blocks that a watch keeps. */
export const watchedBlocks = 2 * reach + 1;

/**
 * Finds blocks whose generation differs from both neighbours while the neighbours agree: with each other, or as steps of a
 * count (a ring numbers its blocks). Generations may change along a region, so a difference alone tells nothing.
 */
export class GenerationWatch {
  #blocks: Sealed[];
  readonly #mayCount: boolean;

  /** `mayCount`: blocks may be numbered one by one. Where they cannot, 1 1 3 is no count with a fault but three writes. */
  constructor({ mayCount = true, blocks = [] }: Partial<WatchState> = {}) {
    this.#mayCount = mayCount;
    this.#blocks = [...blocks];
  }

  get state(): WatchState {
    return { mayCount: this.#mayCount, blocks: [...this.#blocks] };
  }

  /** Takes the next written block, in ascending order; gives those before it that stand out. */
  next(block: number, generation: number): OddGeneration[] {
    const last = this.#blocks.at(-1);
    const before = last !== undefined && block !== last.block + 1 ? this.end() : [];
    this.#blocks.push({ block, generation });
    if (this.#blocks.length > watchedBlocks) this.#blocks.shift();
    return [...before, ...this.#judge(this.#blocks.length - 1 - reach)];
  }

  /** Judges the block before the last one: nothing follows it. */
  end(): OddGeneration[] {
    const odd = this.#judge(this.#blocks.length - reach);
    this.#blocks = [];
    return odd;
  }

  #judge(at: number): OddGeneration[] {
    const [before, found, after] = [this.#blocks[at - 1], this.#blocks[at], this.#blocks[at + 1]];
    if (before === undefined || found === undefined || after === undefined) return [];
    const step = stepOf(before.generation, after.generation);
    if (step === undefined || (step === 1 && !this.#mayCount)) return [];
    const expected = (before.generation + step) >>> 0;
    if (expected === found.generation) return [];
    const others = this.#blocks.filter((other) => other !== found);
    const support = (generation: number, by: number): number =>
      others.filter((other) => (generation + by * (other.block - found.block)) >>> 0 === other.generation).length;
    const own = Math.max(support(found.generation, 0), support(found.generation, 1));
    if (support(expected, step) <= own) return [];
    // What stands out is not taken as a neighbour of the next block.
    this.#blocks[at] = { block: found.block, generation: expected };
    return [{ ...found, expected }];
  }
}

/** How two blocks with one between them go on: equal, or counting. */
function stepOf(before: number, after: number): 0 | 1 | undefined {
  if (before === after) return 0;
  return (after - before) >>> 0 === 2 ? 1 : undefined;
}
