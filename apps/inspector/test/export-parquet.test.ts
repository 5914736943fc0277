import { readdirSync, readFileSync } from 'node:fs';
import { type CellValue, type Table, toHex, unixEpochTicks } from '@vde/format';
import { memorySource } from '@vde/image';
import { cellText, exportPages, openBareRegion, openInspection, parseAddress } from '@vde/inspect';
import { allRegions } from '@vde/regions';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterAll, describe, expect, it } from 'vitest';
import { ParquetExport } from '../src/cli/export-parquet.ts';
import { Output } from '../src/cli/output.ts';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const folder = new URL('../../../fixtures/golden/regions/', import.meta.url);
const cases = allRegions.flatMap(({ id }) =>
  readdirSync(new URL(`${id}/`, folder))
    .filter((file) => file.endsWith('.bin.gz'))
    .map((file) => [id, file.replace('.bin.gz', '')] as const),
);

const read = (path: string): ArrayBuffer => {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
};

/** The rows of a file: bytes as hex, timestamps in nanoseconds. */
async function readRows(file: ArrayBuffer): Promise<Record<string, unknown>[]> {
  const rows = await parquetReadObjects({
    file,
    utf8: false,
    parsers: { timestampFromNanoseconds: (nanoseconds: bigint) => nanoseconds as never },
  });
  for (const row of rows)
    for (const [key, value] of Object.entries(row))
      row[key] = value instanceof Uint8Array ? toHex(value) : (value ?? null);
  return rows;
}

/** What a file must hold: numbers, booleans and GUIDs as they are, bytes, ticks twice, everything else as its text. */
function expectedRows({ columns, rowCount, cell }: Table): Record<string, unknown>[] {
  return Array.from({ length: rowCount }, (_, row) => {
    const values: Record<string, unknown> = {};
    for (const column of columns) {
      const { id, kind } = column;
      const value: CellValue = cell(row, id);
      if (kind === 'bytes') values[id] = value && toHex(value as Uint8Array);
      else if (value !== null && ['enum', 'flags', 'text', 'tag'].includes(kind)) values[id] = cellText(column)(value);
      else values[id] = value;
      if (kind === 'ticks') values[timeOf(id)] = value === null ? null : nanosecondsOf(value as bigint);
    }
    return values;
  });
}

const timeOf = (id: string) => (id.endsWith('Ticks') ? id.slice(0, -5) : `${id}Time`);

function nanosecondsOf(ticks: bigint): bigint | null {
  const nanoseconds = (ticks - unixEpochTicks) * 100n;
  return BigInt.asIntN(64, nanoseconds) === nanoseconds ? nanoseconds : null;
}

async function expectSame(path: string, table: Table): Promise<void> {
  const file = read(path);
  expect(Number(parquetMetadata(file).num_rows)).toBe(table.rowCount);
  expect(await readRows(file)).toEqual(expectedRows(table));
}

