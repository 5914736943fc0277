import type { RowPair } from './rows.ts';

/** Rows that belong together, -1 where the other table has none. `moved`: at another place among the others. */
export interface RowMatch {
  readonly a: number;
  readonly b: number;
  readonly moved?: true;
}

/** Rows `a` to `aEnd - 1` of the one table, `b` to `bEnd - 1` of the other. */
export interface RowWindow {
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
}

/** Pairs of rows up to which all are compared with each other. */
const smallGap = 400;

/** Whether only one table has rows there. */
export const isOneSided = ({ a, aEnd, b, bEnd }: RowWindow): boolean => a === aEnd || b === bEnd;

/** The window without the rows at both its ends that are the same. */
export function trim(rows: RowPair, { a, aEnd, b, bEnd }: RowWindow): RowWindow {
  let [first, firstB, end, endB] = [a, b, aEnd, bEnd];
  while (first < end && firstB < endB && rows.same(first, firstB)) {
    first++;
    firstB++;
  }
  while (end > first && endB > firstB && rows.same(end - 1, endB - 1)) {
    end--;
    endB--;
  }
  return { a: first, aEnd: end, b: firstB, bEnd: endB };
}

/** All rows of a window as gone, then as come. */
export function* unmatched({ a, aEnd, b, bEnd }: RowWindow): Generator<RowMatch> {
  for (let row = a; row < aEnd; row++) yield { a: row, b: -1 };
  for (let row = b; row < bEnd; row++) yield { a: -1, b: row };
}

/** Matches the rows between two places that are known to belong together. */
export function* matchGap(rows: RowPair, window: RowWindow): Generator<RowMatch> {
  const { a, aEnd, b, bEnd } = trim(rows, window);
  const inner = { a, aEnd, b, bEnd };
  if (isOneSided(inner)) yield* unmatched(inner);
  else if ((aEnd - a) * (bEnd - b) <= smallGap) yield* fewestChanges(rows, inner);
  else yield* oneByOne(rows, inner);
}

function* oneByOne(rows: RowPair, { a, aEnd, b, bEnd }: RowWindow): Generator<RowMatch> {
  const count = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < count; i++) {
    if (rows.same(a + i, b + i)) continue;
    if (rows.areRelated(a + i, b + i)) yield { a: a + i, b: b + i };
    else yield* unmatched({ a: a + i, aEnd: a + i + 1, b: b + i, bEnd: b + i + 1 });
  }
  yield* unmatched({ a: a + count, aEnd, b: b + count, bEnd });
}

/** Matches a few rows so that as little as possible was changed, added and removed. */
function* fewestChanges(rows: RowPair, window: RowWindow): Generator<RowMatch> {
  const { a, b } = window;
  const [rowsA, rowsB] = [window.aEnd - a, window.bEnd - b];
  const { gap, pairs, rest } = costsOf(rows, window);
  let [i, j] = [0, 0];
  while (i < rowsA && j < rowsB) {
    const cost = rest(i, j);
    if (cost === rest(i + 1, j + 1) + pairs(i, j)) {
      if (!rows.same(a + i, b + j)) yield { a: a + i, b: b + j };
      i++;
      j++;
    } else if (cost === gap + rest(i + 1, j)) yield { a: a + i++, b: -1 };
    else yield { a: -1, b: b + j++ };
  }
  yield* unmatched({ ...window, a: a + i, b: b + j });
}

/** What it costs to turn the rows from `i` and `j` on into each other, step by step from the end. */
function costsOf(rows: RowPair, { a, aEnd, b, bEnd }: RowWindow) {
  const [rowsA, rowsB] = [aEnd - a, bEnd - b];
  const width = rowsB + 1;
  // One row that comes and one that goes cost more than the most changes that related rows have.
  const gap = rows.columns.length + 1;
  const pairs = (i: number, j: number): number => {
    const changes = rows.differing(a + i, b + j).length;
    return 2 * changes <= rows.columns.length ? 4 * changes : Number.POSITIVE_INFINITY;
  };
  const costs = new Float64Array((rowsA + 1) * width);
  const rest = (i: number, j: number) => costs[i * width + j]!;
  for (let i = rowsA; i >= 0; i--) {
    for (let j = rowsB; j >= 0; j--) {
      const isEdge = i === rowsA || j === rowsB;
      costs[i * width + j] = isEdge
        ? gap * (rowsA - i + (rowsB - j))
        : Math.min(gap + Math.min(rest(i + 1, j), rest(i, j + 1)), rest(i + 1, j + 1) + pairs(i, j));
    }
  }
  return { gap, pairs, rest };
}
