import type { CheckModel, ImageFacts, ShowModel, SlotModel } from '../model.ts';
import { checkJson } from './check.ts';
import type { Envelope, Tool } from './envelope.ts';
import { lsJson, type RowChoice, rowJson, rowNumbers, showJson } from './json.ts';
import type { JsonTree } from './text.ts';

/** A line of `-f ndjson`: `start`, then items, then `end`. An item stands under the key that its type names. */
export type JsonLine = { readonly type: string; readonly [key: string]: JsonTree };

/** `check/1` in lines: findings, then the verdict. */
export function* checkLines(model: CheckModel, tool: Tool): Generator<JsonLine> {
  const { findings, summary, complete, erased, ...head } = checkJson(model, tool);
  yield { type: 'start', ...(head as Envelope) };
  for (const finding of findings as readonly JsonTree[]) yield { type: 'finding', finding };
  yield { type: 'end', complete: complete!, summary: summary!, ...(erased !== undefined && { erased }) };
}

/** `ls/1` in lines. */
export function* lsLines(facts: ImageFacts | null, slots: readonly SlotModel[], tool: Tool): Generator<JsonLine> {
  const { slots: items, ...head } = lsJson(facts, slots, tool);
  yield { type: 'start', ...(head as Envelope) };
  for (const slot of items as readonly JsonTree[]) yield { type: 'slot', slot };
  yield { type: 'end', count: slots.length };
}

/** `show/1` in lines: rows of all tables, one after the other. The start line states tables without their rows. */
export function* showLines(model: ShowModel, tool: Tool, choice: RowChoice = { first: 0 }): Generator<JsonLine> {
  yield { type: 'start', ...(showJson(model, tool, { first: 0, end: 0 }) as Envelope) };
  let count = 0;
  for (const table of model.tables) {
    for (const index of rowNumbers(table, choice)) {
      yield { type: 'row', table: table.id, index, row: rowJson(table, index) };
      count++;
    }
  }
  yield { type: 'end', count };
}
