import { isZero } from '@vde/format';
import type { BlockSpace } from '@vde/image';
import type { DiffCall, DiffKind } from './model.ts';

/**
 * Blocks of the two that are compared with each other: number `i` of the pairing is block `startA + i` of A and `startB + i` of
 * B. A side has those from `from` up to its end; all others count as holes.
 */
export interface BlockPairing {
  readonly startA: number;
  readonly startB: number;
  readonly endA: number;
  readonly endB: number;
}

/** Numbers `from` to `to - 1` of a pairing. */
export interface BlockRange {
  readonly from: number;
  readonly to: number;
}

/** Two blocks that are not the same. */
export interface DifferentBlock {
  /** Its number in the pairing. */
  readonly index: number;
  readonly kind: DiffKind;
  /** Only the last 16 bytes differ. */
  readonly isTrailerOnly: boolean;
  /** Offset of the first byte that differs, and how many do. */
  readonly firstByte: number;
  readonly bytes: number;
  /** The whole blocks: live views, valid until the next step of the iteration. */
  readonly blockA: Uint8Array;
  readonly blockB: Uint8Array;
}

const slabBytes = 1 << 20;
const trailerBytes = 16;

/** Room for blocks of both, and what was read into it. */
interface Lane {
  readonly a: Uint8Array<ArrayBuffer>;
  readonly b: Uint8Array<ArrayBuffer>;
}

interface Load extends Lane {
  readonly at: number;
  readonly count: number;
}

/**
 * Reads the ranges of both images front to back, the next slab while one is compared, and gives the blocks that differ. Both
 * images have blocks of one size.
 */
export async function* differentBlocks(
  call: DiffCall,
  pairing: BlockPairing,
  ranges: Iterable<BlockRange>,
): AsyncGenerator<DifferentBlock> {
  const { blockSize } = call.a;
  const perSlab = slabBytes / blockSize;
  const slabs = slabsOf(ranges, perSlab);
  const lanes = [newLane(perSlab * blockSize), newLane(perSlab * blockSize)] as const;
  let pending = start(call, pairing, slabs.next().value, lanes[0]);
  try {
    for (let turn = 1; ; turn++) {
      const ready = await pending;
      if (ready === undefined) return;
      pending = start(call, pairing, slabs.next().value, lanes[turn % 2]!);
      yield* compare(ready, blockSize);
      call.advance(ready.count);
    }
  } finally {
    await pending.catch(() => undefined);
  }
}

const newLane = (size: number): Lane => ({ a: new Uint8Array(size), b: new Uint8Array(size) });

function* slabsOf(ranges: Iterable<BlockRange>, perSlab: number): Generator<BlockRange, undefined> {
  for (const { from, to } of ranges)
    for (let at = from; at < to; at += perSlab) yield { from: at, to: Math.min(to, at + perSlab) };
}

/** Starts to read a slab. A failure is met where the result is awaited. */
function start(
  call: DiffCall,
  { startA, endA, startB, endB }: BlockPairing,
  slab: BlockRange | undefined,
  lane: Lane,
): Promise<Load | undefined> {
  const load = async (): Promise<Load | undefined> => {
    if (slab === undefined) return undefined;
    const { from, to } = slab;
    const { signal } = call.options;
    signal?.throwIfAborted();
    await Promise.all([
      fillBlocks(call.a, lane.a, { first: startA + from, count: to - from, end: endA }, signal),
      fillBlocks(call.b, lane.b, { first: startB + from, count: to - from, end: endB }, signal),
    ]);
    return { ...lane, at: from, count: to - from };
  };
  const loading = load();
  loading.catch(() => undefined);
  return loading;
}

/** Reads whole blocks; those at and behind `end`, and what lies behind the end of the source, are zero. */
export async function fillBlocks(
  { source, base, blockSize }: BlockSpace,
  into: Uint8Array,
  { first, count, end }: { first: number; count: number; end: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const offset = base + first * blockSize;
  const wanted = Math.min(count, end - first) * blockSize;
  const there = Math.max(0, Math.min(wanted, source.size - offset));
  if (there > 0) await source.read(offset, into.subarray(0, there), { signal });
  into.fill(0, there, count * blockSize);
}

function* compare({ a, b, at, count }: Load, blockSize: number): Generator<DifferentBlock> {
  if (sameWords(a, b, 0, count * blockSize)) return;
  for (let i = 0; i < count; i++) {
    const [from, to] = [i * blockSize, (i + 1) * blockSize];
    if (sameWords(a, b, from, to)) continue;
    const [blockA, blockB] = [a.subarray(from, to), b.subarray(from, to)];
    const kind = isZero(blockA) ? 'added' : isZero(blockB) ? 'removed' : 'changed';
    const isTrailerOnly = sameWords(a, b, from, to - trailerBytes);
    yield { index: at + i, kind, isTrailerOnly, ...countBytes(blockA, blockB), blockA, blockB };
  }
}

/** Compares four bytes at a time; the offsets are multiples of four, the arrays begin their buffers. */
function sameWords(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  const wordsA = new Int32Array(a.buffer, from, (to - from) >> 2);
  const wordsB = new Int32Array(b.buffer, from, (to - from) >> 2);
  for (let i = 0; i < wordsA.length; i++) if (wordsA[i] !== wordsB[i]) return false;
  return true;
}

function countBytes(a: Uint8Array, b: Uint8Array): { firstByte: number; bytes: number } {
  let firstByte = -1;
  let bytes = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    if (firstByte < 0) firstByte = i;
    bytes++;
  }
  return { firstByte, bytes };
}
