import {
  type AnyRegionPlugin,
  type CodeInfo,
  type SummaryField,
  type Table,
  type TableColumn,
  toHex,
} from '@vde/format';
import { type JsonTree, lazyList } from './json-text.ts';
import type {
  ByteRange,
  CheckModel,
  HexModel,
  ImageFacts,
  ImageFinding,
  InfoModel,
  ShowModel,
  ShownField,
  SlotModel,
  Verdict,
} from './model.ts';
import { type JsonValue, jsonValue } from './values.ts';

/** The program that wrote an envelope. */
export interface Tool {
  readonly name: string;
  readonly version: string;
}

/** Rows `first` to `end - 1`; negative numbers count from the last row, an absent end is behind it. */
export interface RowRange {
  readonly first: number;
  readonly end?: number;
}

/** What `explain` says about a code: `from` names the package that raises it. */
export interface CodeModel extends CodeInfo {
  readonly code: string;
  readonly from: string;
}

/** One JSON document of a command. Rows of tables are made while they are written. */
export type Envelope = { readonly schema: string; readonly tool: JsonTree } & { readonly [key: string]: JsonTree };

type JsonObject = { [key: string]: JsonTree };

function envelope(schema: string, tool: Tool, content: JsonObject): Envelope {
  return { schema: `vde/${schema}/1`, tool: { name: tool.name, version: tool.version }, ...content };
}

/** `info/1`: identity, geometry, superblock fields, slots, and the summary of the quick check. */
export function infoJson(model: InfoModel, tool: Tool): Envelope {
  const { facts, label, copyReason, superblock, modules, integrity, slots, check } = model;
  return envelope('info', tool, {
    image: imageJson(facts),
    label,
    copy: { used: facts.copyUsed, reason: copyReason },
    superblock: Object.fromEntries(superblock.map((field) => [field.path, jsonValue(field)])),
    modules,
    integrity: integrity.map(({ name, state, detail }) => ({ name, state, detail })),
    slots: slots.map(slotJson),
    complete: check.complete,
    summary: summaryJson(check),
    findings: check.findings.map(findingJson),
  });
}

/** `ls/1`: the directory's slots. */
export function lsJson(facts: ImageFacts | null, slots: readonly SlotModel[], tool: Tool): Envelope {
  return envelope('ls', tool, { image: imageJson(facts), slots: slots.map(slotJson) });
}

/** `show/1`: a structure's fields, or a region with its tables; all rows unless `rows` narrows them. */
export function showJson(model: ShowModel, tool: Tool, rows: RowRange = { first: 0 }): Envelope {
  const { facts, address, title, range, fields, mirror, tables, region, findings, bytes } = model;
  const tableList = tables.map((table) => tableJson(table, rows));
  return envelope('show', tool, {
    image: imageJson(facts),
    address,
    title,
    range: rangeJson(range),
    fields: fields.map(fieldJson),
    ...(mirror && { mirror: mirror.map(fieldJson) }),
    ...(region ? { region: regionJson(region, tableList) } : { tables: tableList }),
    ...(bytes && { bytes: toHex(bytes) }),
    findings: findings.map(findingJson),
  });
}

/** `check/1` of one image. */
export function checkJson(model: CheckModel, tool: Tool): Envelope {
  return envelope('check', tool, {
    image: imageJson(model.facts),
    level: model.level,
    complete: model.complete,
    summary: summaryJson(model),
    findings: model.findings.map(findingJson),
  });
}

/** One image of several: what the check found, or why it could not be opened. */
export type CheckOutcome = { readonly model: CheckModel } | { readonly source: string; readonly error: ErrorModel };

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
  const models = outcomes.flatMap((outcome) => ('model' in outcome ? [outcome.model] : []));
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
    findings: models.flatMap(({ facts, findings }) =>
      findings.map((finding) => ({ ...findingJson(finding), source: facts.source })),
    ),
    images: outcomes.map(outcomeJson),
  });
}

function outcomeJson(outcome: CheckOutcome): JsonTree {
  if ('error' in outcome) return { image: null, source: outcome.source, error: { ...outcome.error } };
  const { facts, complete } = outcome.model;
  return { image: imageJson(facts), source: facts.source, complete, summary: summaryJson(outcome.model) };
}

