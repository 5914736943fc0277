import type { Paint, Style } from '../style.ts';
import { cutText, padText, widthOf } from './text.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Narrowest width at which its cells still say something; numbers are never cut. */
  readonly least?: number;
  /** Cut below its least width only when nothing else is left to cut. */
  readonly last?: true;
}

/** A cell: its text, a shorter form for narrow terminals, and how to paint it. */
export type Cell = string | { readonly text: string; readonly short?: string; readonly paint?: Paint };

const gap = 2;
const defaultLeast = 6;
/** On terminals too narrow for what is worth showing. */
const bareLeast = 5;

/**
 * Lines of a quiet table: no boxes, two spaces between columns. What does not fit the width first takes its short form,
 * widest column first, then is cut.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  style: Style,
  indent = 2,
): string[] {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.text)));
  const widths = columns.map(({ title }, c) => Math.max(widthOf(title), ...texts.map((row) => widthOf(row[c] ?? ''))));
  const room = style.width - indent - gap * (columns.length - 1);
  shorten(columns, rows, texts, widths, room);
  // Numbers are never cut: a part of one looks like another.
  const floors = (floorOf: (column: Column) => number) =>
    columns.map((column, c) => (column.align === 'right' ? widths[c]! : floorOf(column)));
  narrow(
    widths,
    floors(({ least = defaultLeast }) => least),
    room,
  );
  narrow(
    widths,
    floors(({ least = defaultLeast, last }) => (last ? least : bareLeast)),
    room,
  );
  narrow(
    widths,
    floors(() => bareLeast),
    room,
  );
  const margin = ' '.repeat(indent);
  const separator = ' '.repeat(gap);
  const fit = (text: string, c: number) =>
    padText(cutText(text, widths[c]!, style.marks.ellipsis), widths[c]!, columns[c]!.align);
  const lineOf = (cells: readonly string[], paintOf: (c: number) => Paint | undefined) =>
    (margin + cells.map((text, c) => paint(fit(text, c), paintOf(c))).join(separator)).trimEnd();
  return [
    lineOf(
      columns.map(({ title }) => title),
      () => style.dim,
    ),
    ...texts.map((cells, r) => lineOf(cells, (c) => paintOf(rows[r]![c]))),
  ];
}

const sum = (widths: readonly number[]): number => widths.reduce((total, width) => total + width, 0);

function shorten(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  texts: string[][],
  widths: number[],
  room: number,
): void {
  const order = columns.map((_, c) => c).sort((a, b) => widths[b]! - widths[a]!);
  for (const c of order) {
    if (sum(widths) <= room) return;
    for (const [r, row] of rows.entries()) {
      const cell = row[c];
      if (typeof cell === 'object' && cell.short !== undefined) texts[r]![c] = cell.short;
    }
    widths[c] = Math.max(widthOf(columns[c]!.title), ...texts.map((row) => widthOf(row[c] ?? '')));
  }
}

/** Takes from the widest column that has something to give, until all fits or none has. */
function narrow(widths: number[], floors: readonly number[], room: number): void {
  for (let over = sum(widths) - room; over > 0; over--) {
    let widest = -1;
    for (const [c, width] of widths.entries()) {
      if (width > floors[c]! && (widest < 0 || width >= widths[widest]!)) widest = c;
    }
    if (widest < 0) return;
    widths[widest]!--;
  }
}

function paint(text: string, how: Paint | undefined): string {
  // Spaces around the text stay unpainted, so that trailing ones can be dropped.
  if (!how) return text;
  const [, before = '', inner = '', after = ''] = /^( *)(.*?)( *)$/s.exec(text) ?? [];
  return inner === '' ? text : before + how(inner) + after;
}

function paintOf(cell: Cell | undefined): Paint | undefined {
  return typeof cell === 'object' ? cell.paint : undefined;
}

/** Lines of names with their values, names in a dim column. Values of several lines go on below their first. */
export function renderPairs(
  pairs: readonly (readonly [name: string, value: string])[],
  style: Style,
  indent = 2,
): string[] {
  const width = Math.max(0, ...pairs.map(([name]) => widthOf(name)));
  return pairs.flatMap(([name, value]) =>
    value
      .split('\n')
      .map((line, i) => `${' '.repeat(indent)}${style.dim(padText(i === 0 ? name : '', width))}  ${line}`.trimEnd()),
  );
}
