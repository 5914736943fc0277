import type { Paint, Style } from '../style.ts';
import { cutText, padText, widthOf } from './text.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A cell: its text, a shorter form for narrow terminals, and how to paint it. */
export type Cell = string | { readonly text: string; readonly short?: string; readonly paint?: Paint };

const gap = 2;
/** No column is made narrower than this. */
const minWidth = 6;

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
  narrow(widths, room);
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

function narrow(widths: number[], room: number): void {
  for (let over = sum(widths) - room; over > 0; ) {
    const sorted = [...new Set(widths)].sort((a, b) => b - a);
    const widest = sorted[0]!;
    if (widest <= minWidth) return;
    const c = widths.lastIndexOf(widest);
    const step = Math.min(over, widest - Math.max(sorted[1] ?? 0, minWidth) || 1);
    widths[c] = widest - step;
    over -= step;
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
