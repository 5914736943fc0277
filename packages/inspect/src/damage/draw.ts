import { readBlocks } from '@vde/image';
import { ownerOf } from '../segments.ts';
import type { InspectedSpace } from '../space.ts';
import type { BlockSet, DamagePlaces } from './places.ts';

/** Numbers from 0 up to, not including, 1. */
export type Random = () => number;

/** What one damage is drawn from: the image as earlier damage left it, the places, the dice. */
export interface Draw {
  readonly space: InspectedSpace;
  readonly places: DamagePlaces;
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
}

/** An integer from 0 to `n - 1`. */
export const below = (random: Random, n: number): number => Math.floor(random() * n);

/** One of a list that is not empty. */
export const oneOf = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;

/**
 * Shares of what is struck: any written block, one of the first ten, one of a small run; anywhere in it, or in its trailer.
 * By size alone headers, trailers and regions of one block would hardly ever be hit.
 */
const strata: readonly (readonly [end: number, of: 'all' | 'head' | 'small', inTrailer: boolean])[] = [
  [0.35, 'all', false],
  [0.65, 'all', true],
  [0.75, 'head', false],
  [0.85, 'head', true],
  [0.92, 'small', false],
  [1, 'small', true],
];

/** A block that holds something; `undefined` where there is none. */
export function drawBlock({
  places,
  random,
}: Draw): { readonly block: number; readonly inTrailer: boolean } | undefined {
  if (places.all.count === 0) return undefined;
  const share = random();
  const [, of, inTrailer] = strata.find(([end]) => share < end)!;
  const set: BlockSet = places[of].count > 0 ? places[of] : places.all;
  return { block: set.blockAt(below(random, set.count)), inTrailer };
}

/** The bytes of a block, a new array. Those behind the end of the file are zero. */
export function readBlock({ space, signal }: Draw, block: number): Promise<Uint8Array<ArrayBuffer>> {
  return readBlocks(space, block, 1, { signal });
}

/** Offset of a block in the file. */
export const offsetOf = ({ space }: Draw, block: number): number => space.base + block * space.blockSize;

/** Whole blocks that the file has. */
export const wholeBlocks = ({ space: { source, base, blockSize } }: Draw): number =>
  Math.floor((source.size - base) / blockSize);

/** The region of a block: of those whose extent holds it, the smallest; what no slot claims belongs together. */
export function regionOf(draw: Draw, block: number) {
  const { slots } = draw.space;
  const slot = ownerOf(slots, block);
  const whole = wholeBlocks(draw);
  return {
    start: slot?.startBlock ?? 0,
    end: slot ? Math.min(slot.startBlock + slot.blockCount, whole) : whole,
    /** Whether another block belongs to it. */
    isOf: (other: number): boolean => other >= 0 && other < whole && ownerOf(slots, other) === slot,
  };
}
