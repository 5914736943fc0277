import { envelope, imageJson, type JsonObject, type Tool } from '../json/envelope.ts';
import type { StreamedResult } from '../json/stream.ts';
import type { ImageFacts } from '../model.ts';
import { type JsonValue, jsonValue } from '../values.ts';
import type { DiffCell, Difference, DiffTrailer } from './model.ts';
import type { DiffSummary, DiffTally } from './tally.ts';

/** A comparison that is under way: its differences are made while they are written. */
export interface Comparison {
  /** `null` for bare blocks. */
  readonly a: ImageFacts | null;
  readonly b: ImageFacts | null;
  readonly differences: AsyncIterable<Difference>;
}

/** How a comparison is written. The tally is filled meanwhile. */
export interface DiffWriting {
  readonly tool: Tool;
  readonly tally: DiffTally;
  /** Differences beyond this are counted only. */
  readonly max?: number;
}

/** `diff/1`: the differences as they are found, and what they come to. */
export function diffResult(comparison: Comparison, writing: DiffWriting): StreamedResult {
  return {
    head: envelope('diff', writing.tool, headJson(comparison)),
    key: 'differences',
    lineType: 'difference',
    items: differencesJson(comparison, writing),
    tail: () => ({ summary: summaryJson(writing.tally.summary) }),
  };
}

async function* differencesJson(comparison: Comparison, writing: DiffWriting): AsyncGenerator<JsonValue> {
  for await (const difference of listDifferences(comparison, writing)) yield differenceJson(difference);
}

/** The differences up to the most that are wanted; all are counted. */
export async function* listDifferences(
  { differences }: Comparison,
  { tally, max }: DiffWriting,
): AsyncGenerator<Difference> {
  for await (const difference of differences) {
    if (tally.take(difference, max)) yield difference;
  }
}

function headJson({ a, b }: Comparison): JsonObject {
  return { image: null, a: imageJson(a), b: imageJson(b) };
}

function summaryJson({ same, added, removed, changed, listed: count, parts }: DiffSummary): JsonValue {
  return { same, added, removed, changed, listed: count, parts: parts.map((part) => ({ ...part })) };
}

/** One difference of `diff/1`. Values are those of `show/1`, rows are keyed by column. */
export function differenceJson(difference: Difference): { readonly [key: string]: JsonValue } {
  const { what, path, kind, addressA, addressB } = difference;
  const key = 'key' in difference && difference.key ? { key: cellsJson(difference.key) } : {};
  const blocks = what === 'blocks' ? { bytes: String(difference.bytes), firstByte: String(difference.firstByte) } : {};
  return { what, path, kind, ...key, ...sidesJson(difference), ...blocks, addressA, addressB };
}

function sidesJson(difference: Difference): { a: JsonValue; b: JsonValue } {
  switch (difference.what) {
    case 'field':
      return sides(difference, jsonValue);
    case 'record':
    case 'region':
      return sides(difference, cellsJson);
    case 'place':
      return sides(difference, (row) => row);
    case 'blocks':
      return sides(difference, ({ start, count }) => ({ start: String(start), count: String(count) }));
    case 'trailers':
      return sides(difference, trailerJson);
    case 'bytes':
      return sides(difference, ({ offset, length }) => ({ offset: String(offset), length: String(length) }));
  }
}

function sides<T>({ a, b }: { readonly a: T | null; readonly b: T | null }, write: (value: T) => JsonValue) {
  return { a: a === null ? null : write(a), b: b === null ? null : write(b) };
}

const cellsJson = (cells: readonly DiffCell[]): JsonValue =>
  Object.fromEntries(cells.map((cell) => [cell.id, jsonValue(cell)]));

function trailerJson({ start, count, tag, generation, checksum }: DiffTrailer): JsonValue {
  return {
    start: String(start),
    count: String(count),
    tag,
    generation,
    ...(checksum !== undefined && { checksum: checksum.toString(16).padStart(16, '0') }),
  };
}
