import { isVdeError, type Table, type TableColumn, type VdeError } from '@vde/format';
import type { RowRange } from '../json/json.ts';
import { type RowPage, rowPages } from './page.ts';
import { FilterParser } from './parse.ts';

/** A filter of the rows of a table, ready to be asked. */
export interface RowFilter {
  readonly text: string;
  /** Marks the rows of a page: 1 where a row matches, else 0. */
  marks(page: RowPage): Uint8Array;
}

/**
 * Reads a filter such as `value > 2.5 and aggregationType = average` for tables with these columns. Nothing of the text is
 * ever run; its length and depth are bounded.
 * @throws VdeError `badFilter`: a fault of the grammar, an unknown column, or a value that the column's kind does not have.
 */
export function parseFilter(text: string, columns: readonly TableColumn[]): RowFilter {
  const matcher = new FilterParser(text, columns).parse();
  return {
    text,
    marks(page) {
      const marks = new Uint8Array(page.count).fill(1);
      matcher.narrow(page, marks);
      return marks;
    },
  };
}

/** Numbers of the rows of a range that match, in order. */
export function findRows(table: Table, filter: RowFilter, range?: RowRange): Uint32Array {
  const found: number[] = [];
  for (const page of rowPages(table, range)) {
    const marks = filter.marks(page);
    for (let i = 0; i < page.count; i++) if (marks[i] === 1) found.push(page.first + i);
  }
  return Uint32Array.from(found);
}

/**
 * Numbers of the rows that match, for each of the tables that has the columns of the filter; at least one must.
 * @throws VdeError `badFilter`: of the table that suits best.
 */
export function findInTables(tables: readonly Table[], text: string, range?: RowRange): Map<Table, Uint32Array> {
  const found = new Map<Table, Uint32Array>();
  let fault: VdeError<'badFilter'> | undefined;
  for (const table of tables) {
    try {
      found.set(table, findRows(table, parseFilter(text, table.columns), range));
    } catch (error) {
      if (!isVdeError(error, 'badFilter')) throw error;
      if (fault === undefined || error.details.position > fault.details.position) fault = error;
    }
  }
  if (found.size === 0 && fault !== undefined) throw fault;
  return found;
}
