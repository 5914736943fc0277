import { toHex } from '@vde/format';
import type { FindHit, FindModel } from '../find/find.ts';
import type { JsonValue } from '../values.ts';
import { envelope, imageJson, rangeJson, type Tool } from './envelope.ts';
import type { StreamedResult } from './stream.ts';

/** `find/1`: the places where a pattern stands, then what was searched. */
export function findResult({ facts, pattern, range, hits, counts }: FindModel, tool: Tool): StreamedResult {
  const { text, kind, meaning, needles } = pattern;
  return {
    head: envelope('find', tool, {
      image: imageJson(facts),
      pattern: { text, kind, meaning, readings: needles.map(({ as, places }) => ({ as, length: places.length })) },
      range: rangeJson(range),
    }),
    key: 'hits',
    lineType: 'hit',
    items: hitItems(hits),
    tail: () => ({
      complete: counts.complete,
      summary: { hits: counts.hits, bytes: String(counts.bytes), unreadableBytes: String(counts.lostBytes) },
    }),
  };
}

async function* hitItems(hits: AsyncIterable<FindHit>): AsyncGenerator<JsonValue> {
  for await (const hit of hits) yield hitJson(hit);
}

/** One hit of `find/1`; named like a finding of `check/1`. */
function hitJson({
  address,
  block,
  range,
  region,
  title,
  path,
  as,
  isSplit,
  before,
  bytes,
  after,
}: FindHit): JsonValue {
  return {
    address,
    ...(block !== undefined && { block: String(block) }),
    range: { offset: String(range.offset), length: String(range.length) },
    ...(region && { region: { slot: region.slot, type: region.type, id: region.id } }),
    ...(title !== undefined && { structure: title }),
    ...(path !== undefined && { path }),
    as,
    split: isSplit,
    before: toHex(before),
    bytes: toHex(bytes),
    after: toHex(after),
  };
}
