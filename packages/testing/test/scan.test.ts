import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { blockStatus, isZero, sealBlocks, stringToTag, VdeError, verifyTrailer } from '@vde/format';
import {
  type BlockSource,
  memorySource,
  type ScannedBlocks,
  type ScanOptions,
  scanBlocks,
  unreadable,
} from '@vde/image';
import { describe, expect, it } from 'vitest';
import { countingSource, faultySource } from '../src/sources.ts';

const MiB = 1024 * 1024;
const golden = new URL('../../../fixtures/golden/images/all-regions.dwvd.gz', import.meta.url);
const image = new Uint8Array(gunzipSync(readFileSync(golden)));

/** What the page says, block by block: zero bytes behind the end, then hole, checksum, trailer (page 01, 3.4 and 4). */
function expectedStatus(bytes: Uint8Array, offset: number, blockSize: number): number {
  const block = new Uint8Array(blockSize);
  block.set(bytes.subarray(offset, offset + blockSize));
  if (isZero(block)) return blockStatus.hole;
  if (!verifyTrailer(block, blockSize)) return isZero(block.subarray(-16)) ? blockStatus.unsealed : blockStatus.corrupt;
  return isZero(block.subarray(0, -16)) ? blockStatus.formattedEmpty : blockStatus.ok;
}

/** Blocks of all kinds in changing order. */
function mixedBlocks(blockSize: number, count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count * blockSize);
  for (let i = 0; i < count; i++) {
    const block = bytes.subarray(i * blockSize, (i + 1) * blockSize);
    const kind = (i * 7 + (i >>> 3)) % 6;
    if (kind === 0) continue;
    if (kind !== 1) block.fill((i % 250) + 1, 0, -16);
    if (kind === 2) continue;
    sealBlocks(block, blockSize, stringToTag('DATA'), i);
    if (kind === 3) block[i % (blockSize - 16)]! ^= 0x40;
  }
  return bytes;
}

interface Scanned {
  readonly statuses: number[];
  readonly calls: { first: number; count: number }[];
  readonly result: Awaited<ReturnType<typeof scanBlocks>>;
}

/** Scans, and checks that what is shown are the bytes of the source. */
async function scan(source: BlockSource, bytes: Uint8Array, options: Omit<ScanOptions, 'onBlocks'>): Promise<Scanned> {
  const statuses: number[] = [];
  const calls: { first: number; count: number }[] = [];
  const onBlocks = ({ first, count, statuses: some, bytes: shown }: ScannedBlocks) => {
    expect([some.length, shown.length]).toEqual([count, count * options.blockSize]);
    calls.push({ first, count });
    statuses.push(...some);
    for (let i = 0; i < count; i++) {
      const expected = new Uint8Array(options.blockSize);
      const offset = (options.base ?? 0) + (first + i) * options.blockSize;
      if (some[i] !== unreadable) expected.set(bytes.subarray(offset, offset + options.blockSize));
      const block = shown.subarray(i * options.blockSize, (i + 1) * options.blockSize);
      if (Buffer.compare(block, expected) !== 0) throw new Error(`block ${first + i} has other bytes`);
    }
  };
  const result = await scanBlocks(source, { ...options, onBlocks });
  return { statuses, calls, result };
}

function expectedStatuses(
  bytes: Uint8Array,
  { base = 0, blockSize, first, count }: Omit<ScanOptions, 'onBlocks'>,
): number[] {
  return Array.from({ length: count }, (_, i) => expectedStatus(bytes, base + (first + i) * blockSize, blockSize));
}

describe('statuses', () => {
  it('are right for a golden image', async () => {
    const options = { blockSize: 4096, first: 0, count: image.length / 4096 };
    const { statuses, result } = await scan(memorySource(image), image, options);
    expect(statuses).toEqual(expectedStatuses(image, options));
    expect(new Set(statuses)).toContain(blockStatus.ok);
    expect(result).toEqual({ blocks: options.count, bytes: image.length });
  });

  it.each([512, 1024, 4096, 8192, 65536])(
    'are right for all kinds of blocks of %i bytes, over several slabs',
    async (blockSize) => {
      const count = (9 * MiB) / blockSize + 3;
      const bytes = mixedBlocks(blockSize, count);
      const options = { blockSize, first: 2, count: count - 3 };
      const { statuses, calls, result } = await scan(memorySource(bytes), bytes, options);
      expect(statuses).toEqual(expectedStatuses(bytes, options));
      expect(new Set(statuses).size).toBe(5);
      expect(calls.map(({ first }) => first)).toEqual([0, 2, 4, 6, 8].map((at) => 2 + (at * MiB) / blockSize));
      expect(result).toEqual({ blocks: options.count, bytes: options.count * blockSize });
    },
  );

  it('count blocks from the base', async () => {
    const bytes = new Uint8Array(512 + 70 * 1024);
    bytes.set(mixedBlocks(1024, 70), 512);
    const options = { base: 512, blockSize: 1024, first: 5, count: 60 };
    const { statuses } = await scan(memorySource(bytes), bytes, options);
    expect(statuses).toEqual(expectedStatuses(bytes, options));
    expect(new Set(statuses).size).toBe(5);
  });
});

