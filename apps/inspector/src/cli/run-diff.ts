import {
  type Comparison,
  type Difference,
  DiffTally,
  type DiffWriting,
  diffResult,
  type ImageFinding,
  type Inspection,
  listDifferences,
} from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { withInspection } from './open.ts';
import { usageError } from './options.ts';
import { printStream } from './print-stream.ts';
import { withProgress } from './progress.ts';
import { renderDifferences, renderFindings, renderHead, renderSummary, renderVerdict } from './render/diff.ts';

/** What people see unless they ask for more. */
const shownToPeople = 100;
/** Errors of one image that are told before a check is recommended. */
const shownFindings = 5;
/** Differences of one part that are aligned with each other. */
const alignedLines = 200;

export function run(call: Call): Promise<number> {
  const max = parseMax(call.text('max'));
  return withInspection(call, call.args[0]!, (a) =>
    withInspection(call, call.args[1]!, (b) => compare(call, { a, b }, max)),
  );
}

/** @throws VdeError `usage`. */
function parseMax(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw usageError(`--max "${text}": expected a number from 0 up`, '--max 1000');
  return Number(text);
}

async function compare(call: Call, { a, b }: Record<'a' | 'b', Inspection>, max: number | undefined): Promise<number> {
  const findings: Findings = { a: { first: [], count: 0 }, b: { first: [], count: 0 } };
  const tally = new DiffTally();
  await withProgress(call, 'comparing', (onProgress) => {
    const differences = a.diff(b, {
      consequences: call.isVerbose,
      onProgress,
      onFinding: (side, finding) => note(findings[side], finding),
      signal: call.signal,
    });
    return write(call, { a: a.facts, b: b.facts, differences }, tally, max);
  });
  await tellFindings(call, findings);
  return tally.summary.same ? 0 : 1;
}

async function write(call: Call, comparison: Comparison, tally: DiffTally, max: number | undefined): Promise<void> {
  const most = max ?? (call.format === 'human' ? shownToPeople : undefined);
  const writing = { tool, tally, ...(most !== undefined && { max: most }) };
  await printStream(call, {
    human: () => (call.isQuiet ? verdictLines : textLines)(call, comparison, writing),
    result: () => diffResult(comparison, writing),
  });
}

/** The first difference is enough. */
async function* verdictLines(call: Call, comparison: Comparison, writing: DiffWriting): AsyncGenerator<string> {
  for await (const _ of listDifferences(comparison, writing)) break;
  yield* renderVerdict(writing.tally.summary, names(call), call.style);
}

const names = ({ args }: Call) => ({ a: args[0]!, b: args[1]! });

async function* textLines(call: Call, comparison: Comparison, writing: DiffWriting): AsyncGenerator<string> {
  let aligned: Difference[] = [];
  let isNew = true;
  yield* renderHead(comparison, names(call), call.style);
  for await (const difference of listDifferences(comparison, writing)) {
    const last = aligned.at(-1);
    const isOther = last !== undefined && last.part.path !== difference.part.path;
    if (isOther || aligned.length === alignedLines) {
      yield* renderDifferences(aligned, call.style, { isNew });
      aligned = [];
      isNew = isOther;
    }
    aligned.push(difference);
  }
  if (aligned.length > 0) yield* renderDifferences(aligned, call.style, { isNew });
  yield* renderSummary(writing.tally.summary, call.style);
}

/** Errors of each image: the first few, and how many there are. */
type Findings = Readonly<Record<'a' | 'b', { readonly first: ImageFinding[]; count: number }>>;

function note(found: Findings['a'], finding: ImageFinding): void {
  if (found.first.length < shownFindings) found.first.push(finding);
  found.count++;
}

async function tellFindings(call: Call, { a, b }: Findings): Promise<void> {
  const { a: nameA, b: nameB } = names(call);
  const lines = [...renderFindings(nameA, a, call.errorStyle), ...renderFindings(nameB, b, call.errorStyle)];
  if (lines.length > 0) await call.io.stderr.write(`${lines.join('\n')}\n`);
}
