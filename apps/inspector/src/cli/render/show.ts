import type { Table } from '@vde/format';
import { boundRows, escapeControls, type RowChoice, type RowRange, type ShowModel } from '@vde/inspect';
import type { Style } from '../style.ts';
import { chartLines } from './charts.ts';
import { renderHexRows } from './plain-hex.ts';
import { fieldLines } from './show-fields.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import { countOf, cutText, formatOffset, formatSize } from './text.ts';
import { columnOf, valueCell } from './values.ts';

export interface ShowLook {
  /** The records that were asked for. */
  readonly range?: RowRange;
  /** Of these records, those that a filter let through. */
  readonly matches?: NonNullable<RowChoice['matches']>;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
}

/** Records that people see unless they ask for others. */
const shownRows = 20;

/** A decoded structure: where it is, its fields, its tables, and what was found in it. */
export function* renderShow(model: ShowModel, style: Style, look: ShowLook): Generator<string> {
  const { title, address, range, bytes } = model;
  const { bold, cyan, marks } = style;
  yield `${bold(title)}  ${cyan(address)}  ${[`0x${formatOffset(range.offset)}`, formatSize(range.length)].join(` ${marks.dot} `)}`;
  yield* regionLines(model, style);
  yield* fieldLines(model, style, look.isVerbose);
  if (!look.range && !look.matches && !look.isQuiet) yield* chartLines(model, style);
  for (const table of model.tables) yield* tableLines(table, model, style, look);
  if (bytes) {
    yield '';
    yield* renderHexRows(bytes, range.offset);
  }
  yield* findingLines(model, style);
}

function* regionLines({ region }: ShowModel, style: Style): Generator<string> {
  if (!region) return;
  const { slot, type, id, generation, state, partial } = region;
  const place = slot === null ? 'an extract' : `slot ${slot}`;
  const facts = [`${place}, type ${type}`, id === null ? 'no plugin knows it' : id, `generation ${generation}`, state];
  yield `  ${style.dim(facts.join(` ${style.marks.dot} `))}`;
  if (partial) yield `  ${style.yellow(`${style.marks.warning} decoded in part: something in it is damaged`)}`;
}

function* tableLines(
  table: Table,
  { address }: ShowModel,
  style: Style,
  { range, matches, isQuiet }: ShowLook,
): Generator<string> {
  const { id, rowCount } = table;
  // A filter that names no column of a table says nothing of its records.
  if (matches && !matches.has(table)) return;
  yield '';
  yield `  ${style.bold(id)}  ${style.dim(countOf(rowCount, 'record'))}`;
  if (matches) return yield* matchLines(table, matches.get(table)!, style, { range, isQuiet });
  const { first, end } = boundRows(range ?? { first: 0, end: shownRows }, rowCount);
  yield* recordLines(
    table,
    Array.from({ length: end - first }, (_, i) => first + i),
    style,
  );
  const isAll = first === 0 && end === rowCount;
  if (isAll || isQuiet) return;
  const next =
    end < rowCount
      ? `--records ${end}:${Math.min(rowCount, end + shownRows)} shows more`
      : `${address}: --records 0:${shownRows} shows the first`;
  yield style.dim(`  ${end > first ? `${first} to ${end - 1}` : 'none'} of ${rowCount}; ${next}, -f json has all`);
}

/** The records that a filter let through, and how many they are. */
function* matchLines(
  table: Table,
  found: Uint32Array,
  style: Style,
  { range, isQuiet }: { readonly range: RowRange | undefined; readonly isQuiet: boolean },
): Generator<string> {
  const shown = range ? found : found.subarray(0, shownRows);
  yield* recordLines(table, [...shown], style);
  if (isQuiet) return;
  const next = shown.length < found.length ? `; --records ${shown.at(-1)! + 1}: shows more, -f json has all` : '';
  const part =
    shown.length < found.length ? `${shown.length} of the ${found.length} that match` : `${found.length} match`;
  yield style.dim(`  ${part}, of ${rowCountOf(table, range)}${next}`);
}

/** Records that the filter was asked about. */
function rowCountOf({ rowCount }: Table, range: RowRange | undefined): number {
  const { first, end } = boundRows(range ?? { first: 0 }, rowCount);
  return end - first;
}

function recordLines(table: Table, rows: readonly number[], style: Style): string[] {
  const { columns } = table;
  if (rows.length === 0) return [];
  const head: Column[] = [{ title: '#', align: 'right' }, ...columns.map(({ id, kind }) => columnOf(id, kind))];
  const cells = rows.map((row): Cell[] => [
    { text: String(row), paint: style.dim },
    ...columns.map(({ id, ...shown }) => valueCell({ ...shown, value: table.cell(row, id) }, style)),
  ]);
  return renderTable(head, cells, style);
}

function* findingLines({ findings }: ShowModel, style: Style): Generator<string> {
  if (findings.length === 0) return;
  const { red, yellow, dim, marks } = style;
  yield '';
  for (const { severity, code, message } of findings) {
    const [mark, paint] =
      severity === 'error' ? [marks.bad, red] : severity === 'warning' ? [marks.warning, yellow] : [marks.notice, dim];
    yield `  ${paint(`${mark} ${code}`)}  ${cutText(escapeControls(message), Math.max(20, style.width - code.length - 6), marks.ellipsis)}`;
  }
}
