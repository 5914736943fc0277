import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isVdeError } from '@vde/format';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobSource } from '../src/blob-source.ts';
import { imageCodes } from '../src/codes.ts';
import { openHttpSource } from '../src/http-source.ts';
import { memorySource } from '../src/memory-source.ts';
import { findSize, openFileSource } from '../src/node/file-source.ts';
import type { BlockSource } from '../src/source.ts';

const golden = new URL('../../../fixtures/golden/images/all-regions.dwvd.gz', import.meta.url);
/** Cut in the middle of a block, and of a page. */
const truth = new Uint8Array(gunzipSync(readFileSync(golden))).slice(0, -1234);
const folder = mkdtempSync(join(tmpdir(), 'vde-sources-'));
const path = join(folder, 'image.dwvd');
let server: Server;
let url: string;

beforeAll(async () => {
  writeFileSync(path, truth);
  server = createServer((request, response) => {
    const [first, last] = /^bytes=(\d+)-(\d+)$/
      .exec(request.headers.range ?? '')!
      .slice(1)
      .map(Number) as [number, number];
    const end = Math.min(last + 1, truth.length);
    response.writeHead(206, {
      'Content-Range': `bytes ${first}-${end - 1}/${truth.length}`,
      'Content-Length': end - first,
    });
    response.end(truth.subarray(first, end));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/image.dwvd`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

const kinds: Record<string, () => Promise<BlockSource>> = {
  memory: async () => memorySource(truth),
  blob: async () => blobSource(new Blob([truth])),
  file: () => openFileSource(path),
  'http, usual pages': () => openHttpSource(url),
  'http, few small pages': () => openHttpSource(url, { pageSize: 1000, cachePages: 5 }),
};

describe.each(Object.entries(kinds))('source: %s', (_, open) => {
  let source: BlockSource;
  beforeAll(async () => {
    source = await open();
  });
  afterAll(() => source.close?.());

  it('knows its size and has a name', () => {
    expect(source.size).toBe(truth.length);
    expect(source.name).not.toBe('');
  });

  it('gives any range, and touches nothing behind it', async () => {
    const near = fc.oneof(
      fc.nat(truth.length + 100),
      fc.constantFrom(0, 999, 1000, 65535, 65536, truth.length - 1, truth.length),
    );
    const length = fc.oneof(fc.nat(9000), fc.nat(truth.length + 100));
    const property = fc.asyncProperty(near, length, fc.nat(64), async (offset, length, shift) => {
      const room = new Uint8Array(shift + length + 3).fill(0xa5);
      const got = await source.read(offset, room.subarray(shift, shift + length));
      const expected = truth.subarray(offset, offset + length);
      expect(got).toBe(expected.length);
      expect(Buffer.compare(room.subarray(shift, shift + got), expected)).toBe(0);
      expect(room.subarray(0, shift).every((byte) => byte === 0xa5)).toBe(true);
      expect(room.subarray(shift + got).every((byte) => byte === 0xa5)).toBe(true);
    });
    await fc.assert(property, { numRuns: 60, endOnFailure: true, interruptAfterTimeLimit: 20_000 });
  });

  it('serves concurrent reads', async () => {
    const offsets = Array.from({ length: 40 }, (_, i) => (i * 7919 * 13) % truth.length);
    const reads = offsets.map(async (offset) => {
      const into = new Uint8Array(5000);
      const got = await source.read(offset, into);
      expect(Buffer.compare(into.subarray(0, got), truth.subarray(offset, offset + 5000))).toBe(0);
    });
    await Promise.all(reads);
  });

  it('gives nothing at and behind its end', async () => {
    for (const offset of [truth.length, truth.length + 1, 2 ** 40]) {
      expect(await source.read(offset, new Uint8Array(10))).toBe(0);
    }
  });

  it('reads zero bytes', async () => {
    expect(await source.read(0, new Uint8Array(0))).toBe(0);
    expect(await source.read(17, new Uint8Array(0))).toBe(0);
  });

  it('refuses offsets that are none', async () => {
    for (const offset of [-1, 0.5, Number.NaN, 2 ** 53]) {
      await expect(source.read(offset, new Uint8Array(10))).rejects.toThrow(RangeError);
    }
  });

  it('rethrows the reason of an aborted signal', async () => {
    const reason = new Error('enough');
    const before = source.read(0, new Uint8Array(10), { signal: AbortSignal.abort(reason) });
    await expect(before).rejects.toBe(reason);
  });

  it('notices an abort under way, and reads again afterwards', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const into = new Uint8Array(truth.length);
    const read = source.read(0, into, { signal: controller.signal });
    controller.abort(reason);
    // Memory is read before the call returns: it has nothing to abort.
    if (source.name === 'memory') expect(await read).toBe(truth.length);
    else await expect(read).rejects.toBe(reason);
    expect(await source.read(0, into)).toBe(truth.length);
    expect(Buffer.compare(into, truth)).toBe(0);
  });
});

describe('file source', () => {
  it('tells what the matter is with the path', async () => {
    await expect(openFileSource(join(folder, 'absent'))).rejects.toMatchObject({
      code: 'notFound',
      details: { systemCode: 'ENOENT' },
    });
    await expect(openFileSource(join(path, 'below'))).rejects.toMatchObject({ code: 'notFound' });
    await expect(openFileSource(folder)).rejects.toMatchObject({
      code: 'notAFile',
      message: expect.stringContaining('a directory'),
    });
    await expect(openFileSource('/dev/null')).rejects.toMatchObject({ code: 'notAFile' });
  });

  it('refuses a pipe without waiting for a writer', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(openFileSource(pipe)).rejects.toMatchObject({
      code: 'notAFile',
      message: expect.stringContaining('a pipe'),
    });
  });

  it('says imageChanged when the file became shorter', async () => {
    const shrinking = join(folder, 'shrinking');
    writeFileSync(shrinking, truth.subarray(0, 10_000));
    const source = await openFileSource(shrinking);
    truncateSync(shrinking, 6000);
    expect(await source.read(0, new Uint8Array(6000))).toBe(6000);
    const error: unknown = await source.read(5000, new Uint8Array(2000)).catch((e: unknown) => e);
    expect(isVdeError(error, 'imageChanged') && error.details).toEqual({ expected: 10_000, actual: 6000 });
    await source.close();
  });

  it('refuses reads after close, which may come twice', async () => {
    const source = await openFileSource(path);
    await source.close();
    await source.close();
    await expect(source.read(0, new Uint8Array(1))).rejects.toThrow(TypeError);
  });

  it('finds the size of a device by trying', async () => {
    const small = Array.from({ length: 40 }, (_, i) => i);
    for (const sectors of [...small, 1000, 2 ** 31 + 5, 2 ** 40 - 1]) {
      let tries = 0;
      const size = await findSize(async (offset) => ++tries > 0 && offset < sectors * 512);
      expect(size).toBe(sectors * 512);
      expect(tries).toBeLessThan(90);
    }
  });
});

describe('blob source', () => {
  it('is named after the file', () => {
    expect(blobSource(new File([truth], 'disk.dwvd')).name).toBe('disk.dwvd');
    expect(blobSource(new Blob([truth])).name).toBe('blob');
    expect(blobSource(new File([truth], 'disk.dwvd'), 'other').name).toBe('other');
  });

  it('says readFailed when the browser refuses', async () => {
    const cause = new DOMException('gone', 'NotReadableError');
    const blob = { size: 100, slice: () => ({ arrayBuffer: () => Promise.reject(cause) }) } as unknown as Blob;
    await expect(blobSource(blob).read(0, new Uint8Array(10))).rejects.toMatchObject({ code: 'readFailed', cause });
  });
});

it('explains every code', () => {
  const told = ['sealCleared', 'chainHashCleared'];
  for (const [code, { severity, explain }] of Object.entries(imageCodes)) {
    expect(severity, code).toBe(told.includes(code) ? 'notice' : 'error');
    expect(explain.length).toBeGreaterThan(60);
  }
});
