import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { schemaOf } from '@vde/inspect';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { createStyle } from '../src/cli/style.ts';
import { hasColor, vde, Workshop, withoutColor } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const a = workshop.image('all-regions', 'a.dwvd');
const mlogBlock = 2127;
/** One bit of one sample changed; its block does not match its checksum any more. */
const b = workshop.image('all-regions', 'b.dwvd', (bytes) => {
  bytes[mlogBlock * 4096 + 32 + 3 * 19 + 10]! ^= 1;
});
const fresh = workshop.image('fresh-minimal');
const other = workshop.image('seed-regions-16k');

const ajv = new Ajv({ strictRequired: false, allowUnionTypes: true });
function validated(name: string, text: string) {
  const document = JSON.parse(text);
  const validate = ajv.getSchema(`vde/${name}/1`) ?? ajv.compile(schemaOf(name)!);
  if (!validate(document)) throw new Error(ajv.errorsText(validate.errors));
  return document;
}

const linesOf = (text: string) => text.trimEnd().split('\n');

describe('vde diff', () => {
  it.each<[number, string, string[]]>([
    [0, 'the same image', ['diff', a, a]],
    [1, 'another sample', ['diff', a, b]],
    [1, 'another block size', ['diff', a, other]],
    [1, 'quiet', ['diff', a, b, '-q']],
    [64, 'one image', ['diff', a]],
    [64, 'no number', ['diff', a, b, '--max', 'x']],
    [64, 'a negative number', ['diff', a, b, '--max', '-1']],
    [65, 'no image', ['diff', a, workshop.file('notes.txt', 'hello\n')]],
    [66, 'no file', ['diff', a, workshop.path('nothing.dwvd')]],
    [77, 'the output is an input', ['diff', a, b, '-o', b]],
  ])('exits %i: %s', async (exitCode, _, args) => {
    expect(await vde(args)).toMatchObject({ exitCode });
  });

  it('shows the field that changed, and tells the damage on standard error', async () => {
    const { stdout, stderr } = await vde(['diff', a, b, '--reproducible']);
    expect(linesOf(stdout)).toEqual([
      expect.stringMatching(/^A {2}.*a\.dwvd {2}· 3000 blocks of 4 KiB$/),
      expect.stringMatching(/^B {2}.*b\.dwvd {2}· 3000 blocks of 4 KiB$/),
      '',
      'Metrics log  r:metrics-log',
      expect.stringMatching(/^ +where +A +B$/),
      expect.stringMatching(/^ {2}~ {2}samples\[3\]\.value +42\.97 +42\.97\d+$/),
      '',
      '1 difference: 0 added, 0 removed, 1 changed',
    ]);
    expect(stderr).toBe(`vde: ${b}: badTrailer b:${mlogBlock}: Metrics log: block 0 does not match its checksum\n`);
  });

  it('says so when nothing differs, and what was not looked at', async () => {
    const { stdout, stderr } = await vde(['diff', a, a]);
    expect(linesOf(stdout).at(-1)).toBe('✓ no difference  free space is not compared');
    expect(stderr).toBe('');
    expect((await vde(['diff', a, a, '--ascii'])).stdout).toMatch(/\+ no difference/);
  });

  it('takes one line for a region that one of them lacks', async () => {
    const { stdout } = await vde(['diff', fresh, a]);
    expect(stdout).toMatch(/^\+ Metrics log {2}r:metrics-log {2}slot 23, 64 blocks at 2127$/m);
  });

  it('shows the first differences, counts all, and gives an overview', async () => {
    const { stdout } = await vde(['diff', a, other, '--max', '5']);
    const text = linesOf(stdout);
    expect(text.filter((line) => /^ {2}[~+-] {2}/.test(line))).toHaveLength(5);
    const total = Number(/^(\d+) differences: /m.exec(stdout)![1]);
    expect(total).toBeGreaterThan(1000);
    expect(stdout).toContain(`5 of them are shown; --max ${total} shows all, -f json has all`);
    expect(stdout).toMatch(/^ {2}Metrics log +r:metrics-log +[–\d]+ +[–\d]+ +\d+$/m);
    const people = linesOf((await vde(['diff', a, other])).stdout);
    expect(people.filter((line) => /^( {2}[~+-] {2}|[+-] )/.test(line))).toHaveLength(100);
  });

  it('uses colour on a terminal only, and fits its width', async () => {
    const { stdout } = await vde(['diff', fresh, a], { columns: 80 });
    expect(hasColor(stdout)).toBe(true);
    const { width } = createStyle({ color: false, ascii: false, width: 80 });
    expect(linesOf(withoutColor(stdout)).filter((line) => /^ {2}[~+-] {2}/.test(line) && line.length > width)).toEqual(
      [],
    );
    expect(hasColor((await vde(['diff', fresh, a])).stdout)).toBe(false);
    const ascii = (await vde(['diff', a, other, '--ascii'])).stdout.replaceAll(a, '').replaceAll(other, '');
    expect(ascii).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it('-v shows what follows from other differences', async () => {
    const bumped = workshop.image('all-regions', 'bumped.dwvd', (bytes) => {
      bytes[mlogBlock * 4096 + 32 + 3 * 19 + 10]! ^= 1;
      bytes[(mlogBlock + 1) * 4096 + 4084]! ^= 2;
    });
    expect((await vde(['diff', a, bumped])).stdout).not.toContain('trailers');
    expect((await vde(['diff', a, bumped, '-v'])).stdout).toMatch(
      /block 1, trailers +MTRK generation \d+ +MTRK generation \d+/,
    );
  });

  it('-q is one line', async () => {
    expect((await vde(['diff', a, b, '-q'])).stdout).toBe(`≠ ${a} and ${b} differ\n`);
    expect((await vde(['diff', a, a, '-q'])).stdout).toBe(`✓ ${a} and ${a}: no difference\n`);
  });

  it.each([
    ['one sample', [a, b]],
    ['regions', [fresh, a]],
    ['all of it', [a, other]],
    ['consequences', [a, b, '-v']],
    ['nothing', [a, a]],
    ['none listed', [a, b, '--max', '0']],
  ])('JSON agrees with its schema: %s', async (_, args) => {
    const { stdout } = await vde(['diff', ...args, '-f', 'json']);
    const { differences, summary, schema, image } = validated('diff', stdout);
    expect({ schema, image }).toEqual({ schema: 'vde/diff/1', image: null });
    const counts = { added: 0, removed: 0, changed: 0 };
    for (const { kind } of differences) counts[kind as keyof typeof counts]++;
    if (!args.includes('--max')) expect(summary).toMatchObject({ ...counts, listed: differences.length });
    expect(stdout).toContain(differences.length === 0 ? '\n  "differences": [],\n' : '}\n  ],\n  "summary": {\n');
    expect(stdout.endsWith('}\n')).toBe(true);
    expect(JSON.stringify(JSON.parse(stdout))).toBe(
      stdout.replace(/\n */g, '').replace(/("(?:[^"\\]|\\.)*"): /g, '$1:'),
    );
  });

  it('JSON has the values of show', async () => {
    const { differences } = validated('diff', (await vde(['diff', a, b, '-f', 'json'])).stdout);
    const [difference] = differences;
    expect(difference).toMatchObject({ what: 'field', path: 'r:metrics-log.samples[3].value', kind: 'changed' });
    for (const [image, value, address] of [
      [a, difference.a, difference.addressA],
      [b, difference.b, difference.addressB],
    ]) {
      const shown = validated('show', (await vde(['show', image, address, '-f', 'json'])).stdout);
      expect(shown.fields[0].value).toEqual(value);
    }
  });

  it('streams lines', async () => {
    const { stdout, exitCode } = await vde(['diff', fresh, a, '-f', 'ndjson', '--max', '20']);
    const lines = linesOf(stdout).map((line) => validated('line', line));
    expect(exitCode).toBe(1);
    expect(lines[0]).toMatchObject({ type: 'start', schema: 'vde/diff/1' });
    expect(lines.slice(1, -1)).toHaveLength(20);
    expect(lines.slice(1, -1).every(({ type, difference }) => type === 'difference' && 'path' in difference)).toBe(
      true,
    );
    expect(lines.at(-1)).toMatchObject({ type: 'end', summary: { same: false, listed: 20 } });
  });

  it('compares extracts', async () => {
    const extract = workshop.extract('metrics-log/full-block-0-plus-1.512', 'metrics.bin');
    const bytes = readFileSync(extract);
    bytes[512 + 5]! ^= 1;
    const changed = workshop.file('changed.bin', bytes);
    const as = ['--as', 'metrics-log', '--block-size', '512'];
    expect((await vde(['diff', extract, extract, ...as])).exitCode).toBe(0);
    const { differences } = validated('diff', (await vde(['diff', extract, changed, ...as, '-f', 'json'])).stdout);
    expect(differences).toHaveLength(1);
    expect(differences[0].addressA).toMatch(/^s:0\//);
  });

  it('compares a URL with a file', async () => {
    const bytes = readFileSync(b);
    const server = createServer((request, response) => {
      const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
      const end = Math.min(Number(last), bytes.length - 1);
      const part = bytes.subarray(Number(first), end + 1);
      response.writeHead(206, {
        'content-range': `bytes ${first}-${end}/${bytes.length}`,
        'content-length': part.length,
      });
      response.end(part);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/b.dwvd`;
    const { stdout } = await vde(['diff', url, a, '-f', 'json']);
    await new Promise((resolve) => server.close(resolve));
    expect(validated('diff', stdout).summary).toMatchObject({ changed: 1, listed: 1 });
  });

  it('ends quietly when its reader goes away, and when it is interrupted', async () => {
    for (const format of ['human', 'json', 'ndjson']) {
      const ran = await vde(['diff', a, other, '-f', format, '--max', '9999'], { limit: 1 });
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(ran.stdout.length).toBeLessThan(200_000);
    }
    const signal = AbortSignal.abort(new Error('interrupted'));
    expect(await vde(['diff', a, b], { signal })).toMatchObject({ exitCode: 130, stdout: '' });
  });
});
