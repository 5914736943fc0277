import type { Table, TableColumn } from '@vde/format';
import { type ColumnValues, type RowPage, rowPages } from '../where/page.ts';
import type { RowFilter } from '../where/where.ts';

/** Some rows of a table as an export writes them. */
export interface ExportPage {
  readonly count: number;
  /** Values of each column, in the order of the columns; they belong to whoever reads the page. */
  readonly values: readonly ColumnValues[];
  /** Rows of the table that were looked at so far. */
  readonly done: number;
}

/** A text form of a table: what stands in front of the first row, and the rows of a page. */
export interface TextExport {
  readonly head: string;
  page(page: ExportPage): string;
}

/** The rows of a table that a filter lets through, in pages: what stands in memory at a time is one of them. */
export function* exportPages(
  table: Table,
  { columns, filter }: { readonly columns: readonly TableColumn[]; readonly filter?: RowFilter | undefined },
): Generator<ExportPage> {
  for (const page of rowPages(table)) {
    const rows = filter && matchingRows(page, filter);
    const done = page.first + page.count;
    const values = columns.map(({ id }) => (rows ? pick(page.column(id), rows) : page.column(id)));
    yield { count: rows?.length ?? page.count, values, done };
  }
}

function matchingRows(page: RowPage, filter: RowFilter): number[] {
  const marks = filter.marks(page);
  const rows: number[] = [];
  for (let row = 0; row < page.count; row++) if (marks[row] === 1) rows.push(row);
  return rows;
}

const pick = (values: ColumnValues, rows: readonly number[]): ColumnValues => rows.map((row) => values[row]!);
