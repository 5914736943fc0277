import {
  encodeRegionDirectory,
  freeSlot,
  isAllocated,
  isVdeError,
  type RegionPlugin,
  RegionPointer,
  slotFlags,
  slotState,
  stringToTag,
  VdeError,
  writeTrailer,
} from '@vde/format';
import {
  createImage,
  loadBitmap,
  type MemoryDevice,
  memoryDevice,
  openForEdit,
  openImage,
  recordingDevice,
  recoverHead,
  type Transaction,
} from '@vde/image';
import { anonymizationTable } from '@vde/region-anonymization-table';
import { complianceVault } from '@vde/region-compliance-vault';
import { compressionDictionary } from '@vde/region-compression-dictionary';
import { metricsLog } from '@vde/region-metrics-log';
import { appendEntries, createRing, streamingAppend } from '@vde/region-streaming-append';
import { WormLog, worm } from '@vde/region-worm-immutable';
import { faultyDevice } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { blockSize, imageFor, kinds, now, openEditor, plugins } from './kinds.ts';
import { damageIn, findingsOf } from './kit.ts';
import { Oracle, recorded, regionsOf } from './oracle.ts';

const named = (name: string) => kinds.find((kind) => kind.name === name)!;

/** Changes blocks in both copies of the superblock group, or in the directory, and seals them again. */
async function rewrite(
  device: MemoryDevice,
  block: number,
  change: (payload: DataView, bytes: Uint8Array) => void,
  { mirrored = true, generation }: { mirrored?: boolean; generation?: number } = {},
): Promise<void> {
  const { group } = await openImage(device);
  for (const number of mirrored ? [block, block + 4] : [block]) {
    const bytes = device.bytes.subarray(number * blockSize, (number + 1) * blockSize);
    change(new DataView(bytes.buffer, bytes.byteOffset, blockSize), bytes);
    const tag = stringToTag((['SUPB', 'RMAP', 'EXMD', 'IANT'] as const)[block % 4]!);
    writeTrailer(bytes, blockSize, tag, generation ?? group.sources[0]!.generation);
  }
}

/** Gives a slot other flags, in pointer table and directory. */
async function flagSlot(device: MemoryDevice, index: number, flags: number): Promise<void> {
  const image = await openImage(device);
  const slots = image.pointers.map((pointer, i) => (i === index ? { ...pointer, flags } : pointer));
  const offset = index * RegionPointer.size + RegionPointer.field('flags').offset;
  await rewrite(device, 1, (payload) => payload.setUint32(offset, flags, true));
  await device.write(
    8 * blockSize,
    encodeRegionDirectory({ slots, generation: image.directory.directory!.generation }, blockSize),
  );
}

async function refusal(device: MemoryDevice, change: (tx: Transaction) => void | Promise<void>) {
  const source = recordingDevice(device);
  const editor = await openEditor(source);
  const error: unknown = await editor.edit(change).then(
    () => 'nothing was thrown',
    (thrown: unknown) => thrown,
  );
  expect(source.calls).toEqual([]);
  return isVdeError(error) ? error.code : error;
}

const slotOf = async (device: MemoryDevice, type: string) =>
  (await openImage(device)).slots.find((slot) => slot.type === type)!;

