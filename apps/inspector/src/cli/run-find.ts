import {
  escapeControls,
  type FindModel,
  findResult,
  type Inspection,
  type Pattern,
  parseAddress,
  parsePattern,
} from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { withInspection } from './open.ts';
import { usageError } from './options.ts';
import { printStream } from './print-stream.ts';
import { withProgress } from './progress.ts';
import { findHead, findSummary, hitLines } from './render/find.ts';
import { suggesting } from './run-show.ts';

/** Hits that people see unless they ask for more. */
const shownToPeople = 100;

export async function run(call: Call): Promise<number> {
  const pattern = patternOf(call);
  const max = maxOf(call);
  if (pattern.isGuessed && !call.isQuiet) await sayGuess(call, pattern);
  return withInspection(call, call.args[0]!, async (inspection) => {
    const { counts } = await withProgress(call, 'searching', async (onProgress) => {
      const model = await search(call, inspection, pattern, { max, onProgress });
      await printStream(call, { human: () => humanLines(call, model), result: () => findResult(model, tool) });
      return model;
    });
    return counts.hits > 0 ? 0 : 1;
  });
}

/** @throws VdeError `usage`. */
function patternOf(call: Call): Pattern {
  try {
    return parsePattern(call.args[1]!, { ignoreCase: call.flag('ignoreCase') });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw usageError(error.message, 'hex:dead??ef, text:abc, u32:7, time:2025-01-31; vde help find has all');
  }
}

/** @throws VdeError `usage`. */
function maxOf(call: Call): number | undefined {
  const text = call.text('max');
  if (text === undefined) return call.format === 'human' ? shownToPeople : undefined;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw usageError(`--max "${text}": expected a number from 1`, '--max 1000');
  return Number(text);
}

async function sayGuess(call: Call, { meaning, text }: Pattern): Promise<void> {
  const { dim } = call.errorStyle;
  const other = text.startsWith('text:') ? 'hex:, guid:, tag:, u32:, time:' : 'text: and others';
  const line = `searching for ${meaning} (${text}); ${other} in front of it say otherwise`;
  await call.io.stderr.write(`${dim(escapeControls(line))}\n`);
}

function search(
  call: Call,
  inspection: Inspection,
  pattern: Pattern,
  options: Pick<NonNullable<Parameters<Inspection['find']>[1]>, 'onProgress'> & { readonly max: number | undefined },
): Promise<FindModel> {
  const place = call.text('in');
  const { max, ...rest } = { ...options, signal: call.signal };
  const limits = max === undefined ? {} : { max };
  if (place === undefined) return inspection.find(pattern, { ...rest, ...limits });
  const address = parseAddress(place);
  return suggesting(inspection, address, () => inspection.find(pattern, { ...rest, ...limits, in: address }));
}

async function* humanLines(call: Call, model: FindModel): AsyncGenerator<string> {
  const look = { isQuiet: call.isQuiet, source: call.args[0]! };
  yield* findHead(model, call.style, look);
  for await (const hit of model.hits) yield* hitLines(hit, model, call.style);
  yield* findSummary(model, call.style, look);
}
