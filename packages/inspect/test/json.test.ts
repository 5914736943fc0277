import { defineRegion } from '@vde/format';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { checkJson, checkListJson } from '../src/json/check.ts';
import type { Envelope } from '../src/json/envelope.ts';
import {
  boundRows,
  codesJson,
  errorJson,
  explainJson,
  hexJson,
  infoJson,
  lsJson,
  pluginsJson,
  showJson,
} from '../src/json/json.ts';
import { checkLines, lsLines, showLines } from '../src/json/lines.ts';
import { jsonChunks, jsonLine } from '../src/json/text.ts';
import { schemaNames, schemaOf } from '../src/schemas.ts';
import { check, cleanCheck, facts, hexBlock, info, showRegion, showSuperblock, slots } from './models.ts';

const tool = { name: 'vde', version: '1.2.3' };
const ajv = new Ajv({ strict: true, allErrors: true, strictRequired: false, allowUnionTypes: true });
const validators = new Map(schemaNames.map((name) => [name, ajv.compile(schemaOf(name)!)]));

function isValid(name: string, document: unknown): boolean {
  const validate = validators.get(name)!;
  if (!validate(document)) throw new Error(`${name}: ${ajv.errorsText(validate.errors)}`);
  return true;
}

/** The document as somebody reads it who has only its text. */
const read = (envelope: Envelope) => JSON.parse([...jsonChunks(envelope)].join(''));
const readLines = (lines: Iterable<Parameters<typeof jsonLine>[0]>) =>
  [...lines].map((line) => JSON.parse(jsonLine(line)));

const plugin = defineRegion({
  id: 'metrics-log',
  title: 'Metrics log',
  blockTag: 'MTRK',
  slotTypes: ['MLOG', 'MTRK'],
  owns: ['MLOG'],
  codes: { siblingFormat: { severity: 'error', explain: 'The other format.' } },
  empty: () => ({}),
  decode: () => ({}),
  requiredBlocks: () => 1,
  encode: () => {},
  trace: () => [],
  describe: () => ({ summary: [], tables: [] }),
  verbs: {
    prefix: 'metrics',
    commands: { record: { summary: 'adds a sample', args: {}, run: (state) => ({ state }) } },
  },
});

const meaning = { code: 'badTrailer', severity: 'error' as const, explain: 'The checksum fails.', from: 'blocks' };

const documents: readonly [string, Envelope][] = [
  ['info', infoJson(info, tool)],
  ['ls', lsJson(facts, slots, tool)],
  ['ls', lsJson(null, [], tool)],
  ['show', showJson(showRegion(), tool)],
  ['show', showJson(showSuperblock, tool)],
  ['show', showJson({ ...showSuperblock, facts: null, bytes: Uint8Array.of(1, 0xff) }, tool)],
  ['hex', hexJson(hexBlock(), tool)],
  ['check', checkJson(check, tool)],
  [
    'check',
    checkListJson(
      [
        { source: 'a.dwvd', model: check },
        { source: 'c.dwvd', model: cleanCheck },
        { source: 'b', error: { code: 'notFound', message: 'b: no such file', exitCode: 66 } },
      ],
      tool,
    ),
  ],
  ['explain', explainJson(meaning, [{ ...meaning, from: 'metrics-log' }], tool)],
  ['codes', codesJson([meaning], tool)],
  ['plugins', pluginsJson([plugin], tool)],
  [
    'error',
    errorJson({ code: 'notDwvd', message: 'a: not a DWVD image', exitCode: 65, hint: 'it is gzip data' }, tool),
  ],
];

