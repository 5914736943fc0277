import { decodeGroup, isZero } from '@vde/format';
import { createImage, memoryDevice, recordingDevice } from '@vde/image';
import { crashStates } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { blockSize, kinds, now, secretOf, subject } from './kinds.ts';
import { windowsIn } from './kit.ts';
import { Oracle, recorded } from './oracle.ts';

const deep = process.env['VDE_DEEP'] === '1';
const timeout = deep ? 36_000_000 : 120_000;
/** Random sets of sectors for each sync. */
const randomSectors = deep ? 300_000 : 14_500;

let total = 0;

describe('after a crash at any moment a reader finds the state before or after', { timeout }, () => {
  it.each(kinds)('when it is to $name', async (kind) => {
    const { before, calls } = await recorded(kind);
    const oracle = await Oracle.of(before, calls);
    const wrong: string[] = [];
    let states = 0;
    for (const { bytes, what } of crashStates(before, calls, { blockSize, randomSectors })) {
      states++;
      const seen = oracle.seen(bytes);
      if (typeof seen === 'string') wrong.push(`${what}: ${seen}`);
      const reference = oracle.seenByReference(bytes);
      if (reference !== undefined) wrong.push(`${what}: to the reference ${reference}`);
      if (wrong.length > 20) break;
    }
    expect(wrong).toEqual([]);
    total += states;
    expect(states).toBeGreaterThan(10_000);
  });

  it('in all of more than a million states, and twenty million in the long run', () => {
    expect(total).toBeGreaterThan(deep ? 20_000_000 : 1_000_000);
  });

  it('and nothing of what was erased once the erasure has ended, in every state', async () => {
    const { before, calls } = await recorded(kinds.find(({ name }) => name === 'erase a subject')!);
    const oracle = await Oracle.of(before, calls);
    const after = before.slice();
    for (const call of calls) if (call.kind === 'write') after.set(call.bytes, call.offset);
    const needles = [1, 4, 7].flatMap((i) => [secretOf(i, 0), secretOf(i, 1)]);
    expect(windowsIn(before, needles).length).toBeGreaterThan(0);
    expect(windowsIn(after, needles)).toEqual([]);
    // The live blocks are those of the end, which hold nothing of it: what is left are the blocks that were zeroed.
    const zeroed = calls.flatMap((call) => (call.kind === 'write' && isZero(call.bytes) ? [call] : []));
    expect(zeroed.length).toBeGreaterThan(0);
    let ended = 0;
    const wrong: string[] = [];
    for (const { bytes, what } of crashStates(before, calls, { blockSize, randomSectors: 2_000 })) {
      if (oracle.seen(bytes) !== oracle.last) continue;
      ended++;
      if (!zeroed.every(({ offset, bytes: { length } }) => isZero(bytes.subarray(offset, offset + length))))
        wrong.push(what);
    }
    expect(wrong).toEqual([]);
    expect(ended).toBeGreaterThan(5_000);
  });

  it('when an image is made: without a whole superblock group there is none, with one there is all of it', async () => {
    const device = memoryDevice();
    const source = recordingDevice(device);
    await createImage(source, { profile: 'standard', totalBlocks: 1700, now, volumeUuid: subject(1) });
    const empty = new Uint8Array(device.size);
    const calls = source.calls.filter(({ kind }) => kind !== 'truncate');
    const writes = calls.flatMap((call) => (call.kind === 'write' ? [call] : []));
    // What one copy of the superblocks lacks is repaired from the other.
    const behindHead = writes.filter(({ offset }) => offset >= 8 * blockSize);
    const bytesAt = (image: Uint8Array, { offset, bytes }: { offset: number; bytes: Uint8Array }) =>
      image.subarray(offset, offset + bytes.length);
    expect(behindHead.length).toBeGreaterThan(5);
    const wrong: string[] = [];
    let whole = 0;
    for (const { bytes, what } of crashStates(empty, calls, {
      blockSize,
      randomSectors: deep ? randomSectors : 1500,
    })) {
      const { copyUsed } = decodeGroup(bytes, { blockSize });
      if (copyUsed !== 'primary' && copyUsed !== 'mirror') continue;
      whole++;
      if (behindHead.some((call) => Buffer.compare(bytesAt(bytes, call), call.bytes) !== 0)) wrong.push(what);
    }
    expect(wrong).toEqual([]);
    expect(whole).toBeGreaterThan(100);
  });

  const torn = deep ? kinds : kinds.slice(0, 1);
  it.each(torn)('also where bytes are torn at any place of the fields: $name', async (kind) => {
    const { before, calls } = await recorded(kind);
    const oracle = await Oracle.of(before, calls);
    const wrong: string[] = [];
    for (const { bytes, what } of crashStates(before, calls, {
      blockSize,
      sectorSize: 4,
      randomSectors: deep ? 20_000 : 500,
    })) {
      const seen = oracle.seen(bytes);
      if (typeof seen === 'string') wrong.push(`${what}: ${seen}`);
      if (wrong.length > 20) break;
    }
    expect(wrong).toEqual([]);
  });
});
