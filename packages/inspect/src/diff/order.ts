import type { RowWindow } from './gap.ts';
import { placesFor, type RowPair } from './rows.ts';

/** Rows with the same hash that are looked at for one: an image can be made so that all of them collide. */
const maxTries = 64;

/** For each row of A the row of B that is the same, each of B once, in order; -1 for none. Counted from the window's start. */
export function sameRowsInTurn(rows: RowPair, { a, aEnd, b, bEnd }: RowWindow): Int32Array {
  const places = placesFor(bEnd - b);
  const heads = new Int32Array(places).fill(-1);
  const next = new Int32Array(bEnd - b);
  for (let j = bEnd - b - 1; j >= 0; j--) {
    const place = rows.hash(rows.b, b + j) & (places - 1);
    next[j] = heads[place]!;
    heads[place] = j;
  }
  const partners = new Int32Array(aEnd - a).fill(-1);
  for (let i = 0; i < partners.length; i++) {
    const place = rows.hash(rows.a, a + i) & (places - 1);
    let before = -1;
    let j = heads[place]!;
    for (let tries = 0; j >= 0 && tries < maxTries && !rows.same(a + i, b + j); tries++) {
      before = j;
      j = next[j]!;
    }
    if (j < 0 || !rows.same(a + i, b + j)) continue;
    partners[i] = j;
    if (before < 0) heads[place] = next[j]!;
    else next[before] = next[j]!;
  }
  return partners;
}

/** Marks the longest part of the values that rises; negative values are none. */
export function longestRising(values: Int32Array): Uint8Array {
  // tails[n]: where the part of n + 1 values that ends lowest ends. before[i]: what stands before value i in its part.
  const tails = new Int32Array(values.length);
  const before = new Int32Array(values.length);
  let length = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < 0) continue;
    let low = 0;
    for (let high = length; low < high; ) {
      const middle = (low + high) >> 1;
      if (values[tails[middle]!]! < values[i]!) low = middle + 1;
      else high = middle;
    }
    before[i] = low === 0 ? -1 : tails[low - 1]!;
    tails[low] = i;
    if (low === length) length++;
  }
  const marks = new Uint8Array(values.length);
  for (let i = length === 0 ? -1 : tails[length - 1]!; i >= 0; i = before[i]!) marks[i] = 1;
  return marks;
}
