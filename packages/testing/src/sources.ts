import { VdeError } from '@vde/format';
import type { BlockSource } from '@vde/image';

/** A source that writes down what is read from it, for tests that assert the cost of an operation. */
export interface CountingSource extends BlockSource {
  /** Calls of `read`, failed ones too. */
  readonly reads: number;
  /** Bytes delivered. */
  readonly bytes: number;
  /** Bytes asked for by the largest call. */
  readonly largestRead: number;
  /** What was asked for, in order of the calls. */
  readonly ranges: readonly { readonly offset: number; readonly length: number }[];
  /** Starts counting anew. */
  reset(): void;
}

/** Counts the reads of `source`. */
export function countingSource(source: BlockSource): CountingSource {
  const ranges: { offset: number; length: number }[] = [];
  let bytes = 0;
  return {
    ...passThrough(source),
    get reads() {
      return ranges.length;
    },
    get bytes() {
      return bytes;
    },
    get largestRead() {
      return ranges.reduce((most, { length }) => Math.max(most, length), 0);
    },
    ranges,
    reset() {
      ranges.length = 0;
      bytes = 0;
    },
    async read(offset, into, options) {
      ranges.push({ offset, length: into.length });
      const got = await source.read(offset, into, options);
      bytes += got;
      return got;
    },
  };
}

/** Which reads go wrong, and how. */
export interface Faults {
  /** The number of the read, 0 for the first; or a predicate over what is asked for. No read unless given. */
  readonly failAt?: number | ((offset: number, length: number) => boolean);
  /** Deliver half of the bytes, where otherwise `readFailed` is thrown. */
  readonly short?: boolean;
  /** Only the first read that the predicate chooses goes wrong: trying again succeeds. */
  readonly once?: boolean;
}

/** Makes chosen reads of `source` fail, or come back short, as a dying disk or a careless implementation would. */
export function faultySource(source: BlockSource, { failAt, short = false, once = false }: Faults): BlockSource {
  let reads = 0;
  let faults = 0;
  function isFaulty(offset: number, length: number): boolean {
    const number = reads++;
    if (once && faults > 0) return false;
    const faulty = typeof failAt === 'function' ? failAt(offset, length) : number === failAt;
    if (faulty) faults++;
    return faulty;
  }
  return {
    ...passThrough(source),
    async read(offset, into, options) {
      if (!isFaulty(offset, into.length)) return source.read(offset, into, options);
      if (short) return source.read(offset, into.subarray(0, into.length >>> 1), options);
      const details = { offset, length: into.length };
      throw new VdeError('readFailed', `${source.name}: injected fault, ${into.length} bytes at ${offset}`, {
        details,
      });
    },
  };
}

function passThrough(source: BlockSource): Pick<BlockSource, 'size' | 'name' | 'close'> {
  const { size, name } = source;
  return { size, name, ...(source.close && { close: () => source.close!() }) };
}
