import type { CellValue, FieldKind, Table } from '@vde/format';
import { boundRows, type RowRange } from '../json/json.ts';

/** Values of one column: a typed array where the table has such a form. */
export type ColumnValues = ArrayLike<CellValue>;

/** Kinds that a table may give as typed arrays. */
const numericKinds: ReadonlySet<FieldKind> = new Set<FieldKind>([
  'u8',
  'u16',
  'u32',
  'u64',
  'i32',
  'i64',
  'f64',
  'ticks',
  'enum',
  'flags',
]);

/** Rows that are read at a time: few enough to stay in the processor's cache, enough to make the work of a page small. */
const pageRows = 4096;
/** Rows of a table of objects may hold long texts and bytes. */
const objectPageRows = 64;

/** Neighbouring rows of a table. A column is read when it is first asked for, and once. */
export class RowPage {
  readonly table: Table;
  /** Number of the first row. */
  readonly first: number;
  readonly count: number;
  readonly #columns = new Map<string, ColumnValues>();

  constructor(table: Table, first: number, count: number) {
    this.table = table;
    this.first = first;
    this.count = count;
  }

  /** Values of a column, row by row. @throws RangeError for a column that the table does not have. */
  column(id: string): ColumnValues {
    const known = this.#columns.get(id) ?? this.#read(id);
    this.#columns.set(id, known);
    return known;
  }

  #read(id: string): ColumnValues {
    const { table, first, count } = this;
    const kind = table.columns.find((column) => column.id === id)?.kind;
    if (table.column && kind !== undefined && numericKinds.has(kind)) return table.column(id, first, count);
    const values = new Array<CellValue>(count);
    for (let i = 0; i < count; i++) values[i] = table.cell(first + i, id);
    return values;
  }
}

/** The pages of a range of rows, one after the other, none before it is asked for. */
export function* rowPages(table: Table, range: RowRange = { first: 0 }): Generator<RowPage> {
  const { first, end } = boundRows(range, table.rowCount);
  const rows = table.column ? pageRows : objectPageRows;
  for (let row = first; row < end; row += rows) yield new RowPage(table, row, Math.min(rows, end - row));
}
