import { isVdeError } from '@vde/format';
import {
  allCodes,
  type CheckModel,
  type CheckOutcome,
  checkJson,
  checkLines,
  checkListJson,
  exitCodeOf,
  explainCode,
  type Inspection,
} from '@vde/inspect';
import { allRegions } from '@vde/regions';
import { type Call, tool } from './call.ts';
import { failureLines, failureOf } from './errors.ts';
import { worstExitCode } from './exit-codes.ts';
import { nearestOf } from './nearest.ts';
import { withInspection } from './open.ts';
import { usageError } from './options.ts';
import { print } from './print.ts';
import { Progress } from './progress.ts';
import { renderCheck } from './render/check.ts';

export async function run(call: Call): Promise<number> {
  for (const code of [...call.list('only'), ...call.list('skip')]) requireCode(code);
  const outcomes: CheckOutcome[] = [];
  for (const image of call.args) {
    const outcome = await checkOne(call, image);
    outcomes.push(outcome);
    // People and line readers see each result as it comes; one JSON document needs them all.
    if (call.format !== 'json') await printOne(call, outcome, outcomes.length);
  }
  if (call.format === 'json') await printJson(call, outcomes);
  return worstExitCode(outcomes.map((outcome) => exitCode(call, outcome)));
}

/** Checks one image. Of several, one that cannot be opened does not keep the others from being checked. */
async function checkOne(call: Call, image: string): Promise<CheckOutcome> {
  try {
    return { source: image, model: await withInspection(call, image, (inspection) => checkWith(call, inspection)) };
  } catch (error) {
    if (call.args.length === 1 || !isVdeError(error) || error.code === 'usage' || call.signal?.aborted) throw error;
    const { trace: _, ...failure } = failureOf(error, call.signal);
    await call.io.stderr.write(`${failureLines(failure, call.errorStyle).join('\n')}\n`);
    return { source: image, error: failure };
  }
}

async function checkWith(call: Call, inspection: Inspection): Promise<CheckModel> {
  const progress = new Progress(call, 'checking');
  const only = call.list('only');
  try {
    return await inspection.check({
      level: call.text('level') as 'quick' | 'full',
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
  const look = { source, isQuiet: call.isQuiet, isVerbose: call.isVerbose, explain: explanationOf };
  await print(call, {
    human: () => [...(number > 1 && !call.isQuiet ? [''] : []), ...renderCheck(model, call.style, look)],
    json: () => checkJson(model, tool),
    lines: () => checkLines(model, tool),
  });
}

async function printJson(call: Call, outcomes: readonly CheckOutcome[]): Promise<void> {
  const [first] = outcomes;
  const json = () =>
    outcomes.length === 1 && first && 'model' in first ? checkJson(first.model, tool) : checkListJson(outcomes, tool);
  await print(call, { human: () => [], json });
}

function exitCode(call: Call, outcome: CheckOutcome): number {
  if ('error' in outcome) return outcome.error.exitCode;
  return exitCodeOf(outcome.model, { failOn: call.text('failOn') as 'warning' | 'error' });
}

const explanationOf = (code: string): string | undefined => explainCode(code, allRegions)?.explain;

/** @throws VdeError `usage` for a code that no check reports, with the nearest. */
function requireCode(code: string): void {
  const codes = allCodes(allRegions).map((entry) => entry.code);
  if (codes.includes(code)) return;
  throw usageError(`"${code}": no such finding code`, nearestOf(code, codes) ?? 'vde explain lists them');
}
