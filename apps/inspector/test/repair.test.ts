import { existsSync, linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { stringToTag, writeTrailer } from '@vde/format';
import { parseUndo } from '@vde/image';
import { schemaOf } from '@vde/inspect';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { hasColor, vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const blockSize = 4096;
const whole = readFileSync(workshop.image('all-regions', 'whole.dwvd'));
const zero =
  (...blocks: number[]) =>
  (bytes: Buffer) => {
    for (const block of blocks) bytes.fill(0, block * blockSize, (block + 1) * blockSize);
  };
const ajv = new Ajv({ strictRequired: false, allowUnionTypes: true });
const validators = { repair: ajv.compile(schemaOf('repair')!), undo: ajv.compile(schemaOf('undo')!) };

let images = 0;
/** The golden image with these blocks zeroed, and its bytes. */
function damagedImage(...blocks: number[]) {
  const path = workshop.image('all-regions', `image-${images++}.dwvd`, zero(...blocks));
  return { path, bytes: readFileSync(path) };
}

async function json(command: 'repair' | 'undo', ...args: string[]) {
  const ran = await vde([command, ...args, '-f', 'json']);
  const document = JSON.parse(ran.stdout);
  const isValid: boolean = validators[command](document);
  expect(isValid, JSON.stringify(validators[command].errors)).toBe(true);
  return { ...ran, document };
}

const locks = () => readdirSync(workshop.folder).filter((name) => /\.(lock|part)/.test(name));

describe('vde repair', () => {
  it.each<[readonly number[], readonly string[]]>([
    [[3], ['primaryRestored']],
    [[5], ['mirrorRestored']],
    [
      [0, 6],
      ['primaryRestored', 'mirrorRestored'],
    ],
    [
      [1, 5],
      ['pointerTableRebuilt', 'mirrorRestored'],
    ],
    [
      [0, 7, 9],
      ['primaryRestored', 'mirrorRestored', 'directoryRebuilt'],
    ],
  ])('puts blocks %j right, and vde undo takes it back', async (blocks, codes) => {
    const { path, bytes } = damagedImage(...blocks);
    const { exitCode, document } = await json('repair', path);
    expect([exitCode, document.applied, document.undo]).toEqual([2, false, null]);
    expect(document.steps.map(({ code }: { code: string }) => code)).toEqual(codes);
    expect(readFileSync(path).equals(bytes)).toBe(true);

    const applied = await json('repair', path, '--apply');
    expect(applied.exitCode).toBe(0);
    expect(applied.document).toEqual({ ...document, applied: true, undo: `${path}.undo` });
    const expected = Buffer.from(bytes);
    for (const { range, before, after } of document.patches) {
      const at = Number(range.offset);
      expect(expected.subarray(at, at + Number(range.length)).toString('hex')).toBe(before);
      expected.set(Buffer.from(after, 'hex'), at);
    }
    expect(readFileSync(path).equals(expected)).toBe(true);
    expect((await vde(['check', path, '--fail-on', 'error'])).exitCode).toBe(0);
    expect(await vde(['repair', path, '--apply'])).toMatchObject({ exitCode: 0, stderr: '' });

    const undone = await json('undo', path, `${path}.undo`);
    expect([undone.exitCode, Number(undone.document.restored)]).toEqual([0, expect.toSatisfy((n) => n > 0)]);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect((await json('undo', path, `${path}.undo`)).document.restored).toBe('0');
    expect(locks()).toEqual([]);
  });

  it('says in words what it does, where, and how to take it back', async () => {
    const { path } = damagedImage(3, 8);
    const plan = await vde(['repair', path]);
    expect(plan.stdout).toMatch(/repairs \(2\)\n {2}· block 3 is written again from the mirror {2}primaryRestored\n/);
    expect(plan.stdout).toMatch(/ {2}b:3\+0xE00 +512 bytes from 0x00003E00 {2}00 00 .* → [0-9a-f ]+…?\n/);
    expect(plan.stdout).toContain(`! damaged, all of it can be repaired\nvde repair ${path} --apply does it`);
    expect((await vde(['repair', path, '-q'])).stdout).toBe(`${path}: ! damaged, all of it can be repaired\n`);
    expect(hasColor((await vde(['repair', path], { columns: 100 })).stdout)).toBe(true);
    expect((await vde(['repair', path, '--ascii'])).stdout).not.toMatch(/[^\n -~]/);
    const done = await vde(['repair', path, '--apply']);
    expect(done.stdout).toContain(`✓ repaired\nvde undo ${path} ${path}.undo takes it back`);
    expect((await vde(['repair', path])).stdout).toContain('need no repair');
    expect((await vde(['undo', path, `${path}.undo`])).stdout).toContain('the repair was taken back');
  });

  it('shows ten patches, all of them with -v', async () => {
    const path = workshop.image('all-regions', 'many.dwvd', (bytes) => {
      for (const block of [0, 5, 6]) for (const sector of [0, 2, 4, 6]) bytes[block * blockSize + sector * 512]! ^= 1;
    });
    const patches = (text: string) => text.split('\n').filter((line) => /^ {2}b:\d/.test(line)).length;
    const all = (await json('repair', path)).document.patches.length;
    expect(all).toBe(12);
    expect(patches((await vde(['repair', path, '-v'])).stdout)).toBe(all);
    const { stdout } = await vde(['repair', path]);
    expect([patches(stdout), stdout]).toEqual([10, expect.stringContaining(`and ${all - 10} more; -v`)]);
  });

  it('repairs what it can where something is lost, and exits 3', async () => {
    const { path, bytes } = damagedImage(2, 6, 7);
    const { exitCode, document } = await json('repair', path);
    expect(exitCode).toBe(3);
    expect(document.steps.map(({ blocks }: { blocks: string[] }) => blocks)).toEqual([['7']]);
    expect(document.lost.map(({ code, address }: Record<string, string>) => [code, address])).toContainEqual([
      'unreadable',
      'b:2',
    ]);
    const done = await vde(['repair', path, '--apply']);
    expect(done).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('vde salvage') });
    const block = (image: Buffer) => image.subarray(7 * blockSize, 8 * blockSize);
    expect(block(readFileSync(path)).equals(block(whole))).toBe(true);
    expect((await vde(['undo', path, `${path}.undo`])).exitCode).toBe(0);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('of an image that needs none writes nothing', async () => {
    const { path, bytes } = damagedImage();
    expect(await vde(['repair', path, '--apply'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(existsSync(`${path}.undo`)).toBe(false);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('keeps an undo file that exists unless it is told to, and the image with it', async () => {
    const { path, bytes } = damagedImage(3);
    const precious = workshop.file('precious', 'precious');
    expect(await vde(['repair', path, '--apply', '--undo', precious])).toMatchObject({ exitCode: 73, stdout: '' });
    writeFileSync(`${path}.undo`, 'precious');
    expect(await vde(['repair', path, '--apply'])).toMatchObject({ exitCode: 73, stdout: '' });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect((await vde(['repair', path, '--apply', '--force'])).exitCode).toBe(0);
    expect(parseUndo(readFileSync(`${path}.undo`)).sizeBefore).toBe(bytes.length);
  });

  it('puts the undo file nowhere near the image', async () => {
    const { path, bytes } = damagedImage(3);
    const hard = workshop.path('hard.dwvd');
    linkSync(path, hard);
    for (const undo of [path, hard])
      expect(await vde(['repair', path, '--apply', '--undo', undo, '--force'])).toMatchObject({ exitCode: 77 });
    const same = workshop.path('same');
    expect(await vde(['repair', path, '--apply', '--undo', same, '-o', same])).toMatchObject({ exitCode: 64 });
    expect(await vde(['repair', path, '--apply', '--undo', workshop.path('no/folder')])).toMatchObject({
      exitCode: 73,
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    rmSync(hard);
  });

  it.each([
    [64, ['--undo', 'a.undo']],
    [64, ['--force']],
  ])('exits %i for %j without --apply', async (exitCode, args) => {
    expect(await vde(['repair', damagedImage(3).path, ...args])).toMatchObject({ exitCode, stdout: '' });
  });

  it('waits for nobody, and leaves images of newer writers and images behind URLs alone', async () => {
    const used = damagedImage(3);
    writeFileSync(`${used.path}.lock`, JSON.stringify({ pid: process.pid, host: hostname() }));
    expect(await vde(['repair', used.path, '--apply'])).toMatchObject({ exitCode: 75, stdout: '' });
    expect((await vde(['repair', used.path])).exitCode).toBe(2);
    expect(readFileSync(used.path).equals(used.bytes)).toBe(true);
    rmSync(`${used.path}.lock`);
    const newer = workshop.image('all-regions', 'newer.dwvd', (bytes) => {
      for (const block of [0, 4]) {
        const sealed = bytes.subarray(block * blockSize, (block + 1) * blockSize);
        sealed[0x1b] = 0x80;
        writeTrailer(sealed, blockSize, stringToTag('SUPB'), 1);
      }
      zero(3)(bytes);
    });
    expect((await vde(['repair', newer])).exitCode).toBe(77);
    expect((await vde(['repair', newer, '--apply'])).exitCode).toBe(77);
    expect((await vde(['repair', 'http://127.0.0.1:1/a.dwvd', '--apply'])).exitCode).toBe(64);
    expect(existsSync(`${newer}.undo`)).toBe(false);
  });
});

describe('vde undo', () => {
  it('is refused where somebody else wrote to the same blocks, and writes nothing', async () => {
    const { path } = damagedImage(3);
    await vde(['repair', path, '--apply']);
    const bytes = readFileSync(path);
    bytes[4 * blockSize - 1]! ^= 1;
    writeFileSync(path, bytes);
    expect(await vde(['undo', path, `${path}.undo`])).toMatchObject({ exitCode: 77, stdout: '' });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('takes back what a power cut left', async () => {
    const { path, bytes } = damagedImage(0, 5);
    await vde(['repair', path, '--apply']);
    const torn = readFileSync(path);
    torn.set(bytes.subarray(0, 512));
    torn.set(bytes.subarray(5 * blockSize, 6 * blockSize), 5 * blockSize);
    writeFileSync(path, torn);
    expect((await vde(['undo', path, `${path}.undo`])).exitCode).toBe(0);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('exits 66 where image or undo file is missing, 77 for another file, 64 for a URL', async () => {
    const { path, bytes } = damagedImage(3);
    const none = workshop.path('none');
    expect((await vde(['undo', path, none])).exitCode).toBe(66);
    const notes = workshop.file('notes.txt', 'hello');
    const refused = await vde(['undo', path, notes]);
    expect(refused).toMatchObject({ exitCode: 77, stderr: expect.stringContaining(`${notes}: `) });
    expect((await vde(['undo', path, path])).exitCode).toBe(77);
    await vde(['repair', path, '--apply']);
    expect((await vde(['undo', none, `${path}.undo`])).exitCode).toBe(66);
    expect((await vde(['undo', notes, `${path}.undo`])).exitCode).toBe(77);
    expect((await vde(['undo', 'http://127.0.0.1:1/a.dwvd', `${path}.undo`])).exitCode).toBe(64);
    expect((await vde(['undo', path, `${path}.undo`])).exitCode).toBe(0);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(locks()).toEqual([]);
  });
});
