import { type AnyRegionPlugin, type SummaryField, type Table, type TableColumn, toHex } from '@vde/format';
import type { ExplainedCode } from '../explain.ts';
import type { HexModel, ImageFacts, InfoModel, ShowModel, ShownField, SlotModel } from '../model.ts';
import { type JsonValue, jsonValue } from '../values.ts';
import { type ErrorModel, findingJson, summaryJson } from './check.ts';
import { type Envelope, envelope, imageJson, type JsonObject, rangeJson, type Tool } from './envelope.ts';
import { type JsonTree, lazyList } from './text.ts';

/** Rows `first` to `end - 1`; negative numbers count from the last row, an absent end is behind it. */
export interface RowRange {
  readonly first: number;
  readonly end?: number;
}

/** Rows of tables: a range, or of it only those that a filter let through. A table without an entry in `matches` has none. */
export interface RowChoice extends RowRange {
  readonly matches?: ReadonlyMap<Table, Uint32Array>;
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
export function showJson(model: ShowModel, tool: Tool, rows: RowChoice = { first: 0 }): Envelope {
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

/** `explain/1`: what a code means; `others` are the meanings it has to other parts that raise it. */
export function explainJson(entry: ExplainedCode, others: readonly ExplainedCode[], tool: Tool): Envelope {
  return envelope('explain', tool, { ...codeJson(entry), others: others.map(codeJson) });
}

/** `codes/1`: every code. */
export function codesJson(entries: readonly ExplainedCode[], tool: Tool): Envelope {
  return envelope('codes', tool, { codes: entries.map(codeJson) });
}

const codeJson = ({ code, severity, explain, from }: ExplainedCode): JsonObject => ({ code, severity, explain, from });

/** `plugins/1`: the region types that are understood. */
export function pluginsJson(plugins: readonly AnyRegionPlugin[], tool: Tool): Envelope {
  return envelope('plugins', tool, {
    plugins: plugins.map(({ id, title, blockTag, slotTypes, owns = [], codes = {}, verbs, emptyOptions = {} }) => ({
      id,
      title,
      blockTag,
      slotTypes,
      owns,
      codes: Object.keys(codes),
      verbs: verbs ? Object.keys(verbs.commands).map((name) => `${verbs.prefix} ${name}`) : [],
      options: Object.entries(emptyOptions).map(([name, { summary, kind }]) => ({ name, summary, kind })),
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

/** Numbers of the rows of a choice, in order. */
export function* rowNumbers(table: Table, { matches, ...range }: RowChoice): Generator<number> {
  if (matches) return yield* matches.get(table) ?? [];
  const { first, end } = boundRows(range, table.rowCount);
  for (let row = first; row < end; row++) yield row;
}

/** One slot of `ls/1`. */
export function slotJson(slot: SlotModel): JsonObject {
  const { index, type, name, id, resolvedBy, flags, startBlock, blockCount, usedBlocks, state, address } = slot;
  const extent = { startBlock: String(startBlock), blockCount: String(blockCount), usedBlocks: String(usedBlocks) };
  return { index, type, id, resolvedBy, flags, ...extent, state, name, address };
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

function tableJson(table: Table, choice: RowChoice): JsonTree {
  const { id, columns, rowCount } = table;
  return {
    id,
    columns: columns.map(columnJson),
    rowCount,
    firstRow: boundRows(choice, rowCount).first,
    ...(choice.matches && { rowNumbers: lazyList(() => rowNumbers(table, choice)) }),
    rows: lazyList(() => rowsJson(table, rowNumbers(table, choice))),
  };
}

function columnJson({ id, kind, names }: TableColumn): JsonTree {
  return { id, kind, ...(names && { names: { ...names } }) };
}

function* rowsJson(table: Table, rows: Iterable<number>): Generator<JsonValue> {
  for (const row of rows) yield rowJson(table, row);
}

/** A row of a table, keyed by column. */
export function rowJson(table: Table, row: number): JsonValue {
  const values: Record<string, JsonValue> = {};
  for (const { id, kind, names } of table.columns)
    values[id] = jsonValue({ kind, value: table.cell(row, id), ...(names && { names }) });
  return values;
}
