import {
  type Comparison,
  type DiffCell,
  type Difference,
  type DiffKind,
  type DiffPartCount,
  type DiffSummary,
  displayValue,
  escapeControls,
  type ImageFacts,
  type ImageFinding,
} from '@vde/inspect';
import type { Paint, Style } from '../style.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import { countOf, formatSize } from './text.ts';

interface Names {
  readonly a: string;
  readonly b: string;
}

/** What is compared with what. */
export function renderHead({ a, b }: Pick<Comparison, 'a' | 'b'>, names: Names, style: Style): string[] {
  const line = (letter: string, name: string, facts: ImageFacts | null) => {
    const size = facts === null ? [] : [`${countOf(facts.blocks, 'block')} of ${formatSize(facts.blockSize)}`];
    return `${style.bold(letter)}  ${[name, ...size.map(style.dim)].join(`  ${style.dim(style.marks.dot)} `)}`;
  };
  return [line('A', names.a, a), line('B', names.b, b)];
}

/** Differences of one part, aligned: where, then what stands in A and in B. A region that one of them lacks takes one line. */
export function renderDifferences(
  differences: readonly Difference[],
  style: Style,
  { isNew }: { readonly isNew: boolean },
): string[] {
  const [first] = differences;
  if (first === undefined) return [];
  if (first.what === 'region') return [regionLine(first, style)];
  const { part } = first;
  const rows = differences.map((difference) => rowOf(difference, style));
  const columns = allColumns.map((column, c) => ({
    column,
    isShown: c < 2 || rows.some((row) => row[c]!.text !== ''),
  }));
  const shown = <T>(cells: readonly T[]) => cells.filter((_, c) => columns[c]!.isShown);
  const head = ['', `${style.bold(escapeControls(part.title))}  ${style.cyan(addressesOf(part, style))}`];
  return [...(isNew ? head : []), ...renderTable(shown(allColumns), rows.map(shown), style)];
}

const allColumns: readonly Column[] = [
  { title: '' },
  { title: 'where', least: 16 },
  { title: 'key', least: 9 },
  { title: 'A', least: 12 },
  { title: 'B', least: 12 },
];

function regionLine({ part, kind, a, b }: Extract<Difference, { what: 'region' }>, style: Style): string {
  const { mark, paint } = looksOf(kind, style);
  const entryValue = (id: string) => (a ?? b)!.find((cell) => cell.id === id)?.value;
  const facts = [
    `slot ${entryValue('slot')}`,
    `${countOf(Number(entryValue('blockCount')), 'block')} at ${entryValue('startBlock')}`,
  ];
  return `${paint(`${mark} ${escapeControls(part.title)}`)}  ${style.cyan(part.path)}  ${style.dim(facts.join(', '))}`;
}

function addressesOf({ path, addressA, addressB }: Difference['part'], { marks }: Style): string {
  if (addressA === null || addressB === null || addressA === addressB) return path;
  return `${path}  ${addressA} ${marks.arrow} ${addressB}`;
}

function rowOf(difference: Difference, style: Style): Exclude<Cell, string>[] {
  const { kind } = difference;
  const key = ('key' in difference && difference.key) || [];
  const { mark, paint } = looksOf(kind, style);
  const [a, b] = sidesOf(difference, style);
  return [
    { text: mark, paint },
    { text: whereOf(difference) },
    { text: key.map((cell) => displayValue(cell)).join(' '), paint: style.dim },
    { text: a, ...(kind === 'removed' && { paint }) },
    { text: b, ...(kind === 'added' && { paint }) },
  ];
}

function looksOf(kind: DiffKind, { red, green, yellow }: Style): { mark: string; paint: Paint } {
  const looks = { added: ['+', green], removed: ['-', red], changed: ['~', yellow] } as const;
  const [mark, paint] = looks[kind];
  return { mark, paint };
}

const meanings: Readonly<Record<string, string>> = { startBlock: 'moved', blockCount: 'resized' };