describe('what other writers left', () => {
  it.each([slotFlags.encrypted, slotFlags.compressed, slotFlags.readOnly])(
    'a slot with flag %i is neither written nor moved',
    async (flag) => {
      const device = await imageFor(named('add a passport'));
      const { index } = await slotOf(device, 'CMVT');
      await flagSlot(device, index, slotFlags.active | flag);
      const put = async (tx: Transaction) => tx.put(complianceVault, await tx.region(complianceVault));
      expect(await refusal(device, put)).toBe('notWritable');
      expect(await refusal(device, (tx) => tx.move(complianceVault))).toBe('notWritable');
    },
  );

  it('a directory that lists more than the pointer table is believed, and both list it afterwards', async () => {
    const device = await imageFor(named('add a passport'));
    const { index } = await slotOf(device, 'CMVT');
    await rewrite(device, 1, (_, bytes) => bytes.fill(0, index * RegionPointer.size, (index + 1) * RegionPointer.size));
    const editor = await openEditor(device);
    expect((await editor.image.region(complianceVault)).state.passportCount).toBe(1);
    await editor.edit((tx) => tx.move(complianceVault));
    const { group, directory } = editor.image;
    expect(group.group!.regionPointers.slots).toEqual(directory.directory!.slots);
    expect(directory.directory!.generation).toBe(group.sources[1]!.generation);
    expect((await editor.image.region(complianceVault)).state.passportCount).toBe(1);
    expect(await findingsOf(device)).toEqual([]);
  });

  it('a chain hash is cleared, and the edit tells', async () => {
    const device = await imageFor(named('add a passport'));
    await rewrite(device, 3, (_, bytes) => bytes.fill(9, 0x148, 0x168));
    const editor = await openEditor(device);
    const findings = await editor.edit((tx) => tx.move(complianceVault));
    expect(findings.map(({ code }) => code)).toEqual(['chainHashCleared']);
    expect(await findingsOf(device)).toEqual([]);
  });

  it('blocks of regions that the bitmap calls free are not handed out, and marked by the next edit', async () => {
    const device = await imageFor(named('add a passport'));
    const { startBlock: at } = await slotOf(device, 'BMAP');
    const bitmap = device.bytes.subarray(at * blockSize, (at + 1) * blockSize);
    bitmap[2] = 0;
    writeTrailer(bitmap, blockSize, stringToTag('BMAP'), 1);
    const editor = await openEditor(device);
    await editor.edit((tx) => tx.move(complianceVault));
    expect(await findingsOf(device)).toEqual([]);
  });

  it('blocks that wait to be zeroed, but belong to a region, are nobody’s to zero', async () => {
    const device = await imageFor(named('add a passport'));
    const image = await openImage(device);
    const victim = await slotOf(device, 'CMVT');
    const pending = { ...victim.pointer, regionTypeId: 'FREE', flags: slotFlags.migrating };
    const slots = image.pointers.with(100, pending);
    await rewrite(device, 1, (payload) => RegionPointer.set(payload, 100 * RegionPointer.size, pending));
    const generation = image.directory.directory!.generation;
    await device.write(8 * blockSize, encodeRegionDirectory({ slots, generation }, blockSize));
    await expect(openEditor(device)).rejects.toMatchObject({ code: 'needsRepair' });
  });
});

