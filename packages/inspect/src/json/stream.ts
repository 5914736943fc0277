import type { JsonValue } from '../values.ts';
import type { Envelope, JsonObject } from './envelope.ts';
import type { JsonLine } from './lines.ts';
import { jsonChunks } from './text.ts';

/** A result that is made while it is written: the list `key` of an envelope, and what is known only behind its last item. */
export interface StreamedResult {
  readonly head: Envelope;
  readonly key: string;
  /** Type of a line, and the key of the item in it. */
  readonly lineType: string;
  readonly items: AsyncIterable<JsonValue>;
  tail(): JsonObject;
}

/** The text of one document, in pieces; as `jsonChunks` writes it. */
export async function* streamedChunks({ head, key, items, tail }: StreamedResult): AsyncGenerator<string> {
  const open = [...jsonChunks(head)].join('');
  yield `${open.slice(0, open.lastIndexOf('\n'))},\n  ${JSON.stringify(key)}: `;
  let isEmpty = true;
  for await (const item of items) {
    yield `${isEmpty ? '[' : ','}\n    ${JSON.stringify(item)}`;
    isEmpty = false;
  }
  const rest = [...jsonChunks(tail())].join('');
  yield `${isEmpty ? '[]' : '\n  ]'},${rest.slice(1)}\n`;
}

/** The same in lines. */
export async function* streamedLines({ head, lineType, items, tail }: StreamedResult): AsyncGenerator<JsonLine> {
  yield { type: 'start', ...head };
  for await (const item of items) yield { type: lineType, [lineType]: item };
  yield { type: 'end', ...tail() };
}
