import { readTrailer, tagToString } from '@vde/format';
import type { BlockPairing, DifferentBlock } from './blocks.ts';
import type { Difference, DiffKind, DiffPart, DiffRun, DiffTrailer } from './model.ts';

interface Run {
  readonly index: number;
  count: number;
  bytes: number;
  readonly kind: DiffKind;
  readonly firstByte: number;
  readonly trailers: { readonly a: RunTrailer; readonly b: RunTrailer } | undefined;
}

type RunTrailer = Pick<DiffTrailer, 'tag' | 'generation' | 'checksum'>;

/** Blocks that differ, put together in runs: one difference for neighbours that differ in the same way. */
export class RunCollector {
  readonly #part: DiffPart;
  readonly #pairing: BlockPairing;
  readonly #region: string | undefined;
  #run: Run | undefined;

  /** Paths of runs are told from the start of `region`, else as absolute blocks. */
  constructor(part: DiffPart, pairing: BlockPairing, region?: string) {
    this.#part = part;
    this.#pairing = pairing;
    this.#region = region;
  }

  /** Takes the next block; with `isSealed` a difference of trailers alone is told as one. Gives the run before it, if that ended. */
  *take(block: DifferentBlock, isSealed: boolean): Generator<Difference> {
    const next = runOf(block, isSealed);
    const run = this.#run;
    if (run !== undefined && run.index + run.count === next.index && isAlike(run, next)) {
      run.count++;
      run.bytes += next.bytes;
      return;
    }
    yield* this.end();
    this.#run = next;
  }

  /** The last run. */
  *end(): Generator<Difference> {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) return;
    const { index, count, kind, trailers, bytes, firstByte } = run;
    const { startA, startB } = this.#pairing;
    const a = kind === 'added' ? null : { start: startA + index, count };
    const b = kind === 'removed' ? null : { start: startB + index, count };
    const path =
      this.#region === undefined ? blocksAddress(index, count) : `${this.#region}+${index}block:${count}block`;
    const place = { part: this.#part, path, kind, addressA: addressOf(a), addressB: addressOf(b) };
    if (trailers === undefined) yield { what: 'blocks', ...place, a, b, bytes, firstByte };
    else yield { what: 'trailers', ...place, a: a && { ...a, ...trailers.a }, b: b && { ...b, ...trailers.b } };
  }
}

const addressOf = (run: DiffRun | null): string | null => run && blocksAddress(run.start, run.count);

/** `b:12`, `b:12:3block`. */
export const blocksAddress = (start: number, count: number): string =>
  count === 1 ? `b:${start}` : `b:${start}:${count}block`;

function runOf(block: DifferentBlock, isSealed: boolean): Run {
  const { index, kind, bytes, firstByte } = block;
  return {
    index,
    count: 1,
    bytes,
    kind,
    firstByte,
    trailers: isSealed && block.isTrailerOnly ? trailersOf(block) : undefined,
  };
}

function trailersOf({ blockA, blockB }: DifferentBlock): Run['trailers'] {
  const [a, b] = [readTrailer(blockA, blockA.length), readTrailer(blockB, blockB.length)];
  // Over the same payload only a damaged checksum is another one.
  const isDamaged = a.checksum !== b.checksum && a.tag !== 0 && b.tag !== 0;
  const sideOf = ({ tag, generation, checksum }: typeof a): RunTrailer => ({
    tag: tag === 0 ? '' : tagToString(tag),
    generation,
    ...(isDamaged && { checksum }),
  });
  return { a: sideOf(a), b: sideOf(b) };
}

function isAlike(run: Run, next: Run): boolean {
  if (run.kind !== next.kind || (run.trailers === undefined) !== (next.trailers === undefined)) return false;
  return (
    run.trailers === undefined || (isSame(run.trailers.a, next.trailers!.a) && isSame(run.trailers.b, next.trailers!.b))
  );
}

/** A checksum is that of one block, and ends a run. */
const isSame = (a: RunTrailer, b: RunTrailer): boolean =>
  a.tag === b.tag && a.generation === b.generation && a.checksum === undefined && b.checksum === undefined;
