import { existsSync, readFileSync } from 'node:fs';
import type { TableColumn } from '@vde/format';
import { parseFilter, schemaOf } from '@vde/inspect';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const image = workshop.image('all-regions');
/** A byte of a sample changed: its block no longer verifies. */
const damaged = workshop.image('all-regions', 'damaged.dwvd', (bytes) => {
  bytes[2127 * 4096 + 100]! ^= 1;
});
/** No block of the metrics log is what it was. */
const destroyed = workshop.image('all-regions', 'destroyed.dwvd', (bytes) => {
  bytes.fill(0xa5, 2127 * 4096, 2191 * 4096);
});
const extract = workshop.extract('metrics-log/full-block-0-plus-1.512', 'metrics.bin');
const asExtract = ['--as', 'metrics-log', '--block-size', '512'];

const ajv = new Ajv({ strictRequired: false, allowUnionTypes: true });
const isRow = ajv.compile(schemaOf('export')!);
const isShow = ajv.compile(schemaOf('show')!);

const linesOf = (text: string) => text.trimEnd().split('\n');

describe('export', () => {
  it('writes CSV of the metrics log', async () => {
    const { exitCode, stdout, stderr } = await vde(['export', image, 'r:metrics-log']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = linesOf(stdout);
    expect(lines).toHaveLength(3001);
    expect(lines.slice(0, 3)).toEqual([
      'metricId,timestampUtcTicks,value,aggregationType',
      '1,2025-01-01T00:00:00.0000000Z,41.44,raw',
      '2,2025-01-01T00:00:01.0000000Z,43.365,raw',
    ]);
  });

  it('writes the rows of show as JSON lines', async () => {
    for (const target of [
      [image, 'r:MLOG'],
      [image, 'r:ANON'],
      [image, 'dir'],
      [extract, ...asExtract],
    ]) {
      const rows = linesOf((await vde(['export', ...target, '--to', 'jsonl'])).stdout).map((line) => JSON.parse(line));
      const shown = JSON.parse((await vde(['show', ...target, '-f', 'json'])).stdout);
      expect(rows).toEqual((shown.region ?? shown).tables[0].rows);
      expect(rows.every((row) => isRow(row))).toBe(true);
    }
  });

  it('writes the columns and rows that are asked for, in their order', async () => {
    const asked = ['--columns', 'value,metricId', '--where', 'metricId = 7 and value > 1300'];
    const lines = linesOf((await vde(['export', image, 'r:MLOG', ...asked])).stdout);
    const all = linesOf((await vde(['export', image, 'r:MLOG'])).stdout)
      .slice(1)
      .map((line) => line.split(','));
    const wanted = all.filter(([id, , value]) => id === '7' && Number(value) > 1300);
    expect(lines).toEqual(['value,metricId', ...wanted.map(([id, , value]) => `${value},${id}`)]);
    expect(lines.length).toBeGreaterThan(3);
  });

  it('writes a head alone where nothing matches', async () => {
    expect(await vde(['export', image, 'r:MLOG', '--where', 'value > 1e300', '--columns', 'value'])).toEqual({
      exitCode: 0,
      stdout: 'value\n',
      stderr: '',
    });
  });

  it('goes on where something is damaged, and says so', async () => {
    const whole = linesOf((await vde(['export', image, 'r:MLOG'])).stdout);
    const { exitCode, stdout, stderr } = await vde(['export', damaged, 'r:MLOG']);
    expect(exitCode).toBe(2);
    expect(linesOf(stdout)).toHaveLength(whole.length);
    expect(linesOf(stdout).filter((line, i) => line !== whole[i])).toHaveLength(1);
    expect(stderr).toBe(
      `vde: r:MLOG is damaged: badTrailer at b:2127; what can be read was exported\ntry: vde check ${damaged}\n`,
    );
    const quiet = await vde(['export', damaged, 'r:MLOG', '-q']);
    expect(linesOf(quiet.stderr)).toHaveLength(1);
  });

  it('writes nothing that is not there', async () => {
    const file = workshop.path('nothing.csv');
    const { exitCode, stderr } = await vde(['export', destroyed, 's:23', '-o', file]);
    expect({ exitCode, stderr }).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "vde: s:23: nothing can be read: Metrics log: block 0 does not match its checksum
      try: vde explain badTrailer
      ",
      }
    `);
    expect(existsSync(file)).toBe(false);
  });

  it.each<[string[], RegExp]>([
    [['r:MLOG/17'], /an export is of a whole table\ntry: vde export .* r:MLOG\n$/],
    [['r:MLOG/samples:17.value'], /\ntry: vde export .* r:MLOG --table samples\n$/],
    [['b:12'], /has no table/],
    [['r:STRE'], /StreamingAppend has no table|Streaming/],
    [['r:MLOG', '--table', 'sample'], /\ntry: --table samples\n$/],
    [['r:MLOG', '--columns', 'valu'], /samples has metricId, .*\ntry: value\n$/],
    [['r:MLOG', '--columns', 'value,value'], /value is named twice/],
    [['r:MLOG', '--to', 'parket'], /try: --to parquet\n$/],
    [['r:MLOG', '-f', 'json'], /the form of an export is chosen with --to\ntry: --to jsonl\n$/],
    [['r:MLOG', '-f', 'ndjson'], /the form of an export is chosen with --to\ntry: --to jsonl\n$/],
    [['r:MLOX'], /try: r:MLOG\n$/],
    [['r:MLOG', '--where', 'valu > 1'], /found "valu" at position 0.*\n {2}valu > 1\n {2}\^\ntry: value\n$/],
    [['r:MLOG', '--where', 'aggregationType = avrage'], /\n {20}\^\ntry: average\n$/],
    [['r:MLOG', '--where', 'value >'], /found the end/],
    [[], /an address is needed/],
  ])('64: %j', async (args, message) => {
    const file = workshop.path('refused');
    const { exitCode, stderr } = await vde(['export', image, ...args, '-o', file]);
    expect({ exitCode, wrote: existsSync(file) }).toEqual({ exitCode: 64, wrote: false });
    expect(stderr).toMatch(message);
  });

  it('64: Parquet on a terminal', async () => {
    const { exitCode, stdout, stderr } = await vde(['export', image, 'r:MLOG', '--to', 'parquet'], { columns: 80 });
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toContain('try: -o FILE');
    const piped = await vde(['export', image, 'r:MLOG', '--to', 'parquet']);
    expect(piped).toMatchObject({ exitCode: 0, stderr: '' });
    expect(piped.stdout.slice(0, 4)).toBe('PAR1');
  });

  it('ends quietly when its reader goes away', async () => {
    for (const to of ['csv', 'jsonl', 'parquet']) {
      const { stdout, ...rest } = await vde(['export', damaged, 'r:MLOG', '--to', to], { limit: 0 });
      expect(rest).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toBe('');
    }
  });

  it('130: interrupted, also between rows that match nothing', async () => {
    const interrupt = new AbortController();
    const run = vde(['export', image, 'r:MLOG', '--where', 'value > 1e300'], { signal: interrupt.signal });
    interrupt.abort(new Error('interrupted'));
    expect(await run).toMatchObject({ exitCode: 130, stdout: '' });
  });
});

describe('show --where', () => {
  const where = ['--where', 'metricId = 7 and value > 1300'];

  it('shows the records that match, under their own numbers', async () => {
    const { exitCode, stdout } = await vde(['show', image, 'r:MLOG', ...where]);
    expect(exitCode).toBe(0);
    const all = JSON.parse((await vde(['show', image, 'r:MLOG', '-f', 'json'])).stdout).region.tables[0].rows;
    const wanted = all.flatMap(({ metricId, value }: Record<string, number>, i: number) =>
      metricId === 7 && value! > 1300 ? [i] : [],
    );
    const shown = linesOf(stdout).filter((line) => / 7 +2025-/.test(line));
    expect(shown.map((line) => Number(line.trim().split(' ')[0]))).toEqual(wanted.slice(0, 20));
    const next = wanted[19] + 1;
    expect(stdout).toContain(
      `  20 of the ${wanted.length} that match, of 3000; --records ${next}: shows more, -f json has all\n`,
    );
    const more = await vde(['show', image, 'r:MLOG', ...where, '--records', `${next}:`]);
    expect(more.stdout).toContain(`  ${wanted.length - 20} match, of ${3000 - next}\n`);
  });

  it('gives them as JSON, with their numbers', async () => {
    const document = JSON.parse((await vde(['show', image, 'r:MLOG', ...where, '-f', 'json'])).stdout);
    expect(isShow(document) || isShow.errors).toBe(true);
    const [table] = document.region.tables;
    expect(table).toMatchObject({ rowCount: 3000, firstRow: 0 });
    expect(table.rows.length).toBeGreaterThan(20);
    expect(table.rowNumbers).toHaveLength(table.rows.length);
    for (const row of table.rows) expect(row).toMatchObject({ metricId: 7 });
    const lines = linesOf((await vde(['show', image, 'r:MLOG', ...where, '-f', 'ndjson'])).stdout).map((line) =>
      JSON.parse(line),
    );
    expect(lines.slice(1, -1).map(({ index }) => index)).toEqual(table.rowNumbers);
    expect(lines.slice(1, -1).map(({ row }) => row)).toEqual(table.rows);
    expect(lines.at(-1)).toEqual({ type: 'end', count: table.rows.length });
  });

  it('exits 1 where none match, 64 where it cannot be asked', async () => {
    const none = await vde(['show', image, 'r:MLOG', '--where', 'value > 1e300']);
    expect(none.exitCode).toBe(1);
    expect(none.stdout).toContain('  0 match, of 3000\n');
    expect(await vde(['show', image, 'r:MLOG', '--where', 'valu > 1'])).toMatchObject({
      exitCode: 64,
      stdout: '',
      stderr: expect.stringMatching(/\ntry: value\n$/),
    });
    expect(await vde(['show', image, 'b:0', '--where', 'valu > 1'])).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining('has no records'),
    });
    const failed = await vde(['show', image, 'r:MLOG', '--where', 'valu > 1', '-f', 'json']);
    expect(JSON.parse(failed.stdout)).toMatchObject({ code: 'badFilter', exitCode: 64, hint: 'value' });
  });
});

it('the README shows filters that can be read', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, block = ''] = /## Filters\n[\s\S]*?```\n([\s\S]*?)```/.exec(readme) ?? [];
  const filters = block.trimEnd().split(/\n| {4,}/);
  const columns: TableColumn[] = [
    { id: 'value', kind: 'f64' },
    { id: 'metricId', kind: 'u16' },
    { id: 'aggregationType', kind: 'enum', names: { 2: 'average' } },
    { id: 'createdUtcTicks', kind: 'ticks' },
    { id: 'label', kind: 'text' },
    { id: 'flags', kind: 'flags', names: { 3: 'worm' } },
  ];
  expect(filters).toHaveLength(4);
  for (const filter of filters) expect(() => parseFilter(filter, columns)).not.toThrow();
});
