import type { Shown } from '@vde/inspect';
import { displayValue } from '@vde/inspect';
import type { Style } from '../style.ts';
import type { Cell, Column } from './table.ts';

/** A value as a cell: in full, and brief where the table is too wide. Zero and absent values are dim. */
export function valueCell(shown: Shown, { marks: { ellipsis, none }, dim }: Style): Exclude<Cell, string> {
  const text = displayValue(shown, { ellipsis });
  const short = displayValue(shown, { ellipsis, brief: true });
  if (text === '') return { text: none, paint: dim };
  const isNothing = shown.value === 0 || shown.value === 0n || text.startsWith('zero (');
  return { text, short, ...(isNothing && { paint: dim }) };
}

const numericKinds: ReadonlySet<string> = new Set(['u8', 'u16', 'u32', 'u64', 'i32', 'i64', 'f64']);

/** Widths at which a cut value still says something: a time in full, the first group of a GUID, eight digits of a hash. */
const leastWidths: Readonly<Record<string, number>> = { ticks: 20, guid: 9, bytes: 9, enum: 8, flags: 8 };

/** The column of values of a kind. Numbers stand right-aligned, so that their digits can be compared. */
export function columnOf(title: string, kind: string): Column {
  const least = leastWidths[kind];
  return {
    title,
    align: numericKinds.has(kind) ? 'right' : 'left',
    ...(least !== undefined && { least }),
    ...(kind === 'ticks' && { last: true }),
  };
}
