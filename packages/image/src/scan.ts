import { blockStatus, createSlab, isValidBlockSize, isVdeError, type Slab, VdeError } from '@vde/format';
import type { BlockSource } from './source.ts';

/** The status of a block that the medium did not give, beside those of `blockStatus`. Its bytes are shown as zeros. */
export const unreadable = 255;

/** A run of checked blocks. Both arrays are live: they are valid, and to be left unchanged, until `onBlocks` returns. */
export interface ScannedBlocks {
  /** Number of the first block, counted from `base`. */
  readonly first: number;
  readonly count: number;
  /** For each block one of `blockStatus`, or {@link unreadable}. */
  readonly statuses: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Which blocks to check. */
export interface ScanOptions {
  /** Offset of block 0 in the source, in bytes. */
  readonly base?: number;
  readonly blockSize: number;
  readonly first: number;
  /** Blocks behind the end of the source count as holes and are reported, too: bound the number by what is there. */
  readonly count: number;
  readonly signal?: AbortSignal | undefined;
  /** Called in order, for up to 2 MiB of blocks at a time. */
  onBlocks(blocks: ScannedBlocks): void;
}

/** What a scan went through. */
export interface ScanResult {
  readonly blocks: number;
  /** Bytes read from the source. */
  readonly bytes: number;
  /** The block in which the source ends. It was checked as if its missing bytes were zero. */
  readonly partialBlock?: number;
}

const slabSize = 2 * 1024 * 1024;
/** One is checked while the others are read: copying out of the system's cache is slower than the check, so reads overlap. */
const slabCount = 4;

/** A slab, and room for the statuses of its blocks. */
interface Lane {
  readonly slab: Slab;
  readonly statuses: Uint8Array;
}

/** Blocks that were read into a lane. */
interface Load {
  readonly lane: Lane;
  readonly first: number;
  readonly count: number;
  /** Bytes that the source has for them. */
  readonly available: number;
  /** Indices in the lane of the blocks that could not be read. */
  readonly lost: number[];
  bytes: number;
}

/**
 * Reads blocks into memory of the checksum kernel and checks them there; while one slab is checked others are read. Where a
 * read fails with `readFailed` its parts are read one by one, so that only blocks that cannot be read are {@link unreadable}.
 * When it ends, no read is under way.
 * @throws VdeError whatever else the source throws. @throws `signal.reason` when aborted. @throws RangeError for bad options.
 */
export async function scanBlocks(source: BlockSource, options: ScanOptions): Promise<ScanResult> {
  const { blockSize, count, signal, onBlocks } = options;
  checkOptions(options);
  signal?.throwIfAborted();
  const perSlab = Math.min(count, slabSize / blockSize);
  const lanes: Lane[] = [];
  const pending: Promise<Load>[] = [];
  let bytes = 0;
  let started = 0;
  const startLoad = (lane: Lane) => {
    const blocks = Math.min(perSlab, count - started);
    if (blocks <= 0) return;
    const loading = load(source, options, lane, started, blocks);
    loading.catch(() => undefined); // It is awaited later, in order.
    pending.push(loading);
    started += blocks;
  };
  try {
    while (lanes.length < slabCount && started < count) {
      const lane = createLane(perSlab, blockSize);
      lanes.push(lane);
      startLoad(lane);
    }
    while (pending.length > 0) {
      const ready = await pending[0]!;
      pending.shift();
      signal?.throwIfAborted();
      bytes += ready.bytes;
      onBlocks(check(ready, blockSize));
      startLoad(ready.lane);
    }
  } finally {
    await Promise.allSettled(pending);
    lanes.forEach(releaseLane);
  }
  const partialBlock = findPartialBlock(source.size, options);
  return { blocks: count, bytes, ...(partialBlock !== undefined && { partialBlock }) };
}

/** Slabs of full size that no scan uses: without them a scan per region leaves 8 MiB behind until memory is collected. */
const idleSlabs: WeakRef<Slab>[] = [];

function createLane(blocks: number, blockSize: number): Lane {
  const bytes = blocks * blockSize;
  const idle = bytes === slabSize ? idleSlabs.pop()?.deref() : undefined;
  return { slab: idle ?? createSlab(bytes), statuses: new Uint8Array(blocks) };
}

function releaseLane({ slab }: Lane): void {
  if (slab.bytes.length === slabSize && idleSlabs.length < slabCount) idleSlabs.push(new WeakRef(slab));
}

/** Reads `count` blocks, the first of them `done` blocks behind the first of the scan. */
async function load(source: BlockSource, options: ScanOptions, lane: Lane, done: number, count: number): Promise<Load> {
  const { base = 0, blockSize, signal } = options;
  const first = options.first + done;
  const offset = base + first * blockSize;
  const available = Math.max(0, Math.min(count * blockSize, source.size - offset));
  const filled: Load = { lane, first, count, available, lost: [], bytes: 0 };
  const { bytes } = lane.slab;
  bytes.fill(0, available, count * blockSize);

  /** Halves what fails: one bad block among a thousand costs twenty reads. */
  async function readPart(from: number, to: number): Promise<void> {
    if (from === to) return;
    const start = from * blockSize;
    const part = bytes.subarray(start, Math.min(to * blockSize, available));
    try {
      await readFully(source, offset + start, part, signal);
      filled.bytes += part.length;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isVdeError(error, 'readFailed')) throw error;
      if (to - from === 1) {
        part.fill(0);
        filled.lost.push(from);
        return;
      }
      const middle = (from + to) >>> 1;
      await readPart(from, middle);
      await readPart(middle, to);
    }
  }

  await readPart(0, Math.ceil(available / blockSize));
  return filled;
}

async function readFully(
  source: BlockSource,
  offset: number,
  into: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const got = await source.read(offset + done, done === 0 ? into : into.subarray(done), { signal });
    if (got === 0) {
      const details = { offset: offset + done, length: into.length - done };
      throw new VdeError('readFailed', `${source.name}: no bytes at ${details.offset}, expected ${details.length}`, {
        details,
      });
    }
    done += got;
  }
}

function check(load: Load, blockSize: number): ScannedBlocks {
  const { lane, first, count, available, lost } = load;
  const statuses = lane.statuses.subarray(0, count);
  const present = Math.ceil(available / blockSize);
  if (present > 0) lane.slab.verify(blockSize, present, statuses);
  statuses.fill(blockStatus.hole, present);
  for (const index of lost) statuses[index] = unreadable;
  return { first, count, statuses, bytes: lane.slab.bytes.subarray(0, count * blockSize) };
}

function findPartialBlock(size: number, { base = 0, blockSize, first, count }: ScanOptions): number | undefined {
  const present = size - base;
  if (present <= 0 || present % blockSize === 0) return undefined;
  const last = Math.floor(present / blockSize);
  return last >= first && last < first + count ? last : undefined;
}

function checkOptions({ base = 0, blockSize, first, count }: ScanOptions): void {
  if (!isValidBlockSize(blockSize)) throw new RangeError(`block size ${blockSize}: expected a power of two, 512-65536`);
  for (const [name, value] of Object.entries({ base, first, count })) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} ${value}: expected an integer from 0`);
  }
  if (!Number.isSafeInteger(base + (first + count) * blockSize))
    throw new RangeError(`block ${first + count} has no safe offset`);
}
