import type { TableColumn } from '@vde/format';
import { isOneSided, matchGap, type RowMatch, type RowWindow, trim, unmatched } from './gap.ts';
import { longestRising, sameRowsInTurn } from './order.ts';
import { RowIndex, type RowPair } from './rows.ts';

/** Rows beyond which none are put in order: some thirty bytes are needed for each. */
const maxOrdered = 2 ** 21;

/** Rows of two tables as they belong together. */
export interface Alignment {
  /** The columns by which they were matched; none where they were matched by place. */
  readonly key: readonly TableColumn[];
  /** The rows that are not the same in both, or stand at another place among the others. */
  readonly matches: Iterable<RowMatch>;
}

/** Matches the rows of two tables: first those that are the same, the others by their key, or by place where they have none. */
export function alignRows(rows: RowPair): Alignment {
  const window = trim(rows, { a: 0, aEnd: rows.a.rowCount, b: 0, bEnd: rows.b.rowCount });
  const { a, aEnd, b, bEnd } = window;
  if (isOneSided(window)) return { key: [], matches: unmatched(window) };
  if (Math.max(aEnd - a, bEnd - b) > maxOrdered) return { key: [], matches: matchGap(rows, window) };
  const partners = sameRowsInTurn(rows, window);
  const left = new LeftOver(partners, bEnd - b);
  const key = keyOf(rows);
  const isKeyed = key.length > 0 && matchKeys(rows, window, key, left);
  return isKeyed
    ? { key, matches: inOrder(rows, window, left) }
    : { key: [], matches: byPlace(rows, window, partners) };
}

/** What the table calls its key; else its first column, where no two rows of a table have the same value. */
function keyOf({ a, b, columns }: RowPair): readonly TableColumn[] {
  if (a.key !== undefined) return columns.filter(({ id }) => a.key!.includes(id));
  const first = columns.slice(0, 1);
  return RowIndex.of(a, first) && RowIndex.of(b, first) ? first : [];
}

/** Which rows of a window have a partner, counted from its start. */
class LeftOver {
  /** For each row of A its row of B, -1 for none. */
  readonly partners: Int32Array;
  readonly isTaken: Uint8Array;

  constructor(partners: Int32Array, countB: number) {
    this.partners = partners;
    this.isTaken = new Uint8Array(countB);
    for (const partner of partners) if (partner >= 0) this.isTaken[partner] = 1;
  }

  pair(rowA: number, rowB: number): void {
    this.partners[rowA] = rowB;
    this.isTaken[rowB] = 1;
  }

  *rowsA(): Generator<number> {
    for (let row = 0; row < this.partners.length; row++) if (this.partners[row]! < 0) yield row;
  }

  *rowsB(): Generator<number> {
    for (let row = 0; row < this.isTaken.length; row++) if (this.isTaken[row] === 0) yield row;
  }
}

/** Gives rows a partner of the same key; `false` where a key names two of them. */
function matchKeys(rows: RowPair, { a, b }: RowWindow, key: readonly TableColumn[], left: LeftOver): boolean {
  const numbersA = Int32Array.from(left.rowsA(), (row) => a + row);
  const indexB = RowIndex.of(
    rows.b,
    key,
    Int32Array.from(left.rowsB(), (row) => b + row),
  );
  if (indexB === undefined || RowIndex.of(rows.a, key, numbersA) === undefined) return false;
  for (const row of numbersA) {
    const found = indexB.find(rows.a, row);
    if (found >= 0) left.pair(row - a, found - b);
  }
  pairRenamed(rows, { a, b }, left);
  return true;
}

/** A row of which one value changed, that of its key, is still the same row where it follows the same row as before. */
function pairRenamed(rows: RowPair, { a, b }: Pick<RowWindow, 'a' | 'b'>, left: LeftOver): void {
  let expected = 0;
  for (let row = 0; row < left.partners.length; row++) {
    const isFree = left.partners[row]! < 0 && left.isTaken[expected] === 0;
    if (isFree && rows.differing(a + row, b + expected).length === 1) left.pair(row, expected);
    if (left.partners[row]! >= 0) expected = left.partners[row]! + 1;
  }
}

/** Rows that have partners, and between them those that have none. */
function* inOrder(rows: RowPair, { a, b }: RowWindow, { partners, isTaken }: LeftOver): Generator<RowMatch> {
  const isInOrder = longestRising(partners);
  let next = 0;
  function* comeUpTo(end: number): Generator<RowMatch> {
    for (; next < end; next++) if (isTaken[next] === 0) yield { a: -1, b: b + next };
  }
  for (let row = 0; row < partners.length; row++) {
    const partner = partners[row]!;
    if (partner < 0) yield { a: a + row, b: -1 };
    else if (isInOrder[row] === 0) yield { a: a + row, b: b + partner, moved: true };
    else {
      yield* comeUpTo(partner);
      if (!rows.same(a + row, b + partner)) yield { a: a + row, b: b + partner };
    }
  }
  yield* comeUpTo(isTaken.length);
}

/** Rows that are the same and in the same order stay; what is between them is matched gap by gap. */
function* byPlace(rows: RowPair, window: RowWindow, partners: Int32Array): Generator<RowMatch> {
  const isInOrder = longestRising(partners);
  let { a, b } = window;
  for (let row = 0; row < partners.length; row++) {
    if (isInOrder[row] === 0) continue;
    const anchor = { a: window.a + row, b: window.b + partners[row]! };
    if (anchor.a > a || anchor.b > b) yield* matchGap(rows, { a, aEnd: anchor.a, b, bEnd: anchor.b });
    [a, b] = [anchor.a + 1, anchor.b + 1];
  }
  yield* matchGap(rows, { ...window, a, b });
}
