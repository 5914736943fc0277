import { describe, expect, it } from 'vitest';
import {
  type AllocationBitmap,
  allocationBitmap,
  bitmapBlockCount,
  bitsPerBitmapBlock,
  blockRuns,
  countAllocated,
  findBlock,
  isAllocated,
  setAllocated,
  withoutRuns,
} from '../src/allocation-bitmap.ts';
import { stringToTag } from '../src/tag.ts';
import { classifyBlock, readTrailer, writeTrailer } from '../src/trailer.ts';
import { goldenBytes, goldenJson, seeded } from './golden.ts';

const empty = (totalBlocks: number, blockSize: number): AllocationBitmap =>
  allocationBitmap(
    Array.from({ length: bitmapBlockCount(totalBlocks, blockSize) }, () => new Uint8Array(blockSize - 16)),
    totalBlocks,
  );

describe('allocation bitmap (page 04, 3.6)', () => {
  it.each([
    [32640, 4096, 1],
    [32641, 4096, 2],
    [524160, 65536, 1],
    [524161, 65536, 2],
    [16384, 512, 5],
    [1, 512, 1],
    [0, 512, 1],
  ])('%i blocks of %i bytes need %i bitmap blocks', (total, bs, count) => {
    expect(bitmapBlockCount(total, bs)).toBe(count);
    expect(bitsPerBitmapBlock(bs)).toBe(8 * (bs - 16));
  });

  it('has the bytes of example Minimal', () => {
    const bitmap = empty(16384, 4096);
    setAllocated(bitmap, { start: 0, count: 1117 }, true);
    const [payload] = bitmap.payloads;
    expect(payload!.subarray(0, 139).every((byte) => byte === 0xff)).toBe(true);
    expect([payload![139], payload![140]]).toEqual([0x1f, 0]);
    expect(countAllocated(bitmap)).toBe(1117);
    expect([...blockRuns(bitmap)]).toEqual([{ start: 0, count: 1117 }]);
    const block = new Uint8Array(4096);
    block.set(payload!);
    writeTrailer(block, 4096, stringToTag('BMAP'), 1);
    expect(readTrailer(block, 4096).checksum).toBe(0x362f10e1ad5c83cfn);
  });

  it.each(['fresh-minimal', 'fresh-standard', 'fresh-enterprise', 'fresh-max-security', 'all-regions'])(
    'of the golden image %s agrees with its superblock',
    (name) => {
      const { blockSize, superblock, slots } = goldenJson(`images/${name}.json`);
      const bytes = goldenBytes(`images/${name}.dwvd.gz`);
      const { startBlock, blockCount } = slots.find(({ type }: { type: string }) => type === 'BMAP');
      const payloads = Array.from({ length: Number(blockCount) }, (_, i) => {
        const block = bytes.subarray((Number(startBlock) + i) * blockSize);
        expect(classifyBlock(block, blockSize, { expectTag: stringToTag('BMAP') }).state).toBe('ok');
        return block.subarray(0, blockSize - 16);
      });
      const bitmap = allocationBitmap(payloads, Number(superblock.totalBlocks));
      expect(`${countAllocated(bitmap)}`).toBe(superblock.totalAllocatedBlocks);
    },
  );

  it('goes on in the second bitmap block', () => {
    const bitmap = empty(40000, 4096);
    setAllocated(bitmap, { start: 32639, count: 2 }, true);
    expect(bitmap.payloads[0]![4079]).toBe(0x80);
    expect(bitmap.payloads[1]![0]).toBe(0x01);
    expect([...blockRuns(bitmap)]).toEqual([{ start: 32639, count: 2 }]);
    expect([...blockRuns(bitmap, false)]).toEqual([
      { start: 0, count: 32639 },
      { start: 32641, count: 40000 - 32641 },
    ]);
  });

  it('ignores bits at and beyond the end of the volume', () => {
    const bitmap = empty(1001, 512);
    for (const payload of bitmap.payloads) payload.fill(0xff);
    expect(countAllocated(bitmap)).toBe(1001);
    expect([...blockRuns(bitmap)]).toEqual([{ start: 0, count: 1001 }]);
    expect([...blockRuns(bitmap, false)]).toEqual([]);
    expect(() => isAllocated(bitmap, 1001)).toThrow(RangeError);
    expect(() => setAllocated(bitmap, { start: 1000, count: 2 }, false)).toThrow(RangeError);
    expect(countAllocated(bitmap)).toBe(1001);
    expect(findBlock(empty(1001, 512), 0, true)).toBe(1001);
  });

  it('does what a list of booleans does', () => {
    const random = seeded(4);
    const int = (below: number): number => Math.floor(random() * below);
    const total = 9001;
    const bitmap = empty(total, 512);
    const oracle: boolean[] = Array(total).fill(false);
    for (let round = 0; round < 300; round++) {
      const start = int(total);
      const count = int(Math.min(total - start, round % 2 === 0 ? 20 : total) + 1);
      const allocated = int(2) === 1;
      setAllocated(bitmap, { start, count }, allocated);
      oracle.fill(allocated, start, start + count);
      if (round % 20 !== 0) continue;
      expect(countAllocated(bitmap)).toBe(oracle.filter(Boolean).length);
      for (const wanted of [true, false]) {
        const seen: boolean[] = Array(total).fill(!wanted);
        for (const run of blockRuns(bitmap, wanted)) seen.fill(wanted, run.start, run.start + run.count);
        expect(seen).toEqual(oracle);
      }
      for (let block = 0; block < total; block += 37) expect(isAllocated(bitmap, block)).toBe(oracle[block]);
    }
  });

  it('refuses payloads that do not cover the volume', () => {
    expect(() => allocationBitmap([new Uint8Array(496)], 3969)).toThrow(RangeError);
    expect(() => allocationBitmap([new Uint8Array(496), new Uint8Array(495)], 10)).toThrow(RangeError);
    expect(() => allocationBitmap([], 1)).toThrow(RangeError);
    expect(countAllocated(allocationBitmap([], 0))).toBe(0);
    expect([...blockRuns(allocationBitmap([], 0))]).toEqual([]);
  });
});

