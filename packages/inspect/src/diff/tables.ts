import type { Geometry, Table, TableColumn } from '@vde/format';
import { alignRows } from './align.ts';
import { sameCell } from './cells.ts';
import type { DecodedSide, HeaderField } from './decode.ts';
import type { RowMatch } from './gap.ts';
import { cellOf, type DiffCell, type Difference, type DiffPart, type Side } from './model.ts';
import { RowPair } from './rows.ts';

/** Blocks of a region in which something decoded differs: that their bytes differ says nothing more. */
export class ExplainedBlocks {
  readonly #blocks: Uint8Array;

  constructor(count: number) {
    this.#blocks = new Uint8Array(count);
  }

  has(block: number): boolean {
    return this.#blocks[block] === 1;
  }

  mark(first: number, end = first + 1): void {
    this.#blocks.fill(1, first, end);
  }

  /** Marks the bytes of a row; with `onwards` all behind them too, which moved. */
  markRow(table: Table, row: number, geometry: Geometry, onwards: boolean): void {
    const place = row < table.rowCount ? table.locate?.(row, geometry) : undefined;
    if (place === undefined) this.mark(0, this.#blocks.length);
    else if (onwards) this.mark(place.block, this.#blocks.length);
    else this.mark(place.block, place.block + Math.ceil((place.offset + place.length) / geometry.payloadSize));
  }
}

/** A region that both images have, decoded by one plugin. */
export interface DecodedPair {
  readonly a: DecodedSide;
  readonly b: DecodedSide;
  readonly part: DiffPart;
  readonly geometry: Readonly<Record<Side, Geometry>>;
  readonly explained: ExplainedBlocks;
  readonly consequences: boolean;
}

/** What differs in the header of a region and in its tables. */
export function* decodedDifferences(pair: DecodedPair): Generator<Difference> {
  const tables = pair.a.tables.flatMap((a) => {
    const b = pair.b.tables.find(({ id }) => id === a.id);
    return b === undefined || isEmptied(pair, a, b) ? [] : [{ a, b }];
  });
  yield* headerDifferences(pair, tables);
  for (const { a, b } of tables) yield* tableDifferences(pair, new RowPair(a, b));
}

/** Damage left nothing of the rows on one side: they are not gone, they cannot be read. */
function isEmptied({ a, b }: DecodedPair, tableA: Table, tableB: Table): boolean {
  const isLost = (side: DecodedSide, own: Table, other: Table) =>
    side.isPartial && own.rowCount === 0 && other.rowCount > 0;
  return isLost(a, tableA, tableB) || isLost(b, tableB, tableA);
}

function* headerDifferences(pair: DecodedPair, tables: readonly { a: Table; b: Table }[]): Generator<Difference> {
  const { part, explained } = pair;
  const others = new Map(pair.b.header.map((field) => [field.path, field]));
  for (const a of pair.a.header) {
    const b = others.get(a.path);
    if (b === undefined || sameCell(a.value, b.value)) continue;
    explained.mark(a.block);
    if (!pair.consequences && tables.some((table) => isCount(a, b, table))) continue;
    const place = {
      path: `${part.path}.${a.path}`,
      addressA: `${part.addressA}.${a.path}`,
      addressB: `${part.addressB}.${a.path}`,
    };
    yield { what: 'field', part, kind: 'changed', ...place, a, b };
  }
}

/** A number of records says again what the records that came and went say. */
function isCount(a: HeaderField, b: HeaderField, table: { a: Table; b: Table }): boolean {
  return Number(a.value) === table.a.rowCount && Number(b.value) === table.b.rowCount;
}

function* tableDifferences(pair: DecodedPair, rows: RowPair): Generator<Difference> {
  const { key, matches } = alignRows(rows);
  for (const match of matches) {
    let isTold = false;
    for (const difference of rowDifferences(pair.part, rows, match, key)) {
      isTold = true;
      yield difference;
    }
    // Bytes of a row that no column shows stay unexplained.
    if (isTold) explain(pair, rows, match);
  }
}

function explain({ explained, geometry }: DecodedPair, { a, b }: RowPair, match: RowMatch): void {
  const onwards = match.a < 0 || match.b < 0 || match.moved === true;
  if (match.a >= 0) explained.markRow(a, match.a, geometry.a, onwards);
  if (match.b >= 0) explained.markRow(b, match.b, geometry.b, onwards);
}

function* rowDifferences(
  part: DiffPart,
  rows: RowPair,
  match: RowMatch,
  key: readonly TableColumn[],
): Generator<Difference> {
  const { a, b } = rows;
  const row = match.a >= 0 ? match.a : match.b;
  const keyTable = match.a >= 0 ? a : b;
  const place = {
    part,
    path: `${part.path}.${a.id}[${row}]`,
    addressA: match.a < 0 ? null : `${part.addressA}/${a.id}:${match.a}`,
    addressB: match.b < 0 ? null : `${part.addressB}/${b.id}:${match.b}`,
    ...(key.length > 0 && { key: cellsOf(keyTable, key, row) }),
  };
  if (match.a < 0) yield { what: 'record', ...place, kind: 'added', a: null, b: cellsOf(b, rows.columns, match.b) };
  else if (match.b < 0)
    yield { what: 'record', ...place, kind: 'removed', a: cellsOf(a, rows.columns, match.a), b: null };
  else {
    if (match.moved) yield { what: 'place', ...place, kind: 'changed', a: match.a, b: match.b };
    for (const column of rows.differing(match.a, match.b)) {
      const { id } = column;
      const field = {
        path: `${place.path}.${id}`,
        addressA: `${place.addressA}.${id}`,
        addressB: `${place.addressB}.${id}`,
      };
      const [valueA, valueB] = [a.cell(match.a, id), b.cell(match.b, id)];
      yield {
        what: 'field',
        ...place,
        ...field,
        kind: 'changed',
        a: cellOf(column, valueA),
        b: cellOf(column, valueB),
      };
    }
  }
}

const cellsOf = (table: Table, columns: readonly TableColumn[], row: number): DiffCell[] =>
  columns.map((column) => cellOf(column, table.cell(row, column.id)));
