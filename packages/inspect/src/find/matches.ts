import { stringToTag, tagMeanings, trailerSize } from '@vde/format';
import type { ByteRange } from '../model.ts';
import type { Needle } from './pattern-needle.ts';
import { NeedleSearch } from './search.ts';
import type { Window } from './windows.ts';

/** A place where a needle stands. */
export interface Match {
  readonly needle: Needle;
  /** Bytes of the source; where the needle goes on in the next block, with the trailer between its parts. */
  readonly range: ByteRange;
  readonly isSplit: boolean;
}

/** Where the blocks lie, and what of the source is searched. */
export interface SearchPlace {
  readonly base: number;
  readonly blockSize: number;
  readonly range: ByteRange;
}

const knownTags: ReadonlySet<number> = /* @__PURE__ */ new Set(
  /* @__PURE__ */ Object.keys(tagMeanings).map(stringToTag),
);

/** Bytes in front of and behind a match that are shown with it. */
export const contextBytes = 24;

/** Searches windows for all needles at once, and gives the matches in the order of their places. */
export class Matcher {
  readonly #cursors: readonly Cursor[];
  readonly #range: ByteRange;
  /** Bytes of a window that must lie behind a match before it is looked for. */
  readonly #ahead: number;
  readonly #behind: number;
  #from: number;

  constructor(needles: readonly Needle[], place: SearchPlace) {
    this.#range = place.range;
    this.#from = place.range.offset;
    const searches = needles.map((needle) => ({ needle, search: new NeedleSearch(needle) }));
    const longest = Math.max(...searches.map(({ search }) => search.length));
    this.#ahead = 2 * longest + trailerSize + contextBytes;
    this.#behind = Math.max(contextBytes, longest);
    this.#cursors = searches.flatMap(({ needle, search }) => [
      new PlainCursor(needle, search, place),
      ...(search.length > 1 ? [new SplitCursor(needle, search, place)] : []),
    ]);
  }

  /** Bytes that windows must share. */
  get overlap(): number {
    return this.#behind + this.#ahead;
  }

  /** The matches that begin in this window and not in the next. */
  *in(window: Window): Generator<Match, void, undefined> {
    const end = this.#range.offset + this.#range.length;
    const windowEnd = window.offset + window.bytes.length;
    const limit = window.isLast ? end : Math.min(end, windowEnd - this.#ahead);
    if (limit <= this.#from) return;
    for (const cursor of this.#cursors) cursor.enter(window, this.#from, limit);
    for (;;) {
      const first = this.#cursors.reduce((a, b) => (b.next < a.next ? b : a));
      if (first.next === Number.POSITIVE_INFINITY) break;
      const match = first.take();
      if (!window.lost.some((part) => overlaps(part, match.range))) yield match;
    }
    this.#from = limit;
  }
}

const overlaps = (a: ByteRange, b: ByteRange): boolean =>
  a.offset < b.offset + b.length && b.offset < a.offset + a.length;

/** Looks for one needle, and knows its next match in the window. */
interface Cursor {
  /** Offset of the next match; infinite where the window has no more. */
  readonly next: number;
  /** Goes on in a window, with matches that begin from `from` on and before `limit`. */
  enter(window: Window, from: number, limit: number): void;
  /** Gives the next match and looks for the one behind it. */
  take(): Match;
}

/** Matches of bytes that lie behind each other. They do not overlap: the search goes on behind each. */
class PlainCursor implements Cursor {
  next = Number.POSITIVE_INFINITY;
  readonly #needle: Needle;
  readonly #search: NeedleSearch;
  readonly #end: number;
  #window: Window | undefined;
  #limit = 0;
  /** End of the last match. */
  #free = 0;

  constructor(needle: Needle, search: NeedleSearch, { range }: SearchPlace) {
    this.#needle = needle;
    this.#search = search;
    this.#end = range.offset + range.length;
  }

  enter(window: Window, from: number, limit: number): void {
    this.#window = window;
    this.#limit = Math.min(limit, this.#end - this.#search.length + 1);
    this.#seek(Math.max(from, this.#free));
  }

  take(): Match {
    const { length } = this.#search;
    const range = { offset: this.next, length };
    this.#free = this.next + length;
    this.#seek(this.#free);
    return { needle: this.#needle, range, isSplit: false };
  }

  #seek(from: number): void {
    const { offset, bytes } = this.#window!;
    const found = this.#search.find(bytes, from - offset, this.#limit - offset);
    this.next = found < 0 ? Number.POSITIVE_INFINITY : offset + found;
  }
}

/**
 * Matches that begin in the payload of one block and go on in that of the next, with the trailer of the first between them.
 * Blocks whose last bytes spell no known tag have no trailer: there bytes go on, and are searched as they lie.
 */
class SplitCursor implements Cursor {
  next = Number.POSITIVE_INFINITY;
  readonly #needle: Needle;
  readonly #search: NeedleSearch;
  readonly #place: SearchPlace;
  /** The last bytes of a payload and the first of the next. */
  readonly #joined: Uint8Array;
  #found: number[] = [];

  constructor(needle: Needle, search: NeedleSearch, place: SearchPlace) {
    this.#needle = needle;
    this.#search = search;
    this.#place = place;
    this.#joined = new Uint8Array(2 * (search.length - 1));
  }

  enter(window: Window, from: number, limit: number): void {
    const { base, blockSize } = this.#place;
    const { length } = this.#search;
    this.#found = [];
    const first = Math.max(1, Math.floor((from - base) / blockSize));
    for (let block = first; base + block * blockSize - trailerSize - length < limit; block++)
      this.#cross(window, base + block * blockSize - trailerSize, from, limit);
    this.#advance();
  }

  take(): Match {
    const range = { offset: this.next, length: this.#search.length + trailerSize };
    this.#advance();
    return { needle: this.#needle, range, isSplit: true };
  }

  #advance(): void {
    this.next = this.#found.shift() ?? Number.POSITIVE_INFINITY;
  }

  /** Looks for a match across the trailer at this offset. */
  #cross({ offset, bytes }: Window, trailer: number, from: number, limit: number): void {
    const half = this.#search.length - 1;
    const at = trailer - offset;
    if (at < half || at + trailerSize + half > bytes.length) return;
    const tag = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    if (!knownTags.has(tag >>> 0)) return;
    this.#joined.set(bytes.subarray(at - half, at));
    this.#joined.set(bytes.subarray(at + trailerSize, at + trailerSize + half), half);
    const { range } = this.#place;
    for (let start = -1; ; ) {
      start = this.#search.find(this.#joined, start + 1, half);
      if (start < 0) return;
      const place = trailer - half + start;
      const isInside = place + this.#search.length + trailerSize <= range.offset + range.length;
      if (place >= from && place < limit && isInside) this.#found.push(place);
    }
  }
}
