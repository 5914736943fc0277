import { type Address, formatAddress } from '../address.ts';
import type { MapModel, MapState } from '../map/model.ts';
import type { ByteRange } from '../model.ts';

/** Blocks `start` to `end - 1`. */
export interface BlockSpan {
  readonly start: number;
  readonly end: number;
}

/** Where damage may strike: blocks that hold something, and bytes of them when an address bounds it. */
export interface DamagePlaces {
  readonly all: BlockSet;
  /** Blocks 0-9. */
  readonly head: BlockSet;
  /** Runs of few written blocks: the regions of which one block is all there is. */
  readonly small: BlockSet;
  /** The bytes that an address names. */
  readonly within?: ByteRange;
  readonly at?: Address;
}

/** Spans of blocks from which one is drawn as likely as another. */
export class BlockSet {
  readonly spans: readonly BlockSpan[];
  readonly count: number;

  constructor(spans: readonly BlockSpan[]) {
    this.spans = spans.filter(({ start, end }) => end > start);
    this.count = this.spans.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** The block at a place in the set, counted from 0. */
  blockAt(index: number): number {
    let left = index;
    for (const { start, end } of this.spans) {
      if (left < end - start) return start + left;
      left -= end - start;
    }
    throw new RangeError(`block ${index} of ${this.count}`);
  }

  within(first: number, end: number): BlockSet {
    return new BlockSet(
      this.spans.map((span) => ({ start: Math.max(span.start, first), end: Math.min(span.end, end) })),
    );
  }
}

const headBlocks = 10;
/** A run of so many written blocks counts as small. */
const smallRun = 2;
/** Runs that are kept: of a volume with more of them only the first ones are damaged, so that memory is bounded. */
const maxRuns = 65_536;
const unwritten: ReadonlySet<MapState> = new Set<MapState>(['hole', 'free', 'lostToTruncation', 'beyondVolume']);

/** The written blocks of an image, by a map of it. */
export async function writtenPlaces({ runs }: MapModel): Promise<DamagePlaces> {
  const spans: { start: number; end: number }[] = [];
  for await (const { start, count, state } of runs) {
    if (unwritten.has(state)) continue;
    const last = spans.at(-1);
    if (last?.end === start) last.end += count;
    else if (spans.push({ start, end: start + count }) === maxRuns) break;
  }
  return placesOf(new BlockSet(spans));
}

function placesOf(all: BlockSet): DamagePlaces {
  const behindHead = all.within(headBlocks, Number.MAX_SAFE_INTEGER);
  const small = new BlockSet(behindHead.spans.filter(({ start, end }) => end - start <= smallRun));
  return { all, head: all.within(0, headBlocks), small };
}

/** The places among others that lie in a range of bytes. */
export function placesWithin(
  places: DamagePlaces,
  at: Address,
  range: ByteRange,
  { base, blockSize }: { readonly base: number; readonly blockSize: number },
): DamagePlaces {
  const first = Math.floor((range.offset - base) / blockSize);
  const end = Math.ceil((range.offset + range.length - base) / blockSize);
  return { ...placesOf(places.all.within(first, end)), within: range, at };
}

/** Behind the name of what is missing: `r:MLOG: no written block`. */
export const placeLabel = ({ at }: DamagePlaces): string => (at === undefined ? 'the image' : formatAddress(at));
