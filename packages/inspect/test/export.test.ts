import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type CellValue, type FieldKind, isoFromTicks, type Table, toHex } from '@vde/format';
import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellText,
  csvExport,
  exportPages,
  jsonlExport,
  openBareRegion,
  parseAddress,
  parseFilter,
  schemaOf,
  showJson,
  type TextExport,
} from '../src/index.ts';
import { jsonChunks } from '../src/json/text.ts';
import { columnRows, objectRows, repeated, rows } from './where-table.ts';

const columnsOf = (table: Table, ids?: readonly string[]) =>
  ids ? ids.map((id) => table.columns.find((column) => column.id === id)!) : table.columns;

function write(
  form: (columns: Table['columns']) => TextExport,
  table: Table,
  { ids, where }: { ids?: readonly string[]; where?: string } = {},
): string {
  const chosen = columnsOf(table, ids);
  const filter = where === undefined ? undefined : parseFilter(where, table.columns);
  const { head, page } = form(chosen);
  return head + [...exportPages(table, { columns: chosen, filter })].map(page).join('');
}

/** A reader of RFC 4180, character by character: null where nothing stands, the text of quotes as it is. */
function readCsv(text: string): (string | null)[][] {
  const records: (string | null)[][] = [[]];
  for (let at = 0; at < text.length; ) {
    let cell: string | null = null;
    if (text[at] === '"') {
      cell = '';
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (at >= text.length) throw new Error('a quote is not closed');
        cell += text[at];
        if (text[at] === '"') at++;
      }
      at++;
    } else {
      let end = at;
      while (text[end] !== ',' && text[end] !== '\n') end++;
      if (end > at) cell = text.slice(at, end);
      if (cell?.includes('"') || cell?.includes('\r')) throw new Error(`a cell that needs quotes has none: ${cell}`);
      at = end;
    }
    records.at(-1)!.push(cell);
    if (text[at] === '\n' && at + 1 < text.length) records.push([]);
    else if (text[at] !== ',' && text[at] !== '\n') throw new Error(`found ${text[at]} behind a cell`);
    at++;
  }
  return records;
}

describe('CSV', () => {
  it('says all that cells hold', () => {
    expect(write(csvExport, objectRows(rows))).toBe(
      [
        'small,count,size,value,createdUtcTicks,status,flags,isReadOnly,key,tag,hash,label',
        '0,9007199254740992,0,-0,0001-01-01T00:00:00.0000000Z,raw,0,false,00000000-aaaa-bbbb-cccc-ddddddddddd0,MLOG,abcdef,plain',
        '7,9007199254740993,18446744073709551615,NaN,2025-01-01T00:00:00.0000001Z,average,active|worm,true,00000001-aaaa-bbbb-cccc-ddddddddddd1,"",0abcde,"it\'s, ""quoted""\r\n"',
        "65535,-9223372036854775808,9007199254740992,2.5,-1,9,active|0x80,true,00000002-aaaa-bbbb-cccc-ddddddddddd2,'=cmd,,\\xfffe",
        '7,9223372036854775807,1,-Infinity,9999-12-31T23:59:59.9999999Z,average,active,false,00000003-aaaa-bbbb-cccc-ddddddddddd3,WORM,6c6f67696e,größe 漢字',
        ',,,,,,,,,,,',
        '',
      ].join('\n'),
    );
  });

  it('is the same from typed arrays, and page by page', () => {
    const list = repeated(rows.slice(0, 4), 9000);
    const text = write(csvExport, objectRows(list));
    expect(write(csvExport, columnRows(list))).toBe(text);
    expect(text.split('\n').filter((line) => line.startsWith('65535,'))).toHaveLength(2250);
  });

  it('has the columns and rows that were asked for', () => {
    const asked = { ids: ['value', 'small'], where: 'count > 0 and flags has active' };
    for (const table of [objectRows(rows), columnRows(rows.slice(0, 4))])
      expect(write(csvExport, table, asked)).toBe('value,small\nNaN,7\n-Infinity,7\n');
    expect(write(csvExport, objectRows(rows), { where: 'small = 8', ids: ['tag'] })).toBe('tag\n');
    expect(write(csvExport, { ...objectRows([]), column: () => new Float64Array() }, { ids: ['value'] })).toBe(
      'value\n',
    );
  });

  it.each(['=1+2', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx', "'=1", '＝1', '＋1', '－1', '＠x'])(
    'keeps spreadsheets from running %j',
    (formula) => {
      const label = new TextEncoder().encode(formula);
      const [, [cell]] = readCsv(write(csvExport, objectRows([{ label }]), { ids: ['label'] })) as [string[], string[]];
      expect(cell).toBe(`'${formula}`);
    },
  );

  it('leaves numbers numbers', () => {
    const row = { count: -5n, value: -0.5, status: -1, createdUtcTicks: -7n };
    expect(write(csvExport, objectRows([row]), { ids: Object.keys(row) }).split('\n')[1]).toBe('-5,-0.5,-1,-7');
  });

  it('reads back as any text that was written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 8 }), { maxLength: 60, size: 'max' }), (texts) => {
        // Zeros at the end are padding.
        const labels = texts.map((text) => Buffer.from(text).toString().replace(/\0+$/, ''));
        const table = objectRows(labels.map((label) => ({ label: new TextEncoder().encode(label) })));
        const [, ...records] = readCsv(write(csvExport, table, { ids: ['label'] }));
        const read = records.map(([cell]) => (cell === '' ? '' : cell!.replace(/^'/, '')));
        expect(read).toEqual(labels);
      }),
      { endOnFailure: true, interruptAfterTimeLimit: 20_000 },
    );
  });

  it('reads back as any double that was written', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 200, size: 'max' }), (values) => {
        const [, ...records] = readCsv(
          write(csvExport, objectRows(values.map((value) => ({ value }))), { ids: ['value'] }),
        );
        expect(records.map(([cell]) => Number(cell))).toEqual(values);
      }),
      { endOnFailure: true, interruptAfterTimeLimit: 20_000 },
    );
  });
});

