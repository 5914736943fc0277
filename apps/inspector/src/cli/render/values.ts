import type { Shown } from '@vde/inspect';
import { displayValue } from '@vde/inspect';
import type { Style } from '../style.ts';
import type { Cell } from './table.ts';

/** A value as a cell: in full, and brief where the table is too wide. Zero and absent values are dim. */
export function valueCell(shown: Shown, { marks: { ellipsis }, dim }: Style): Cell {
  const text = displayValue(shown, { ellipsis });
  const short = displayValue(shown, { ellipsis, brief: true });
  const isNothing = shown.value === 0 || shown.value === 0n || text.startsWith('zero (');
  return { text, short, ...(isNothing && { paint: dim }) };
}

const numericKinds: ReadonlySet<string> = new Set(['u8', 'u16', 'u32', 'u64', 'i32', 'i64', 'f64']);

/** Numbers stand right-aligned, so that their digits can be compared. */
export function alignOf(kind: string): 'left' | 'right' {
  return numericKinds.has(kind) ? 'right' : 'left';
}
