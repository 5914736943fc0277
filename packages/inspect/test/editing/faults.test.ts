import { isVdeError } from '@vde/format';
import { memoryDevice, openImage } from '@vde/image';
import { crashStates, type DeviceFaults, faultyDevice } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { blockSize, imageFor, kinds, openEditor, plugins, type TransactionKind } from './kinds.ts';
import { damageIn } from './kit.ts';
import { Oracle, recorded, regionsOf } from './oracle.ts';

const deep = process.env['VDE_DEEP'] === '1';
const timeout = deep ? 36_000_000 : 120_000;
const ways: readonly Omit<DeviceFaults, 'failAt'>[] = [
  {},
  { forGood: true },
  { short: true },
  { withReads: true },
  ...(deep ? [{ withReads: true, forGood: true }] : []),
];

/** Regions as a reader finds them now, whatever is left to recover. */
const regionsIn = async (bytes: Uint8Array) =>
  regionsOf(await openImage(memoryDevice(bytes.slice()), { regions: plugins }));

/** Opens and edits on a device that fails; how that ended. */
async function run(device: Parameters<typeof openEditor>[0], act: TransactionKind['act']) {
  try {
    const editor = await openEditor(device);
    await act(editor);
    return 'done';
  } catch (error) {
    return isVdeError(error) ? error.code : error;
  }
}

describe('a device that fails', { timeout }, () => {
  it.each(kinds)('at any operation leaves the old state or the new one, and the error tells: $name', async (kind) => {
    const { before: start, calls } = await recorded(kind);
    const oracle = await Oracle.of(start, calls);
    // A ring gives up what it overwrites with a commit of its own: that is a third state.
    const states = Array.from({ length: oracle.last + 1 }, (_, i) => oracle.regionsOf(i));
    const [before, after] = [states[0]!, states.at(-1)!];
    const hasSteps = states.some((state) => state !== before && state !== after);
    expect(hasSteps).toBe(kind.name === 'overwrite the oldest of the ring');
    const ended = new Map<unknown, number>();
    for (const way of ways) {
      const counter = faultyDevice(memoryDevice(start.slice()), { ...way, failAt: Number.POSITIVE_INFINITY });
      await run(counter, kind.act);
      for (let failAt = 0; failAt < counter.operations; failAt++) {
        const device = memoryDevice(start.slice());
        const how = await run(faultyDevice(device, { ...way, failAt }), kind.act);
        ended.set(how, (ended.get(how) ?? 0) + 1);
        const what = `${JSON.stringify(way)} at ${failAt}: ${how}`;
        const found = await regionsIn(device.bytes);
        expect(states, what).toContain(found);
        if (how === 'done') expect(found, what).toBe(after);
        else if (how !== 'outcomeUnknown') expect(found, what).toBe(before);
        const editor = await openEditor(device);
        expect(await regionsOf(editor.image), what).toBe(found);
        if (found !== after) await kind.act(editor);
        expect(await regionsOf(editor.image), what).toBe(after);
        if (deep || failAt % 5 === 0) expect(await damageIn(device), what).toEqual([]);
      }
    }
    expect([...ended.keys()].sort()).toEqual(['outcomeUnknown', 'readFailed', 'writeFailed']);
  });

  it.each(['erase a subject', 'append to the WORM region'])(
    'at any operation of a recovery leaves what a reader saw: %s',
    async (name) => {
      const { before, calls } = await recorded(kinds.find((kind) => kind.name === name)!);
      const oracle = await Oracle.of(before, calls);
      const states = [...crashStates(before, calls, { blockSize, sectorSize: 2048, random: 2 })].length;
      let number = 0;
      let recovered = 0;
      for (const { bytes, what } of crashStates(before, calls, { blockSize, sectorSize: 2048, random: 2 })) {
        if (number++ % Math.ceil(states / (deep ? 400 : 3)) !== 0) continue;
        const seen = oracle.regionsOf(oracle.seen(bytes) as number);
        for (const way of ways) {
          const counter = faultyDevice(memoryDevice(bytes.slice()), { ...way, failAt: Number.POSITIVE_INFINITY });
          await openEditor(counter);
          for (let failAt = 0; failAt < counter.operations; failAt++) {
            const device = memoryDevice(bytes.slice());
            await expect(openEditor(faultyDevice(device, { ...way, failAt }))).rejects.toMatchObject({
              code: expect.stringMatching(/^(writeFailed|readFailed|outcomeUnknown)$/),
            });
            expect(await regionsIn(device.bytes), `${what}, ${JSON.stringify(way)} at ${failAt}`).toBe(seen);
            const { image } = await openEditor(device);
            expect(await regionsOf(image)).toBe(seen);
            recovered++;
          }
        }
      }
      expect(recovered).toBeGreaterThan(30);
    },
  );

  it('is not written to any more by the one who saw it fail, unless only free blocks were', async () => {
    const kind = kinds[0]!;
    const start = (await imageFor(kind)).bytes.slice();
    const [blocks, head, all] = [2, 4, 11];
    for (let failAt = 0; failAt < all; failAt++) {
      const device = memoryDevice(start.slice());
      const editor = await openEditor(faultyDevice(device, { failAt }));
      const code = failAt < head ? 'writeFailed' : 'outcomeUnknown';
      await expect(kind.act(editor), `${failAt}`).rejects.toMatchObject({ code });
      const held = device.bytes.slice();
      if (failAt < blocks) {
        await kind.act(editor);
        continue;
      }
      await expect(kind.act(editor), `${failAt}`).rejects.toMatchObject({ code: 'reopenNeeded' });
      expect(Buffer.compare(device.bytes, held)).toBe(0);
    }
  });
});
