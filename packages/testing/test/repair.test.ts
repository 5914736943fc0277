import { type DecodedGroup, decodeGroup, sameBytes, stringToTag, writeTrailer } from '@vde/format';
import { memoryDevice, memorySource, openImage, planRepair, type RepairPlan, recordingDevice } from '@vde/image';
import { beforeAll, describe, expect, it } from 'vitest';
import { crashStates, type DeviceCall } from '../src/index.ts';
import {
  type Bytes,
  blockOf,
  blockSize,
  damaged,
  damages,
  headImages,
  payloadSize,
  withEmergencyBlock,
  withRegionInPlace,
} from './head-images.ts';

const deep = process.env['VDE_DEEP'] === '1';
const timeout = deep ? 3_600_000 : 60_000;
const headBlocks = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

let images: Awaited<ReturnType<typeof headImages>>;
beforeAll(async () => {
  images = await headImages();
});

const singles = headBlocks.map((block) => [block]);
const pairs = headBlocks.flatMap((a) => headBlocks.filter((b) => b > a).map((b) => [a, b]));

/** The plan of a repair, its calls, and the bytes that it makes. */
async function repaired(bytes: Bytes) {
  const plan = await planRepair(memorySource(bytes));
  const kept = memoryDevice(bytes.slice());
  const device = recordingDevice(kept);
  await plan.apply(device);
  return { plan, calls: device.calls, bytes: kept.bytes };
}

/** What a reader takes for the payload of each structure. */
const payloadsOf = (sources: DecodedGroup['sources']) => sources.map((found) => found?.bytes.slice(0, payloadSize));
const seen = (bytes: Uint8Array) => payloadsOf(decodeGroup(bytes.subarray(0, 8 * blockSize), { blockSize }).sources);

/** Whether a reader of one state sees of each structure what it saw before, or, where it saw none, what it sees in the end. */
function isKept(bytes: Uint8Array, before: ReturnType<typeof seen>, after: ReturnType<typeof seen>): boolean {
  return seen(bytes).every((payload, i) => {
    if (payload === undefined) return before[i] === undefined;
    return sameBytes(payload, (before[i] ?? after[i])!);
  });
}

/** The crash states in which a reader sees something that it saw neither before nor sees in the end. */
function lossesIn(start: Bytes, { calls, bytes }: { calls: readonly DeviceCall[]; bytes: Bytes }, sectorSize: number) {
  const [before, after] = [seen(start), seen(bytes)];
  const wrong: string[] = [];
  for (const state of crashStates(start, calls, { blockSize, sectorSize }))
    if (!isKept(state.bytes, before, after)) wrong.push(state.what);
  return wrong;
}

const lostPairs = [
  [0, 4],
  [2, 6],
  [3, 7],
].map(String);

