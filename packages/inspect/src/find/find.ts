import { type Table, trailerSize } from '@vde/format';
import { type Address, formatAddress, parseAddress } from '../address.ts';
import type { ByteRange, ImageFacts } from '../model.ts';
import { showAddress } from '../show.ts';
import type { InspectedSpace } from '../space.ts';
import type { Structure } from '../structures.ts';
import { findTarget } from '../target.ts';
import { contextBytes, type Match, Matcher } from './matches.ts';
import { type Owner, OwnerWalk } from './owner.ts';
import type { Pattern } from './pattern.ts';
import { type Window, windowsOf } from './windows.ts';

export interface FindOptions {
  /** Search only what this address names, with everything in it. */
  readonly in?: Address;
  /** Stop after so many hits. */
  readonly max?: number;
  /** Called now and then with bytes read and to be read. */
  onProgress?(progress: { readonly done: number; readonly total: number }): void;
  readonly signal?: AbortSignal | undefined;
}

/** A place where the pattern stands. The byte arrays are copies. */
export interface FindHit extends Partial<Owner> {
  /** `b:12+0x40`; an offset in front of block 0. */
  readonly address: string;
  /** Absolute block, where there is one. */
  readonly block?: number;
  readonly range: ByteRange;
  /** Which of the pattern's readings stands there. */
  readonly as: string;
  /** It begins in the payload of one block and goes on in the next: the trailer between lies in its range. */
  readonly isSplit: boolean;
  /** The bytes of the range, and some in front of and behind it. */
  readonly bytes: Uint8Array;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** A search. It runs while its hits are walked through, once; the counts grow with it. */
export interface FindModel {
  /** `null` for bare blocks. */
  readonly facts: ImageFacts | null;
  readonly pattern: Pattern;
  /** What is searched. */
  readonly range: ByteRange;
  /** In the order of their places. */
  readonly hits: AsyncIterable<FindHit>;
  readonly counts: FindCounts;
}

export interface FindCounts {
  readonly hits: number;
  /** Bytes searched so far. */
  readonly bytes: number;
  /** Bytes among them that the medium did not give. */
  readonly lostBytes: number;
  /** The whole range was searched. */
  readonly complete: boolean;
}

/**
 * Searches the bytes of a file, blocks in use or not, for a pattern.
 * @throws VdeError `addressNotFound`; while hits are walked through what the source throws. @throws RangeError for a bad `max`.
 */
export async function findPattern(
  space: InspectedSpace,
  pattern: Pattern,
  options: FindOptions = {},
): Promise<FindModel> {
  const { max } = options;
  if (max !== undefined && (!Number.isSafeInteger(max) || max < 1))
    throw new RangeError(`max ${max}: expected an integer from 1`);
  const range = options.in ? await rangeOf(space, options.in) : { offset: 0, length: space.source.size };
  const counts = { hits: 0, bytes: 0, lostBytes: 0, complete: false };
  return { facts: space.facts, pattern, range, counts, hits: search(space, pattern, range, counts, options) };
}

async function rangeOf(space: InspectedSpace, address: Address): Promise<ByteRange> {
  const tablesOf = async (structure: Structure): Promise<readonly Table[]> =>
    (await showAddress(space, parseAddress(structure.address))).tables;
  return (await findTarget(space, address, tablesOf)).range;
}

type Counts = { -readonly [Key in keyof FindCounts]: FindCounts[Key] };

async function* search(
  space: InspectedSpace,
  { needles }: Pattern,
  range: ByteRange,
  counts: Counts,
  { max = Number.POSITIVE_INFINITY, onProgress, signal }: FindOptions,
): AsyncGenerator<FindHit, void, undefined> {
  const { source, base, blockSize } = space;
  const matcher = new Matcher(needles, { base, blockSize, range });
  const owners = new OwnerWalk(space);
  const read = withMargin(range, matcher.overlap, source.size);
  for await (const window of windowsOf(source, read, { overlap: matcher.overlap, unit: blockSize, signal })) {
    for (const match of matcher.in(window)) {
      signal?.throwIfAborted();
      counts.hits++;
      yield await hitAt(space, owners, window, match);
      if (counts.hits < max) continue;
      counts.bytes = match.range.offset + match.range.length - range.offset;
      return;
    }
    counts.bytes = Math.max(0, Math.min(range.length, window.offset + window.bytes.length - range.offset));
    counts.lostBytes += window.lostBytes;
    onProgress?.({ done: counts.bytes, total: range.length });
  }
  counts.complete = true;
}

/** The range with what is needed around it to show its first and last hit. */
function withMargin({ offset, length }: ByteRange, margin: number, size: number): ByteRange {
  const from = Math.max(0, offset - margin);
  return { offset: from, length: Math.min(size, offset + length + margin) - from };
}

async function hitAt(
  space: InspectedSpace,
  owners: OwnerWalk,
  window: Window,
  { needle, range, isSplit }: Match,
): Promise<FindHit> {
  const { base, blockSize } = space;
  const at = range.offset - window.offset;
  const { bytes } = window;
  const block = Math.floor((range.offset - base) / blockSize);
  const hit = {
    range,
    as: needle.as,
    isSplit,
    bytes: bytes.slice(at, at + range.length),
    before: bytes.slice(Math.max(0, at - contextBytes), at),
    after: bytes.slice(at + range.length, at + range.length + contextBytes),
  };
  if (block < 0)
    return { address: addressOf({ kind: 'offset', offset: { value: range.offset, unit: 'byte' } }, 0), ...hit };
  const start = base + block * blockSize;
  const owner = await owners.at(block, range.offset, () => trailerTag(window, start + blockSize - trailerSize));
  return { address: addressOf({ kind: 'block', block }, range.offset - start), block, ...owner, ...hit };
}

/** What the trailer at an offset says; 0 where the file ends in it. */
function trailerTag({ offset, bytes }: Window, trailer: number): number {
  const at = trailer - offset;
  return at < 0 || at + 4 > bytes.length ? 0 : new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
}

const addressOf = (base: Address['base'], offset: number): string =>
  formatAddress({ base, ...(offset > 0 && { offset: { value: offset, unit: 'byte' } as const }) });