/** The place within its part, with what happened there where a value alone does not tell. */
function whereOf({ what, part, path }: Difference): string {
  const within = path.startsWith(part.path) ? path.slice(part.path.length).replace(/^\./, '') : path;
  if (what === 'place') return `${within}, its place`;
  const blocks = within
    .replace(/^\+(\d+)block:1block$/, 'block $1')
    .replace(/^\+(\d+)block:(\d+)block$/, '$2 blocks from $1');
  if (what === 'trailers') return `${blocks || path}, trailers`;
  const isRegion = part.path.startsWith('r:') || part.path.startsWith('s:');
  const meaning = what === 'field' && isRegion ? meanings[within] : undefined;
  return meaning === undefined ? blocks || path : `${within}, ${meaning}`;
}

function sidesOf(difference: Difference, style: Style): [string, string] {
  const { ellipsis } = style.marks;
  switch (difference.what) {
    case 'field':
      return both(difference, (shown) => displayValue(shown, { ellipsis }) || style.marks.none);
    case 'record':
    case 'region':
      return both(difference, (cells) => rowText(cells, style));
    case 'place':
      return both(difference, (row) => `row ${row}`);
    case 'trailers':
      return both(difference, ({ tag, generation, checksum }) =>
        [escapeControls(tag), `generation ${generation}`, checksum?.toString(16).padStart(16, '0')].join(' ').trim(),
      );
    case 'bytes':
      return both(difference, ({ length }) => formatSize(length));
    case 'blocks': {
      const [a, b] = both(difference, ({ start, count }) => (count === 1 ? `b:${start}` : `b:${start}:${count}block`));
      const amount = `${countOf(difference.bytes, 'byte')} from +${difference.firstByte}`;
      return b === '' ? [`${a}, ${amount}`, b] : [a, `${b}, ${amount}`];
    }
  }
}

function both<T>(
  { a, b }: { readonly a: T | null; readonly b: T | null },
  write: (side: T) => string,
): [string, string] {
  return [a === null ? '' : write(a), b === null ? '' : write(b)];
}

function rowText(cells: readonly DiffCell[], { marks: { ellipsis } }: Style): string {
  return cells.map((cell) => `${cell.id} ${displayValue(cell, { brief: true, ellipsis })}`.trim()).join('  ');
}

/** How many differences there are; by part where not all were listed. */
export function renderSummary(summary: DiffSummary, style: Style): string[] {
  const { same, added, removed, changed, listed, parts } = summary;
  if (same)
    return ['', `${style.green(`${style.marks.ok} no difference`)}  ${style.dim('free space is not compared')}`];
  const total = added + removed + changed;
  const counts = [`${added} added`, `${removed} removed`, `${changed} changed`].join(', ');
  const lines = ['', `${style.bold(countOf(total, 'difference'))}: ${counts}`];
  if (listed === total) return lines;
  return [
    ...lines,
    style.dim(`${listed} of them are shown; --max ${total} shows all, -f json has all`),
    ...partLines(parts, style),
  ];
}

function partLines(parts: readonly DiffPartCount[], style: Style): string[] {
  const columns: Column[] = [
    { title: 'part' },
    { title: 'address' },
    { title: 'added', align: 'right' },
    { title: 'removed', align: 'right' },
    { title: 'changed', align: 'right' },
  ];
  const number = (count: number): Cell => (count === 0 ? { text: style.marks.none, paint: style.dim } : String(count));
  const rows = parts.map(({ title, path, added, removed, changed }) => [
    escapeControls(title),
    { text: path, paint: style.cyan },
    ...[added, removed, changed].map(number),
  ]);
  return ['', ...renderTable(columns, rows, style)];
}

/** One line for scripts that only look. */
export function renderVerdict({ same }: DiffSummary, { a, b }: Names, { marks, green, yellow }: Style): string[] {
  return [same ? green(`${marks.ok} ${a} and ${b}: no difference`) : yellow(`${marks.differs} ${a} and ${b} differ`)];
}

/** Damage that was met in one of the images: the first errors of several. */
export function renderFindings(
  name: string,
  { first, count }: { readonly first: readonly ImageFinding[]; readonly count: number },
  style: Style,
): string[] {
  const left = count - first.length;
  return [
    ...first.map(
      ({ code, address, message }) => `${style.red('vde:')} ${name}: ${code} ${address}: ${escapeControls(message)}`,
    ),
    ...(left > 0 ? [`${style.red('vde:')} ${name}: ${countOf(left, 'error')} more; vde check ${name} lists all`] : []),
  ];
}
