import {
  type BlockRun,
  bitmapOfBlocks,
  encodeGroup,
  encodeRegionDirectory,
  freeSlot,
  setAllocated,
  stringToTag,
  writeTrailer,
} from '@vde/format';
import { createImage, type MemoryDevice, memoryDevice, openImage, planRepair } from '@vde/image';
import { crashStates, faultyDevice } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { blockSize, imageFor, kinds, now, openEditor, plugins } from './kinds.ts';
import { findingsOf } from './kit.ts';
import { regionsOf } from './oracle.ts';

const kind = kinds.find(({ name }) => name === 'load a dictionary')!;

async function bitmapBlock(device: MemoryDevice): Promise<Uint8Array> {
  const { startBlock } = (await openImage(device)).slots.find(({ type }) => type === 'BMAP')!;
  return device.bytes.subarray(startBlock * blockSize, (startBlock + 1) * blockSize);
}

async function mark(device: MemoryDevice, run: BlockRun, allocated: boolean): Promise<void> {
  const block = await bitmapBlock(device);
  setAllocated(bitmapOfBlocks(block, blockSize, device.size / blockSize), run, allocated);
  writeTrailer(block, blockSize, stringToTag('BMAP'), 3);
}

const codesOf = ({ steps }: Awaited<ReturnType<typeof planRepair>>) => steps.map(({ code }) => code);

describe('a repair of the allocation bitmap', () => {
  it('makes a damaged block again: regions, and data that stand in the data region', async () => {
    const device = await imageFor(kind);
    const whole = (await bitmapBlock(device)).slice(0, blockSize - 16);
    (await bitmapBlock(device)).fill(0xa5, 0, 2000);
    await expect(openEditor(device)).rejects.toMatchObject({ code: 'needsRepair' });
    const plan = await planRepair(device);
    expect(codesOf(plan)).toEqual(['badTrailer']);
    await plan.apply(device);
    expect((await bitmapBlock(device)).slice(0, blockSize - 16)).toEqual(whole);
    expect(await findingsOf(device)).toEqual([]);
    await kind.act(await openEditor(device));
    expect(await findingsOf(device)).toEqual([]);
  });

  it('marks blocks of regions that count as free, and counts again, with a commit', async () => {
    const device = await imageFor(kind);
    await mark(device, { start: 1040, count: 3 }, false);
    const plan = await planRepair(device);
    expect(codesOf(plan)).toEqual(['bitmapMissing', 'bitmapCountDiffers']);
    const before = device.bytes.slice();
    await plan.apply(device);
    expect(await findingsOf(device)).toEqual([]);
    expect(codesOf(await planRepair(device))).toEqual([]);
    // Whatever a crash leaves of it, a reader finds the same regions.
    const seen = await regionsOf(await openImage(device, { regions: plugins }));
    const calls = plan.patches.map(({ offset, after }) => ({ kind: 'write' as const, offset, bytes: after }));
    for (const { bytes } of crashStates(before, calls.slice(0, 1), { blockSize, sectorSize: 2048 }))
      expect(await regionsOf(await openImage(memoryDevice(bytes.slice()), { regions: plugins }))).toBe(seen);
  });

  it('counts blocks that no region claims as the bitmap does', async () => {
    const device = await imageFor(kind);
    await mark(device, { start: 1150, count: 3 }, true);
    const plan = await planRepair(device);
    expect(codesOf(plan)).toEqual(['bitmapCountDiffers']);
    await plan.apply(device);
    expect((await openImage(device)).findings).toEqual([]);
  });

  it('is left where the volume has no room for another bitmap', async () => {
    const device = await imageFor(kind);
    await mark(device, { start: 10, count: device.size / blockSize - 10 }, true);
    await mark(device, { start: 1040, count: 3 }, false);
    expect(codesOf(await planRepair(device))).toEqual([]);
  });

  it('of several blocks keeps the generation of those that are whole, and needs no data region', async () => {
    const device = memoryDevice();
    await createImage(device, { profile: 'minimal', totalBlocks: 33_000, now });
    const image = await openImage(device);
    const slots = image.pointers.with(image.slots.find(({ type }) => type === 'DATA')!.index, freeSlot);
    for (const first of [0, 4]) {
      const group = { ...image.group.group!, regionPointers: { slots } };
      await device.write(first * blockSize, encodeGroup(group, blockSize));
    }
    await device.write(8 * blockSize, encodeRegionDirectory({ slots, generation: 1 }, blockSize));
    const { startBlock } = image.slots.find(({ type }) => type === 'BMAP')!;
    const second = device.bytes.slice((startBlock + 1) * blockSize, (startBlock + 2) * blockSize);
    device.bytes[(startBlock + 1) * blockSize]! ^= 1;
    const plan = await planRepair(device);
    expect(plan.steps).toMatchObject([{ code: 'badTrailer', blocks: [startBlock + 1] }]);
    await plan.apply(device);
    expect(device.bytes.slice((startBlock + 1) * blockSize, (startBlock + 2) * blockSize)).toEqual(second);
  });

  it('of an image that lists none, or one that is too small, is none', async () => {
    const device = await imageFor(kind);
    const image = await openImage(device);
    const { index, pointer } = image.slots.find(({ type }) => type === 'BMAP')!;
    for (const other of [freeSlot, { ...pointer, blockCount: 0n }]) {
      const slots = image.pointers.with(index, other);
      const group = encodeGroup({ ...image.group.group!, regionPointers: { slots } }, blockSize);
      for (const first of [0, 4]) await device.write(first * blockSize, group);
      await device.write(8 * blockSize, encodeRegionDirectory({ slots, generation: 1 }, blockSize));
      expect(codesOf(await planRepair(device))).toEqual([]);
      await expect(openEditor(device)).rejects.toMatchObject({ code: 'needsRepair' });
    }
  });

  it('that cannot read the image says so', async () => {
    const device = await imageFor(kind);
    await mark(device, { start: 1040, count: 3 }, false);
    const counter = faultyDevice(device, { failAt: Number.POSITIVE_INFINITY, withReads: true });
    await planRepair(counter);
    for (let failAt = 0; failAt < counter.operations; failAt++)
      await expect(planRepair(faultyDevice(device, { failAt, withReads: true })), `${failAt}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(readFailed|outcomeUnknown)$/),
      });
  });

  it('of a file that is cut off is none: nothing tells what stood behind its end', async () => {
    const device = await imageFor(kind);
    (await bitmapBlock(device)).fill(0xa5, 0, 2000);
    await device.truncate(device.size - blockSize);
    expect(codesOf(await planRepair(device))).toEqual([]);
  });
});