describe('regions', () => {
  it('without a plugin are moved and removed by their slot', async () => {
    const device = await imageFor(named('add a passport'));
    const { index, startBlock } = await slotOf(device, 'CMVT');
    const editor = await openForEdit(device, { now: () => now });
    const before = await editor.image.readBlocks(startBlock, 4);
    await editor.edit((tx) => tx.move(index, { blockCount: 9 }));
    const moved = editor.image.slots.find((slot) => slot.index === index)!;
    expect(moved.blockCount).toBe(9);
    expect(await editor.image.readBlocks(moved.startBlock, 4)).toEqual(before);
    await editor.edit((tx) => tx.move(index, { blockCount: 1 }));
    expect(await findingsOf(device)).toEqual([]);
    await editor.edit((tx) => tx.remove(index));
    expect(editor.image.slots.some((slot) => slot.index === index)).toBe(false);
    expect(await findingsOf(device)).toEqual([]);
  });

  it('that are write-once are not removed without a plugin that tells until when', async () => {
    const device = await imageFor(named('append to the WORM region'));
    const { index } = await slotOf(device, 'WORM');
    const editor = await openForEdit(device, { now: () => now });
    await expect(editor.edit((tx) => tx.remove(index))).rejects.toMatchObject({ code: 'notWritable' });
  });

  it('that are write-once and damaged are not removed either', async () => {
    const device = await imageFor(named('append to the WORM region'));
    const { startBlock } = await slotOf(device, 'WORM');
    device.bytes[startBlock * blockSize + 60]! ^= 1;
    expect(await refusal(device, (tx) => tx.remove(worm))).toBe('notWritable');
  });

  it('that are removed while damaged take their blocks with them', async () => {
    const device = await imageFor(named('append to the ring'));
    const { startBlock } = await slotOf(device, 'STRE');
    device.bytes[startBlock * blockSize + 60]! ^= 1;
    const editor = await openEditor(device);
    await editor.edit((tx) => tx.remove(streamingAppend));
    expect(editor.image.slots.some(({ type }) => type === 'STRE')).toBe(false);
  });

  it('do not shrink below what is written in them', async () => {
    const device = await imageFor(named('compact the metrics log'));
    const { index } = await slotOf(device, 'MLOG');
    expect(await refusal(device, (tx) => tx.move(index, { blockCount: 2 }))).toBe('capacityExceeded');
    const put = async (tx: Transaction) => tx.put(metricsLog, await tx.region(metricsLog), { blockCount: 2 });
    expect(await refusal(device, put)).toBe('capacityExceeded');
  });

  it('are added under one of their slot types, with room for their state', async () => {
    const device = await imageFor(named('add a region'));
    expect(await refusal(device, (tx) => tx.add(complianceVault, { slotType: 'WORM' }))).toBeInstanceOf(RangeError);
    expect(await refusal(device, (tx) => tx.add(complianceVault, { blockCount: 0 }))).toBe('capacityExceeded');
    const options = { totalCapacityBlocks: 9n, createdUtcTicks: now };
    expect(await refusal(device, (tx) => tx.add(worm, { blockCount: 9, options }))).toBe('capacityExceeded');
  });

  it('get what existing writers give them, and the bit of a module that changes no inode', async () => {
    const device = await imageFor(named('add a passport'), 1400);
    const editor = await openEditor(device);
    const state = metricsLog.empty({}, { geometry: editor.image.geometry, blockCount: 1 });
    await editor.edit((tx) => {
      tx.add(metricsLog, { state });
      tx.add(compressionDictionary as RegionPlugin<unknown>);
    });
    expect(
      editor.image.slots.filter(({ type }) => ['MLOG', 'DICT'].includes(type)).map(({ blockCount }) => blockCount),
    ).toEqual([64, 64]);
    expect(editor.image.superblock!.moduleManifest).toBe(1 << 17);
    expect(await findingsOf(device)).toEqual([]);
  });

  it('of one type keep the feature bit while one of them is left', async () => {
    const device = await imageFor(named('add a region'));
    const editor = await openEditor(device);
    const options = { totalCapacityBlocks: 2n, createdUtcTicks: now - 100n, retentionPeriodTicks: 1n };
    await editor.edit((tx) => {
      tx.add(worm, { blockCount: 6, options });
      tx.add(worm, { blockCount: 6, options });
    });
    await editor.edit((tx) => tx.remove(worm));
    expect(editor.image.superblock!.incompatibleFeatures).toBe(2);
    await editor.edit((tx) => tx.remove(worm));
    expect(editor.image.superblock!.incompatibleFeatures).toBe(0);
  });

  it('are put by their slot where there are several', async () => {
    const device = await imageFor(named('add a region'));
    const editor = await openEditor(device);
    await editor.edit((tx) => {
      tx.add(complianceVault, { blockCount: 1 });
      tx.add(complianceVault, { blockCount: 1 });
    });
    const [first, second] = await editor.image.findRegions(complianceVault);
    await editor.edit(async (tx) => {
      tx.put(complianceVault, await tx.region(complianceVault, { slot: second!.index }), { slot: second!.index });
      expect(await tx.generationOf(complianceVault, { slot: second!.index })).toBe(2);
      expect(await tx.generationOf(complianceVault, { slot: first!.index })).toBe(2);
    });
    const generationOf = async (slot: number) => (await editor.image.region(complianceVault, { slot })).generation;
    expect([await generationOf(first!.index), await generationOf(second!.index)]).toEqual([1, 2]);
  });
});

