import { memoryDevice, openImage, recordingDevice } from '@vde/image';
import { type CrashState, crashStates } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { blockSize, kinds, openEditor, plugins, secretOf } from './kinds.ts';
import { damageIn, windowsIn } from './kit.ts';
import { Oracle, recorded, regionsOf } from './oracle.ts';

const deep = process.env['VDE_DEEP'] === '1';
const timeout = deep ? 36_000_000 : 120_000;
/** Crash states of a transaction from which recovery is begun, and random sets of sectors for each of its syncs. */
const starts = deep ? 400 : 7;
const randomSectors = 4_300;

/** Crash states that want recovery: some of each stretch of the transaction. */
async function wanting(states: Iterable<CrashState>, count: number) {
  const all: { bytes: Uint8Array<ArrayBuffer>; what: string }[] = [];
  let next = 0;
  let number = 0;
  for (const { bytes, what } of states) {
    if (number++ < next) continue;
    const copy = bytes.slice();
    const source = recordingDevice(memoryDevice(copy.slice()));
    await openEditor(source);
    next = number + (source.calls.length > 0 ? 601 : 61);
    if (source.calls.length > 0) all.push({ bytes: copy, what });
  }
  const step = Math.max(1, all.length / count);
  return Array.from({ length: Math.min(count, all.length) }, (_, i) => all[Math.floor(i * step)]!);
}

describe('recovery', { timeout }, () => {
  it.each(kinds)('gives what a reader saw, and may be cut off itself: $name', async (kind) => {
    const { before, calls } = await recorded(kind);
    const oracle = await Oracle.of(before, calls);
    const wrong: string[] = [];
    let states = 0;
    for (const start of await wanting(crashStates(before, calls, { blockSize, random: 8 }), starts)) {
      const seen = oracle.seen(start.bytes) as number;
      const device = memoryDevice(start.bytes.slice());
      const source = recordingDevice(device);
      await openEditor(source);
      expect(await regionsOf(await openImage(device, { regions: plugins })), start.what).toBe(oracle.regionsOf(seen));
      expect(await damageIn(device), start.what).toEqual([]);
      const again = recordingDevice(device);
      await openEditor(again);
      expect(again.calls, start.what).toEqual([]);
      const nested = await Oracle.of(start.bytes, source.calls);
      for (const { bytes, what } of crashStates(start.bytes, source.calls, { blockSize, randomSectors })) {
        states++;
        const found = nested.seen(bytes);
        const isSame = typeof found === 'number' && nested.regionsOf(found) === oracle.regionsOf(seen);
        if (!isSame) wrong.push(`${start.what}, then ${what}: ${found}`);
        const reference = nested.seenByReference(bytes) && oracle.seenByReference(bytes);
        if (reference !== undefined) wrong.push(`${start.what}, then ${what}: to the reference ${reference}`);
        if (wrong.length > 20) break;
      }
    }
    expect(wrong).toEqual([]);
    expect(states).toBeGreaterThan(50_000);
  });

  it('finishes an erasure: after any crash nothing of it is left once it is committed', async () => {
    const kind = kinds.find(({ name }) => name === 'erase a subject')!;
    const { before, calls } = await recorded(kind);
    const oracle = await Oracle.of(before, calls);
    const needles = [1, 4, 7].flatMap((i) => [secretOf(i, 0), secretOf(i, 1)]);
    let erased = 0;
    let number = 0;
    for (const { bytes, what } of crashStates(before, calls, { blockSize, random: 8 })) {
      if (!deep && number++ % 97 !== 0) continue;
      const device = memoryDevice(bytes.slice());
      const editor = await openEditor(device);
      const isNew = oracle.regionsOf(oracle.seen(bytes) as number) === oracle.regionsOf(oracle.last);
      if (!isNew) await kind.act(editor);
      else erased++;
      expect(windowsIn(device.bytes, needles), what).toEqual([]);
    }
    expect(erased).toBeGreaterThan(deep ? 1000 : 20);
  });
});
