import { isVdeError } from '@vde/format';
import type { BlockSource } from '@vde/image';
import type { ByteRange } from '../model.ts';

/** Bytes of a source behind each other. They are live: valid until the next window is asked for. */
export interface Window {
  /** Offset of the first byte in the source. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Nothing follows. */
  readonly isLast: boolean;
  /** Parts of the window that the medium did not give; they are shown as zeros. */
  readonly lost: readonly ByteRange[];
  /** Bytes of them that the windows before did not have. */
  readonly lostBytes: number;
}

/** How a source is read in windows. */
export interface WindowOptions {
  /** Bytes of a window that the next one begins with. */
  readonly overlap: number;
  /** What is given up at once where the medium fails: a block. */
  readonly unit: number;
  readonly signal?: AbortSignal | undefined;
}

/** A multiple of every block size. */
const windowBytes = 1024 * 1024;
/** While one window is searched the others are read. */
const laneCount = 3;

interface Load {
  readonly lane: Uint8Array;
  readonly offset: number;
  readonly length: number;
  readonly lost: readonly ByteRange[];
}

/**
 * Reads a part of a source front to back, in windows that overlap. Where a read fails with `readFailed` its parts are read one
 * by one. When it ends, no read is under way.
 * @throws VdeError whatever else the source throws. @throws `signal.reason` when aborted.
 */
export async function* windowsOf(
  source: BlockSource,
  { offset, length }: ByteRange,
  options: WindowOptions,
): AsyncGenerator<Window, void, undefined> {
  const { overlap, signal } = options;
  const end = offset + length;
  const pending: Promise<Load>[] = [];
  let next = offset;
  const start = (lane: Uint8Array) => {
    if (next >= end) return;
    // Windows begin at multiples of their size, so that a unit never lies in two of them.
    const count = Math.min(windowBytes - (next % windowBytes), end - next);
    const loading = load(source, lane, { overlap, offset: next, length: count }, options);
    loading.catch(() => undefined); // It is awaited later, in order.
    pending.push(loading);
    next += count;
  };
  for (let i = 0; i < laneCount && next < end; i++) start(new Uint8Array(overlap + Math.min(windowBytes, length)));
  let kept: Uint8Array = new Uint8Array(0);
  let lost: readonly ByteRange[] = [];
  try {
    while (pending.length > 0) {
      const ready = await pending[0]!;
      pending.shift();
      signal?.throwIfAborted();
      const from = ready.offset - kept.length;
      ready.lane.set(kept, overlap - kept.length);
      const bytes = ready.lane.subarray(overlap - kept.length, overlap + ready.length);
      lost = [...lost.filter((part) => part.offset + part.length > from), ...ready.lost];
      const lostBytes = ready.lost.reduce((sum, part) => sum + part.length, 0);
      yield { offset: from, bytes, isLast: ready.offset + ready.length >= end, lost, lostBytes };
      kept = bytes.slice(Math.max(0, bytes.length - overlap));
      start(ready.lane);
    }
  } finally {
    await Promise.allSettled(pending);
  }
}

/** Fills a lane behind the room for the overlap. */
async function load(
  source: BlockSource,
  lane: Uint8Array,
  { overlap, offset, length }: ByteRange & { readonly overlap: number },
  { unit, signal }: WindowOptions,
): Promise<Load> {
  const lost: ByteRange[] = [];

  /** Halves what fails, at multiples of the unit. */
  async function readPart(from: number, to: number): Promise<void> {
    const part = lane.subarray(overlap + from - offset, overlap + to - offset);
    try {
      const got = await source.read(from, part, { signal });
      part.fill(0, got);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isVdeError(error, 'readFailed')) throw error;
      const middle = Math.ceil((from + (to - from) / 2) / unit) * unit;
      if (middle >= to) {
        part.fill(0);
        lost.push({ offset: from, length: to - from });
        return;
      }
      await readPart(from, middle);
      await readPart(middle, to);
    }
  }

  await readPart(offset, offset + length);
  return { lane, offset, length, lost };
}