describe('Parquet of golden regions', () => {
  it.each(cases)('%s, %s', async (id, name) => {
    const { blockSize } = JSON.parse(readFileSync(new URL(`${id}/${name}.json`, folder), 'utf8'));
    const path = workshop.extract(`${id}/${name}`, 'region.bin');
    const plugin = allRegions.find((candidate) => candidate.id === id)!;
    const bare = await openBareRegion(memorySource(new Uint8Array(readFileSync(path))), { plugin, blockSize });
    const { tables } = await bare.show(parseAddress(`r:${id}`));
    for (const table of tables) {
      const to = workshop.path('region.parquet');
      const asked = ['--as', id, '--block-size', `${blockSize}`, '--table', table.id, '--to', 'parquet', '-o', to];
      const { exitCode, stderr } = await vde(['export', path, ...asked]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      await expectSame(to, table);
    }
  });

  it.each(['all-regions', 'seed-regions-16k'])('all tables of the image %s', async (name) => {
    const path = workshop.image(name);
    const inspection = await openInspection(memorySource(new Uint8Array(readFileSync(path))), { regions: allRegions });
    let count = 0;
    for (const { address } of await inspection.slots()) {
      for (const table of (await inspection.show(parseAddress(address))).tables) {
        const to = workshop.path('slot.parquet');
        const args = ['export', path, address, '--table', table.id, '--to', 'parquet', '-o', to];
        expect((await vde(args)).exitCode).toBe(0);
        await expectSame(to, table);
        count++;
      }
    }
    expect(count).toBeGreaterThan(5);
  });
});

/** Writes a table and gives the file. */
async function write(table: Table): Promise<{ file: ArrayBuffer; parts: number }> {
  const parts: Uint8Array[] = [];
  const keep = async (part: string | Uint8Array) => void parts.push(Buffer.from(part));
  const parquet = new ParquetExport(new Output({ write: keep, isTTY: false }), table, table.columns);
  for (const page of exportPages(table, { columns: table.columns })) await parquet.page(page);
  await parquet.end();
  const file = Buffer.concat(parts);
  return {
    file: file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer,
    parts: parts.length,
  };
}

const reach = 2n ** 63n / 100n;
/** The ends of what a column can hold, and what lies beside them. */
const extremes: Readonly<Record<string, readonly CellValue[]>> = {
  u8: [0, 255, null],
  u16: [0, 65535, null],
  u32: [0, 2 ** 31, 2 ** 32 - 1, null],
  u64: [0n, 2n ** 63n, 2n ** 64n - 1n, null],
  i32: [-(2 ** 31), 2 ** 31 - 1, null],
  i64: [-(2n ** 63n), 2n ** 63n - 1n, 0n, null],
  f64: [0, -0, Number.NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308, null],
  ticks: [
    -(2n ** 63n),
    2n ** 63n - 1n,
    0n,
    unixEpochTicks - reach,
    unixEpochTicks - reach - 1n,
    unixEpochTicks + reach,
    unixEpochTicks + reach + 1n,
    638712864000000001n,
    null,
  ],
  boolean: [true, false, null],
  guid: ['00112233-4455-6677-8899-aabbccddeeff', null],
  tag: ['MLOG', '', '0x00000001', null],
  enum: [2, 9, null],
  flags: [0, 9, 0x81, null],
  text: [new TextEncoder().encode('größe 😀'), new Uint8Array(), Uint8Array.of(0xff), null],
  bytes: [Uint8Array.of(1, 2), new Uint8Array(), new Uint8Array(300).fill(255), null],
};
const names = { 0: 'active', 2: 'average', 3: 'worm' };

/** A column of each kind; `valuesOf` tells what it holds, over and over. */
function tableOf(rowCount: number, valuesOf: (kind: string) => readonly CellValue[]): Table {
  const columns = Object.keys(extremes).map((kind) => ({
    id: kind,
    kind: kind as Table['columns'][number]['kind'],
    ...((kind === 'enum' || kind === 'flags') && { names }),
  }));
  return {
    id: 'extremes',
    columns,
    rowCount,
    cell(row, id) {
      const values = valuesOf(id);
      return values[row % values.length]!;
    },
  };
}

describe('Parquet', () => {
  it.each([1, 15, 1000])('holds the ends of every kind, in %i rows', async (rowCount) => {
    const table = tableOf(rowCount, (kind) => extremes[kind]!);
    const { file } = await write(table);
    expect(await readRows(file)).toEqual(expectedRows(table));
  });

  it('writes large tables in several row groups', async () => {
    const values = Float64Array.from({ length: 70_000 }, (_, i) => Math.sin(i));
    const table: Table = {
      id: 'values',
      columns: [{ id: 'value', kind: 'f64' }],
      rowCount: values.length,
      cell: (row) => values[row]!,
      column: (_, first, count) => values.slice(first, first + count),
    };
    const { file, parts } = await write(table);
    expect((await readRows(file)).map(({ value }) => value)).toEqual([...values]);
    expect(parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([65_536, 4464]);
    // Each went out before the next was made.
    expect(parts).toBe(3);
  });

  it('holds columns of nothing, and no rows at all', async () => {
    const empty = tableOf(100, () => [null]);
    expect(await readRows((await write(empty)).file)).toEqual(expectedRows(empty));
    const { file } = await write(tableOf(0, () => [null]));
    expect(parquetMetadata(file)).toMatchObject({ num_rows: 0n, row_groups: [] });
    expect(parquetMetadata(file).schema).toHaveLength(17);
  });

  it('ends a row group when its texts and bytes grow large', async () => {
    const table = tableOf(2000, (kind) => (kind === 'bytes' ? [new Uint8Array(10_000)] : [null]));
    const { file, parts } = await write(table);
    expect(parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([448, 448, 448, 448, 208]);
    expect(parts).toBe(6);
  });

  it('types its columns for readers that know no kinds', async () => {
    const { file } = await write(tableOf(3, (kind) => extremes[kind]!));
    const { schema, key_value_metadata, created_by } = parquetMetadata(file);
    const typeOf = ({ name, type, converted_type, logical_type }: (typeof schema)[number]) =>
      [name, type, converted_type, logical_type?.type].filter(Boolean).join(' ');
    expect(schema.slice(1).map(typeOf)).toEqual([
      'u8 INT32 UINT_8',
      'u16 INT32 UINT_16',
      'u32 INT32 UINT_32',
      'u64 INT64 UINT_64',
      'i32 INT32',
      'i64 INT64',
      'f64 DOUBLE',
      'ticks INT64',
      'ticksTime INT64 TIMESTAMP',
      'boolean BOOLEAN',
      'guid FIXED_LEN_BYTE_ARRAY UUID',
      'tag BYTE_ARRAY UTF8 STRING',
      'enum BYTE_ARRAY UTF8 STRING',
      'flags BYTE_ARRAY UTF8 STRING',
      'text BYTE_ARRAY UTF8 STRING',
      'bytes BYTE_ARRAY',
    ]);
    expect(schema.slice(1).every(({ repetition_type }) => repetition_type === 'OPTIONAL')).toBe(true);
    expect(created_by).toMatch(/^vde version /);
    const [entry] = key_value_metadata ?? [];
    expect(entry!.key).toBe('vde.table');
    expect(JSON.parse(entry!.value!)).toMatchObject({ id: 'extremes', columns: { length: 15 } });
  });
});
