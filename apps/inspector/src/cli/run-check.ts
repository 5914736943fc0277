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
import { inOrder } from './in-order.ts';
import { nearestOf } from './nearest.ts';
import { withInspection } from './open.ts';
import { parseJobs, usageError } from './options.ts';
import { print } from './print.ts';
import { Progress } from './progress.ts';
import { readKeys } from './read-keys.ts';
import { renderCheck } from './render/check.ts';
import { htmlReport } from './render/report-html.ts';
import { ResumeFile } from './resume-file.ts';

export async function run(call: Call): Promise<number> {
  for (const code of [...call.list('only'), ...call.list('skip')]) requireCode(call, code);
  const isExtract = call.text('as') !== undefined;
  if (call.flag('erased') && isExtract)
    throw usageError('--erased searches a whole image, not an extract', 'vde check IMAGE --erased');
  const keys = await readKeys(call);
  const resume = await ResumeFile.of(call);
  const isStreamed = call.format === 'human' || call.format === 'ndjson';
  const outcomes: CheckOutcome[] = [];
  const jobs = parseJobs(call.text('jobs')!);
  // Several lines of progress would write over each other.
  const hasProgress = jobs === 1 || call.args.length === 1;
  const check = (image: string) => checkOne(call, image, { keys, resume, hasProgress });
  for await (const outcome of inOrder(call.args, jobs, check)) {
    outcomes.push(outcome);
    // People and line readers see each result as it comes; one document needs them all.
    if (isStreamed) await printOne(call, outcome, outcomes.length);
  }
  if (!isStreamed) await printAll(call, outcomes);
  // Not before the result is written: where that fails, the check need not be done again.
  if (resume) {
    await call.out.flush();
    await resume.end();
  }
  return worstExitCode(outcomes.map((outcome) => exitCode(call, outcome)));
}

/** What the checks of a call have in common. */
interface Means {
  readonly keys: readonly Uint8Array[];
  readonly resume: ResumeFile | undefined;
  readonly hasProgress: boolean;
}

/** Checks one image. Of several, one that cannot be opened does not keep the others from being checked. */
async function checkOne(call: Call, image: string, means: Means): Promise<CheckOutcome> {
  try {
    const model = await withInspection(call, image, (inspection) => checkWith(call, inspection, means));
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

async function checkWith(call: Call, inspection: Inspection, means: Means): Promise<CheckModel> {
  const { keys, resume } = means;
  const progress = means.hasProgress ? new Progress(call, 'checking') : undefined;
  const only = call.list('only');
  try {
    return await inspection.check({
      level: call.text('level') as CheckLevel,
      keys,
      requireSignatures: call.flag('requireSignatures'),
      erased: call.flag('erased'),
      ...(only.length > 0 && { only }),
      skip: call.list('skip'),
      onProgress(done) {
        progress?.update(done);
        resume?.keep();
      },
      ...(resume && { state: resume.state }),
      signal: call.signal,
    });
  } catch (error) {
    progress?.end();
    if (call.signal?.aborted && resume) await keepForLater(call, resume);
    throw error;
  } finally {
    progress?.end();
  }
}

/** What an interrupted check knows goes into the file of `--resume`. */
async function keepForLater(call: Call, resume: ResumeFile): Promise<void> {
  const kept = `${call.text('resume')} holds how far the check is: the same command goes on from there`;
  const note = await resume.interrupt().then(
    (isKept) => isKept && !call.isQuiet && kept,
    (error: Error) => error.message,
  );
  if (note) await call.io.stderr.write(`vde: ${note}\n`).catch(() => {});
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
