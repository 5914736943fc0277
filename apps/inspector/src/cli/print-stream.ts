import { type StreamedResult, streamedChunks, streamedLines } from '@vde/inspect';
import type { Call } from './call.ts';

/** The forms of a result that is made while it is printed. One of them is asked for. */
export interface StreamedForms {
  /** Lines for people. */
  human(): AsyncIterable<string>;
  result(): StreamedResult;
}

/** What was found is shown this often, also when nothing more follows for long. */
const flushMs = 200;

/** Prints a result in the format of the call as it comes, until nobody reads any more. */
export async function printStream(call: Call, forms: StreamedForms): Promise<void> {
  let failure: unknown;
  // A file of -o takes one write at a time; nobody waits for its lines.
  const timer =
    call.text('output') === undefined
      ? setInterval(() => call.out.flush().catch((error: unknown) => (failure ??= error)), flushMs)
      : undefined;
  try {
    for await (const piece of piecesOf(call, forms)) {
      await call.out.pieces([piece]);
      if (call.out.closed || failure !== undefined) break;
    }
  } finally {
    clearInterval(timer);
  }
  if (failure !== undefined) throw failure;
}

async function* piecesOf(call: Call, forms: StreamedForms): AsyncGenerator<string> {
  if (call.format === 'human') for await (const line of forms.human()) yield `${line}\n`;
  else if (call.format === 'json') yield* streamedChunks(forms.result());
  // Nothing in these lines is lazy; the replacer of jsonLine would halve the speed.
  else for await (const line of streamedLines(forms.result())) yield `${JSON.stringify(line)}\n`;
}
