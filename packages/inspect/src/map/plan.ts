import { directoryStartBlock, groupBlockCount } from '@vde/format';
import type { DiskImage, ImageSlot } from '@vde/image';
import { type Segment, segmentsOf } from '../segments.ts';
import { type Allocation, allocationsOf, wholeBlocks } from './bitmap.ts';
import type { MapState } from './model.ts';

/** Blocks `start` to `end - 1` of one owner. Their state is known without reading them, or left out. */
export interface MapPart {
  readonly start: number;
  readonly end: number;
  readonly slot: ImageSlot | undefined;
  readonly type: string;
  readonly state?: MapState;
}

const headEnd = directoryStartBlock + 2;

/** Types of blocks 0-9, whatever the directory lists. */
const headEdges = [groupBlockCount, directoryStartBlock, headEnd];
const headType = (block: number): string => (block < directoryStartBlock ? 'SUPB' : block < headEnd ? 'RMAP' : '');

/** Blocks that a map covers: those of the volume, and behind it what the file has or slots claim. */
export function mappedBlocks({ totalBlocks, presentBlocks, slots }: DiskImage): number {
  return slots.reduce(
    (end, { startBlock, blockCount }) => Math.max(end, startBlock + blockCount),
    Math.max(totalBlocks, presentBlocks),
  );
}

/** All blocks by owner, in order and without gaps; of data only what the bitmap calls in use is left to be read, as in a check. */
export async function* partsOf(
  image: DiskImage,
  signal: AbortSignal | undefined,
): AsyncGenerator<MapPart, void, undefined> {
  const { totalBlocks } = image;
  const whole = wholeBlocks(image);
  const edges = [...headEdges, whole].sort((a, b) => a - b);
  const segments = segmentsOf({ ...image, totalBlocks: mappedBlocks(image) });
  let index = 0;
  for await (const { start, end, use } of allocationsOf(image, signal)) {
    for (let at = start; at < end; ) {
      while (segments[index]!.end <= at) index++;
      const segment = segments[index]!;
      const edge = edges.find((candidate) => candidate > at) ?? Number.POSITIVE_INFINITY;
      const part = { start: at, end: Math.min(end, segment.end, edge) };
      const state = stateOf(use, isData(segment) && at >= headEnd, at < whole);
      yield { ...part, slot: segment.slot, type: typeOf(segment, at), ...(state && { state }) };
      at = part.end;
    }
  }
  for (const { start, end, slot } of segments) {
    if (end <= totalBlocks) continue;
    yield { start: Math.max(start, totalBlocks), end, slot, type: slot?.type ?? '', state: 'beyondVolume' };
  }
}

const isData = ({ slot }: Segment): boolean => slot === undefined || slot.type === 'DATA';
const typeOf = ({ slot }: Segment, block: number): string => slot?.type ?? headType(block);

/** The state that needs no reading. Blocks of a region are in use whatever the bitmap says of them, as long as the file has them. */
function stateOf(use: Allocation['use'], isData: boolean, isPresent: boolean): MapState | undefined {
  if (isPresent) return isData && use === 'free' ? 'free' : undefined;
  if (use === 'free') return isData ? 'free' : 'hole';
  return use === 'used' || !isData ? 'lostToTruncation' : 'hole';
}
