import { createHash } from 'node:crypto';
import fs, { chmodSync, readFileSync, statSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const damaged = (bytes: Buffer) => {
  bytes.fill(0, 0, 4 * 4096);
  bytes[2130 * 4096 + 100]! ^= 1;
};
const image = workshop.image('all-regions', 'damaged.dwvd', damaged);
const other = workshop.image('all-regions', 'other.dwvd');

/** A command line for every command that takes an image. */
const lines: Readonly<Record<string, readonly string[]>> = {
  info: ['info', image],
  ls: ['ls', image, '--free'],
  show: ['show', image, 'r:MLOG'],
  hex: ['hex', image, 'b:0'],
  map: ['map', image],
  check: ['check', image, '--level', 'deep'],
  find: ['find', image, 'tag:MTRK'],
  diff: ['diff', image, other],
  export: ['export', image, 'r:MLOG'],
  salvage: ['salvage', image],
  repair: ['repair', image],
  damage: ['damage', image, workshop.path('damaged.img'), '--force'],
};

const stateOf = (path: string) => {
  const { mtimeMs, ctimeMs, size } = statSync(path);
  return { mtimeMs, ctimeMs, size, hash: createHash('sha256').update(readFileSync(path)).digest('hex') };
};

/** Flags with which files were opened while `run` was under way. */
async function opensDuring(run: () => Promise<unknown>): Promise<[string, unknown][]> {
  const opens: [string, unknown][] = [];
  const original = fs.promises.open;
  fs.promises.open = ((path: string, flags?: unknown, ...more: []) => {
    opens.push([String(path), flags ?? 'r']);
    return original(path, flags as string, ...more);
  }) as typeof original;
  const { syncBuiltinESMExports } = await import('node:module');
  syncBuiltinESMExports();
  try {
    await run();
  } finally {
    fs.promises.open = original;
    syncBuiltinESMExports();
  }
  return opens;
}

describe('reading commands', () => {
  it('are all in this list', () => {
    const reading = commands
      .filter(({ takes, name }) => takes !== 'nothing' && takes !== 'edit' && name !== 'recover')
      .map(({ name }) => name);
    expect(Object.keys(lines)).toEqual(expect.arrayContaining(reading));
    expect(reading).toEqual(expect.arrayContaining(Object.keys(lines)));
  });

  it.each(Object.entries(lines))('%s leaves the image as it was, hash and times', async (_, args) => {
    chmodSync(image, 0o444);
    const before = [stateOf(image), stateOf(other)];
    const { exitCode } = await vde(args);
    expect(exitCode).toBeLessThan(64);
    expect([stateOf(image), stateOf(other)]).toEqual(before);
  });

  it.each(Object.entries(lines))('%s opens it for reading alone', async (_, args) => {
    const opens = await opensDuring(() => vde(args));
    const ofImages = opens.filter(([path]) => path === image || path === other);
    expect(ofImages.length).toBeGreaterThan(0);
    expect(new Set(ofImages.map(([, flags]) => flags))).toEqual(new Set(['r']));
  });
});
