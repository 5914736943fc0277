import {
  blockStatus,
  decodeGroup,
  decodeRegionDirectory,
  encodeGroup,
  encodeRegionDirectory,
  isVdeError,
  type SuperblockGroup,
  sameBytes,
  toHex,
  verifyBlocks,
} from '@vde/format';
import { createImage, type DeviceSpace, memoryDevice, type Recovery, recoverHead } from '@vde/image';
import { beforeAll, describe, expect, it } from 'vitest';
import { commitHead, type Head, type SealedBlocks } from '../../image/src/commit.ts';
import { type CrashState, crashStates, type DeviceCall, faultyDevice, recordingDevice } from '../src/index.ts';

const deep = process.env['VDE_DEEP'] === '1';
const timeout = deep ? 3_600_000 : 60_000;
const blockSize = 4096;
const identity = { volumeUuid: '00112233-4455-6677-8899-aabbccddeeff', now: 638396640000000000n };

/** Only superblocks, directory and a few more blocks: nothing else matters here, and states are made quickly. */
const shownBlocks = 14;
const newBlock = 12;

let before: Uint8Array<ArrayBuffer>;
let old: Uint8Array;
let group: SuperblockGroup;
let next: Head;
/** What a second commit would make current. */
let third: Head;
let blocks: SealedBlocks[];

beforeAll(async () => {
  const device = memoryDevice();
  await createImage(device, { ...identity, profile: 'minimal', totalBlocks: 1100 });
  before = device.bytes.slice(0, shownBlocks * blockSize);
  old = before.subarray(0, 4 * blockSize);
  group = decodeGroup(before, { blockSize }).group!;
  next = headOf(changed(group));
  third = headOf(changed(changed(group)));
  blocks = [{ block: newBlock, bytes: new Uint8Array(blockSize).fill(7) }];
});

function changed({ superblock, regionPointers, ...rest }: SuperblockGroup): SuperblockGroup {
  const slots = regionPointers.slots.map((slot, i) => (i === 4 ? { ...slot, usedBlocks: 9n } : slot));
  const { checkpointSequence, freeBlocks } = superblock;
  return {
    ...rest,
    superblock: { ...superblock, checkpointSequence: checkpointSequence + 1n, freeBlocks: freeBlocks - 1n },
    regionPointers: { ...regionPointers, slots },
  };
}

const headOf = (value: SuperblockGroup): Head => ({
  group: encodeGroup(value, blockSize),
  directory: encodeRegionDirectory(
    { slots: value.regionPointers.slots, generation: Number(value.superblock.checkpointSequence) },
    blockSize,
  ),
});

const spaceOf = (bytes: Uint8Array<ArrayBuffer>): DeviceSpace => ({ source: memoryDevice(bytes), base: 0, blockSize });

/** The calls of a commit. */
async function callsOf(): Promise<readonly DeviceCall[]> {
  const source = recordingDevice(memoryDevice(before.slice()));
  await commitHead({ source, base: 0, blockSize }, next, blocks);
  return source.calls;
}

/** Which of the states a group of four blocks is. */
function stateOf(read: Uint8Array): 'old' | 'new' | 'third' | 'neither' {
  if (sameBytes(read, old)) return 'old';
  if (sameBytes(read, next.group)) return 'new';
  return sameBytes(read, third.group) ? 'third' : 'neither';
}

/** The state that a reader sees: the old one, the new one with the block that belongs to it, or something else. */
function seen(bytes: Uint8Array): ReturnType<typeof stateOf> {
  const { copyUsed } = decodeGroup(bytes.subarray(0, 8 * blockSize), { blockSize });
  const state = stateOf(groupAt(bytes, copyUsed === 'primary' ? 0 : 4));
  const own = bytes.subarray(newBlock * blockSize, (newBlock + 1) * blockSize);
  const isWhole = copyUsed === 'primary' || copyUsed === 'mirror';
  return isWhole && (state === 'old' || sameBytes(own, blocks[0]!.bytes)) ? state : 'neither';
}