describe('times', () => {
  it('are those of isoFromTicks in seven digits, in whatever order they come', () => {
    const near = fc.bigInt({ min: 638712864000000000n - 2_000_000_000n, max: 638712864000000000n + 2_000_000_000n });
    const any = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const years = fc.bigInt({ min: 0n, max: 3155378975999999999n });
    fc.assert(
      fc.property(fc.array(fc.oneof(near, years, any), { maxLength: 100, size: 'max' }), (ticks) => {
        const text = cellText({ id: 'at', kind: 'ticks' });
        for (const one of ticks) {
          const iso = isoFromTicks(one);
          const [seconds, fraction = ''] = iso?.slice(0, -1).split('.') ?? [];
          expect(text(one)).toBe(iso === undefined ? String(one) : `${seconds}.${fraction.padEnd(7, '0')}Z`);
        }
      }),
      { endOnFailure: true, interruptAfterTimeLimit: 20_000 },
    );
  });
});

const tool = { name: 'vde', version: '1.2.3' };

describe('JSON lines', () => {
  const validate = new Ajv({ strictRequired: false, allowUnionTypes: true }).compile(schemaOf('export')!);

  it('are the rows of show', async () => {
    const table = objectRows(rows);
    const lines = write(jsonlExport, table)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const model = {
      facts: null,
      address: 's:0',
      title: 'Things',
      range: { offset: 0, length: 512 },
      fields: [],
      tables: [table],
      findings: [],
    };
    expect(lines).toEqual(JSON.parse([...jsonChunks(showJson(model, tool))].join('')).tables[0].rows);
    expect(lines.every((line) => validate(line))).toBe(true);
    expect(validate({ small: ['not a value'] })).toBe(false);
  });

  it('have the columns and rows that were asked for', () => {
    expect(write(jsonlExport, objectRows(rows), { ids: ['count', 'small'], where: 'small = 7' })).toBe(
      '{"count":"9007199254740993","small":7}\n{"count":"9223372036854775807","small":7}\n',
    );
  });
});

const folder = new URL('../../../fixtures/golden/regions/', import.meta.url);
const cases = allRegions.flatMap((plugin) =>
  readdirSync(new URL(`${plugin.id}/`, folder))
    .filter((file) => file.endsWith('.bin.gz'))
    .map((file) => [plugin.id, file.replace('.bin.gz', ''), plugin] as const),
);

/** The text of a cell, told once more from the rules: slowly, and from the kind alone. */
function expectedText(value: CellValue, kind: FieldKind, names: Readonly<Record<number, string>> = {}): string | null {
  if (value === null) return null;
  if (value instanceof Uint8Array && kind === 'bytes') return toHex(value) || null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString().replace(/\0+$/, '');
  if (kind === 'enum') return names[Number(value)] ?? `${value}`;
  if (kind !== 'flags') return Object.is(value, -0) ? '-0' : `${value}`;
  const bits = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (Number(value) >>> bit) & 1);
  return bits.map((bit) => names[bit] ?? `0x${(2 ** bit).toString(16)}`).join('|') || '0';
}

describe('golden regions', () => {
  it.each(cases)('%s, %s: reads back cell by cell', async (id, name, plugin) => {
    const { blockSize } = JSON.parse(readFileSync(new URL(`${id}/${name}.json`, folder), 'utf8'));
    const blocks = gunzipSync(readFileSync(new URL(`${id}/${name}.bin.gz`, folder)));
    const bare = await openBareRegion(memorySource(new Uint8Array(blocks)), { plugin, blockSize });
    const { tables } = await bare.show(parseAddress(`r:${id}`));
    for (const table of tables) {
      const [head, ...records] = readCsv(write(csvExport, table));
      expect(head).toEqual(table.columns.map((column) => column.id));
      expect(records).toHaveLength(table.rowCount);
      for (const [c, { id: column, kind, names }] of table.columns.entries()) {
        if (kind === 'ticks') continue;
        const cells = records.map((record) => record[c]);
        const values = Array.from({ length: table.rowCount }, (_, row) => table.cell(row, column));
        expect(cells).toEqual(values.map((value) => expectedText(value, kind, names)));
      }
    }
  });
});
