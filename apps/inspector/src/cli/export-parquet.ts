import type { CellValue, Table, TableColumn } from '@vde/format';
import type { ExportPage } from '@vde/inspect';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { tool } from './call.ts';
import { type ParquetColumn, parquetColumns } from './export-parquet-columns.ts';
import type { Output } from './output.ts';

/** A row group ends at this many rows, or bytes of cells of no fixed size: it stands in memory until it is written. */
const groupRows = 1 << 16;
const groupBytes = 4 << 20;

/** Hands over what was written after each row group. */
class OutputWriter extends ByteWriter {
  readonly #out: Output;

  constructor(out: Output) {
    super(1 << 20);
    this.#out = out;
  }

  async flush(): Promise<void> {
    await this.#out.bytes(this.getBytes());
    this.index = 0;
  }

  override finish(): Promise<void> {
    return this.flush();
  }
}

type Numbers = Float64Array | BigInt64Array | BigUint64Array;
const areNumbers = (cells: unknown): cells is Numbers =>
  cells instanceof Float64Array || cells instanceof BigInt64Array || cells instanceof BigUint64Array;

/** Cells of a column that wait for their row group. Typed arrays stay what they are: objects for their numbers cost the most. */
class WaitingCells {
  readonly #column: ParquetColumn;
  #numbers: Numbers[] = [];
  #others: unknown[] = [];
  /** Bytes of the cells that have no fixed size. */
  bytes = 0;

  constructor(column: ParquetColumn) {
    this.#column = column;
  }

  add({ values }: ExportPage): void {
    const { source, convert } = this.#column;
    const cells = values[source]!;
    if (convert === undefined && areNumbers(cells)) this.#numbers.push(cells);
    else for (let row = 0; row < cells.length; row++) this.#others.push(this.#stored(cells[row]!, convert));
  }

  #stored(value: CellValue, convert: ParquetColumn['convert']): unknown {
    const stored = value === null || convert === undefined ? value : convert(value);
    if (typeof stored === 'string' || stored instanceof Uint8Array) this.bytes += stored.length;
    return stored;
  }

  /** All that wait, in order; then none does. */
  take(): Numbers | unknown[] {
    const cells = this.#numbers.length > 0 ? joined(this.#numbers) : this.#others;
    this.#numbers = [];
    this.#others = [];
    this.bytes = 0;
    return cells;
  }
}

/** The numbers of several arrays of one type in one. */
function joined(parts: readonly Numbers[]): Numbers {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new (parts[0]!.constructor as new (length: number) => Numbers)(length);
  let at = 0;
  for (const part of parts) {
    all.set(part as never, at);
    at += part.length;
  }
  return all;
}

/** Writes a table as one Parquet file, row group by row group. */
export class ParquetExport {
  readonly #columns: readonly ParquetColumn[];
  readonly #waiting: readonly WaitingCells[];
  readonly #parquet: ParquetWriter;
  #rows = 0;

  constructor(out: Output, table: Table, columns: readonly TableColumn[]) {
    this.#columns = parquetColumns(columns);
    this.#waiting = this.#columns.map((column) => new WaitingCells(column));
    this.#parquet = new ParquetWriter({
      writer: new OutputWriter(out),
      schema: [{ name: 'root', num_children: this.#columns.length }, ...this.#columns.map(({ element }) => element)],
      createdBy: `${tool.name} version ${tool.version}`,
      // What Parquet has no words for: the kinds of the columns, and the numbers behind names.
      kvMetadata: [{ key: 'vde.table', value: JSON.stringify({ id: table.id, columns }) }],
    });
  }

  async page(page: ExportPage): Promise<void> {
    for (const cells of this.#waiting) cells.add(page);
    this.#rows += page.count;
    const bytes = this.#waiting.reduce((sum, cells) => sum + cells.bytes, 0);
    if (this.#rows >= groupRows || bytes >= groupBytes) await this.#writeGroup();
  }

  async end(): Promise<void> {
    if (this.#rows > 0) await this.#writeGroup();
    await this.#parquet.finish();
  }

  async #writeGroup(): Promise<void> {
    const columnData = this.#columns.map(({ element: { name }, encoding }, c) => ({
      name,
      data: this.#waiting[c]!.take(),
      ...(encoding && { encoding }),
    }));
    await this.#parquet.write({ columnData, rowGroupSize: this.#rows });
    this.#rows = 0;
  }
}