describe('a bitmap that cannot be', () => {
  it.each([-1, 1.5, Number.NaN])('is refused for %f blocks', (totalBlocks) => {
    expect(() => allocationBitmap([new Uint8Array(8)], totalBlocks)).toThrow(RangeError);
  });

  it('of no blocks has none to be set', () => {
    const none = allocationBitmap([], 0);
    setAllocated(none, { start: 0, count: 0 }, true);
    expect(() => setAllocated(none, { start: 0, count: 1 }, true)).toThrow(RangeError);
  });
});

describe('a run without others', () => {
  const run = { start: 10, count: 10 };
  it.each([
    [
      'others before and behind it',
      [
        [0, 10],
        [20, 5],
      ],
      [[10, 10]],
    ],
    ['none', [], [[10, 10]]],
    ['one that covers it', [[5, 30]], []],
    ['its first half', [[8, 7]], [[15, 5]]],
    ['its last half', [[15, 9]], [[10, 5]]],
    [
      'its middle',
      [[12, 3]],
      [
        [10, 2],
        [15, 5],
      ],
    ],
    [
      'some that overlap, in any order',
      [
        [16, 2],
        [11, 1],
        [11, 3],
      ],
      [
        [10, 1],
        [14, 2],
        [18, 2],
      ],
    ],
  ] as [string, [number, number][], [number, number][]][])('%s', (_, others, expected) => {
    const parts = withoutRuns(
      run,
      others.map(([start, count]) => ({ start, count })),
    );
    expect(parts.map(({ start, count }) => [start, count])).toEqual(expected);
  });
});
