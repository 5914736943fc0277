import { sameBytes, type Table, type TableColumn } from '@vde/format';
import { hashCell, sameCell } from './cells.ts';

/** Rows of two tables of one kind, compared when asked: no object is made for a row. */
export class RowPair {
  readonly a: Table;
  readonly b: Table;
  readonly columns: readonly TableColumn[];
  /** Both keep their rows as they are stored. */
  readonly #arePacked: boolean;

  constructor(a: Table, b: Table) {
    this.a = a;
    this.b = b;
    this.columns = a.columns;
    this.#arePacked = a.bytes !== undefined && b.bytes !== undefined;
  }

  /** Whether nothing differs, be it shown in a column or not. */
  same(rowA: number, rowB: number): boolean {
    if (this.#arePacked) return sameBytes(this.a.bytes!(rowA, 1), this.b.bytes!(rowB, 1));
    return this.columns.every(({ id }) => sameCell(this.a.cell(rowA, id), this.b.cell(rowB, id)));
  }

  /** The columns in which the rows differ. */
  differing(rowA: number, rowB: number): TableColumn[] {
    return this.columns.filter(({ id }) => !sameCell(this.a.cell(rowA, id), this.b.cell(rowB, id)));
  }

  /** Whether one row may have become the other: at least half of its values are the same. */
  areRelated(rowA: number, rowB: number): boolean {
    return 2 * this.differing(rowA, rowB).length <= this.columns.length;
  }

  /** A hash of a row of one of the two tables. */
  hash(table: Table, row: number): number {
    return this.#arePacked ? hashCell(0, table.bytes!(row, 1)) : hashRow(table, this.columns, row);
  }
}

function hashRow(table: Table, columns: readonly TableColumn[], row: number): number {
  let hash = 0;
  for (const { id } of columns) hash = hashCell(hash, table.cell(row, id));
  return hash;
}

/** Slots that are tried for one row. An image can be made so that all of its rows collide. */
const maxProbes = 64;

/** Rows of a table, all or some, by the values of their key. */
export class RowIndex {
  readonly #table: Table;
  readonly #key: readonly TableColumn[];
  /** Row + 1; 0 is a free place. */
  readonly #rows: Int32Array;

  private constructor(table: Table, key: readonly TableColumn[], count: number) {
    this.#table = table;
    this.#key = key;
    this.#rows = new Int32Array(placesFor(count));
  }

  /** `undefined` where two of the rows have the same key, so that it names none. */
  static of(table: Table, key: readonly TableColumn[], rows?: Int32Array): RowIndex | undefined {
    const count = rows?.length ?? table.rowCount;
    const index = new RowIndex(table, key, count);
    for (let i = 0; i < count; i++) {
      const row = rows?.[i] ?? i;
      const place = index.#placeOf(table, row);
      if (place < 0 || index.#rows[place] !== 0) return undefined;
      index.#rows[place] = row + 1;
    }
    return index;
  }

  /** The row that has the key of a row of another table, -1 for none. */
  find(table: Table, row: number): number {
    const place = this.#placeOf(table, row);
    return place < 0 ? -1 : this.#rows[place]! - 1;
  }

  /** Where a row with this key stands, or would; -1 where that is too far. */
  #placeOf(table: Table, row: number): number {
    const mask = this.#rows.length - 1;
    const hash = hashRow(table, this.#key, row);
    for (let probe = 0; probe < maxProbes; probe++) {
      const place = (hash + probe) & mask;
      const found = this.#rows[place]!;
      if (found === 0 || this.#hasKey(found - 1, table, row)) return place;
    }
    return -1;
  }

  #hasKey(own: number, table: Table, row: number): boolean {
    return this.#key.every(({ id }) => sameCell(this.#table.cell(own, id), table.cell(row, id)));
  }
}

/** A power of two, at least twice the number of rows. */
export function placesFor(rowCount: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, rowCount) * 2));
}