/** The reader of the reference (page 02): the primary when its four checksums hold, else the mirror. */
function seenByReference(bytes: Uint8Array): ReturnType<typeof stateOf> {
  const statuses = new Uint8Array(4);
  verifyBlocks(groupAt(bytes, 0), blockSize, statuses);
  const isPrimary = statuses.every((status) => status === blockStatus.ok || status === blockStatus.formattedEmpty);
  return stateOf(groupAt(bytes, isPrimary ? 0 : 4));
}

const groupAt = (bytes: Uint8Array, first: number) => bytes.subarray(first * blockSize, (first + 4) * blockSize);

const isWrong = (bytes: Uint8Array) => seen(bytes) === 'neither' || seenByReference(bytes) !== seen(bytes);

/** Whether some crash state of these calls is no state that anybody committed, to us or to the reference. */
function canBreak(calls: readonly DeviceCall[], sectorSize = 2048): boolean {
  for (const { bytes } of crashStates(before, calls, { blockSize, sectorSize })) if (isWrong(bytes)) return true;
  return false;
}

describe('a commit', () => {
  it('is the old or the new state after a crash at any moment, to us and to the reference', async () => {
    const calls = await callsOf();
    expect(calls.filter(({ kind }) => kind === 'sync')).toHaveLength(4);
    const wrong: string[] = [];
    let states = 0;
    for (const { bytes, what } of crashStates(before, calls, { blockSize })) {
      states++;
      if (isWrong(bytes)) wrong.push(`${what}: ${seen(bytes)}, to the reference ${seenByReference(bytes)}`);
    }
    expect(wrong).toEqual([]);
    expect(states).toBeGreaterThan(4000);
  });

  it('is the new state when it has ended, in every block', async () => {
    const space = spaceOf(before.slice());
    await commitHead(space, next, blocks);
    const bytes = (space.source as ReturnType<typeof memoryDevice>).bytes;
    expect(seen(bytes)).toBe('new');
    expect(toHex(bytes.subarray(4 * blockSize, 8 * blockSize))).toBe(toHex(next.group));
    const { directory, findings } = decodeRegionDirectory(bytes.subarray(8 * blockSize), { blockSize });
    expect({ slots: directory!.slots, findings }).toEqual({ slots: changed(group).regionPointers.slots, findings: [] });
    expect(await recoverHead(space)).toBe('none');
  });

  it.each([0, 1, 2])('needs its sync %i', async (left) => {
    let syncs = 0;
    const calls = (await callsOf()).filter(({ kind }) => kind !== 'sync' || syncs++ !== left);
    expect(canBreak(calls)).toBe(true);
  });

  it('needs its last sync before the next one begins', async () => {
    const source = recordingDevice(memoryDevice(before.slice()));
    const space = { source, base: 0, blockSize };
    await commitHead(space, next, blocks);
    const last = source.calls.length - 1;
    await commitHead(space, third, []);
    expect(canBreak(source.calls)).toBe(false);
    expect(canBreak(source.calls.filter((_, i) => i !== last))).toBe(true);
  });

  it.each<[string, (steps: DeviceCall[][]) => DeviceCall[][]]>([
    ['the commit point before the mirror', ([e0, e1, ...rest]) => [e1!, e0!, ...rest]],
    ['block 3 before the others', ([e0, e1, e2, e3]) => [e0!, e1!, e3!, e2!]],
    ['the primary group before the commit point', ([e0, e1, e2, e3]) => [e0!, e2!, e1!, e3!]],
  ])('must not write %s', async (_, swap) => {
    const steps: DeviceCall[][] = [[]];
    for (const call of await callsOf()) {
      steps.at(-1)!.push(call);
      if (call.kind === 'sync') steps.push([]);
    }
    expect(canBreak(swap(steps.slice(0, 4)).flat())).toBe(true);
  });

  it('that fails at any change leaves the old or the new state', async () => {
    const changes = (await callsOf()).length;
    for (let failAt = 0; failAt < changes; failAt++) {
      for (const faults of [{ failAt }, { failAt, forGood: true }, { failAt, short: true }]) {
        const kept = memoryDevice(before.slice());
        const source = faultyDevice(kept, faults);
        // The new block, the mirror and their sync come before the commit point.
        const code = failAt < 3 ? 'writeFailed' : 'outcomeUnknown';
        await expect(commitHead({ source, base: 0, blockSize }, next, blocks)).rejects.toMatchObject({ code });
        const states = code === 'writeFailed' ? ['old'] : ['old', 'new'];
        expect(states, JSON.stringify(faults)).toContain(seen(kept.bytes));
      }
    }
  });
});