describe('the end of the source', () => {
  it('may lie in a block, which is checked as if zeros followed', async () => {
    const bytes = mixedBlocks(4096, 40).subarray(0, 39 * 4096 + 100);
    const options = { blockSize: 4096, first: 0, count: 40 };
    const { statuses, result } = await scan(memorySource(bytes), bytes, options);
    expect(statuses).toEqual(expectedStatuses(bytes, options));
    expect(result).toEqual({ blocks: 40, bytes: bytes.length, partialBlock: 39 });
  });

  it.each([
    { first: 0, count: 39, partialBlock: undefined },
    { first: 39, count: 1, partialBlock: 39 },
    { first: 40, count: 5, partialBlock: undefined },
  ])('is flagged only where it was scanned ($first, $count)', async ({ first, count, partialBlock }) => {
    const bytes = mixedBlocks(4096, 40).subarray(0, -1);
    const { result } = await scan(memorySource(bytes), bytes, { blockSize: 4096, first, count });
    expect(result.partialBlock).toBe(partialBlock);
  });

  it('may lie in a hole', async () => {
    const bytes = new Uint8Array(4096 + 9);
    const { statuses, result } = await scan(memorySource(bytes), bytes, { blockSize: 4096, first: 0, count: 2 });
    expect(statuses).toEqual([blockStatus.hole, blockStatus.hole]);
    expect(result.partialBlock).toBe(1);
  });

  it('is followed by holes, which are not read, in slabs that held other blocks before', async () => {
    const bytes = mixedBlocks(4096, 2100).subarray(0, -77);
    const source = countingSource(memorySource(bytes));
    const options = { blockSize: 4096, first: 0, count: 9000 };
    const { statuses, result } = await scan(source, bytes, options);
    expect(statuses).toEqual(expectedStatuses(bytes, options));
    expect(result).toEqual({ blocks: 9000, bytes: bytes.length, partialBlock: 2099 });
    expect(source.bytes).toBe(bytes.length);
    expect(source.ranges.every(({ offset, length }) => offset + length <= bytes.length)).toBe(true);
  });
});

describe('faults', () => {
  const bytes = mixedBlocks(4096, 1500);
  const options = { blockSize: 4096, first: 0, count: 1500 };
  const hits = (bad: readonly number[]) => (offset: number, length: number) =>
    bad.some((block) => block * 4096 < offset + length && (block + 1) * 4096 > offset);

  it.each([[[0]], [[511]], [[512]], [[1024]], [[1499]], [[3, 4, 5, 700, 1030, 1498]]])(
    'make only blocks %j unreadable',
    async (bad) => {
      const source = faultySource(memorySource(bytes), { failAt: hits(bad) });
      const { statuses, result } = await scan(source, bytes, options);
      const expected = expectedStatuses(bytes, options);
      for (const block of bad) expected[block] = unreadable;
      expect(statuses).toEqual(expected);
      expect(result.bytes).toBe(bytes.length - bad.length * 4096);
    },
  );

  it('cost twenty reads for one block of a slab', async () => {
    const source = countingSource(faultySource(memorySource(bytes), { failAt: hits([77]) }));
    await scan(source, bytes, { ...options, count: 1024 });
    expect(source.reads).toBe(20);
  });

  it('leave zeros, whatever the medium wrote before it failed', async () => {
    const source: BlockSource = {
      size: 4096,
      name: 'scribbler',
      async read(_, into) {
        into.fill(0xff);
        throw new VdeError('readFailed', 'x');
      },
    };
    const { statuses } = await scan(source, bytes, { ...options, count: 1 });
    expect(statuses).toEqual([unreadable]);
  });

  it('hit the partial block, too', async () => {
    const cut = bytes.subarray(0, 10 * 4096 + 5);
    const source = faultySource(memorySource(cut), { failAt: hits([10]) });
    const { statuses, result } = await scan(source, cut, { ...options, count: 12 });
    expect(statuses.slice(10)).toEqual([unreadable, blockStatus.hole]);
    expect(result.partialBlock).toBe(10);
  });

  it.each([{ failAt: 0 }, { failAt: 1 }, { failAt: hits([1, 1200]), once: true }])(
    'that pass leave no trace',
    async (faults) => {
      const { statuses } = await scan(faultySource(memorySource(bytes), faults), bytes, options);
      expect(statuses).toEqual(expectedStatuses(bytes, options));
    },
  );

  it('may be short reads: the rest is asked for', async () => {
    const source = faultySource(memorySource(bytes), { failAt: (_, length) => length > 1, short: true });
    const { statuses } = await scan(source, bytes, options);
    expect(statuses).toEqual(expectedStatuses(bytes, options));
  });

  it('may be a source that has less than it says', async () => {
    const source = { ...memorySource(bytes.subarray(0, 1400 * 4096)), size: bytes.length };
    const { statuses } = await scan(source, bytes, options);
    expect(statuses.indexOf(unreadable)).toBe(1400);
    expect(statuses.slice(1400)).toEqual(new Array(100).fill(unreadable));
  });

  it('of another kind end the scan', async () => {
    const changed = new VdeError('imageChanged', 'x');
    const source: BlockSource = { size: 2 ** 30, name: 'x', read: () => Promise.reject(changed) };
    await expect(scan(source, bytes, options)).rejects.toBe(changed);
  });
});

