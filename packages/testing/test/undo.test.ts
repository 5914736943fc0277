import { sameBytes } from '@vde/format';
import {
  applyUndo,
  memoryDevice,
  memorySource,
  parseUndo,
  planRepair,
  recordingDevice,
  type Undo,
  writeUndo,
} from '@vde/image';
import { beforeAll, describe, expect, it } from 'vitest';
import { crashStates, type DeviceCall } from '../src/index.ts';
import { type Bytes, blockSize, damaged, headImages } from './head-images.ts';

const deep = process.env['VDE_DEEP'] === '1';
const timeout = deep ? 3_600_000 : 60_000;

let images: Awaited<ReturnType<typeof headImages>>;
beforeAll(async () => {
  images = await headImages();
});

/** A repair that was done: what was there before, the calls, the undo as it is read from its file, and the bytes. */
async function repaired(start: Bytes) {
  const plan = await planRepair(memorySource(start));
  const kept = memoryDevice(start.slice());
  const device = recordingDevice(kept);
  await plan.apply(device);
  return { start, calls: device.calls, undo: parseUndo(writeUndo(plan)), bytes: kept.bytes };
}

/** Takes a change back on a copy; gives the calls and the bytes. */
async function undone(bytes: Uint8Array, undo: Undo): Promise<{ calls: readonly DeviceCall[]; bytes: Bytes }> {
  const kept = memoryDevice(bytes.slice());
  const device = recordingDevice(kept);
  await applyUndo(device, undo);
  return { calls: device.calls, bytes: kept.bytes };
}

const cases = [[0], [1, 5], [0, 2, 6], [1, 5, 9], [3, 8]];

describe('an undo', () => {
  it.each(cases.map((blocks) => [blocks]))(
    'takes every crash state of a repair back: blocks %j',
    { timeout },
    async (blocks) => {
      const { start, calls, undo } = await repaired(damaged(images.differing, blocks, 'zero'));
      let number = 0;
      for (const state of crashStates(start, calls, { blockSize })) {
        if (!deep && number++ % 5 !== 0) continue;
        expect(sameBytes((await undone(state.bytes, undo)).bytes, start), state.what).toBe(true);
      }
    },
  );

  it('is finished by another one where it was cut off itself', { timeout }, async () => {
    for (const blocks of deep
      ? cases
      : [
          [1, 5],
          [3, 8],
        ]) {
      const { start, calls, undo, bytes } = await repaired(damaged(images.differing, blocks, 'zero'));
      const starts = [bytes];
      let number = 0;
      for (const state of crashStates(start, calls, { blockSize }))
        if (number++ % (deep ? 37 : 1999) === 0) starts.push(state.bytes.slice());
      for (const first of starts) {
        const { calls: undoing } = await undone(first, undo);
        for (const state of crashStates(first, undoing, { blockSize, sectorSize: deep ? 512 : 2048 }))
          expect(sameBytes((await undone(state.bytes, undo)).bytes, start), state.what).toBe(true);
      }
    }
  });

  it('does nothing the second time', async () => {
    const { start, undo } = await repaired(damaged(images.alike, [0, 9], 'corrupt'));
    expect((await undone(start, undo)).calls).toEqual([]);
  });

  it('makes the file as long as it was', async () => {
    for (const end of [6, 9.25]) {
      const { start, undo, bytes } = await repaired(images.alike.slice(0, end * blockSize));
      expect(bytes.length).toBe(10 * blockSize);
      for (const length of [bytes.length, bytes.length - 700, start.length])
        expect(sameBytes((await undone(bytes.subarray(0, length), undo)).bytes, start)).toBe(true);
    }
  });

  it('is refused where somebody else wrote, and writes nothing', async () => {
    const { undo, bytes } = await repaired(damaged(images.alike, [3, 8], 'corrupt'));
    for (const change of [
      (image: Bytes) => {
        image[3 * blockSize + 100]! ^= 2;
        return image;
      },
      (image: Bytes) => image.slice(0, -1),
      (image: Bytes) => new Uint8Array([...image, 0]),
    ]) {
      const device = recordingDevice(memoryDevice(change(bytes.slice())));
      await expect(applyUndo(device, undo)).rejects.toMatchObject({ code: 'undoMismatch' });
      expect(device.calls).toEqual([]);
    }
  });

  it('leaves what was changed elsewhere', async () => {
    const { start, undo, bytes } = await repaired(damaged(images.alike, [3, 8], 'corrupt'));
    bytes[12 * blockSize]! ^= 1;
    start[12 * blockSize]! ^= 1;
    expect(sameBytes((await undone(bytes, undo)).bytes, start)).toBe(true);
  });
});
