import { type CellValue, type Description, sameBytes, toHex } from '@vde/format';

/** What a state presents: summary values and every cell, copied. */
export interface Presentation {
  readonly summary: ReadonlyMap<string, CellValue>;
  readonly tables: ReadonlyMap<string, PresentedTable>;
}

export interface PresentedTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly CellValue[])[];
}

/** Reads a whole description; later changes of the state do not show. */
export function present(description: Description): Presentation {
  const summary = new Map(description.summary.map(({ id, value }) => [id, copyOf(value)]));
  const tables = new Map<string, PresentedTable>();
  for (const table of description.tables) {
    const columns = table.columns.map((column) => column.id);
    const rows = Array.from({ length: table.rowCount }, (_, row) => columns.map((id) => copyOf(table.cell(row, id))));
    tables.set(table.id, { columns, rows });
  }
  return { summary, tables };
}

/** The first difference in words, `undefined` when both present the same. */
export function difference(a: Presentation, b: Presentation): string | undefined {
  return summaryDifference(a, b) ?? tablesDifference(a, b);
}

/** The first difference of the tables. `except` names one cell that may differ. */
export function tablesDifference(a: Presentation, b: Presentation, except?: string): string | undefined {
  for (const id of new Set([...a.tables.keys(), ...b.tables.keys()])) {
    const [left, right] = [a.tables.get(id), b.tables.get(id)];
    if (left === undefined || right === undefined) return `table ${id} is there only once`;
    const found = rowsDifference(id, left, right, except);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether two cells are the same value: NaN is itself, 0 is not -0, bytes are compared one by one. */
export function sameCell(a: CellValue, b: CellValue): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return sameBytes(a, b);
  return Object.is(a, b);
}

/** A cell as text for messages. */
export function show(value: CellValue | undefined): string {
  if (value instanceof Uint8Array) return value.length > 40 ? `${toHex(value.subarray(0, 40))}...` : toHex(value);
  if (Object.is(value, -0)) return '-0';
  return typeof value === 'string' ? JSON.stringify(value) : `${value}`;
}

function summaryDifference(a: Presentation, b: Presentation): string | undefined {
  for (const id of new Set([...a.summary.keys(), ...b.summary.keys()])) {
    const [left, right] = [a.summary.get(id), b.summary.get(id)];
    if (left === undefined || right === undefined || !sameCell(left, right))
      return `${id}: ${show(left)}, then ${show(right)}`;
  }
  return undefined;
}

function rowsDifference(
  id: string,
  a: PresentedTable,
  b: PresentedTable,
  except: string | undefined,
): string | undefined {
  if (a.rows.length !== b.rows.length) return `table ${id}: ${a.rows.length} rows, then ${b.rows.length}`;
  for (let row = 0; row < a.rows.length; row++) {
    for (let column = 0; column < a.columns.length; column++) {
      const [left, right] = [a.rows[row]![column]!, b.rows[row]![column]!];
      if (sameCell(left, right)) continue;
      const path = `${id}[${row}].${a.columns[column]}`;
      if (path !== except) return `${path}: ${show(left)}, then ${show(right)}`;
    }
  }
  return undefined;
}

function copyOf(value: CellValue): CellValue {
  return value instanceof Uint8Array ? value.slice() : value;
}
