import {
  type DecodedRegion,
  type Description,
  decodeRegion,
  isVdeError,
  type RegionPlugin,
  type RegionReader,
  sameBytes,
  type TraceRange,
  traceRegion,
  type VdeError,
} from '@vde/format';
import { type AnySubject, ensure, type Subject } from './subject.ts';

/** How region blocks read in both ways. One of `strict` and `error` is there. */
export interface Reading<State> {
  readonly strict: DecodedRegion<State> | undefined;
  readonly error: VdeError | undefined;
  readonly lenient: DecodedRegion<State | undefined>;
  /** Blocks whose payload the strict reading asked for. */
  readonly entered: ReadonlySet<number>;
}

/** How blocks are read. `blockCount` may reserve more blocks than are given. */
export interface ReadingOptions {
  readonly blockSize: number;
  readonly blockCount?: number;
}

/**
 * Reads blocks strictly and leniently and keeps every code in `seen`. Strict reading may throw a VdeError only, lenient
 * reading nothing; neither may fail inside the plugin, change the blocks, believe a count beyond them, or ask the reader without end.
 */
export function readBoth<State>(subject: Subject<State>, blocks: Uint8Array, options: ReadingOptions): Reading<State> {
  const entered = new Set<number>();
  const plugin = watched(subject.plugin, entered, 10_000 + 8 * blocks.length);
  const before = blocks.slice();
  let strict: DecodedRegion<State> | undefined;
  let error: VdeError | undefined;
  try {
    strict = decodeRegion(plugin, blocks, options);
  } catch (thrown) {
    ensure(isVdeError(thrown), () => `strict reading threw ${thrown}, expected a VdeError`);
    error = thrown;
  }
  const lenient = readLeniently(plugin, blocks, options);
  ensure(sameBytes(before, blocks), 'reading changed the blocks');
  for (const code of [error, ...(strict?.findings ?? []), ...lenient.findings]) noteCode(subject, code);
  if (lenient.state !== undefined) checkSize(subject.plugin.describe(lenient.state), blocks);
  return { strict, error, lenient, entered };
}

/** Reads blocks strictly; an error is a failure of the law. */
export function readValid<State>(
  subject: Subject<State>,
  blocks: Uint8Array,
  options: ReadingOptions,
): DecodedRegion<State> {
  const { strict, error } = readBoth(subject, blocks, options);
  ensure(strict !== undefined, () => `strict reading of valid blocks threw ${error?.code}: ${error?.message}`);
  return strict;
}

/** All traced ranges. No more than there are bytes: every range owns one at least. */
export function traceAll(
  subject: AnySubject,
  blocks: Uint8Array,
  options: ReadingOptions & { readonly window?: { readonly first: number; readonly count: number } },
): TraceRange[] {
  const ranges: TraceRange[] = [];
  try {
    const plugin = watched(subject.plugin, new Set(), 10_000 + 8 * blocks.length);
    for (const range of traceRegion(plugin, blocks, options)) {
      ranges.push(range);
      if (ranges.length > blocks.length) break;
    }
  } catch (error) {
    throw new Error(`trace threw ${error}`, { cause: error });
  }
  ensure(ranges.length <= blocks.length, () => `trace yields more ranges than the ${blocks.length} bytes at hand`);
  return ranges;
}

/** A table with more rows than the bytes have bits believed a count that nobody checked. */
function checkSize({ tables }: Description, blocks: Uint8Array): void {
  for (const { id, rowCount } of tables) {
    ensure(rowCount <= 8 * blocks.length + 64, `table ${id} has ${rowCount} rows, read from ${blocks.length} bytes`);
  }
}

function readLeniently<State>(plugin: RegionPlugin<State>, blocks: Uint8Array, options: ReadingOptions) {
  try {
    return decodeRegion(plugin, blocks, { ...options, lenient: true });
  } catch (error) {
    throw new Error(`lenient reading threw ${error}`, { cause: error });
  }
}

function noteCode(subject: AnySubject, found: { code: string; message: string; cause?: unknown } | undefined): void {
  if (found === undefined) return;
  subject.seen.codes.add(found.code);
  ensure(found.code !== 'pluginFailed', () => `the plugin failed on these bytes: ${found.message}`);
}

/** The plugin with a reader that notes the blocks entered and loses patience with endless loops. */
function watched<State>(plugin: RegionPlugin<State>, entered: Set<number>, budget: number): RegionPlugin<State> {
  let calls = 0;
  type Question = 'state' | 'payload' | 'view' | 'peek' | 'isIntact' | 'isOfThisWrite';
  const counted = <Name extends Question>(reader: RegionReader, name: Name) =>
    ((block: number) => {
      if (++calls > budget) throw new Error(`asked the reader more than ${budget} times`);
      if (name === 'payload' || name === 'view') entered.add(block);
      return reader[name](block);
    }) as RegionReader[Name];
  const watch = (reader: RegionReader): RegionReader => ({
    geometry: reader.geometry,
    blockCount: reader.blockCount,
    loadedCount: reader.loadedCount,
    state: counted(reader, 'state'),
    payload: counted(reader, 'payload'),
    view: counted(reader, 'view'),
    peek: counted(reader, 'peek'),
    isIntact: counted(reader, 'isIntact'),
    isOfThisWrite: counted(reader, 'isOfThisWrite'),
    report: (code, message, place) => reader.report(code, message, place),
  });
  return {
    ...plugin,
    decode: (reader) => plugin.decode(watch(reader)),
    trace: (reader, window) => plugin.trace(watch(reader), window),
    ...(plugin.verify && { verify: (state: State, reader: RegionReader) => plugin.verify!(state, watch(reader)) }),
  };
}
