import { type Envelope, type JsonLine, jsonChunks, jsonLine } from '@vde/inspect';
import type { Call } from './call.ts';

/** The forms of one result. Each is made only when it is asked for. */
export interface Result {
  human(): Iterable<string>;
  json(): Envelope;
  lines?(): Iterable<JsonLine>;
}

/** Prints a result in the format of the call. */
export async function print(call: Call, result: Result): Promise<void> {
  if (call.format === 'human') return call.out.lines(result.human());
  if (call.format === 'json') return call.out.pieces(withNewline(jsonChunks(result.json())));
  return call.out.pieces(texts(result.lines?.() ?? []));
}

function* withNewline(chunks: Iterable<string>): Generator<string> {
  yield* chunks;
  yield '\n';
}

function* texts(lines: Iterable<JsonLine>): Generator<string> {
  for (const line of lines) yield jsonLine(line);
}
