import { readFileSync } from 'node:fs';
import { schemaOf } from '@vde/inspect';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { hasColor, vde, Workshop, withoutColor } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const image = workshop.image('all-regions');
const extract = workshop.extract('metrics-log/one.4096', 'metrics.bin');
const asExtract = ['--as', 'metrics-log', '--block-size', '4096'];

const ajv = new Ajv({ strictRequired: false, allowUnionTypes: true });
const isFind = ajv.compile(schemaOf('find')!);
const isLine = ajv.compile(schemaOf('line')!);
const linesOf = ({ stdout }: { stdout: string }) => stdout.trimEnd().split('\n');
const quiet = { columns: 100, env: { NO_COLOR: '1' } };

describe('vde find', () => {
  it.each([
    [0, 'something found', [image, 'tag:MTRK']],
    [1, 'nothing found', [image, 'text:nothing of this']],
    [0, 'in an extract', [extract, 'tag:MTRK', ...asExtract]],
    [0, 'in a region', [image, 'tag:MTRK', '--in', 'r:MLOG']],
    [1, 'not in a region', [image, 'tag:MTRK', '--in', 'r:ANON']],
    [64, 'a bad pattern', [image, 'hex:4']],
    [64, 'no pattern', [image]],
    [64, 'case of bytes', [image, 'hex:41', '-i']],
    [64, 'a bad number of hits', [image, 'hex:41', '--max', '0']],
    [64, 'a bad address', [image, 'hex:41', '--in', 'b:x']],
    [64, 'a place that is not there', [image, 'hex:41', '--in', 'r:MLOX']],
    [66, 'no file', [workshop.path('nothing.dwvd'), 'hex:41']],
  ])('exits %i: %s', async (exitCode, _, args) => {
    expect(await vde(['find', ...args])).toMatchObject({ exitCode });
  });

  it.each([
    ['tag:MTRK'],
    ['text:acme', '-i'],
    ['guid:fb4c3fd3-6b81-4c43-9b2e-a52ad1ae9f76'],
    ['time:2025-01-01..2025-12-31', '--max', '7'],
    ['hex:00000000', '--max', '300'],
    ['f64:0.5'],
    ['text:nothing of this'],
    ['u32:1', '--in', 'dir'],
  ])('%s %s: its JSON agrees with the schema', async (...args) => {
    const { stdout } = await vde(['find', image, ...args, '-f', 'json']);
    const document = JSON.parse(stdout);
    expect(isFind(document), ajv.errorsText(isFind.errors)).toBe(true);
    const lines = linesOf(await vde(['find', image, ...args, '-f', 'ndjson'])).map((line) => JSON.parse(line));
    for (const line of lines) expect(isLine(line), ajv.errorsText(isLine.errors)).toBe(true);
    expect(lines.slice(1, -1).map(({ hit }) => hit)).toEqual(document.hits);
    expect(document.summary.hits).toBe(document.hits.length);
  });

  it('tells where, whose and what', async () => {
    const lines = linesOf(await vde(['find', image, 'u32:3000']));
    expect(lines[0]).toBe(`${image}  the number 3000 as u32, little-endian · 12 MiB`);
    expect(lines).toContain('b:2127            metrics-log, slot 23  sampleCount');
    expect(lines).toContain(
      '  0084F000  00 00 00 00 00 00 00 00 [b8 0b 00 00] 00 00 00 00 50 c3 00 00  ........[....]....P...',
    );
    expect(lines.at(-1)).toBe('3 hits · 12 MiB searched');
  });

  it('shows texts as such, and which reading of a GUID it was', async () => {
    const { stdout } = await vde(['find', image, 'text:ACME PAY', '-i', '--max', '1']);
    expect(stdout).toMatch(/\[ACME pay\]ments/);
    const guid = await vde(['find', image, 'fb4c3fd3-6b81-4c43-9b2e-a52ad1ae9f76']);
    expect(guid.stdout).toContain('volumeUuid  .NET byte order\n');
  });

  it('says on standard error what it took a bare pattern for', async () => {
    const { stderr, stdout } = await vde(['find', image, 'MTRK']);
    expect(stderr).toBe(
      'searching for the tag MTRK (integrity tree or metrics log), stored as 4b52544d (tag:MTRK); text: and others in front of it say otherwise\n',
    );
    expect(stdout).toBe((await vde(['find', image, 'tag:MTRK'])).stdout);
    expect((await vde(['find', image, 'tag:MTRK'])).stderr).toBe('');
    expect((await vde(['find', image, 'MTRK', '-q'])).stderr).toBe('');
    expect((await vde(['find', image, '-3'])).stderr).toContain('the number -3 as i32');
  });

  it('shows people the first hundred, and scripts all', async () => {
    const people = await vde(['find', image, 'hex:0000']);
    expect(people.stdout).toContain('the search ended after 100 hits; --max 1000 searches on, -f ndjson has all');
    const { hits, complete } = JSON.parse((await vde(['find', image, 'hex:0001', '-f', 'json'])).stdout);
    expect(hits.length).toBeGreaterThan(100);
    expect(complete).toBe(true);
  });

  it('names the nearest region where the address has none', async () => {
    expect((await vde(['find', image, 'hex:41', '--in', 'r:MLOX'])).stderr).toContain('try: r:MLOG');
  });

  it('fits the terminal, in ASCII too', async () => {
    for (const columns of [60, 80, 132]) {
      for (const pattern of [
        'tag:MTRK',
        'text:a',
        'hex:00',
        'time:2025-01-01..2025-12-31',
        `hex:${'00'.repeat(200)}`,
      ]) {
        const { stdout } = await vde(['find', image, pattern, '--max', '30'], { ...quiet, columns });
        const inFrame = linesOf({ stdout }).slice(1);
        expect(inFrame.filter((line) => line.length > columns)).toEqual([]);
        expect(linesOf({ stdout }).filter((line) => line !== line.trimEnd())).toEqual([]);
        const plain = await vde(['find', image, pattern, '--max', '30', '--ascii'], { columns });
        expect(withoutColor(plain.stdout)).not.toMatch(/[^\n -~]/);
      }
    }
  });

  it('is coloured on a terminal, and says the same', async () => {
    const colored = (await vde(['find', image, 'u32:3000'], { columns: 100 })).stdout;
    expect(hasColor(colored)).toBe(true);
    expect(withoutColor(colored)).toBe((await vde(['find', image, 'u32:3000'], quiet)).stdout);
  });

  it('escapes what could steer a terminal', async () => {
    const { stdout, stderr } = await vde(['find', image, '\u001b[31mred']);
    expect(stdout + stderr).not.toContain('\u001b');
  });

  it('ends quietly when its reader goes away, and when it is interrupted', async () => {
    for (const format of ['human', 'json', 'ndjson']) {
      const ran = await vde(['find', image, 'hex:00', '-f', format], { limit: 1 });
      expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
      expect(ran.stdout.length).toBeLessThan(200_000);
    }
    const signal = AbortSignal.abort(new Error('interrupted'));
    expect((await vde(['find', image, 'tag:MTRK'], { signal })).exitCode).toBe(130);
  });

  it('goes to a file with -o', async () => {
    const file = workshop.path('hits.ndjson');
    expect((await vde(['find', image, 'tag:MLOG', '-f', 'ndjson', '-o', file])).stdout).toBe('');
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(5);
  });
});