describe('envelopes', () => {
  it.each(documents)('%s agrees with its schema', (name, envelope) => {
    const document = read(envelope);
    expect(isValid(name, document)).toBe(true);
    expect(document.schema).toBe(`vde/${name}/1`);
    expect(document.tool).toEqual(tool);
  });

  it.each(documents)('%s may grow keys', (name, envelope) => {
    expect(isValid(name, { ...read(envelope), laterKey: 1 })).toBe(true);
  });

  it.each(documents)('%s requires its keys', (name, envelope) => {
    const { tool: _, ...rest } = read(envelope);
    expect(() => isValid(name, rest)).toThrow(/tool/);
  });

  it('states a check as the contract shows it', () => {
    expect(read(checkJson(check, tool))).toEqual({
      schema: 'vde/check/1',
      tool,
      image: {
        source: 'a.dwvd',
        size: '4294967296',
        blockSize: 4096,
        blocks: '1048576',
        volumeUuid: '813b33dc-092d-486d-b9a7-49fc9a14261e',
        copyUsed: 'primary',
      },
      level: 'full',
      complete: true,
      summary: {
        verdict: 'damaged',
        errors: 1,
        warnings: 1,
        notices: 1,
        unverifiable: 0,
        blocks: { ok: '1048500', hole: '75', badTrailer: '1' },
      },
      findings: [
        {
          code: 'badTrailer',
          severity: 'error',
          message: 'block 31 does not match its checksum',
          address: 'b:31',
          block: '31',
          range: { offset: '126976', length: '4096' },
          region: { slot: 3, type: 'WORM', id: 'worm-immutable' },
          path: 'writes[17].contentHash',
          expected: '4660',
          actual: 'abcd',
          repair: { possible: true, from: 'mirror' },
        },
        expect.objectContaining({ code: 'duplicateKey', repair: { possible: false } }),
        expect.objectContaining({ code: 'emptyRegion' }),
      ],
    });
  });

  it('totals several images and keeps each', () => {
    const document = read(documents[8]![1]);
    expect(document.summary).toMatchObject({ verdict: 'damaged', errors: 1, blocks: { ok: '1048512' } });
    expect(document.complete).toBe(false);
    expect(document.images.map((image: { source: string }) => image.source)).toEqual(['a.dwvd', 'c.dwvd', 'b']);
    expect(document.findings[0].source).toBe('a.dwvd');
  });

  it('states a region with its tables', () => {
    const { region } = read(showJson(showRegion(5), tool));
    expect(region).toMatchObject({
      slot: 4,
      type: 'MLOG',
      id: 'metrics-log',
      generation: 7,
      state: 'written',
      partial: false,
    });
    expect(region.summary).toEqual({ sampleCount: '5', compactionThreshold: 0.8 });
    expect(region.tables[0]).toMatchObject({ id: 'samples', rowCount: 5, firstRow: 0 });
    expect(region.tables[0].columns[3]).toEqual({
      id: 'aggregationType',
      kind: 'enum',
      names: { 0: 'raw', 1: 'sum', 2: 'average' },
    });
    expect(region.tables[0].rows).toHaveLength(5);
    expect(region.tables[0].rows[3]).toEqual({
      metricId: 3,
      timestampUtcTicks: { ticks: '638712865800000000', iso: '2025-01-01T00:03:00Z' },
      value: 'NaN',
      aggregationType: { value: 3, name: null },
    });
  });

  it('gives the rows that were asked for', () => {
    const rows = (range: Parameters<typeof boundRows>[0]) =>
      read(showJson(showRegion(50), tool, range)).region.tables[0];
    expect(rows({ first: 10, end: 12 })).toMatchObject({
      rowCount: 50,
      firstRow: 10,
      rows: [{ metricId: 3 }, { metricId: 4 }],
    });
    expect(rows({ first: -1 }).rows).toHaveLength(1);
    expect(rows({ first: 60, end: 70 })).toMatchObject({ firstRow: 50, rows: [] });
  });

  it('names superblock fields as the format page does', () => {
    expect(read(infoJson(info, tool)).superblock).toMatchObject({
      totalBlocks: '1048576',
      volumeLabel: 'demo',
      createdTimestamp: { ticks: '638712864000000000', iso: '2025-01-01T00:00:00Z' },
    });
  });
});

describe('row ranges', () => {
  it.each<[number, number | undefined, number, number]>([
    [0, undefined, 0, 10],
    [0, 100, 0, 10],
    [2, 4, 2, 4],
    [-3, undefined, 7, 10],
    [0, -1, 0, 9],
    [8, 3, 8, 8],
    [-99, 2, 0, 2],
    [99, undefined, 10, 10],
  ])('%s to %s of ten rows is %s to %s', (first, end, from, to) => {
    expect(boundRows({ first, ...(end !== undefined && { end }) }, 10)).toEqual({ first: from, end: to });
  });
});

describe('lines', () => {
  it('streams findings between start and end', () => {
    const lines = readLines(checkLines(check, tool));
    expect(lines.every((line) => isValid('line', line))).toBe(true);
    expect(lines.map((line) => line.type)).toEqual(['start', 'finding', 'finding', 'finding', 'end']);
    expect(lines[0]).toMatchObject({ schema: 'vde/check/1', tool, image: { source: 'a.dwvd' } });
    expect(lines.at(-1)).toMatchObject({ complete: true, summary: { verdict: 'damaged' } });
  });

  it('streams slots and rows', () => {
    const lines = [
      ...readLines(lsLines(facts, slots, tool)),
      ...readLines(showLines(showRegion(50), tool, { first: 1, end: 3 })),
    ];
    expect(lines.every((line) => isValid('line', line))).toBe(true);
    expect(lines[1].slot.type).toBe('SUPB');
    expect(
      lines.filter((line) => line.type === 'row').map((line) => [line.table, line.index, line.row.metricId]),
    ).toEqual([
      ['samples', 1, 1],
      ['samples', 2, 2],
    ]);
    expect(lines.at(-1)).toEqual({ type: 'end', count: 2 });
  });
});

describe('JSON text', () => {
  it('is the same document that JSON.stringify writes', () => {
    const tree = { a: [], b: {}, c: [1, [true, null]], d: { 'e"': 'x\n', f: undefined }, g: -0.5 };
    expect([...jsonChunks(tree)].join('')).toBe(JSON.stringify(tree, null, 2));
  });

  it('writes a long table piece by piece', () => {
    let longest = 0;
    let count = 0;
    for (const chunk of jsonChunks(showJson(showRegion(20_000), tool))) {
      longest = Math.max(longest, chunk.length);
      count++;
    }
    expect(longest).toBeLessThan(1000);
    expect(count).toBeGreaterThan(20_000);
  });
});

describe('schemas', () => {
  it('knows no other names', () => {
    expect(schemaOf('toString')).toBeUndefined();
    expect(schemaOf('nothing')).toBeUndefined();
  });

  it('carries only the definitions it uses', () => {
    expect(Object.keys(schemaOf('explain')!['definitions'] as object)).toEqual(['tool']);
    expect(Object.keys(schemaOf('show')!['definitions'] as object)).toContain('value');
  });
});
