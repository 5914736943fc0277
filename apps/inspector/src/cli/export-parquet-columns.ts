import { type CellValue, fromHex, type TableColumn, unixEpochTicks } from '@vde/format';
import { cellText } from '@vde/inspect';
import type { ColumnSource, SchemaElement } from 'hyparquet-writer';

/** A column of a Parquet file. */
export interface ParquetColumn {
  readonly element: SchemaElement;
  readonly encoding?: NonNullable<ColumnSource['encoding']>;
  /** The column of the table that its cells come from. */
  readonly source: number;
  /** How a cell that is not null is put into it, null where it cannot be; absent where cells are what is stored. */
  readonly convert?: (value: NonNullable<CellValue>) => unknown;
}

type Physical = Omit<SchemaElement, 'name' | 'repetition_type'>;

const text: Physical = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
/** By converted type alone: the library writes the width of the logical type as a number of 32 bits, which other readers refuse. */
const unsigned = (bits: 8 | 16 | 32 | 64): Physical => ({
  type: bits === 64 ? 'INT64' : 'INT32',
  converted_type: `UINT_${bits}`,
});

/** The kinds that have a type of their own; all others are stored as text. */
const physicals: Readonly<Partial<Record<TableColumn['kind'], Physical>>> = {
  u8: unsigned(8),
  u16: unsigned(16),
  u32: unsigned(32),
  u64: unsigned(64),
  i32: { type: 'INT32' },
  i64: { type: 'INT64' },
  f64: { type: 'DOUBLE' },
  ticks: { type: 'INT64' },
  boolean: { type: 'BOOLEAN' },
  bytes: { type: 'BYTE_ARRAY' },
  guid: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } },
};
const timestamp: Physical = {
  type: 'INT64',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' },
};

/**
 * Encodings that are chosen here. Times follow each other in small steps: that takes a third of the room and less work than
 * whole numbers. A dictionary of doubles would make 0 of -0.
 */
const encodings: Readonly<Partial<Record<TableColumn['kind'], ParquetColumn['encoding']>>> = {
  ticks: 'DELTA_BINARY_PACKED',
  f64: 'PLAIN',
};

/** Ticks before and after 1970 whose nanoseconds 64 bits hold: the years 1677 to 2262. */
const reach = 92_233_720_368_547_758n;

/** The columns of a table as Parquet has them: each one, and behind ticks the same as a timestamp, null outside 1677-2262. */
export function parquetColumns(columns: readonly TableColumn[]): ParquetColumn[] {
  const ids = new Set(columns.map(({ id }) => id));
  return columns.flatMap((column, source): ParquetColumn[] => {
    const { id, kind } = column;
    const encoding = encodings[kind];
    const common = { source, ...(encoding && { encoding }) };
    const convert = converter(column);
    const own = { ...common, element: elementOf(id, physicals[kind] ?? text), ...(convert && { convert }) };
    if (kind !== 'ticks') return [own];
    const name = id.replace(/Ticks$/, '');
    const element = elementOf(ids.has(name) ? `${id}Time` : name, timestamp);
    return [own, { ...common, element, convert: nanosecondsOf }];
  });
}

/** Cells can be null, whatever their kind. */
const elementOf = (name: string, physical: Physical): SchemaElement => ({
  ...physical,
  name,
  repetition_type: 'OPTIONAL',
});

function converter(column: TableColumn): ParquetColumn['convert'] {
  if (column.kind === 'guid') return (value) => fromHex(String(value).replaceAll('-', ''));
  return physicals[column.kind] ? undefined : cellText(column);
}

function nanosecondsOf(value: NonNullable<CellValue>): bigint | null {
  const ticks = BigInt(value as number | bigint) - unixEpochTicks;
  return ticks >= -reach && ticks <= reach ? ticks * 100n : null;
}
