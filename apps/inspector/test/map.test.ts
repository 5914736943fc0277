import { readFileSync } from 'node:fs';
import { schemaOf } from '@vde/inspect';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { hasColor, vde, Workshop, withoutColor } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const image = workshop.image('all-regions');
const mlogBlock = 2127;
const damaged = workshop.image('all-regions', 'damaged.dwvd', (bytes) => {
  bytes[mlogBlock * 4096 + 100]! ^= 1;
});
const mirrored = workshop.image('fresh-minimal', 'mirrored.dwvd', (bytes) => void bytes.fill(0xaa, 0, 4096));
/** The last block in use is cut off. */
const cut = workshop.file('cut.dwvd', readFileSync(image).subarray(0, 2468 * 4096));
/** Every other block of the inode table written: more runs than people want to see. */
const ragged = workshop.image('all-regions', 'ragged.dwvd', (bytes) => {
  for (let block = 16; block < 1016; block += 2) bytes.fill(1, block * 4096, (block + 1) * 4096);
});

const ajv = new Ajv({ strictRequired: false, allowUnionTypes: true });
const isMap = ajv.compile(schemaOf('map')!);
const isLine = ajv.compile(schemaOf('line')!);
const linesOf = ({ stdout }: { stdout: string }) => stdout.trimEnd().split('\n');

describe('vde map', () => {
  it.each([
    [0, 'a whole image', image],
    [2, 'a changed sample', damaged],
    [2, 'a superblock that its mirror replaces', mirrored],
    [2, 'blocks in use behind the end', cut],
    [65, 'text', workshop.file('notes.txt', 'hello\n')],
    [66, 'no file', workshop.path('nothing.dwvd')],
  ])('exits %i: %s', async (exitCode, _, path) => {
    expect(await vde(['map', path])).toMatchObject({ exitCode });
  });

  it('refuses extracts', async () => {
    const extract = workshop.extract('metrics-log/one.4096', 'metrics.bin');
    expect((await vde(['map', extract, '--as', 'metrics-log', '--block-size', '4096'])).exitCode).toBe(64);
  });

  it.each([image, damaged, mirrored, cut, ragged])('%s: its JSON agrees with the schema', async (path) => {
    const { stdout } = await vde(['map', path, '-f', 'json']);
    const document = JSON.parse(stdout);
    expect(isMap(document), ajv.errorsText(isMap.errors)).toBe(true);
    const lines = linesOf(await vde(['map', path, '-f', 'ndjson'])).map((line) => JSON.parse(line));
    for (const line of lines) expect(isLine(line), ajv.errorsText(isLine.errors)).toBe(true);
    expect(lines.slice(1, -1).map(({ run }) => run)).toEqual(document.runs);
    expect(lines.at(-1)).toEqual({ type: 'end', complete: true, summary: document.summary });
  });

  it('tells runs, the strip and totals', async () => {
    const lines = linesOf(await vde(['map', damaged]));
    expect(lines).toContain('    2127       1     4 KiB  badTrailer          23  MLOG  metrics-log');
    expect(lines).toContain('    2469     531   2.1 MiB  free                26  DATA  DataRegion');
    expect(lines.filter((line) => /^ +\d+ {2}[█▓▒░·✗]+$/.test(line))).toHaveLength(7);
    expect(lines.join('\n')).toContain('a cell is 5 blocks (20 KiB) and shows what matters most in it');
    expect(lines.at(-5)).toBe('  ✗  badTrailer       1    4 KiB  <0.1 %  do not match their checksum');
    expect(lines.find((line) => line.includes('✗░') || line.includes('✗█'))).toBeDefined();
  });

  it('shows what matters most in a cell', async () => {
    const { stdout } = await vde(['map', damaged], { columns: 40, env: { NO_COLOR: '1' } });
    const strip = linesOf({ stdout }).filter((line) => /^ +\d+ {2}[█▓▒░·✗]+$/.test(line));
    const cells = strip.map((line) => line.slice(8)).join('');
    // 3000 blocks in 8 rows of 32 cells.
    expect(cells).toHaveLength(250);
    expect([...cells].indexOf('✗')).toBe(Math.floor(mlogBlock / 12));
  });

  it('fits the terminal, in ASCII too', async () => {
    for (const columns of [60, 80, 132]) {
      for (const path of [image, damaged, cut, mirrored]) {
        const wide = await vde(['map', path], { columns, env: { NO_COLOR: '1' } });
        const inFrame = linesOf(wide).filter((line) => !line.includes(path));
        expect(inFrame.filter((line) => line.length > columns)).toEqual([]);
        expect(linesOf(wide).filter((line) => line !== line.trimEnd())).toEqual([]);
        const plain = await vde(['map', path, '--ascii'], { columns });
        expect(withoutColor(plain.stdout)).not.toMatch(/[^\n -~]/);
      }
    }
  });

  it('says what colours mean where there are some', async () => {
    const { stdout } = await vde(['map', image], { columns: 100 });
    expect(hasColor(stdout)).toBe(true);
    expect(withoutColor(stdout)).toContain('container · file system · regions · data');
    expect((await vde(['map', image])).stdout).not.toContain('file system');
  });

  it('lists so many runs, unless all are asked for', async () => {
    const runs = (text: string) => text.split('\n').filter((line) => /^ +\d+ +\d+ +[\d.]+ \w+ {2}\w/.test(line));
    const all = JSON.parse((await vde(['map', ragged, '-f', 'json'])).stdout).summary.runs;
    expect(all).toBeGreaterThan(300);
    const short = (await vde(['map', ragged])).stdout;
    expect(runs(short)).toHaveLength(200);
    expect(short).toContain(`and ${all - 200} runs more; -v or -f ndjson has all`);
    expect(runs((await vde(['map', ragged, '-v'])).stdout)).toHaveLength(all);
  });

  it('ends quietly when its reader goes away, and when it is interrupted', async () => {
    for (const format of ['human', 'json', 'ndjson'])
      expect(await vde(['map', damaged, '-f', format], { limit: 0 })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const signal = AbortSignal.abort(new Error('interrupted'));
    expect((await vde(['map', image], { signal })).exitCode).toBe(130);
  });

  it('goes to a file with -o', async () => {
    const file = workshop.path('map.json');
    expect((await vde(['map', image, '-f', 'json', '-o', file])).stdout).toBe('');
    expect(isMap(JSON.parse(readFileSync(file, 'utf8')))).toBe(true);
  });
});
