import { sameBytes } from '@vde/format';
import { displayValue, escapeControls, type ShowModel, type ShownField } from '@vde/inspect';
import type { Style } from '../style.ts';
import { type Cell, type Column, renderPairs, renderTable } from './table.ts';
import { formatOffset } from './text.ts';
import { columnOf, valueCell } from './values.ts';

/** Records of trailers and the like that people see unless they ask for all. */
const shownGroups = 20;
const groupPattern = /^(.*\[\d+\])\.([^[]+)$/;

/** The fields of a structure; beside a mirror's where there is one. Reserved bytes that are zero are left out. */
export function* fieldLines(model: ShowModel, style: Style, isVerbose: boolean): Generator<string> {
  const { fields, mirror, region } = model;
  const shown = isVerbose ? fields : fields.filter(({ value }) => value !== null);
  const groups = groupsOf(shown);
  const single = groups.size > 1 ? shown.filter(({ path }) => !groupPattern.test(path)) : shown;
  if (single.length > 0) {
    yield '';
    yield* mirror
      ? besideMirror(single, mirror, style)
      : renderTable(
          fieldColumns,
          single.map((field) => fieldCells(field, style)),
          style,
        );
  }
  if (groups.size > 1) yield* groupLines([...groups.values()], style, isVerbose);
  const named = new Set(fields.map(({ path }) => path));
  const others = region?.description?.summary.filter(({ id }) => !named.has(id)) ?? [];
  if (others.length === 0) return;
  yield '';
  yield* renderPairs(
    others.map((field) => [field.id, displayValue(field, { ellipsis: style.marks.ellipsis })]),
    style,
  );
}

const offsetColumn: Column = { title: 'offset', align: 'right' };
const fieldColumns: readonly Column[] = [
  offsetColumn,
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

/** Two copies side by side. Where they are the same, one value leaves the other its room. */
function besideMirror(fields: readonly ShownField[], mirror: readonly ShownField[], style: Style): string[] {
  const { marks, dim, yellow } = style;
  const others = new Map(mirror.map((field) => [field.path, field]));
  const rows = fields.map((field): Cell[] => {
    const other = others.get(field.path);
    const isSame = other !== undefined && isSameValue(field, other);
    const second = isSame
      ? { text: '=', paint: dim }
      : { ...(other ? valueCell(other, style) : { text: marks.none }), paint: yellow };
    const mark: Cell = isSame ? '' : { text: marks.differs, paint: yellow };
    const offset: Cell = { text: formatOffset(field.range.offset), paint: dim };
    return [offset, escapeControls(field.path), valueCell(field, style), mark, second];
  });
  const columns = [
    offsetColumn,
    { title: 'field' },
    { title: 'primary' },
    { title: '', least: 1 },
    { title: 'mirror' },
  ];
  return renderTable(columns, rows, style);
}

/** Long bytes are displayed cut, so their display does not tell. */
function isSameValue({ value: a }: ShownField, { value: b }: ShownField): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? sameBytes(a, b) : Object.is(a, b);
}

/** Fields of records such as `blocks[3].tag`, by record. */
function groupsOf(fields: readonly ShownField[]): Map<string, ShownField[]> {
  const groups = new Map<string, ShownField[]>();
  for (const field of fields) {
    const record = groupPattern.exec(field.path)?.[1];
    if (record === undefined) continue;
    const group = groups.get(record) ?? [];
    if (group.length === 0) groups.set(record, group);
    group.push(field);
  }
  return groups;
}

/** Records one a line, their fields as columns; a new table where the fields are others. */
function* groupLines(groups: readonly (readonly ShownField[])[], style: Style, isVerbose: boolean): Generator<string> {
  const shown = isVerbose ? groups : groups.slice(0, shownGroups);
  const nameOf = ({ path }: ShownField) => groupPattern.exec(path)![2]!;
  const shapeOf = (group: readonly ShownField[]) => group.map(nameOf).join();
  for (let first = 0; first < shown.length; ) {
    let end = first + 1;
    while (end < shown.length && shapeOf(shown[end]!) === shapeOf(shown[first]!)) end++;
    const columns = [
      offsetColumn,
      { title: 'record' },
      ...shown[first]!.map((field) => columnOf(nameOf(field), field.kind)),
    ];
    yield '';
    yield* renderTable(
      columns,
      shown.slice(first, end).map((group) => groupCells(group, style)),
      style,
    );
    first = end;
  }
  if (shown.length < groups.length) yield style.dim(`  ${shown.length} of ${groups.length}; -v or -f json has all`);
}

function groupCells(group: readonly ShownField[], style: Style): Cell[] {
  const [first] = group;
  const record = escapeControls(groupPattern.exec(first!.path)![1]!);
  return [
    { text: formatOffset(first!.range.offset), paint: style.dim },
    record,
    ...group.map((field) => valueCell(field, style)),
  ];
}
