import type { Paint, Style } from '../style.ts';
import { hexOf } from './plain-hex.ts';

/** Bytes that are shown of a change. */
const shownBytes = 8;

/** The first bytes that differ, before and after; none from `end` on. */
export function byteChange(
  { before, after }: { readonly before: Uint8Array; readonly after: Uint8Array },
  { marks, dim }: Style,
  { paint, end: limit = after.length }: { readonly paint: Paint; readonly end?: number },
): string {
  let first = 0;
  while (first < after.length && before[first] === after[first]) first++;
  let last = Math.min(after.length, limit);
  while (last > first && before[last - 1] === after[last - 1]) last--;
  const end = Math.min(last, first + shownBytes);
  const textOf = (bytes: Uint8Array) =>
    `${Array.from(bytes.subarray(first, end), hexOf).join(' ')}${end < last ? marks.ellipsis : ''}`;
  return `${dim(textOf(before))} ${marks.arrow} ${paint(textOf(after))}`;
}
