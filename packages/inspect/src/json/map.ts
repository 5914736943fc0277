import type { MapModel, MapRun } from '../map/model.ts';
import type { JsonValue } from '../values.ts';
import { envelope, imageJson, type Tool } from './envelope.ts';
import type { StreamedResult } from './stream.ts';

/** `map/1`: the blocks of an image in runs, then how many there are of each state and slot type. */
export function mapResult({ facts, blocks, runs, totals }: MapModel, tool: Tool): StreamedResult {
  return {
    head: envelope('map', tool, { image: imageJson(facts), blocks: String(blocks) }),
    key: 'runs',
    lineType: 'run',
    items: runItems(runs),
    tail: () => ({
      complete: totals.complete,
      summary: { runs: totals.runs, blocks: textCounts(totals.blocks), types: textCounts(totals.types) },
    }),
  };
}

async function* runItems(runs: AsyncIterable<MapRun>): AsyncGenerator<JsonValue> {
  for await (const { start, count, type, state, slot } of runs)
    yield { start: String(start), count: String(count), type, state, slot };
}

const textCounts = (counts: Readonly<Record<string, number>>): JsonValue =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)]));