describe('a repair', () => {
  it('of an image that needs none is empty', async () => {
    const { plan, calls } = await repaired(images.alike);
    expect([plan.steps, plan.patches, plan.lost, calls]).toEqual([[], [], [], []]);
  });

  it.each(Object.keys(damages))('puts right every one and two of blocks 0-9 that are %s', async (damage) => {
    for (const image of Object.values(images)) {
      for (const blocks of [...singles, ...pairs]) {
        const start = damaged(image, blocks, damage);
        const { plan, bytes } = await repaired(start);
        const { findings, slots } = await openImage(memorySource(bytes));
        const errors = findings.filter(({ severity }) => severity === 'error');
        const isLost = lostPairs.includes(String(blocks)) && damage !== 'unsealed';
        expect({ blocks, isLost: errors.length > 0, lost: plan.lost }).toEqual({ blocks, isLost, lost: errors });
        expect(slots.length).toBe(10);
        const again = await planRepair(memorySource(bytes));
        expect([blocks, again.steps, again.lost]).toEqual([blocks, [], errors]);
        if (isLost) continue;
        expect([
          blocks,
          sameBytes(bytes.subarray(4 * blockSize, 8 * blockSize), bytes.subarray(0, 4 * blockSize)),
        ]).toEqual([blocks, true]);
        if (image === images.alike) expect([blocks, sameBytes(bytes, image)]).toEqual([blocks, true]);
      }
    }
  });

  it.each(Object.keys(damages))(
    'that is cut off shows readers what they saw: blocks that are %s',
    { timeout },
    async (damage) => {
      const wrong: string[] = [];
      for (const blocks of [...singles, ...pairs]) {
        const start = damaged(images.differing, blocks, damage);
        const losses = lossesIn(start, await repaired(start), deep ? 512 : 2048);
        wrong.push(...losses.map((what) => `blocks ${blocks}, ${what}`));
      }
      expect(wrong).toEqual([]);
    },
  );

  it.each([[[0]], [[3]], [[1, 5]], [[2, 7]]])(
    'that is cut off anywhere in a sector: blocks %j',
    { timeout },
    async (blocks) => {
      const start = damaged(images.differing, blocks, 'zero');
      expect(lossesIn(start, await repaired(start), 512)).toEqual([]);
    },
  );

  it('that was cut off is the same when it is done again', { timeout }, async () => {
    for (const blocks of [[1, 5], [0, 6], [2, 8], [3]]) {
      const start = damaged(images.differing, blocks, 'zero');
      const { calls, bytes } = await repaired(start);
      let number = 0;
      for (const state of crashStates(start, calls, { blockSize })) {
        if (!deep && number++ % 41 !== 0) continue;
        const again = await repaired(state.bytes.slice() as Bytes);
        expect(sameBytes(again.bytes, bytes), `${blocks}, ${state.what}`).toBe(true);
      }
    }
  });

  it('says what it does, in words and codes', async () => {
    const stepsOf = async (blocks: readonly number[], damage = 'zero') =>
      (await planRepair(memorySource(damaged(images.alike, blocks, damage)))).steps;
    expect(await stepsOf([0, 3, 5, 9])).toEqual([
      { code: 'primaryRestored', blocks: [0, 3], what: 'blocks 0 and 3 are written again from the mirror' },
      { code: 'mirrorRestored', blocks: [5], what: 'block 5 is written again from the primary superblocks' },
      {
        code: 'directoryRebuilt',
        blocks: [9],
        what: 'block 9 is written again: the directory, from the pointer table',
      },
    ]);
    expect((await stepsOf([1, 5])).map(({ code, blocks }) => [code, blocks])).toEqual([
      ['pointerTableRebuilt', [1]],
      ['mirrorRestored', [5]],
    ]);
    expect((await stepsOf([0, 4], 'unsealed')).map(({ code, blocks }) => [code, blocks])).toEqual([
      ['blockSealed', [0]],
      ['mirrorRestored', [4]],
    ]);
  });

  it('lists the sectors that change, and what they hold before and after', async () => {
    const start = damaged(images.alike, [5], 'corrupt');
    const { patches } = await planRepair(memorySource(start));
    expect(patches).toHaveLength(1);
    const [{ offset, before, after }] = patches as [RepairPlan['patches'][number]];
    expect([offset, before.length]).toEqual([5 * blockSize, 512]);
    expect(sameBytes(before, start.subarray(offset, offset + 512))).toBe(true);
    expect(sameBytes(after, images.alike.subarray(offset, offset + 512))).toBe(true);
  });
});

describe('a repair keeps', () => {
  it('an emergency recovery block in the place of the directory header', async () => {
    const image = withEmergencyBlock(images.alike);
    expect((await planRepair(memorySource(image))).steps).toEqual([]);
    const { plan, bytes } = await repaired(damaged(image, [8], 'zero'));
    expect(plan.steps.map(({ blocks }) => blocks)).toEqual([[8]]);
    expect(sameBytes(bytes, image)).toBe(true);
  });

  it('a region that another writer added in place, and that the mirror does not list', async () => {
    const start = withRegionInPlace(images.alike);
    const { plan, calls, bytes } = await repaired(start);
    expect(plan.steps.map(({ code, blocks }) => [code, blocks])).toEqual([
      ['blockSealed', [1]],
      ['mirrorRestored', [5]],
    ]);
    expect(sameBytes(blockOf(bytes, 1).subarray(0, payloadSize), blockOf(start, 1).subarray(0, payloadSize))).toBe(
      true,
    );
    const types = async (image: Bytes) => (await openImage(memorySource(image))).slots.map(({ type }) => type);
    expect(await types(bytes)).toContain('SNAP');
    expect((await openImage(memorySource(bytes))).findings.map(({ code }) => code)).not.toContain('slotTablesDiffer');
    for (const state of crashStates(start, calls, { blockSize })) {
      expect(await types(state.bytes as Bytes), state.what).toContain('SNAP');
      if (deep) expect(sameBytes((await repaired(state.bytes.slice() as Bytes)).bytes, bytes), state.what).toBe(true);
    }
  });

  it('what is intact where something is lost', async () => {
    const start = damaged(images.differing, [2, 6, 0, 7, 9], 'corrupt');
    const { plan, bytes } = await repaired(start);
    expect(plan.lost.map(({ code, block }) => [code, block])).toContainEqual(['unreadable', 2]);
    expect(plan.steps.flatMap(({ blocks }) => blocks)).toEqual([0, 7, 9]);
    for (const [to, from] of [
      [0, 4],
      [7, 3],
    ] as const)
      expect(sameBytes(blockOf(bytes, to), blockOf(images.differing, from))).toBe(true);
    expect(sameBytes(blockOf(bytes, 5), blockOf(images.differing, 5))).toBe(true);
    expect(lossesIn(start, { calls: (await repaired(start)).calls, bytes }, 2048)).toEqual([]);
  });

  it('a payload that is no superblock from being sealed as one', async () => {
    const start = damaged(images.alike, [0, 4], 'unsealed');
    start.fill(0xee, 8, 16);
    const { steps, lost } = await planRepair(memorySource(start));
    expect(steps).toEqual([]);
    expect(lost.map(({ code }) => code)).toContain('badMagic');
  });
});

