import type { BlockKind } from '../check/block-rules.ts';
import type { ImageFacts } from '../model.ts';

/**
 * What a block counts as: the words of a check, and `empty` (formatted, nothing written yet), `free` (by the bitmap, not
 * read), `lostToTruncation` (in use, but behind the end of the file), `beyondVolume` (behind the last block of the volume).
 */
export type MapState = BlockKind | 'empty' | 'free' | 'lostToTruncation' | 'beyondVolume';

/** Every state, the one that matters most first. */
export const mapStates: readonly MapState[] = [
  'blockUnreadable',
  'badTrailer',
  'wrongTag',
  'lostToTruncation',
  'beyondVolume',
  'ok',
  'raw',
  'empty',
  'hole',
  'free',
];

/** Whether a state is damage. */
export const isDamagedState = (state: MapState): boolean =>
  mapStates.indexOf(state) < mapStates.indexOf('beyondVolume');

/** Blocks `start` to `start + count - 1`: alike, and as many as are (`map/1`). */
export interface MapRun {
  readonly start: number;
  readonly count: number;
  /** Slot type of the owner, empty where the blocks belong to no slot. */
  readonly type: string;
  readonly state: MapState;
  /** The smallest slot whose extent holds the blocks. */
  readonly slot: number | null;
}

/** A map that is drawn while its runs are walked through, once; the totals grow with it. */
export interface MapModel {
  readonly facts: ImageFacts;
  /** Blocks that the map covers: those of the volume, and behind it what the file has or slots claim. */
  readonly blocks: number;
  /** In order, without gaps. */
  readonly runs: AsyncIterable<MapRun>;
  readonly totals: MapTotals;
}

export interface MapTotals {
  readonly runs: number;
  /** Blocks by state, and by slot type of the owner. */
  readonly blocks: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, number>>;
  /** All blocks were looked at. */
  readonly complete: boolean;
}
