import type { DiskImage } from '@vde/image';
import type { ImageFacts } from '../model.ts';
import { MapJudge, pluginsOf } from './judge.ts';
import { isDamagedState, type MapModel, type MapRun, type MapState, type MapTotals, mapStates } from './model.ts';
import { type MapPart, mappedBlocks, partsOf } from './plan.ts';
import { scanRange } from './scan.ts';

export interface MapOptions {
  /** Called now and then with bytes read and to be read. */
  onProgress?(progress: { readonly done: number; readonly total: number }): void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The map of an image. Of data only what the bitmap calls in use is read; what no bitmap tells of is read, too.
 * Walking through the runs throws what the source throws.
 */
export function mapImage(image: DiskImage, facts: ImageFacts, options: MapOptions = {}): MapModel {
  const totals = { runs: 0, blocks: {}, types: {}, complete: false };
  return { facts, blocks: mappedBlocks(image), totals, runs: countedRuns(image, totals, options) };
}

/** Whether a map shows damage, or had to be made from a superblock's mirror. */
export function isMapDamaged({ facts, totals }: Pick<MapModel, 'facts' | 'totals'>): boolean {
  return facts.copyUsed !== 'primary' || mapStates.some((state) => isDamagedState(state) && totals.blocks[state]);
}

interface Counts extends Mutable<Omit<MapTotals, 'blocks' | 'types'>> {
  readonly blocks: Record<string, number>;
  readonly types: Record<string, number>;
}
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

async function* countedRuns(
  image: DiskImage,
  counts: Counts,
  options: MapOptions,
): AsyncGenerator<MapRun, void, undefined> {
  for await (const run of joined(runsOf(image, options))) {
    counts.runs++;
    counts.blocks[run.state] = (counts.blocks[run.state] ?? 0) + run.count;
    counts.types[run.type] = (counts.types[run.type] ?? 0) + run.count;
    yield run;
  }
  counts.complete = true;
}

/** Joins neighbours that are alike. */
async function* joined(runs: AsyncIterable<MapRun>): AsyncGenerator<MapRun, void, undefined> {
  let last: MapRun | undefined;
  for await (const run of runs) {
    if (last && last.type === run.type && last.state === run.state && last.slot === run.slot)
      last = { ...last, count: last.count + run.count };
    else {
      if (last) yield last;
      last = run;
    }
  }
  if (last) yield last;
}

/** Blocks that are read for one batch at most. */
const batchBytes = 256 * 1024 * 1024;
/** Gaps between parts up to this are read along: a read of its own costs more. */
const gapBytes = 64 * 1024;

async function* runsOf(image: DiskImage, { onProgress, signal }: MapOptions): AsyncGenerator<MapRun, void, undefined> {
  const judge = new MapJudge(image, await pluginsOf(image, signal));
  const total = onProgress ? await bytesToRead(image, signal) : 0;
  let done = 0;
  for await (const batch of batchesOf(image, signal)) {
    const states = await judged(image, batch, judge, signal);
    for (const part of batch)
      yield* part.state ? [runOf(part, part.state, part)] : unlike(part, batch[0]!.start, states);
    done += bytesOf(image, batch);
    onProgress?.({ done, total });
  }
}

const bytesOf = ({ blockSize }: DiskImage, parts: readonly MapPart[]): number =>
  parts.reduce((sum, { start, end, state }) => sum + (state ? 0 : (end - start) * blockSize), 0);

async function bytesToRead(image: DiskImage, signal: AbortSignal | undefined): Promise<number> {
  let total = 0;
  for await (const part of partsOf(image, signal)) total += bytesOf(image, [part]);
  return total;
}

/** Parts that are read at once: a part that needs no reading stands alone, unless it is a small gap. */
async function* batchesOf(
  image: DiskImage,
  signal: AbortSignal | undefined,
): AsyncGenerator<MapPart[], void, undefined> {
  const { blockSize } = image;
  let batch: MapPart[] = [];
  for await (const whole of partsOf(image, signal)) {
    for (const part of cut(whole, batchBytes / blockSize)) {
      const isGap = part.state !== undefined && (part.end - part.start) * blockSize > gapBytes;
      const isFull = batch.length > 0 && (part.end - batch[0]!.start) * blockSize > batchBytes;
      if (batch.length > 0 && (isGap || isFull)) {
        yield batch;
        batch = [];
      }
      if (isGap) yield [part];
      else batch.push(part);
    }
  }
  if (batch.length > 0) yield batch;
}

/** A part that is to be read, in pieces of `most` blocks. */
function* cut(part: MapPart, most: number): Generator<MapPart> {
  if (part.state) yield part;
  else
    for (let start = part.start; start < part.end; start += most)
      yield { ...part, start, end: Math.min(start + most, part.end) };
}

/** Indices in {@link mapStates} of the blocks from the start of the batch on; only those of parts without a state count. */
async function judged(
  image: DiskImage,
  batch: readonly MapPart[],
  judge: MapJudge,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const read = batch.filter(({ state }) => state === undefined);
  const [first, last] = [read[0], read.at(-1)];
  if (first === undefined || last === undefined) return new Uint8Array(0);
  const origin = batch[0]!.start;
  const states = new Uint8Array(last.end - origin);
  let at = 0;
  await scanRange(image, { first: first.start, count: last.end - first.start, signal }, (blocks) => {
    for (let i = 0; i < blocks.count; i++) {
      const block = blocks.first + i;
      while (read[at]!.end <= block) at++;
      if (block >= read[at]!.start)
        states[block - origin] = mapStates.indexOf(judge.stateOf(blocks, i, read[at]!.slot));
    }
  });
  return states;
}

/** The blocks of a part by their states. */
function* unlike(part: MapPart, origin: number, states: Uint8Array): Generator<MapRun> {
  for (let start = part.start; start < part.end; ) {
    const state = states[start - origin]!;
    let end = start + 1;
    while (end < part.end && states[end - origin] === state) end++;
    yield runOf(part, mapStates[state]!, { start, end });
    start = end;
  }
}

function runOf({ type, slot }: MapPart, state: MapState, { start, end }: Pick<MapPart, 'start' | 'end'>): MapRun {
  return { start, count: end - start, type, state, slot: slot?.index ?? null };
}
