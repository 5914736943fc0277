import { mkdtempSync, rmSync } from 'node:fs';
import { open, rename, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scanBlocks } from '@vde/image';
import { openFileSource } from '@vde/image/node';
import { afterAll, describe, expect, it } from 'vitest';
import { createHoleReader } from '../src/node/hole-reader.ts';

const MiB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'vde-holes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Places and lengths of the written parts of a file of 40 MiB and a bit. */
const parts: readonly (readonly [offset: number, length: number])[] = [
  [0, 5000],
  [6 * MiB + 17, 1],
  [9 * MiB - 1, 2],
  [12 * MiB, 3 * MiB],
  [21 * MiB + 4096, 100],
  [33 * MiB, 4096],
  [40 * MiB + 990, 10],
];
const size = 40 * MiB + 1000;
const content = new Uint8Array(size);
for (const [offset, length] of parts) content.fill(0x5a, offset, offset + length);

async function sparseFile(name: string): Promise<string> {
  const path = join(folder, name);
  const file = await open(path, 'w');
  await file.truncate(size);
  for (const [offset, length] of parts) await file.write(content, offset, length, offset);
  await file.close();
  return path;
}

/** Memory that lies at a page, as that of the checksum kernel does. */
const pages = (bytes: number) => new Uint8Array(new WebAssembly.Memory({ initial: bytes / 65536 }).buffer);

describe('a sparse file', () => {
  it('has the same bytes however it is read', async () => {
    const source = await openFileSource(await sparseFile('same'));
    for (const [chunk, memory] of [
      [2 * MiB, pages(2 * MiB)],
      [2 * MiB, new Uint8Array(2 * MiB + 3).subarray(3)],
      [MiB + 512, pages(2 * MiB)],
    ] as const) {
      for (let at = 0; at < size; at += chunk) {
        const into = memory.subarray(0, chunk).fill(0xee);
        const length = await source.read(at, into);
        expect(length).toBe(Math.min(chunk, size - at));
        expect(Buffer.compare(into.subarray(0, length), content.subarray(at, at + length)), `${chunk} at ${at}`).toBe(
          0,
        );
      }
    }
    await source.close();
  });

  it('is scanned as what it is', async () => {
    const source = await openFileSource(await sparseFile('scanned'));
    const count = Math.ceil(size / 4096);
    let written = 0;
    const onBlocks = ({ first, bytes }: { first: number; bytes: Uint8Array }) => {
      const expected = new Uint8Array(bytes.length);
      expected.set(content.subarray(first * 4096, first * 4096 + bytes.length));
      expect(Buffer.compare(bytes, expected)).toBe(0);
      written++;
    };
    const { bytes } = await scanBlocks(source, { blockSize: 4096, first: 0, count, onBlocks });
    expect({ bytes, written }).toEqual({ bytes: size, written: 21 });
    await source.close();
  });

  it('is the one that was opened, whatever has its name later', async () => {
    const path = await sparseFile('renamed');
    const source = await openFileSource(path);
    await writeFile(join(folder, 'other'), new Uint8Array(size).fill(1));
    await rename(join(folder, 'other'), path);
    const into = pages(2 * MiB);
    for (const at of [2 * MiB, 4 * MiB, 22 * MiB]) {
      await source.read(at, into);
      expect(Buffer.compare(into, content.subarray(at, at + into.length))).toBe(0);
    }
    await source.close();
  });

  it('is noticed when it becomes shorter', async () => {
    const path = await sparseFile('cut');
    const source = await openFileSource(path);
    const into = pages(2 * MiB);
    await source.read(24 * MiB, into);
    await truncate(path, 25 * MiB);
    await expect(source.read(24 * MiB, into)).rejects.toMatchObject({ code: 'imageChanged' });
    await source.close();
  });
});

describe('a reader of holes', () => {
  it('reads where zeros were before, in whole pages', async () => {
    const path = await sparseFile('alone');
    const file = await open(path, 'r');
    const holes = createHoleReader(file, await file.stat());
    const into = pages(2 * MiB).fill(7);
    // Elsewhere than on Linux there is none; and not all of its file systems can do it.
    if (holes === undefined) return void (await file.close());
    expect(await holes.read(2 * MiB, into)).toBe(false);
    holes.note(new Uint8Array(2 * MiB));
    const isAble = await holes.read(12 * MiB, into);
    if (isAble) expect(Buffer.compare(into, content.subarray(12 * MiB, 14 * MiB))).toBe(0);
    expect(await holes.read(2 * MiB + 512, into)).toBe(false);
    expect(await holes.read(2 * MiB, into.subarray(0, 4096))).toBe(false);
    expect(await holes.read(2 * MiB, into.subarray(0, -512))).toBe(false);
    expect(await holes.read(39 * MiB, into)).toBe(false);
    expect(await holes.read(2 * MiB, into)).toBe(isAble);
    holes.note(into.fill(0, 0, MiB).fill(1, MiB, MiB + 1));
    expect(await holes.read(2 * MiB, into)).toBe(false);
    await holes.close();
    await file.close();
  });

  it('is not there for a file that is written throughout', async () => {
    const path = join(folder, 'full');
    await writeFile(path, new Uint8Array(4 * MiB).fill(1));
    const file = await open(path, 'r');
    expect(createHoleReader(file, await file.stat())).toBeUndefined();
    await file.close();
  });
});
