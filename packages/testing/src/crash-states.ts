import { seededRandom } from '@vde/format';
import type { DeviceCall } from '@vde/image';

/** What a device may hold after a crash: the bytes of the moment, which are live, and how they came about. */
export interface CrashState {
  readonly bytes: Uint8Array;
  /** For messages: the sync that had ended last, and what of the writes behind it had reached the medium. */
  readonly what: string;
}

/** Which crash states are made. */
export interface CrashOptions {
  /** Writes reach the medium in units of this many bytes, each wholly or not at all. */
  readonly sectorSize?: number;
  readonly blockSize: number;
  /** Random sets of blocks for each sync beside the systematic ones. */
  readonly random?: number;
  /** Random sets of sectors over all blocks for each sync beside those. */
  readonly randomSectors?: number;
  readonly seed?: number;
}

interface Unit {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Up to so many blocks between two syncs every set of them is tried. */
const allSetsUpTo = 10;

/**
 * Every state that a crash may leave of a device that held `before` and got `calls`. What was written before a sync that ended is there;
 * of what follows any part may be: every set of blocks where they are few, else all beginnings, all single ones left out and random
 * sets; and of each block every set of its sectors, with the other blocks there or not. `before` is changed and restored on the way.
 * @throws TypeError for calls that change the size: give the device its size first.
 */
export function* crashStates(
  before: Uint8Array,
  calls: readonly DeviceCall[],
  { sectorSize = 512, blockSize, random = 32, randomSectors = 0, seed = 1 }: CrashOptions,
): Generator<CrashState, void, undefined> {
  const medium = before.slice();
  const next = seededRandom(seed);
  let epoch = 0;
  let pending: Unit[] = [];
  const states = function* (): Generator<CrashState, void, undefined> {
    const blocks = pending.flatMap((unit) => cut(unit, blockSize));
    const old = blocks.map(({ offset, bytes }) => ({ offset, bytes: medium.slice(offset, offset + bytes.length) }));
    for (const { units, what } of setsOf(blocks, { sectorSize, random, randomSectors, next })) {
      for (const { offset, bytes } of units) medium.set(bytes, offset);
      yield { bytes: medium, what: `after sync ${epoch}, ${what}` };
      for (const { offset, bytes } of old) medium.set(bytes, offset);
    }
  };
  for (const call of calls) {
    if (call.kind === 'truncate') throw new TypeError('crash states are made of writes and syncs only');
    if (call.kind === 'write') {
      pending.push(call);
      continue;
    }
    yield* states();
    for (const { offset, bytes } of pending) medium.set(bytes, offset);
    pending = [];
    epoch++;
  }
  yield* states();
}

/** The parts of a write that lie in one block, or one sector, each. */
function cut({ offset, bytes }: Unit, size: number): Unit[] {
  const parts: Unit[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Math.min(bytes.length - at, size - ((offset + at) % size));
    parts.push({ offset: offset + at, bytes: bytes.subarray(at, at + length) });
    at += length;
  }
  return parts;
}

interface SetOptions {
  readonly sectorSize: number;
  readonly random: number;
  readonly randomSectors: number;
  readonly next: () => number;
}

function* setsOf(blocks: readonly Unit[], { sectorSize, random, randomSectors, next }: SetOptions) {
  const all = blocks.length;
  if (all <= allSetsUpTo) {
    for (let mask = 0; mask < 1 << all; mask++)
      yield { units: chosen(blocks, mask), what: `blocks ${mask.toString(2)}` };
  } else {
    for (let count = 0; count <= all; count++)
      yield { units: blocks.slice(0, count), what: `the first ${count} blocks` };
    for (let i = 0; i < all; i++) yield { units: blocks.filter((_, j) => j !== i), what: `all but block ${i}` };
    for (let i = 0; i < random; i++) yield { units: blocks.filter(() => next() < 0.5), what: `random blocks ${i}` };
  }
  const allSectors = blocks.flatMap((block) => cut(block, sectorSize));
  for (let i = 0; i < randomSectors && allSectors.length > 1; i++) {
    // Most crashes lose little or nearly all: every share comes up.
    const share = next();
    yield { units: allSectors.filter(() => next() < share), what: `random sectors ${i}` };
  }
  for (const [i, block] of blocks.entries()) {
    const sectors = cut(block, sectorSize);
    if (sectors.length > allSetsUpTo) continue;
    for (let mask = 1; mask < (1 << sectors.length) - 1; mask++) {
      const torn = chosen(sectors, mask);
      const what = `sectors ${mask.toString(2)} of block ${i}`;
      yield { units: torn, what };
      if (all > 1) yield { units: [...blocks.filter((_, j) => j !== i), ...torn], what: `all others and ${what}` };
    }
  }
}

const chosen = (units: readonly Unit[], mask: number): Unit[] => units.filter((_, i) => (mask >> i) & 1);
