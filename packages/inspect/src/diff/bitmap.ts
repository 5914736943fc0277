import { type BlockPairing, type DifferentBlock, differentBlocks } from './blocks.ts';
import { reportBroken } from './findings.ts';
import type { DiffCall, DiffCell, Difference, DiffPart } from './model.ts';
import type { BothRegions, RegionRef } from './pairs.ts';
import { commonRanges } from './ranges.ts';
import { blocksAddress, RunCollector } from './runs.ts';

/** Whether a region is the allocation bitmap: its records are bits, and are compared as such. */
export const isBitmap = ({ plugin }: RegionRef): boolean => plugin?.id === 'allocation-bitmap';

/** Runs of blocks that only one bitmap calls in use: `added` ones are in use in B. */
export async function* bitmapDifferences(
  call: DiffCall,
  both: BothRegions,
  part: DiffPart,
  pairing: BlockPairing,
): AsyncGenerator<Difference> {
  const runs = new RunCollector(part, pairing, part.path);
  const bits = new BitRuns(call, part);
  for await (const block of differentBlocks(
    call,
    pairing,
    commonRanges(call, pairing, { a: both.a.slot, b: both.b.slot }),
  )) {
    reportBroken(call, both, pairing, block);
    const before = bits.seen;
    yield* bits.take(block);
    // Bits behind the volume mean nothing, but they are not the same.
    if (block.isTrailerOnly || bits.seen === before) yield* runs.take(block, true);
  }
  yield* bits.end();
  yield* runs.end();
}

/** Bits that differ, put together in runs across bitmap blocks. */
class BitRuns {
  /** Differing bits of the volume met so far. */
  seen = 0;
  readonly #call: DiffCall;
  readonly #part: DiffPart;
  readonly #totals: { readonly a: number; readonly b: number };
  #run: { start: number; count: number; readonly kind: 'added' | 'removed' } | undefined;

  constructor(call: DiffCall, part: DiffPart) {
    this.#call = call;
    this.#part = part;
    this.#totals = { a: call.a.image?.totalBlocks ?? 0, b: call.b.image?.totalBlocks ?? 0 };
  }

  *take({ index, blockA, blockB }: DifferentBlock): Generator<Difference> {
    const { payloadSize } = this.#call.a.geometry;
    for (let byte = 0; byte < payloadSize; byte++) {
      const changed = blockA[byte]! ^ blockB[byte]!;
      for (let bit = 0; changed >> bit !== 0; bit++) {
        if (((changed >> bit) & 1) === 0) continue;
        const isSet = ((blockB[byte]! >> bit) & 1) === 1;
        yield* this.#add((index * payloadSize + byte) * 8 + bit, isSet);
      }
    }
  }

  *#add(block: number, isAdded: boolean): Generator<Difference> {
    if (block >= (isAdded ? this.#totals.b : this.#totals.a)) return;
    this.seen++;
    const kind = isAdded ? 'added' : 'removed';
    if (this.#run?.kind === kind && this.#run.start + this.#run.count === block) {
      this.#run.count++;
      return;
    }
    yield* this.end();
    this.#run = { start: block, count: 1, kind };
  }

  /** The last run. */
  *end(): Generator<Difference> {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) return;
    const { start, count, kind } = run;
    const path = blocksAddress(start, count);
    const row: readonly DiffCell[] = [
      { id: 'startBlock', kind: 'u64', value: BigInt(start) },
      { id: 'blockCount', kind: 'u64', value: BigInt(count) },
    ];
    const [a, b] = kind === 'added' ? [null, row] : [row, null];
    yield { what: 'record', part: this.#part, path, kind, addressA: path, addressB: path, a, b };
  }
}
