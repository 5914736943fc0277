import type { Table } from '@vde/format';
import { boundRows, displayValue, escapeControls, type RowRange, type ShowModel, type ShownField } from '@vde/inspect';
import type { Style } from '../style.ts';
import { renderHexRows } from './plain-hex.ts';
import { type Cell, type Column, renderPairs, renderTable } from './table.ts';
import { countOf, cutText, formatOffset, formatSize } from './text.ts';
import { alignOf, valueCell } from './values.ts';

export interface ShowLook {
  /** The records that were asked for. */
  readonly range?: RowRange;
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
  yield* fieldLines(model, style);
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

function* fieldLines(model: ShowModel, style: Style): Generator<string> {
  const { fields, mirror, region } = model;
  if (fields.length > 0) {
    yield '';
    yield* mirror
      ? besideMirror(fields, mirror, style)
      : renderTable(
          fieldColumns,
          fields.map((field) => fieldCells(field, style)),
          style,
        );
  }
  const named = new Set(fields.map(({ path }) => path));
  const others = region?.description?.summary.filter(({ id }) => !named.has(id)) ?? [];
  if (others.length === 0) return;
  yield '';
  yield* renderPairs(
    others.map((field) => [field.id, displayValue(field, { ellipsis: style.marks.ellipsis })]),
    style,
  );
}

const fieldColumns: readonly Column[] = [
  { title: 'offset', align: 'right' },
  { title: 'size', align: 'right' },
  { title: 'kind' },
  { title: 'field' },
  { title: 'value' },
];

function fieldCells(field: ShownField, style: Style): Cell[] {
  const { path, kind, range } = field;
  return [
    { text: formatOffset(range.offset), paint: style.dim },
    { text: String(range.length), paint: style.dim },
    { text: kind, paint: style.dim },
    escapeControls(path),
    valueCell(field, style),
  ];
}

/** Two copies side by side; where they are the same the second is dim. */
function besideMirror(fields: readonly ShownField[], mirror: readonly ShownField[], style: Style): string[] {
  const { marks, dim, yellow } = style;
  const others = new Map(mirror.map((field) => [field.path, field]));
  const rows = fields.map((field): Cell[] => {
    const other = others.get(field.path);
    const isSame = other !== undefined && displayValue(other) === displayValue(field) && sameBytes(other, field);
    const mark = isSame ? '' : { text: marks.differs, paint: yellow };
    const second = other
      ? { ...(valueCell(other, style) as object), paint: isSame ? dim : yellow }
      : { text: marks.none, paint: yellow };
    return [
      { text: formatOffset(field.range.offset), paint: dim },
      escapeControls(field.path),
      valueCell(field, style),
      mark,
      second as Cell,
    ];
  });
  return renderTable(
    [{ title: 'offset', align: 'right' }, { title: 'field' }, { title: 'primary' }, { title: '' }, { title: 'mirror' }],
    rows,
    style,
  );
}

/** Long byte fields are displayed cut, so their display does not tell. */
function sameBytes({ value: a }: ShownField, { value: b }: ShownField): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return true;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function* tableLines(
  table: Table,
  { address }: ShowModel,
  style: Style,
  { range, isQuiet }: ShowLook,
): Generator<string> {
  const { id, rowCount, columns } = table;
  const { first, end } = boundRows(range ?? { first: 0, end: shownRows }, rowCount);
  yield '';
  yield `  ${style.bold(id)}  ${style.dim(countOf(rowCount, 'record'))}`;
  if (end > first) {
    const head: Column[] = [
      { title: '#', align: 'right' },
      ...columns.map(({ id: title, kind }) => ({ title, align: alignOf(kind) })),
    ];
    const rows: Cell[][] = [];
    for (let row = first; row < end; row++) {
      rows.push([
        { text: String(row), paint: style.dim },
        ...columns.map(({ id: column, ...shown }) => valueCell({ ...shown, value: table.cell(row, column) }, style)),
      ]);
    }
    yield* renderTable(head, rows, style);
  }
  const isAll = first === 0 && end === rowCount;
  if (isAll || isQuiet) return;
  const next =
    end < rowCount
      ? `--records ${end}:${Math.min(rowCount, end + shownRows)} shows more`
      : `${address}: --records 0:${shownRows} shows the first`;
  yield style.dim(`  ${end > first ? `${first} to ${end - 1}` : 'none'} of ${rowCount}; ${next}, -f json has all`);
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
