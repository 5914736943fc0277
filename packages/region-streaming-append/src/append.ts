import { geometryOf, VdeError } from '@vde/format';
import { min, requireConsistent, ringBlockOf, type StreamingAppend, safeNumber } from './ring.ts';

export interface AppendOptions {
  readonly blockSize: number;
  /** Entries carry their length in front: four bytes less for the data. */
  readonly framed?: boolean;
  /** What a full ring does that cannot grow. Left out: it overwrites the oldest entry. */
  readonly onFull?: 'overwriteOldest' | 'reject';
  /** Whether a ring may grow where live entries have to move for it. Left out: `stableOnly`, it may not. */
  readonly growth?: 'stableOnly' | 'relocate';
}

/** An entry that moves because the ring has grown. The target never holds a live entry: copies can be made in any order. */
export interface Relocation {
  readonly position: bigint;
  /** Ring blocks, from 0. */
  readonly from: number;
  readonly to: number;
}

/**
 * What appending an entry takes. In this order: move the `relocations` and flush; where `discarded` is set, commit a header whose
 * tail has passed it; write the entry into its block; commit the header `ring`.
 */
export interface AppendPlan {
  /** The ring with the entry. */
  readonly ring: StreamingAppend;
  readonly position: bigint;
  /** Ring block of the entry, from 0. */
  readonly block: number;
  /** The position that is overwritten. */
  readonly discarded: bigint | undefined;
  /** Blocks that were allocated before the ring grew. */
  readonly grownFrom: number | undefined;
  /** May be as long as the ring: listed when iterated, which can be done again. */
  readonly relocations: Iterable<Relocation>;
}

/** Bytes of the length in front of a framed entry. @internal */
export const frameBytes = 4;

/** The most bytes that an entry can have. @internal */
export function maxEntryBytes(blockSize: number, framed: boolean): number {
  return geometryOf(blockSize).payloadSize - (framed ? frameBytes : 0);
}

/** @throws VdeError `dataTooLarge`. @internal */
export function checkEntryLength(length: number, { blockSize, framed = false }: AppendOptions): void {
  if (!Number.isInteger(length) || length < 0) throw new RangeError(`length ${length}: expected an integer from 0 up`);
  const most = maxEntryBytes(blockSize, framed);
  if (length > most)
    throw new VdeError(
      'dataTooLarge',
      `streaming append: an entry of ${length} bytes, a block of ${blockSize} takes ${most}`,
      {
        details: { length, most },
      },
    );
}

/**
 * Plans an entry of `length` bytes (5.3). Does no I/O and changes nothing: whoever carries the plan out goes on with its `ring`.
 * @throws VdeError `dataTooLarge`, `inconsistentHeader`, and, with `onFull: 'reject'`, `ringFull` or `growthNeedsRelocation`.
 */
export function planAppend(ring: StreamingAppend, length: number, options: AppendOptions): AppendPlan {
  checkEntryLength(length, options);
  requireConsistent(ring);
  const { allocatedBlocks, relocations } = grow(ring, options.growth ?? 'stableOnly');
  const isFull = ring.entryCount === allocatedBlocks;
  if (isFull && options.onFull === 'reject') throw fullError(ring);
  const position = ring.writeHead;
  const writeHead = position + 1n;
  const readTail = ring.readTail + (isFull ? 1n : 0n);
  const next = { ...ring, allocatedBlocks, writeHead, readTail, entryCount: writeHead - readTail };
  return {
    ring: next,
    position,
    block: ringBlockOf(next, position),
    discarded: isFull ? ring.readTail : undefined,
    grownFrom: allocatedBlocks === ring.allocatedBlocks ? undefined : safeNumber(ring.allocatedBlocks),
    relocations,
  };
}

function fullError({ allocatedBlocks, maxCapacityBlocks }: StreamingAppend): VdeError {
  const isLargest = allocatedBlocks === maxCapacityBlocks;
  const code = isLargest ? 'ringFull' : 'growthNeedsRelocation';
  const why = isLargest ? '' : `, and entries would have to move for it to grow to ${maxCapacityBlocks}`;
  return new VdeError(code, `streaming append: all ${allocatedBlocks} blocks hold entries${why}`, {
    details: { allocatedBlocks, maxCapacityBlocks },
  });
}

function grow(ring: StreamingAppend, growth: 'stableOnly' | 'relocate') {
  const { allocatedBlocks: now, maxCapacityBlocks: most, entryCount, growthIncrement } = ring;
  const step = BigInt(growthIncrement);
  const none: readonly Relocation[] = [];
  if (entryCount < now || now === most) return { allocatedBlocks: now, relocations: none };
  const next = min(now + step, most);
  if (isStable(ring, next)) return { allocatedBlocks: next, relocations: none };
  // To a multiple only: entries then move behind all live ones, so that the old header stays true until the new one is written.
  const times = min((now + step + now - 1n) / now, most / now);
  if (growth !== 'relocate' || times < 2n) return { allocatedBlocks: now, relocations: none };
  const allocatedBlocks = times * now;
  return { allocatedBlocks, relocations: { [Symbol.iterator]: () => relocate(ring, allocatedBlocks) } };
}

/** Whether growing to `next` blocks keeps every live entry in its block (5.2). */
function isStable({ allocatedBlocks: now, readTail, entryCount }: StreamingAppend, next: bigint): boolean {
  if (entryCount === 0n) return true;
  const common = (now * next) / greatestDivisor(now, next);
  return (readTail % common) + entryCount <= now;
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestDivisor(b, a % b);
}

function* relocate(ring: StreamingAppend, allocatedBlocks: bigint): Generator<Relocation, void, undefined> {
  for (let position = ring.readTail; position < ring.writeHead; position++) {
    const from = ringBlockOf(ring, position);
    const to = ringBlockOf({ ...ring, allocatedBlocks }, position);
    if (from !== to) yield { position, from, to };
  }
}