describe('a repair of', () => {
  it('a pointer table needs the directory', async () => {
    const { steps, lost } = await planRepair(memorySource(damaged(images.alike, [1, 5, 8], 'zero')));
    expect(steps).toEqual([]);
    expect(lost.map(({ code, block }) => [code, block])).toContainEqual(['unreadable', 1]);
  });

  it('a file that ends early writes blocks behind its end, but no part of a block that the end cuts', async () => {
    for (const end of [4.5, 7, 9.25]) {
      const start = images.alike.slice(0, end * blockSize);
      const { plan, bytes } = await repaired(start);
      expect(sameBytes(bytes, images.alike.subarray(0, 10 * blockSize))).toBe(true);
      expect([plan.sizeBefore, plan.sizeAfter]).toEqual([start.length, 10 * blockSize]);
    }
    for (const end of [2.5, 4, 5.5]) {
      const start = damaged(images.alike.slice(0, end * blockSize), [0, 1], 'corrupt');
      const { steps, patches, sizeAfter } = await planRepair(memorySource(start));
      expect([end, steps.flatMap(({ blocks }) => blocks), sizeAfter]).toEqual([end, end < 5 ? [] : [0], start.length]);
      expect(patches.every(({ offset }) => offset < start.length)).toBe(true);
    }
  });

  it('an image that a newer writer made is refused', async () => {
    const start = damaged(images.alike, [3], 'zero');
    for (const block of [0, 4]) {
      blockOf(start, block)[0x1b] = 0x80;
      writeTrailer(blockOf(start, block), blockSize, stringToTag('SUPB'), 1);
    }
    await expect(planRepair(memorySource(start))).rejects.toMatchObject({ code: 'notWritable' });
  });

  it('an image that was changed meanwhile writes nothing', async () => {
    const start = damaged(images.alike, [3], 'zero');
    const plan = await planRepair(memorySource(start));
    for (const other of [images.alike, start.slice(blockSize)]) {
      const device = recordingDevice(memoryDevice(other.slice()));
      await expect(plan.apply(device)).rejects.toMatchObject({ code: 'imageChanged' });
      expect(device.calls).toEqual([]);
    }
  });

  it('an image behind a boot preamble finds its blocks', async () => {
    const start = damaged(images.alike, [0, 5, 9], 'zero');
    const base = 2 * blockSize;
    const file = new Uint8Array(base + start.length);
    file.set(new TextEncoder().encode('DWVD-BOO'));
    new DataView(file.buffer).setBigUint64(24, BigInt(base), true);
    file.set(start, base);
    const { plan, bytes } = await repaired(file);
    expect(plan.base).toBe(base);
    expect(sameBytes(bytes.subarray(base), images.alike)).toBe(true);
    expect(sameBytes(bytes.subarray(0, base), file.subarray(0, base))).toBe(true);
  });

  it('one that is told to stop rejects with the reason', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(planRepair(memorySource(images.alike), { signal })).rejects.toThrow('enough');
  });
});
