import { createHash } from 'node:crypto';
import { existsSync, linkSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { schemaOf } from '@vde/inspect';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { hasColor, vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const bs = 4096;
const whole = workshop.image('all-regions');
/** Superblocks and directory are gone. */
const headless = workshop.image('all-regions', 'headless.dwvd', (bytes) => void bytes.fill(0, 0, 10 * bs));
const headless16k = workshop.image(
  'seed-regions-16k',
  'headless16k.dwvd',
  (bytes) => void bytes.fill(0, 0, 10 * 16384),
);
/** The mirror is left, and a region is damaged. */
const mirrored = workshop.image('fresh-standard', 'mirrored.dwvd', (bytes) => void bytes.fill(0xaa, 0, bs));

const ajv = new Ajv({ strictRequired: false, allowUnionTypes: true });
const validate = ajv.compile(schemaOf('salvage')!);
const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

async function salvaged(...args: string[]) {
  const ran = await vde(['salvage', ...args, '-f', 'json']);
  const document = JSON.parse(ran.stdout);
  const isValid: boolean = validate(document);
  if (!isValid) throw new Error(ajv.errorsText(validate.errors));
  return { ...ran, document };
}

describe('vde salvage', () => {
  it.each([
    [0, whole],
    [2, mirrored],
    [3, headless],
    [3, headless16k],
    [65, workshop.file('zero', new Uint8Array(20 * bs))],
    [65, workshop.file('text', 'nothing of an image\n')],
    [66, workshop.path('nothing.dwvd')],
  ])('exits %i', async (exitCode, image) => {
    expect(await vde(['salvage', image])).toMatchObject({ exitCode });
  });

  it('names the block size, the regions and how sure they are', async () => {
    const { document } = await salvaged(headless);
    expect(document.blockSize).toMatchObject({ value: bs, by: 'trailers' });
    expect(document.regions).toHaveLength(25);
    expect(document.regions.at(-1)).toMatchObject({
      type: 'WORM',
      id: 'worm-immutable',
      startBlock: '2383',
      blockCount: '64',
      writtenBlocks: '41',
      generation: 22,
      confidence: 'high',
      listed: true,
    });
    expect(document.rebuilt).toBeNull();
  });

  it('prints a table, in colour on a terminal, in ASCII when told', async () => {
    const { stdout } = await vde(['salvage', headless]);
    expect(stdout).toMatch(/^ {2}ANON {2}anonymization-table +2063 +64 +14 +– +8 +high {4}header decodes/m);
    expect(stdout).toContain('--out FILE writes an image');
    expect(hasColor((await vde(['salvage', headless], { columns: 100 })).stdout)).toBe(true);
    expect((await vde(['salvage', headless, '--ascii', '-v'])).stdout).not.toMatch(/[^\n -~]/);
    for (const columns of [80, 160]) {
      const lines = (await vde(['salvage', headless], { columns, env: { NO_COLOR: '1' } })).stdout.split('\n');
      expect(Math.max(...lines.slice(0, -2).map((line) => line.length))).toBeLessThanOrEqual(columns + 30);
    }
    expect((await vde(['salvage', headless, '-q'])).stdout).toBe(`${headless}: ✗ damaged, something is lost\n`);
  });

  it('ends quietly when its reader goes away, and when it is interrupted', async () => {
    expect(await vde(['salvage', headless], { limit: 0 })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const signal = AbortSignal.abort(new Error('interrupted'));
    expect(await vde(['salvage', headless], { signal })).toMatchObject({ exitCode: 130, stdout: '' });
  });

  it('takes no extract', async () => {
    const { exitCode } = await vde(['salvage', headless, '--as', 'metrics-log', '--block-size', '4096']);
    expect(exitCode).toBe(64);
  });
});

describe('vde salvage --out', () => {
  it.each([headless, headless16k])('makes %s an image that a check accepts', async (image) => {
    const before = hashOf(image);
    const out = `${image}.out`;
    const { exitCode, document } = await salvaged(image, '--out', out);
    expect(exitCode).toBe(3);
    expect(document.rebuilt).toMatchObject({ size: String(statSync(image).size) });
    expect(hashOf(image)).toBe(before);
    expect(await vde(['check', out])).toMatchObject({ exitCode: 0 });
    const info = JSON.parse((await vde(['info', out, '-f', 'json'])).stdout);
    expect(info.image).toMatchObject({ volumeUuid: document.rebuilt.volumeUuid, copyUsed: 'primary' });
    expect(info.slots).toHaveLength(document.rebuilt.regions + 3);
  });

  it('keeps holes', async () => {
    const out = workshop.path('sparse.dwvd');
    await vde(['salvage', headless, '--out', out]);
    const { blocks, size } = statSync(out);
    expect(size).toBe(3000 * bs);
    // 172 blocks of the image hold something, and 10 are written anew.
    expect(blocks * 512).toBeLessThan(2 * 182 * bs);
  });

  it('gives two images two identities', async () => {
    const uuids = [];
    for (const name of ['one.dwvd', 'two.dwvd'])
      uuids.push((await salvaged(headless, '--out', workshop.path(name))).document.rebuilt.volumeUuid);
    expect(new Set(uuids).size).toBe(2);
  });

  it('replaces no file unless it is told to', async () => {
    const out = workshop.file('precious', 'precious');
    const ran = await vde(['salvage', headless, '--out', out]);
    expect(ran).toEqual({
      exitCode: 73,
      stdout: '',
      stderr: `vde: ${out}: exists already\ntry: --force replaces it\n`,
    });
    expect(readFileSync(out, 'utf8')).toBe('precious');
    expect(await vde(['salvage', headless, '--out', out, '--force'])).toMatchObject({ exitCode: 3 });
    expect(await vde(['check', out])).toMatchObject({ exitCode: 0 });
    expect(await vde(['salvage', headless, '--out', workshop.folder, '--force'])).toMatchObject({ exitCode: 73 });
    expect(await vde(['salvage', headless, '--out', workshop.path('no/such/folder')])).toMatchObject({ exitCode: 73 });
  });

  it('never writes into the image, by whatever name', async () => {
    const before = hashOf(headless);
    const [hard, soft] = [workshop.path('hard.dwvd'), workshop.path('soft.dwvd')];
    linkSync(headless, hard);
    symlinkSync(headless, soft);
    for (const out of [headless, hard, soft])
      expect(await vde(['salvage', headless, '--out', out, '--force'])).toMatchObject({ exitCode: 77, stdout: '' });
    expect(hashOf(headless)).toBe(before);
    const same = workshop.path('same');
    expect(await vde(['salvage', headless, '--out', same, '-o', same])).toMatchObject({ exitCode: 64 });
  });

  it('leaves nothing behind when it fails or is interrupted', async () => {
    const out = workshop.path('never.dwvd');
    const small = new Uint8Array(64 * 512);
    const extract = readFileSync(workshop.extract('metrics-log/full-block-0-plus-1.512', 'metrics.bin'));
    small.set(extract, 12 * 512);
    const refused = await vde(['salvage', workshop.file('small', small), '--out', out]);
    expect(refused).toMatchObject({ exitCode: 65 });
    expect(refused.stderr).toContain('blocks of 512 bytes');
    const stop = new AbortController();
    const bytes = readFileSync(whole);
    writeFileSync(workshop.path('large.dwvd'), bytes);
    const running = vde(['salvage', workshop.path('large.dwvd'), '--out', out], { signal: stop.signal });
    const seen = () => readdirSync(workshop.folder).some((name) => name.endsWith('.part'));
    while (!seen() && !existsSync(out)) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new Error('interrupted'));
    const { exitCode } = await running;
    // It may have been done before it was told: then the image is whole.
    expect(existsSync(out)).toBe(exitCode !== 130);
    expect(readdirSync(workshop.folder).filter((name) => name.includes('.part'))).toEqual([]);
  });
});