describe('recovery', () => {
  /** Recovers a copy of a crash state; gives what it did and the calls that it took. */
  async function recovered({ bytes }: Pick<CrashState, 'bytes'>) {
    const device = memoryDevice(bytes.slice());
    const source = recordingDevice(device);
    const did = await recoverHead({ source, base: 0, blockSize });
    return { did, bytes: device.bytes, calls: source.calls };
  }

  it('makes every crash state whole, as readers saw it, and does nothing the second time', { timeout }, async () => {
    const done = new Map<Recovery, number>();
    let number = 0;
    for (const state of crashStates(before, await callsOf(), { blockSize })) {
      // In the long run all of them; here every kind of them.
      if (!deep && number++ % 37 !== 0) continue;
      const was = seen(state.bytes);
      const { did, bytes } = await recovered(state);
      done.set(did, (done.get(did) ?? 0) + 1);
      expect(seen(bytes), state.what).toBe(was);
      expect(
        sameBytes(bytes.subarray(0, 4 * blockSize), bytes.subarray(4 * blockSize, 8 * blockSize)),
        state.what,
      ).toBe(true);
      const { directory } = decodeRegionDirectory(bytes.subarray(8 * blockSize), { blockSize });
      expect(directory!.slots[4]!.usedBlocks, state.what).toBe(was === 'old' ? 0n : 9n);
      const again = await recovered({ bytes });
      expect([again.did, again.calls.length], state.what).toEqual(['none', 0]);
    }
    expect([...done.keys()].sort()).toEqual(['finished', 'none', 'rolledBack']);
  });

  it('may itself be cut off at any moment', { timeout }, async () => {
    const wrong: string[] = [];
    let states = 0;
    const everyNth = deep ? 11 : 1999;
    let number = 0;
    for (const state of crashStates(before, await callsOf(), { blockSize })) {
      if (number++ % everyNth !== 0) continue;
      const was = seen(state.bytes);
      const start = state.bytes.slice();
      const { calls } = await recovered({ bytes: start });
      for (const { bytes, what } of crashStates(start, calls, { blockSize })) {
        states++;
        if (seen(bytes) !== was) wrong.push(`${state.what}, then ${what}: ${seen(bytes)}, was ${was}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(states).toBeGreaterThan(1000);
  });

  it('only tells with dryRun', async () => {
    for (const state of crashStates(before, (await callsOf()).slice(1, 4), { blockSize, sectorSize: 2048 })) {
      const source = recordingDevice(memoryDevice(state.bytes.slice()));
      const told = await recoverHead({ source, base: 0, blockSize }, { dryRun: true });
      expect(source.calls).toEqual([]);
      expect(told).toBe((await recovered(state)).did);
    }
  });

  it('writes a directory again that is damaged or lists something else', async () => {
    for (const block of [8, 9]) {
      const bytes = before.slice();
      bytes[block * blockSize + 40]! ^= 1;
      const { did, bytes: after } = await recovered({ bytes });
      expect([did, toHex(after)]).toEqual(['directoryRebuilt', toHex(before)]);
    }
  });

  it('refuses where neither copy is complete, and writes nothing', async () => {
    const bytes = before.slice();
    bytes[100]! ^= 1;
    bytes[6 * blockSize]! ^= 1;
    const source = recordingDevice(memoryDevice(bytes));
    const error = await recoverHead({ source, base: 0, blockSize }).catch((thrown: unknown) => thrown);
    expect(isVdeError(error, 'needsRepair')).toBe(true);
    expect(source.calls).toEqual([]);
  });
});
