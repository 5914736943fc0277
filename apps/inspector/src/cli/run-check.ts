import { basename } from 'node:path';
import { isVdeError } from '@vde/format';
import {
  allCodes,
  type CheckLevel,
  type CheckModel,
  type CheckOutcome,
  checkJson,
  checkLines,
  checkListJson,
  checkSarif,
  exitCodeOf,
  explainCode,
  type Inspection,
  jsonChunks,
} from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { failureLines, failureOf } from './errors.ts';
import { worstExitCode } from './exit-codes.ts';
import { nearestOf } from './nearest.ts';
import { withInspection } from './open.ts';
import { usageError } from './options.ts';
import { print } from './print.ts';
import { Progress } from './progress.ts';
import { readKeys } from './read-keys.ts';
import { renderCheck } from './render/check.ts';
import { htmlReport } from './render/report-html.ts';

export async function run(call: Call): Promise<number> {
  for (const code of [...call.list('only'), ...call.list('skip')]) requireCode(call, code);
  const keys = await readKeys(call);
  const isStreamed = call.format === 'human' || call.format === 'ndjson';
  const outcomes: CheckOutcome[] = [];
  for (const image of call.args) {
    const outcome = await checkOne(call, image, keys);
    outcomes.push(outcome);
    // People and line readers see each result as it comes; one document needs them all.
    if (isStreamed) await printOne(call, outcome, outcomes.length);
  }
  if (!isStreamed) await printAll(call, outcomes);
  return worstExitCode(outcomes.map((outcome) => exitCode(call, outcome)));
}

/** Checks one image. Of several, one that cannot be opened does not keep the others from being checked. */
async function checkOne(call: Call, image: string, keys: readonly Uint8Array[]): Promise<CheckOutcome> {
  try {
    const model = await withInspection(call, image, (inspection) => checkWith(call, inspection, keys));
    return { source: nameOf(call, image), model };
  } catch (error) {
    if (call.args.length === 1 || !isVdeError(error) || error.code === 'usage' || call.signal?.aborted) throw error;
    const { trace: _, ...failure } = failureOf(error, call.signal);
    await call.io.stderr.write(`${failureLines(failure, call.errorStyle).join('\n')}\n`);
    return { source: nameOf(call, image), error: failure };
  }
}

/** An image as the output names it. */
const nameOf = (call: Call, image: string): string => (call.flag('reproducible') ? basename(image) : image);

async function checkWith(call: Call, inspection: Inspection, keys: readonly Uint8Array[]): Promise<CheckModel> {
  const progress = new Progress(call, 'checking');
  const only = call.list('only');
  try {
    return await inspection.check({
      level: call.text('level') as CheckLevel,
      keys,
      requireSignatures: call.flag('requireSignatures'),
      ...(only.length > 0 && { only }),
      skip: call.list('skip'),
      onProgress: progress.update,
      signal: call.signal,
    });
  } finally {
    progress.end();
  }
}

async function printOne(call: Call, outcome: CheckOutcome, number: number): Promise<void> {
  if ('error' in outcome) return;
  const { source, model } = outcome;
  const look = { source, isQuiet: call.isQuiet, isVerbose: call.isVerbose, explain: explainerOf(call) };
  await print(call, {
    human: () => [...(number > 1 && !call.isQuiet ? [''] : []), ...renderCheck(model, call.style, look)],
    json: () => checkJson(model, tool),
    lines: () => checkLines(model, tool),
  });
}

/** One document about all images. */
async function printAll(call: Call, outcomes: readonly CheckOutcome[]): Promise<void> {
  if (call.format === 'html') return call.out.pieces(htmlReport(outcomes, explainerOf(call)));
  if (call.format === 'sarif')
    return call.out
      .pieces(jsonChunks(checkSarif(outcomes, tool, allCodes(call.regions))))
      .then(() => call.out.write('\n'));
  const [first] = outcomes;
  const isOne = outcomes.length === 1 && first && 'model' in first;
  await print(call, {
    human: () => [],
    json: () => (isOne ? checkJson(first.model, tool) : checkListJson(outcomes, tool)),
  });
}

function exitCode(call: Call, outcome: CheckOutcome): number {
  if ('error' in outcome) return outcome.error.exitCode;
  return exitCodeOf(outcome.model, { failOn: call.text('failOn') as 'warning' | 'error' });
}

const explainerOf =
  (call: Call) =>
  (code: string): string | undefined =>
    explainCode(code, call.regions)?.explain;

/** @throws VdeError `usage` for a code that no check reports, with the nearest. */
function requireCode(call: Call, code: string): void {
  const codes = allCodes(call.regions).map((entry) => entry.code);
  if (codes.includes(code)) return;
  throw usageError(`"${code}": no such finding code`, nearestOf(code, codes) ?? 'vde explain lists them');
}