describe('data blocks', () => {
  const setup = () => imageFor(named('append to the WORM region'));

  it('are written with a state that refers to them', async () => {
    const device = await setup();
    expect(await refusal(device, (tx) => tx.writeBlock(worm, 2, new Uint8Array(1)))).toBeInstanceOf(RangeError);
    for (const index of [-1, 0.5, 3, 99]) {
      const change = async (tx: Transaction) => {
        tx.put(worm, await tx.region(worm));
        tx.writeBlock(worm, index, new Uint8Array(1));
      };
      expect(await refusal(device, change), `${index}`).toBeInstanceOf(RangeError);
    }
  });

  it('hold no more than a block', async () => {
    const change = async (tx: Transaction) => {
      const log = await tx.region(worm);
      log.append(new Uint8Array(1), { now, blockSize });
      tx.put(worm, log);
      tx.writeBlock(worm, 2, new Uint8Array(blockSize - 15));
    };
    expect(await refusal(await setup(), change)).toBeInstanceOf(RangeError);
  });

  it('of a region that could not be read are not counted on', async () => {
    const device = await setup();
    const { startBlock } = await slotOf(device, 'WORM');
    device.bytes[startBlock * blockSize + 60]! ^= 1;
    const editor = await openEditor(device);
    const log = new WormLog({ totalCapacityBlocks: 10n, createdUtcTicks: now });
    await editor.edit((tx) => tx.put(worm, log, { acceptLoss: true }));
    expect((await editor.image.region(worm)).state.writeCount).toBe(0);
  });

  it('of a ring of another size would be others', async () => {
    const device = await imageFor(named('append to the ring'));
    const change = async (tx: Transaction) => {
      const ring = await tx.region(streamingAppend);
      tx.put(streamingAppend, { ...ring, maxCapacityBlocks: 5n });
    };
    expect(await refusal(device, change)).toBe('capacityExceeded');
  });

  it('move with their region, which may be longer then', async () => {
    const device = await setup();
    const editor = await openEditor(device);
    await editor.edit((tx) => tx.move(worm, { blockCount: 20 }));
    const { slot, state } = await editor.image.region(worm);
    expect([slot.blockCount, state.writeCount]).toEqual([20, 2]);
    expect(await findingsOf(device)).toEqual([]);
    await editor.edit((tx) => tx.move(worm, { blockCount: 12 }));
    expect(await findingsOf(device)).toEqual([]);
    expect(await refusal(device, (tx) => tx.move(worm, { blockCount: 10 }))).toBe('capacityExceeded');
  });

  it('of a slot that was never formatted are written with its first header', async () => {
    const device = memoryDevice();
    await createImage(device, { profile: 'edge-iot', blockSize, totalBlocks: 1900, now });
    const editor = await openEditor(device);
    const { startBlock } = editor.image.slots.find(({ type }) => type === 'STRE')!;
    await named('append to the ring').act(editor);
    const slot = editor.image.slots.find(({ type }) => type === 'STRE')!;
    expect(slot.startBlock).toBe(startBlock + 1);
    expect((await editor.image.region(streamingAppend)).state.writeHead).toBe(2n);
    await named('append to the ring').act(editor);
    expect(editor.image.slots.find(({ type }) => type === 'STRE')!.startBlock).toBe(startBlock);
    expect(await findingsOf(device)).toEqual([]);
  });
});

