import type { FieldKind, FieldNames } from './field.ts';
import type { Geometry } from './geometry.ts';
import type { PackedRecords } from './packed-records.ts';
import type { RecordType } from './record.ts';

/** One value of a table or summary, by the kind of its column. */
export type CellValue = number | bigint | string | Uint8Array | boolean | null;
/** Numbers of a column: 64-bit kinds as bigints, all others as doubles. */
export type NumericColumn = BigInt64Array | BigUint64Array | Float64Array;

/** A named value of the summary: a header field, or a figure that people look for first. */
export interface SummaryField {
  readonly id: string;
  readonly kind: FieldKind;
  readonly value: CellValue;
  readonly names?: FieldNames;
}

export interface TableColumn {
  readonly id: string;
  readonly kind: FieldKind;
  readonly names?: FieldNames;
}

/** A table of records, in the order in which they are stored. Ids are those of the format page. */
export interface Table {
  readonly id: string;
  readonly columns: readonly TableColumn[];
  readonly rowCount: number;
  /**
   * Ids of the columns whose values name a row, so that it is known again in another image. Empty: rows are told apart by their
   * place alone. Left out: the first column names them where its values differ.
   */
  readonly key?: readonly string[];
  /** @throws RangeError for a row or column that does not exist. */
  cell(row: number, columnId: string): CellValue;
  /** Rows `first` to `first + count - 1` as they are stored, all of one size: a live view, where the table keeps them so. */
  bytes?(first: number, count: number): Uint8Array;
  /** Numbers of a column as a typed array, where it has such a form. */
  column?(columnId: string, first: number, count: number): NumericColumn;
  /** Where a row stands in the region: block, offset in its payload, length in bytes. */
  locate?(row: number, geometry: Geometry): { block: number; offset: number; length: number };
}

/** A chart of a table: one series, or one per value of the column `by`. */
export interface ChartSeries {
  readonly id: string;
  readonly title: string;
  readonly table: string;
  readonly x: string;
  readonly y: string;
  readonly by?: string;
}

/** How many rows of a table have each value of a column: statuses, types. */
export interface ValueCounts {
  readonly id: string;
  readonly title: string;
  readonly table: string;
  readonly by: string;
}

/** A quantity with its limit: how full something is. */
export interface Gauge {
  readonly id: string;
  readonly title: string;
  readonly value: number | bigint;
  readonly max: number | bigint;
  /** What is counted: `blocks`. */
  readonly unit: string;
}

/** How a region presents itself: the same for the command line, exports and the browser. */
export interface Description {
  readonly summary: readonly SummaryField[];
  readonly tables: readonly Table[];
  readonly charts?: readonly ChartSeries[];
  readonly counts?: readonly ValueCounts[];
  readonly gauges?: readonly Gauge[];
}

/** The columns of a record declaration; reserved bytes have none. */
export function columnsOf(type: RecordType<unknown>): TableColumn[] {
  return type.fields
    .filter((field) => field.type.isPad !== true)
    .map(({ name, type: { kind, names } }) => ({ id: name, kind, ...(names && { names }) }));
}

/** A table whose rows are packed records, columns from their declaration. `locate` comes from the region's packing. */
export function packedTable<T>(
  id: string,
  records: Pick<PackedRecords<T>, 'type' | 'length' | 'reader'> & Partial<Pick<PackedRecords<T>, 'bytes'>>,
  locate?: NonNullable<Table['locate']>,
): Table {
  const columns = columnsOf(records.type as RecordType<unknown>);
  const readers = new Map(columns.map((column) => [column.id, records.reader(column.id as keyof T & string)]));
  const readerOf = (columnId: string) => {
    const reader = readers.get(columnId);
    if (reader === undefined) throw new RangeError(`table ${id} has no column "${columnId}"`);
    return reader;
  };
  return {
    id,
    columns,
    rowCount: records.length,
    cell: (row, columnId) => readerOf(columnId)(row) as CellValue,
    column(columnId, first, count) {
      const reader = readerOf(columnId);
      const kind = columns.find((column) => column.id === columnId)!.kind;
      const values = newColumn(kind, count);
      for (let i = 0; i < count; i++) values[i] = reader(first + i) as never;
      return values;
    },
    ...(records.bytes && { bytes: (first: number, count: number) => records.bytes!(first, count) }),
    ...(locate && { locate }),
  };
}

function newColumn(kind: FieldKind, count: number): NumericColumn {
  if (kind === 'i64' || kind === 'ticks') return new BigInt64Array(count);
  if (kind === 'u64') return new BigUint64Array(count);
  if (['u8', 'u16', 'u32', 'i32', 'f64', 'enum', 'flags'].includes(kind)) return new Float64Array(count);
  throw new TypeError(`values of kind ${kind} have no typed array`);
}

/** A table whose rows are objects. Byte arrays come out as copies. */
export function objectTable<T extends object>(
  id: string,
  records: readonly T[],
  type: RecordType<T>,
  locate?: NonNullable<Table['locate']>,
): Table {
  return {
    id,
    columns: columnsOf(type as RecordType<unknown>),
    rowCount: records.length,
    cell(row, columnId) {
      const value = records[row];
      if (value === undefined) throw new RangeError(`row ${row}: table ${id} has ${records.length}`);
      type.field(columnId);
      const cell = (value[columnId as keyof T] ?? null) as CellValue;
      return cell instanceof Uint8Array ? cell.slice() : cell;
    },
    ...(locate && { locate }),
  };
}

/** Summary fields of a record value, from its declaration. */
export function summaryOf<T>(type: RecordType<T>, value: Partial<T>): SummaryField[] {
  return columnsOf(type as RecordType<unknown>)
    .filter((column) => value[column.id as keyof T] !== undefined)
    .map((column) => ({ ...column, value: value[column.id as keyof T] as CellValue }));
}
