import { toHex } from '@vde/format';
import type { CheckModel, ErasedModel, ImageFinding, Verdict } from '../model.ts';
import { type JsonValue, jsonValue } from '../values.ts';
import { type Envelope, envelope, imageJson, type JsonObject, rangeJson, type Tool } from './envelope.ts';
import type { JsonTree } from './text.ts';

/** `check/1` of one image. */
export function checkJson(model: CheckModel, tool: Tool): Envelope {
  return envelope('check', tool, {
    image: imageJson(model.facts),
    level: model.level,
    complete: model.complete,
    summary: summaryJson(model),
    ...(model.erased && { erased: erasedJson(model.erased) }),
    findings: model.findings.map(findingJson),
  });
}

const erasedJson = ({ records, bytes }: ErasedModel): JsonTree => ({ records, bytes: String(bytes) });

/** One image of several: what the check found, or why it could not be opened. */
export type CheckOutcome = { readonly source: string } & (
  | { readonly model: CheckModel }
  | { readonly error: ErrorModel }
);

/** A failure as `error/1` states it. */
export interface ErrorModel {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
  readonly hint?: string | undefined;
}

const verdictOrder: readonly Verdict[] = ['clean', 'warnings', 'unverifiable', 'damaged', 'lost'];

/** `check/1` of several images: totals as for one, and each of them under `images`. */
export function checkListJson(outcomes: readonly CheckOutcome[], tool: Tool): Envelope {
  const checked = outcomes.filter((outcome) => 'model' in outcome);
  const models = checked.map(({ model }) => model);
  const sum = (count: (model: CheckModel) => number) => models.reduce((total, model) => total + count(model), 0);
  const states = new Set(models.flatMap((model) => Object.keys(model.blocks)));
  return envelope('check', tool, {
    image: null,
    complete: models.length === outcomes.length && models.every(({ complete }) => complete),
    summary: summaryJson({
      verdict: verdictOrder[Math.max(0, ...models.map(({ verdict }) => verdictOrder.indexOf(verdict)))]!,
      errors: sum(({ errors }) => errors),
      warnings: sum(({ warnings }) => warnings),
      notices: sum(({ notices }) => notices),
      unverifiable: sum(({ unverifiable }) => unverifiable),
      blocks: Object.fromEntries(Array.from(states, (state) => [state, sum(({ blocks }) => blocks[state] ?? 0)])),
    }),
    findings: checked.flatMap(({ source, model }) =>
      model.findings.map((finding) => ({ ...findingJson(finding), source })),
    ),
    images: outcomes.map(outcomeJson),
  });
}

function outcomeJson(outcome: CheckOutcome): JsonTree {
  const { source } = outcome;
  if ('error' in outcome) return { image: null, source, error: { ...outcome.error } };
  const { facts, complete } = outcome.model;
  const { erased } = outcome.model;
  const summary = summaryJson(outcome.model);
  return { image: imageJson(facts), source, complete, summary, ...(erased && { erased: erasedJson(erased) }) };
}

type CheckSummary = Pick<CheckModel, 'verdict' | 'errors' | 'warnings' | 'notices' | 'unverifiable' | 'blocks'>;

/** Verdict and counts of a check. */
export function summaryJson(summary: CheckSummary): JsonTree {
  const { verdict, errors, warnings, notices, unverifiable, blocks } = summary;
  const counts = Object.entries(blocks).map(([state, count]) => [state, String(count)]);
  return { verdict, errors, warnings, notices, unverifiable, blocks: Object.fromEntries(counts) };
}

/** One finding of `check/1`. */
export function findingJson(finding: ImageFinding): JsonObject {
  const { code, severity, message, address, block, range, region, path, expected, actual, repair } = finding;
  return {
    code,
    severity,
    message,
    address,
    ...(block !== undefined && { block: String(block) }),
    ...(range && { range: rangeJson(range) }),
    ...(region && { region: { slot: region.slot, type: region.type, id: region.id } }),
    ...(path !== undefined && { path }),
    ...(expected !== undefined && { expected: plainJson(expected) }),
    ...(actual !== undefined && { actual: plainJson(actual) }),
    repair: { possible: repair.possible, ...(repair.from !== undefined && { from: repair.from }) },
  };
}

/** Values that findings state as expected and actual: any that a plugin reports. */
function plainJson(value: unknown): JsonValue {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return jsonValue({ kind: 'f64', value });
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainJson(item)]));
  }
  return typeof value === 'boolean' || value === null ? value : String(value);
}
