import { bytes, isZero, KeyIndex, PackedRecords, record } from '@vde/format';

/** A place where a needle stands. */
export interface Residue {
  /** Which of the given needles. */
  readonly needleIndex: number;
  /** Offset of its first byte from the start of the first chunk. */
  readonly byteOffset: number;
}

const needleBytes = 32;
/** Bytes of a chunk in which a needle may begin that the next one ends. */
const overlap = needleBytes - 1;
/** A window is judged by its last bytes, as many as a number holds. */
const sampleBytes = 4;
const Needle = /* @__PURE__ */ record('Needle', { value: /* @__PURE__ */ bytes(needleBytes) });

/**
 * Searches bytes for needles of 32 bytes, at every offset, also across the borders of chunks: call the function that is given with one chunk
 * after the other. It takes expected linear time whatever the bytes are, and keeps copies of the needles until it is dropped.
 * @throws RangeError for a needle of another length or of zero bytes only, which would be found wherever nothing was ever written.
 */
export function createResidueSearch(needles: readonly Uint8Array[]): (chunk: Uint8Array) => Residue[] {
  const search = createNeedleSearch(needles);
  let searched = 0;
  /** Bytes before the chunk in which a needle may have begun. */
  let rest = new Uint8Array();
  return (chunk) => {
    const seam = join(rest, chunk.subarray(0, overlap));
    const found = [
      ...search(seam, { end: rest.length, start: searched - rest.length }),
      ...search(chunk, { start: searched }),
    ];
    const tail = chunk.length < overlap ? seam : chunk;
    rest = tail.slice(Math.max(0, tail.length - overlap));
    searched += chunk.length;
    return found;
  };
}

/** Where bytes are searched: needles that begin in the first `end`; `start` is the offset of the first byte. */
interface SearchOptions {
  readonly end?: number;
  readonly start?: number;
}

/**
 * Finds needles of 32 bytes that lie in bytes wholly, at every offset.
 * @throws RangeError for a needle of another length or of zero bytes only. @internal
 */
export function createNeedleSearch(
  needles: readonly Uint8Array[],
): (bytes: Uint8Array, options?: SearchOptions) => Generator<Residue, void, undefined> {
  const values = new PackedRecords(Needle, needles.length);
  for (const value of needles) {
    if (isZero(value)) throw new RangeError('needle: expected bytes that are not all zero');
    values.push({ value });
  }
  const index = new KeyIndex(values, 'value');
  const shiftOf = shiftsOf(values);
  return function* search(bytes, { end = bytes.length, start = 0 } = {}) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const last = Math.min(end - 1, bytes.length - needleBytes);
    for (let at = 0; at <= last; ) {
      const shift = shiftOf(view.getUint32(at + needleBytes - sampleBytes, true));
      if (shift === 0) {
        for (let i = index.lastAt(view, at); i >= 0; i = index.previous(i))
          yield { needleIndex: i, byteOffset: start + at };
      }
      at += shift || 1;
    }
  };
}

/**
 * How far a window may move on, by its last bytes: to where they stand in a needle, or past them where they stand in none (the method of
 * Wu and Manber). Samples that share a place get the shorter way.
 */
function shiftsOf(needles: PackedRecords<{ value: Uint8Array }>): (sample: number) => number {
  const bits = Math.min(22, Math.max(12, Math.ceil(Math.log2(64 * needles.length + 1))));
  const shifts = new Uint8Array(1 << bits).fill(needleBytes - sampleBytes + 1);
  const placeOf = (sample: number) => Math.imul(sample, 0x9e37_79b1) >>> (32 - bits);
  for (let i = 0; i < needles.length; i++) {
    for (let from = 0; from <= needleBytes - sampleBytes; from++) {
      const place = placeOf(needles.view.getUint32(i * needleBytes + from, true));
      shifts[place] = Math.min(shifts[place]!, needleBytes - sampleBytes - from);
    }
  }
  return (sample) => shifts[placeOf(sample)]!;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