describe('the other place of a header', () => {
  const kind = named('append to the WORM region');
  const startOf = async (device: MemoryDevice) => (await slotOf(device, 'WORM')).startBlock;
  /** An image whose region begins at its second place, and the block in front of it. */
  async function atSecondPlace() {
    const device = await imageFor(kind);
    for (;;) {
      const slot = await slotOf(device, 'WORM');
      const { state } = await (await openImage(device)).region(worm);
      if (slot.blockCount < Number(state.totalCapacityBlocks) + 2) return { device, slot };
      await kind.act(await openEditor(device));
    }
  }

  it('is used again when a crash has torn it', async () => {
    const { device, slot } = await atSecondPlace();
    const front = slot.startBlock - 1;
    device.bytes[front * blockSize + 100]! ^= 1;
    await kind.act(await openEditor(device), 1);
    expect(await startOf(device)).toBe(front);
    expect(await findingsOf(device)).toEqual([]);
  });

  it('is not one where something else stands', async () => {
    const { device, slot } = await atSecondPlace();
    const front = device.bytes.subarray((slot.startBlock - 1) * blockSize, slot.startBlock * blockSize);
    front.fill(7);
    writeTrailer(front, blockSize, stringToTag('DATA'), 1);
    const held = front.slice();
    await kind.act(await openEditor(device), 1);
    expect(await startOf(device)).not.toBe(slot.startBlock - 1);
    expect(front).toEqual(held);
  });

  it('is made when a region is formatted in a slot that has none', async () => {
    const device = memoryDevice();
    await createImage(device, { profile: 'edge-iot', blockSize, totalBlocks: 1900, now });
    const { blockCount } = await slotOf(device, 'STRE');
    const editor = await openEditor(device);
    const ring = createRing({ maxCapacityBlocks: blockCount - 1 });
    await editor.edit((tx) => tx.apply(streamingAppend, appendEntries(ring, [new Uint8Array(9)], { blockSize })));
    expect((await slotOf(device, 'STRE')).blockCount).toBe(blockCount + 1);
    expect(await findingsOf(device)).toEqual([]);
  });
});

describe('plugins', () => {
  it('may refuse what takes the place of their state', async () => {
    const device = await imageFor(named('add a passport'));
    const strict: typeof complianceVault = {
      ...complianceVault,
      requireNext(previous, next) {
        if (next.passportCount < previous.passportCount) throw new VdeError('capacityExceeded', 'one is missing');
      },
    };
    const empty = complianceVault.empty({}, { geometry: (await openImage(device)).geometry, blockCount: 4 });
    expect(await refusal(device, (tx) => tx.put(strict, empty))).toBe('capacityExceeded');
    const editor = await openEditor(device);
    await editor.edit(async (tx) => tx.put(strict, await tx.region(strict)));
    expect(await findingsOf(device)).toEqual([]);
  });

  it('may say nothing of the tag and generation of their data', async () => {
    const device = await imageFor(named('append to the WORM region'));
    const { expect: _, ...silent } = worm;
    const editor = await openEditor(device);
    await editor.edit(async (tx) => {
      const log = await tx.region(silent);
      tx.writeBlock(silent, log.append(new Uint8Array([1, 2]), { now, blockSize }), new Uint8Array([1, 2]));
      tx.put(silent, log);
    });
    expect(await findingsOf(device)).toEqual([]);
  });

  it('may refer to blocks of their own slot, which outlive it', async () => {
    const device = await imageFor(named('load a dictionary'));
    const { slot, state } = await (await openImage(device)).region(compressionDictionary);
    const entry = state.dictionaries[0]!;
    const inside = BigInt(slot.startBlock + 2);
    await device.write(
      Number(inside) * blockSize,
      device.bytes.slice(Number(entry.blockOffset) * blockSize, (Number(entry.blockOffset) + 1) * blockSize),
    );
    const editor = await openEditor(device);
    const moved = { ...entry, blockOffset: inside, blockCount: 1 };
    await editor.edit((tx) => tx.put(compressionDictionary, { ...state, dictionaries: [moved] }));
    for (const change of [
      (tx: Transaction) => tx.move(compressionDictionary),
      async (tx: Transaction) => tx.put(compressionDictionary, await tx.region(compressionDictionary)),
    ]) {
      await editor.edit(change);
      const { bitmap } = (await loadBitmap(editor.image))!;
      expect(isAllocated(bitmap, Number(inside))).toBe(true);
    }
  });
});