describe('cost', () => {
  it('is four reads of 2 MiB at a time, into four slabs', async () => {
    const blocks = (40 * MiB) / 4096;
    const views = new Set<ArrayBufferLike>();
    let underWay = 0;
    let mostUnderWay = 0;
    const source: BlockSource = {
      size: 40 * MiB,
      name: 'big',
      async read(_, into) {
        views.add(into.buffer);
        mostUnderWay = Math.max(mostUnderWay, ++underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay--;
        return into.length;
      },
    };
    const counting = countingSource(source);
    await scanBlocks(counting, {
      blockSize: 4096,
      first: 0,
      count: blocks,
      onBlocks: ({ bytes }) => views.add(bytes.buffer),
    });
    expect(counting.reads).toBe(20);
    expect(counting.largestRead).toBe(2 * MiB);
    expect(mostUnderWay).toBe(4);
    expect(views.size).toBe(4);
  });

  it('is mostly the same slabs for the next scan', async () => {
    const bytes = mixedBlocks(4096, 2100);
    const slabs = new Set<ArrayBufferLike>();
    const onBlocks = ({ bytes: shown }: ScannedBlocks) => slabs.add(shown.buffer);
    for (let i = 0; i < 4; i++) {
      await scanBlocks(memorySource(bytes), { blockSize: 4096, first: 0, count: 2048, onBlocks });
    }
    // Sixteen without reuse; the collector may take idle ones.
    expect(slabs.size).toBeLessThan(16);
  });

  it('is little for few blocks', async () => {
    let most = 0;
    const source = memorySource(image);
    const onBlocks = ({ bytes }: ScannedBlocks) => {
      most = Math.max(most, bytes.buffer.byteLength);
    };
    await scanBlocks(source, { blockSize: 4096, first: 0, count: 10, onBlocks });
    expect(most).toBeLessThan(256 * 1024);
  });

  it('reads ahead while blocks are checked', async () => {
    const bytes = mixedBlocks(4096, 3000);
    const source = countingSource(memorySource(bytes));
    const readsAtCall: number[] = [];
    await scanBlocks(source, {
      blockSize: 4096,
      first: 0,
      count: 3000,
      onBlocks: () => readsAtCall.push(source.reads),
    });
    expect(readsAtCall).toEqual([4, 5, 6, 6, 6, 6]);
  });
});

describe('ends', () => {
  const bytes = mixedBlocks(4096, 3000);

  it('when aborted, with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let calls = 0;
    const onBlocks = () => {
      calls++;
      controller.abort(reason);
    };
    const options = { blockSize: 4096, first: 0, count: 3000, signal: controller.signal, onBlocks };
    await expect(scanBlocks(memorySource(bytes), options)).rejects.toBe(reason);
    expect(calls).toBe(1);
    await expect(scanBlocks(memorySource(bytes), options)).rejects.toBe(reason);
    expect(calls).toBe(1);
  });

  it('with the error of the callback, when the reads under way have ended', async () => {
    let under = 0;
    const inner = memorySource(bytes);
    const source: BlockSource = {
      ...inner,
      async read(offset, into) {
        under++;
        await new Promise((resolve) => setImmediate(resolve));
        under--;
        return inner.read(offset, into);
      },
    };
    const failure = new Error('callback');
    const onBlocks = () => {
      expect(under).toBe(3);
      throw failure;
    };
    await expect(scanBlocks(source, { blockSize: 4096, first: 0, count: 3000, onBlocks })).rejects.toBe(failure);
    expect(under).toBe(0);
  });

  it('at once when there is nothing to do', async () => {
    const { statuses, calls, result } = await scan(memorySource(bytes), bytes, { blockSize: 4096, first: 7, count: 0 });
    expect([statuses, calls, result]).toEqual([[], [], { blocks: 0, bytes: 0 }]);
  });

  it('before reading when the options make no sense', async () => {
    const source = countingSource(memorySource(bytes));
    const sound = { blockSize: 4096, first: 0, count: 1 };
    for (const wrong of [
      { blockSize: 4095 },
      { blockSize: 256 },
      { first: -1 },
      { count: 0.5 },
      { base: -1 },
      { first: 2 ** 45 },
    ]) {
      await expect(scan(source, bytes, { ...sound, ...wrong })).rejects.toThrow(RangeError);
    }
    expect(source.reads).toBe(0);
  });
});
