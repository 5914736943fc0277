import { describe, expect, it } from 'vitest';
import { bytes, objectTable, PackedRecords, packedTable, record, u16, VariableRecords } from '../src/index.ts';

const Row = record('Row', { id: u16, hash: bytes(4) });
const rows = [1, 2].map((id) => ({ id, hash: Uint8Array.of(id, 0, 0, id) }));

describe.each([
  ['objects', () => objectTable('rows', rows, Row)],
  ['packed records', () => packedTable('rows', PackedRecords.from(Row, rows))],
  ['variable records', () => packedTable('rows', VariableRecords.from(Row, rows))],
] as const)('a table of %s', (_, make) => {
  it('has the cells of its records, and hands out copies of bytes', () => {
    const table = make();
    expect([table.rowCount, table.columns.map(({ id }) => id)]).toEqual([2, ['id', 'hash']]);
    const cell = table.cell(1, 'hash') as Uint8Array;
    expect([table.cell(1, 'id'), cell]).toEqual([2, Uint8Array.of(2, 0, 0, 2)]);
    cell.fill(9);
    expect(table.cell(1, 'hash')).toEqual(Uint8Array.of(2, 0, 0, 2));
  });

  it('has no other rows and columns', () => {
    const table = make();
    expect(() => table.cell(2, 'id')).toThrow(RangeError);
    expect(() => table.cell(0, 'none')).toThrow(RangeError);
  });
});