describe('odd volumes', () => {
  it('without a data region have their free blocks, too', async () => {
    const device = await imageFor(named('add a passport'));
    const data = await slotOf(device, 'DATA');
    const image = await openImage(device);
    const slots = image.pointers.with(data.index, freeSlot);
    await rewrite(device, 1, (payload) => RegionPointer.set(payload, data.index * RegionPointer.size, freeSlot));
    await device.write(8 * blockSize, encodeRegionDirectory({ slots, generation: 1 }, blockSize));
    const editor = await openEditor(device);
    for (let i = 0; i < 3; i++) await named('add a passport').act(editor, i);
    expect((await editor.image.region(complianceVault)).state.passportCount).toBe(4);
    await named('append to the WORM region').setup(editor);
    await named('append to the WORM region').act(editor);
    expect(await findingsOf(device)).toEqual([]);
  });

  it('whose data region says how much of it is used keep it where it is', async () => {
    const device = await imageFor(named('add a passport'));
    const data = await slotOf(device, 'DATA');
    const image = await openImage(device);
    const used = { ...data.pointer, usedBlocks: 1n };
    const slots = image.pointers.with(data.index, used);
    await rewrite(device, 1, (payload) => RegionPointer.set(payload, data.index * RegionPointer.size, used));
    await device.write(8 * blockSize, encodeRegionDirectory({ slots, generation: 1 }, blockSize));
    const editor = await openEditor(device);
    await editor.edit((tx) => tx.move(complianceVault, { blockCount: 20 }));
    expect(editor.image.slots.find(({ type }) => type === 'DATA')!.startBlock).toBe(data.startBlock);
  });

  it('with a region behind their end are edited in front of it', async () => {
    const device = await imageFor(named('add a passport'));
    const image = await openImage(device);
    const beyond = { regionTypeId: 'COLR', flags: 1, startBlock: 5000n, blockCount: 4n, usedBlocks: 0n };
    const slots = image.pointers.with(50, beyond);
    await rewrite(device, 1, (payload) => RegionPointer.set(payload, 50 * RegionPointer.size, beyond));
    await device.write(8 * blockSize, encodeRegionDirectory({ slots, generation: 1 }, blockSize));
    const editor = await openEditor(device);
    await named('add a passport').act(editor);
    expect(editor.image.pointers[50]).toEqual(beyond);
  });

  it('with a full directory change no region whose blocks have to be zeroed', async () => {
    const device = await imageFor(named('append to the anonymization table'), 1400);
    const editor = await openEditor(device);
    const { freeSlots } = {
      freeSlots: editor.image.pointers.filter((pointer) => slotState(pointer) === 'free').length,
    };
    await editor.edit((tx) => {
      for (let i = 0; i < freeSlots; i++) tx.add(complianceVault, { blockCount: 1 });
    });
    const change = async (tx: Transaction) => tx.put(anonymizationTable, await tx.region(anonymizationTable));
    expect(await refusal(device, change)).toBe('directoryFull');
    expect(await refusal(device, (tx) => tx.move(anonymizationTable))).toBe('directoryFull');
    await editor.edit((tx) => tx.remove(editor.image.slots.at(-1)!.index));
    await editor.edit((tx) => tx.move(anonymizationTable));
    expect(await findingsOf(device)).toEqual([]);
  });

  it('give blocks for what regions refer to, as many as there are', async () => {
    const device = await imageFor(named('add a region'));
    for (const count of [0, -1, 1.5, Number.NaN])
      expect(await refusal(device, (tx) => void tx.allocate(count)), `${count}`).toBeInstanceOf(RangeError);
    const editor = await openEditor(device);
    await editor.edit(async (tx) => {
      const first = tx.allocate(2);
      expect(tx.allocate(1)).toBe(first - 1);
      tx.store(first, new Uint8Array(2 * blockSize).fill(1));
      expect(await tx.generationOf(metricsLog)).toBe(await tx.generationOf(metricsLog));
    });
  });
});

