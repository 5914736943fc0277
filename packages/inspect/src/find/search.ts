import type { ByteChoice, Needle } from './pattern-needle.ts';

/** From so many places on skipping (Horspool) is quicker than looking for one byte. */
const skippedPlaces = 6;
/** A place that more values fit tells little. */
const fewValues = 64;
/** Values that most images are full of, the commonest first: the byte to look for is another one where possible. */
const commonValues = [0x00, 0xff, 0x01, 0x20, ...new TextEncoder().encode('etaoinsrhldcu')];

/** Finds the bytes of a needle. Image bytes are mostly zero, so places that zero fits are looked at last. */
export class NeedleSearch {
  readonly length: number;
  readonly #needle: Needle;
  /** For each place 256 flags: which values fit. */
  readonly #fits: Uint8Array;
  /** The places that are looked at first, behind each other. */
  readonly #core: { readonly first: number; readonly end: number };
  /** How far the core can move when this value stands under its last place. */
  readonly #shifts: Uint16Array;
  /** The place whose one value is looked for instead of skipping. */
  readonly #anchor: number | undefined;

  constructor(needle: Needle) {
    const { places } = needle;
    this.#needle = needle;
    this.length = places.length;
    this.#fits = fitsOf(places);
    this.#core = coreOf(places);
    this.#shifts = shiftsOf(places.slice(this.#core.first, this.#core.end));
    this.#anchor = this.#core.end - this.#core.first < skippedPlaces ? rarest(places, this.#core) : undefined;
  }

  /** The first place from `from` on and before `end` where the needle stands, wholly inside `bytes`; -1 where there is none. */
  find(bytes: Uint8Array, from: number, end: number): number {
    const limit = Math.min(end, bytes.length - this.length + 1);
    if (from >= limit) return -1;
    return this.#anchor === undefined
      ? this.#skip(bytes, from, limit)
      : this.#lookFor(this.#anchor, bytes, from, limit);
  }

  #lookFor(anchor: number, bytes: Uint8Array, from: number, limit: number): number {
    const value = this.#needle.places[anchor]![0]!;
    for (let at = bytes.indexOf(value, from + anchor); at >= 0; at = bytes.indexOf(value, at + 1)) {
      if (at - anchor >= limit) return -1;
      if (this.#stands(bytes, at - anchor)) return at - anchor;
    }
    return -1;
  }

  #skip(bytes: Uint8Array, from: number, limit: number): number {
    const last = this.#core.end - 1;
    const fits = this.#fits;
    const shifts = this.#shifts;
    for (let at = from + last; at < limit + last; at += shifts[bytes[at]!]!) {
      if (fits[last * 256 + bytes[at]!] === 1 && this.#stands(bytes, at - last)) return at - last;
    }
    return -1;
  }

  #stands(bytes: Uint8Array, start: number): boolean {
    const fits = this.#fits;
    for (let i = 0; i < this.length; i++) if (fits[i * 256 + bytes[start + i]!] === 0) return false;
    return this.#needle.accepts?.(bytes.subarray(start, start + this.length)) ?? true;
  }
}

function fitsOf(places: readonly ByteChoice[]): Uint8Array {
  const fits = new Uint8Array(places.length * 256);
  for (const [i, choice] of places.entries()) for (const value of choice) fits[i * 256 + value] = 1;
  return fits;
}

/** The longest row of places that tell something and that zero does not fit; else the one that tells most. */
function coreOf(places: readonly ByteChoice[]): { first: number; end: number } {
  let core = { first: 0, end: 0 };
  let first = 0;
  for (const [i, choice] of places.entries()) {
    if (choice.length > fewValues || choice[0] === 0) first = i + 1;
    else if (i + 1 - first > core.end - core.first) core = { first, end: i + 1 };
  }
  if (core.end > core.first) return core;
  const least = Math.min(...places.map(({ length }) => length));
  const best = places.findIndex(({ length }) => length === least);
  return { first: best, end: best + 1 };
}

function shiftsOf(core: readonly ByteChoice[]): Uint16Array {
  const shifts = new Uint16Array(256).fill(core.length);
  for (const [i, choice] of core.slice(0, -1).entries())
    for (const value of choice) shifts[value] = core.length - 1 - i;
  return shifts;
}

/** The place of the core whose one value is the least common; `undefined` where all have a choice. */
function rarest(places: readonly ByteChoice[], { first, end }: { first: number; end: number }): number | undefined {
  let best: number | undefined;
  for (let i = first; i < end; i++) {
    if (places[i]!.length !== 1) continue;
    if (best === undefined || commonness(places[i]!) < commonness(places[best]!)) best = i;
  }
  return best;
}

function commonness([value]: ByteChoice): number {
  const index = commonValues.indexOf(value!);
  return index < 0 ? 0 : commonValues.length - index;
}
