import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { stringToTag, writeTrailer } from '@vde/format';
import { schemaOf } from '@vde/inspect';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const blockSize = 4096;
const whole = workshop.image('all-regions', 'whole.dwvd');
const zero =
  (...blocks: number[]) =>
  (bytes: Buffer) => {
    for (const block of blocks) bytes.fill(0, block * blockSize, (block + 1) * blockSize);
  };
const validate = new Ajv({ strictRequired: false, allowUnionTypes: true }).compile(schemaOf('recover')!);

/** Sets a bit that newer writers know, in both copies. */
const newer = (bytes: Buffer) => {
  for (const block of [0, 4]) {
    const sealed = bytes.subarray(block * blockSize, (block + 1) * blockSize);
    sealed[0x1b] = 0x80;
    writeTrailer(sealed, blockSize, stringToTag('SUPB'), 1);
  }
};

describe('recover', () => {
  it.each<[string, readonly number[], string, number, number]>([
    ['none', [], 'nothing to recover', 0, 0],
    ['rolledBack', [5], 'the mirror was written again', 2, 0],
    ['finished', [3], 'from the mirror', 2, 0],
    ['directoryRebuilt', [8, 9], 'the directory was written again', 2, 0],
    ['needsRepair', [1, 6], 'nothing was written', 3, 3],
  ])('%s: blocks %j lost', async (did, blocks, words, dryExit, exit) => {
    const image = workshop.image('all-regions', `${did}.dwvd`, zero(...blocks));
    const before = readFileSync(image);
    const dry = await vde(['recover', image, '--dry-run', '-f', 'json']);
    expect(dry.exitCode).toBe(dryExit);
    expect(validate(JSON.parse(dry.stdout)), JSON.stringify(validate.errors)).toBe(true);
    expect(JSON.parse(dry.stdout)).toMatchObject({ did, dryRun: true });
    expect(readFileSync(image).equals(before)).toBe(true);
    const { exitCode, stdout } = await vde(['recover', image, '--ascii']);
    expect({ exitCode, stdout }).toEqual({ exitCode: exit, stdout: expect.stringContaining(words) });
    if (did === 'needsRepair') {
      expect(readFileSync(image).equals(before)).toBe(true);
      return;
    }
    expect((await vde(['check', image])).exitCode).toBe(0);
    expect((await vde(['recover', image, '--dry-run'])).exitCode).toBe(0);
    // Blocks 8 and 9 get the generation of the superblocks where nothing is left of their own.
    if (did !== 'directoryRebuilt') expect(readFileSync(image).equals(readFileSync(whole))).toBe(true);
    expect(readdirSync(workshop.folder).filter((name) => name.includes('lock'))).toEqual([]);
  });

  it('waits for nobody: an image that is in use exits 75', async () => {
    const image = workshop.image('all-regions', 'used.dwvd', zero(3));
    const before = readFileSync(image);
    writeFileSync(`${image}.lock`, JSON.stringify({ pid: process.pid, host: hostname() }));
    const { exitCode, stderr } = await vde(['recover', image]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 75, stderr: expect.stringContaining(`process ${process.pid}`) });
    expect(readFileSync(image).equals(before)).toBe(true);
    expect((await vde(['recover', image, '--dry-run'])).exitCode).toBe(2);
  });

  it('leaves an image alone that asks for a newer writer', async () => {
    const image = workshop.image('all-regions', 'newer.dwvd', (bytes) => {
      newer(bytes);
      zero(3)(bytes);
    });
    const before = readFileSync(image);
    expect((await vde(['recover', image])).exitCode).toBe(77);
    expect(readFileSync(image).equals(before)).toBe(true);
  });

  it('refuses what is no file of an image', async () => {
    expect((await vde(['recover', workshop.file('notes.txt', 'hello')])).exitCode).toBe(65);
    expect((await vde(['recover', workshop.path('nowhere.dwvd')])).exitCode).toBe(66);
    expect((await vde(['recover', 'http://127.0.0.1:1/a.dwvd'])).exitCode).toBe(64);
  });
});