/** `hex/1`: bytes, the fields that own them, and the trailers among them. */
export function hexJson(model: HexModel, tool: Tool): Envelope {
  const { facts, address, blockSize, base, range, bytes, fields, trailers } = model;
  return envelope('hex', tool, {
    image: imageJson(facts),
    address,
    blockSize,
    base: String(base),
    range: rangeJson(range),
    bytes: toHex(bytes),
    fields: fields.map(fieldJson),
    trailers: trailers.map(({ block, range: at, tag, generation, checksum, status }) => ({
      block: String(block),
      range: rangeJson(at),
      tag,
      generation,
      checksum: checksum.toString(16).padStart(16, '0'),
      status,
    })),
  });
}

/** `explain/1`: what a code means. */
export function explainJson({ code, severity, explain, from }: CodeModel, tool: Tool): Envelope {
  return envelope('explain', tool, { code, severity, explain, from });
}

/** `plugins/1`: the region types that are understood. */
export function pluginsJson(plugins: readonly AnyRegionPlugin[], tool: Tool): Envelope {
  return envelope('plugins', tool, {
    plugins: plugins.map(({ id, title, blockTag, slotTypes, owns = [], codes = {}, verbs }) => ({
      id,
      title,
      blockTag,
      slotTypes,
      owns,
      codes: Object.keys(codes),
      verbs: verbs ? Object.keys(verbs.commands).map((name) => `${verbs.prefix} ${name}`) : [],
    })),
  });
}

/** `error/1`: what `-f json` prints instead when a command failed. */
export function errorJson({ code, message, exitCode, hint }: ErrorModel, tool: Tool): Envelope {
  return envelope('error', tool, { code, message, exitCode, ...(hint !== undefined && { hint }) });
}

/** The rows of a range, bounded by what the table has. */
export function boundRows({ first, end }: RowRange, rowCount: number): { first: number; end: number } {
  const bound = (row: number) => Math.min(Math.max(row < 0 ? rowCount + row : row, 0), rowCount);
  const start = bound(first);
  return { first: start, end: Math.max(start, end === undefined ? rowCount : bound(end)) };
}

/** The facts of an image as every envelope states them. */
export function imageJson(facts: ImageFacts | null): JsonTree {
  if (facts === null) return null;
  const { source, size, blockSize, blocks, volumeUuid, copyUsed } = facts;
  return { source, size: String(size), blockSize, blocks: String(blocks), volumeUuid, copyUsed };
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

/** One slot of `ls/1`. */
export function slotJson(slot: SlotModel): JsonObject {
  const { index, type, name, id, resolvedBy, flags, startBlock, blockCount, usedBlocks, state, address } = slot;
  const extent = { startBlock: String(startBlock), blockCount: String(blockCount), usedBlocks: String(usedBlocks) };
  return { index, type, id, resolvedBy, flags, ...extent, state, name, address };
}

function rangeJson({ offset, length }: ByteRange): JsonTree {
  return { offset: String(offset), length: String(length) };
}

function fieldJson(field: ShownField): JsonTree {
  return { path: field.path, kind: field.kind, range: rangeJson(field.range), value: jsonValue(field) };
}

function regionJson(
  { slot, type, id, generation, state, partial, description }: NonNullable<ShowModel['region']>,
  tables: JsonTree,
): JsonTree {
  const summary = (description?.summary ?? []).map((field: SummaryField) => [field.id, jsonValue(field)]);
  return { slot, type, id, generation, state, partial, summary: Object.fromEntries(summary), tables };
}

function tableJson(table: Table, range: RowRange): JsonTree {
  const { id, columns, rowCount } = table;
  const { first, end } = boundRows(range, rowCount);
  return {
    id,
    columns: columns.map(columnJson),
    rowCount,
    firstRow: first,
    rows: lazyList(() => rowsJson(table, first, end)),
  };
}

function columnJson({ id, kind, names }: TableColumn): JsonTree {
  return { id, kind, ...(names && { names: { ...names } }) };
}

/** Rows of a table, keyed by column. */
export function* rowsJson(table: Table, first: number, end: number): Generator<JsonValue> {
  for (let row = first; row < end; row++) {
    const values: Record<string, JsonValue> = {};
    for (const { id, kind, names } of table.columns)
      values[id] = jsonValue({ kind, value: table.cell(row, id), ...(names && { names }) });
    yield values;
  }
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