describe('an edit of several commits', () => {
  it.each([
    ['erase a subject', 'append to the anonymization table'],
    ['overwrite the oldest of the ring', 'overwrite the oldest of the ring'],
  ])('that fails behind the first one leaves its end to the next opening: %s', async (name) => {
    const kind = named(name);
    const { before, calls } = await recorded(kind);
    const oracle = await Oracle.of(before, calls);
    const syncs = calls.flatMap(({ kind: what }, i) => (what === 'sync' ? [i] : []));
    // In the second commit: a new block, the mirror, and the write behind its commit point.
    for (const failAt of [syncs[3]! + 1, syncs[4]!, syncs[4]! + 1, syncs[5]! + 1]) {
      const device = memoryDevice(before.slice());
      const editor = await openEditor(faultyDevice(device, { failAt }));
      await expect(kind.act(editor), `${failAt}`).rejects.toMatchObject({ code: 'outcomeUnknown' });
      await expect(kind.act(editor)).rejects.toMatchObject({ code: 'reopenNeeded' });
      const { image } = await openEditor(device);
      const states = Array.from({ length: oracle.last + 1 }, (_, i) => oracle.regionsOf(i));
      expect(states).toContain(await regionsOf(image));
      expect(await damageIn(device)).toEqual([]);
    }
  });

  it('whose new state cannot be read ends the editor', async () => {
    const kind = named('add a passport');
    const { before } = await recorded(kind);
    const counter = faultyDevice(memoryDevice(before.slice()), { failAt: Number.POSITIVE_INFINITY, withReads: true });
    await kind.act(await openEditor(counter));
    const failAt = counter.operations - 1;
    const editor = await openEditor(faultyDevice(memoryDevice(before.slice()), { failAt, withReads: true }));
    await expect(kind.act(editor)).rejects.toMatchObject({ code: 'outcomeUnknown' });
  });
});

describe('what a crash leaves', () => {
  it('is rolled back before the commit point, and finished behind it', async () => {
    const { before, calls } = await recorded(named('add a passport'));
    const done = new Map<string, number>();
    for (let count = 0; count <= calls.length; count++) {
      const device = memoryDevice(before.slice());
      for (const call of calls.slice(0, count)) if (call.kind === 'write') await device.write(call.offset, call.bytes);
      const told = await recoverHead({ source: device, base: 0, blockSize }, { dryRun: true });
      const { recovery } = await openEditor(device);
      expect(recovery).toBe(told);
      done.set(recovery, (done.get(recovery) ?? 0) + 1);
      expect(await damageIn(device), `${count}`).toEqual([]);
    }
    expect([...done.keys()].sort()).toEqual(['finished', 'none', 'rolledBack']);
  });
});

describe('an editor', () => {
  it('takes no edits once it is closed', async () => {
    const editor = await openEditor(await imageFor(named('add a region')));
    await editor.close();
    await expect(editor.edit((tx) => tx.add(complianceVault))).rejects.toMatchObject({ code: 'reopenNeeded' });
  });

  it('takes the clock of the machine unless it gets one', async () => {
    const editor = await openForEdit(await imageFor(named('add a region')), { regions: plugins });
    await editor.edit((tx) => tx.add(complianceVault, { blockCount: 1 }));
    expect(editor.image.superblock!.modifiedTimestamp).toBeGreaterThan(now);
  });
});
