import { isVdeError, type ProfileName, profiles, type RegionPlugin, slotFlags, toHex } from '@vde/format';
import { computeSeal, createImage, memoryDevice, openForEdit, openImage, recordingDevice } from '@vde/image';
import { anonymizationTable } from '@vde/region-anonymization-table';
import { complianceVault } from '@vde/region-compliance-vault';
import { metricsLog } from '@vde/region-metrics-log';
import { streamingAppend } from '@vde/region-streaming-append';
import { WormLog, worm } from '@vde/region-worm-immutable';
import { describe, expect, it } from 'vitest';
import { blockSize, imageFor, kinds, now, openEditor, secretOf, subject } from './kinds.ts';
import { findingsOf, refusedByReference, windowsIn } from './kit.ts';

const failing = async (run: Promise<unknown>) => {
  const error: unknown = await run.then(
    () => 'nothing was thrown',
    (thrown: unknown) => thrown,
  );
  return isVdeError(error) ? error.code : error;
};

describe('a new image', () => {
  it.each(Object.keys(profiles) as ProfileName[])(
    'of profile %s is one to the existing implementation, too',
    async (profile) => {
      const device = memoryDevice();
      const { metadataBlocks } = await createImage(device, { profile, blockSize, totalBlocks: 2500, now });
      expect(metadataBlocks).toBeLessThan(2500);
      expect(refusedByReference(device.bytes)).toBeUndefined();
      expect(await findingsOf(device)).toEqual([]);
      for (const block of [0, 1, 2, 3, 8, 9]) {
        const damaged = device.bytes.slice(0, 10 * blockSize);
        damaged[block * blockSize + 99]! ^= 1;
        expect(refusedByReference(damaged), `${block}`).toBeDefined();
      }
    },
  );
});

describe('an edit', () => {
  it.each(kinds)('leaves nothing to be found: $name', async (kind) => {
    const device = await imageFor(kind);
    expect(await findingsOf(device)).toEqual([]);
    const editor = await openEditor(device);
    for (let i = 0; i < (kind.rounds ?? 5); i++) {
      await kind.act(editor, i);
      expect(await findingsOf(device), `round ${i}`).toEqual([]);
      expect(refusedByReference(device.bytes)).toBeUndefined();
    }
  });

  it('that changes nothing writes nothing', async () => {
    const source = recordingDevice(await imageFor(kinds[0]!));
    const editor = await openEditor(source);
    expect(await editor.edit(() => {})).toEqual([]);
    await editor.edit(async (tx) => void (await tx.region(metricsLog)));
    expect(source.calls).toEqual([]);
  });

  it('whose function throws writes nothing, and the next one goes on', async () => {
    const source = recordingDevice(await imageFor(kinds[0]!));
    const editor = await openEditor(source);
    const broken = editor.edit(async (tx) => {
      tx.put(metricsLog, await tx.region(metricsLog));
      throw new Error('not today');
    });
    await expect(broken).rejects.toThrow('not today');
    expect(source.calls).toEqual([]);
    await kinds[0]!.act(editor);
    expect((await editor.image.region(metricsLog)).state.samples.length).toBe(8);
  });

  it('keeps unknown regions, reserved bytes and untouched blocks as they are', async () => {
    const device = await imageFor(kinds.find(({ name }) => name === 'change several regions at once')!);
    const editor = await openForEdit(device, { regions: [metricsLog], now: () => now });
    const before = await editor.image.readBlocks(0, editor.image.totalBlocks);
    const { slots } = editor.image;
    await editor.edit(async (tx) => {
      const log = await tx.region(metricsLog);
      log.record({ metricId: 1, timestampUtcTicks: now, value: 4 });
      tx.put(metricsLog, log);
    });
    for (const slot of slots) {
      if (['SUPB', 'RMAP', 'BMAP', 'MLOG', 'MTRK', 'DATA'].includes(slot.type)) continue;
      const part = before.subarray(slot.startBlock * blockSize, (slot.startBlock + slot.blockCount) * blockSize);
      expect(toHex(await editor.image.readBlocks(slot.startBlock, slot.blockCount)), slot.type).toBe(toHex(part));
    }
  });

  it('counts blocks, checkpoints and times', async () => {
    const device = await imageFor(kinds[0]!);
    const before = (await openImage(device)).superblock!;
    const editor = await openForEdit(device, { now: () => now + 77n, sessionId: subject(9) });
    await editor.edit((tx) => tx.add(complianceVault, { blockCount: 4 }));
    const { superblock } = editor.image;
    expect(superblock).toMatchObject({
      checkpointSequence: before.checkpointSequence + 1n,
      totalAllocatedBlocks: before.totalAllocatedBlocks + 4n,
      freeBlocks: before.freeBlocks - 4n,
      modifiedTimestamp: now + 77n,
      lastWriterTimestamp: now + 77n,
      lastWriterSessionId: subject(9),
      createdTimestamp: before.createdTimestamp,
    });
  });

  it('sets and clears the feature bit of a write-once region, and its flag', async () => {
    const device = await imageFor(kinds[0]!);
    const editor = await openForEdit(device, { now: () => now });
    const options = { totalCapacityBlocks: 3n, createdUtcTicks: now - 100n, retentionPeriodTicks: 50n };
    await editor.edit((tx) => tx.add(worm, { blockCount: 8, options }));
    expect(editor.image.superblock!.incompatibleFeatures).toBe(2);
    const slot = editor.image.slots.find(({ type }) => type === 'WORM')!;
    expect(slot.pointer.flags & slotFlags.worm).toBe(slotFlags.worm);
    await editor.edit((tx) => tx.remove(worm));
    expect(editor.image.superblock!.incompatibleFeatures).toBe(0);
    expect(await findingsOf(device)).toEqual([]);
  });

  it('seals the header again with its key, and clears a seal without', async () => {
    const key = new Uint8Array(32).fill(7);
    const device = await imageFor(kinds[0]!);
    const sealed = device.bytes.slice(0, blockSize);
    sealed.set(computeSeal(sealed, key), blockSize - 48);
    const { writeTrailer, stringToTag } = await import('@vde/format');
    writeTrailer(sealed, blockSize, stringToTag('SUPB'), (await openImage(device)).group.sources[0]!.generation);
    await device.write(0, sealed);
    await device.write(4 * blockSize, sealed);
    const withKey = await openForEdit(device, { sealKey: key, now: () => now });
    expect(await withKey.edit((tx) => tx.add(complianceVault, { blockCount: 1 }))).toEqual([]);
    const [seal] = await withKey.image.checkIntegrity({ sealKey: key });
    expect(seal).toMatchObject({ name: 'headerIntegritySeal', state: 'ok' });
    const without = await openForEdit(device, { now: () => now });
    const findings = await without.edit((tx) => tx.add(complianceVault, { blockCount: 1 }));
    expect(findings.map(({ code }) => code)).toEqual(['sealCleared']);
    const [cleared] = await without.image.checkIntegrity({ sealKey: key });
    expect(cleared).toMatchObject({ state: 'absent' });
  });

  it('carries edits out one after the other', async () => {
    const device = await imageFor(kinds[0]!);
    const editor = await openEditor(device);
    await Promise.all(Array.from({ length: 6 }, () => kinds[0]!.act(editor)));
    expect((await editor.image.region(metricsLog)).state.samples.length).toBe(5 + 6 * 3);
    expect(await findingsOf(device)).toEqual([]);
  });

  it('can be aborted before it is committed, not behind', async () => {
    const source = recordingDevice(await imageFor(kinds[0]!));
    const editor = await openEditor(source);
    const abort = new AbortController();
    const reason = new Error('enough');
    const run = editor.edit(
      async (tx) => {
        tx.put(metricsLog, await tx.region(metricsLog));
        abort.abort(reason);
      },
      { signal: abort.signal },
    );
    await expect(run).rejects.toBe(reason);
    expect(source.calls).toEqual([]);
    await kinds[0]!.act(editor);
  });

  it.each([
    { name: 'a block of it: that is found', first: 6, count: 1, code: 'truncated' },
    { name: 'all of it: nothing is known', first: 0, count: 10, code: 'outcomeUnknown' },
  ])('whose head somebody else wipes out as soon as it is written, $name', async ({ first, count, code }) => {
    const device = await imageFor(kinds[0]!);
    let syncs = 0;
    const shared = Object.assign(Object.create(device), {
      async sync() {
        if (++syncs === 4) device.bytes.fill(0, first * blockSize, (first + count) * blockSize);
      },
    });
    const editor = await openEditor(shared);
    const done = await failing(kinds[0]!.act(editor));
    expect([done, ...editor.image.findings.map((finding) => finding.code)]).toContain(code);
    expect(syncs).toBe(4);
  });

  it('reuses freed blocks: a hundred changes of a region need no more room than two', async () => {
    const device = await imageFor(kinds[0]!, 1130);
    const editor = await openEditor(device);
    for (let i = 0; i < 100; i++) await kinds[0]!.act(editor);
    expect(await findingsOf(device)).toEqual([]);
  });
});

describe('refused before the first byte', () => {
  const setup = async (name: string, totalBlocks?: number) => {
    const source = recordingDevice(await imageFor(kinds.find((kind) => kind.name === name)!, totalBlocks));
    return { source, editor: await openEditor(source) };
  };
  const refused = async (
    { source, editor }: Awaited<ReturnType<typeof setup>>,
    change: Parameters<typeof editor.edit>[0],
  ) => {
    const code = await failing(editor.edit(change));
    expect(source.calls).toEqual([]);
    return code;
  };

  it('a region for which no free blocks are left', async () => {
    const on = await setup('add a region');
    expect(await refused(on, (tx) => tx.add(complianceVault, { blockCount: 500 }))).toBe('noSpace');
    expect(await refused(on, (tx) => tx.move(metricsLog, { blockCount: 500 }))).toBe('noSpace');
    expect(await refused(on, (tx) => void tx.allocate(500))).toBe('noSpace');
  });

  it('a WORM log that is not the old one continued, and data blocks that it has', async () => {
    const on = await setup('append to the WORM region');
    const other = new WormLog({ totalCapacityBlocks: 10n, createdUtcTicks: now });
    expect(await refused(on, (tx) => tx.put(worm, other))).toBe('wormViolation');
    const overwriting = async (tx: Parameters<Parameters<typeof on.editor.edit>[0]>[0]) => {
      tx.put(worm, await tx.region(worm));
      tx.writeBlock(worm, 0, new Uint8Array(5));
    };
    expect(await refused(on, overwriting)).toBe('liveBlock');
    expect(await refused(on, (tx) => tx.remove(worm))).toBe('wormViolation');
  });

  it('a region of which not everything can be read, unless the loss is accepted', async () => {
    const device = await imageFor(kinds.find(({ name }) => name === 'add a passport')!);
    const slot = (await openEditor(device)).image.slots.find(({ type }) => type === 'CMVT')!;
    device.bytes[slot.startBlock * blockSize + 40]! ^= 1;
    const source = recordingDevice(device);
    const editor = await openEditor(source);
    const state = complianceVault.empty({}, { geometry: editor.image.geometry, blockCount: 4 });
    expect(await failing(editor.edit((tx) => tx.put(complianceVault, state)))).toBe('lossNotAccepted');
    expect(await failing(editor.edit(async (tx) => tx.put(complianceVault, await tx.region(complianceVault))))).toBe(
      'badTrailer',
    );
    expect(source.calls).toEqual([]);
    await editor.edit((tx) => tx.put(complianceVault, state, { acceptLoss: true }));
    expect(await findingsOf(device, 'full')).toEqual([]);
  });

  it('what the container cannot be without, and slots that nothing is in', async () => {
    const on = await setup('add a region');
    for (const slot of [0, 1, 2, 3, 4, 5, 6])
      expect(await refused(on, (tx) => tx.remove(slot)), `${slot}`).toBe('notWritable');
    expect(await refused(on, (tx) => tx.move(3))).toBe('notWritable');
    expect(await refused(on, (tx) => tx.remove(99))).toBe('regionNotFound');
    expect(await refused(on, (tx) => tx.remove(complianceVault))).toBe('regionNotFound');
  });

  it('a full directory', async () => {
    const on = await setup('add a region');
    const code = await refused(on, (tx) => {
      for (let i = 0; i < 120; i++) tx.add(complianceVault as RegionPlugin<never>, { blockCount: 1 });
    });
    expect(code).toBe('noSpace');
    const many = await setup('add a region', 1500);
    const full = await refused(many, (tx) => {
      for (let i = 0; i < 121; i++) tx.add(complianceVault as RegionPlugin<never>, { blockCount: 1 });
    });
    expect(full).toBe('directoryFull');
  });

  it('two changes of one region, data blocks of regions without, and a transaction that has ended', async () => {
    const on = await setup('add a region');
    const twice = await refused(on, async (tx) => {
      tx.put(metricsLog, await tx.region(metricsLog));
      tx.move(metricsLog);
    });
    expect(twice).toBeInstanceOf(RangeError);
    const data = await refused(on, async (tx) => {
      tx.put(metricsLog, await tx.region(metricsLog));
      tx.writeBlock(metricsLog, 0, new Uint8Array(1));
    });
    expect(data).toBeInstanceOf(RangeError);
    let kept: Parameters<Parameters<typeof on.editor.edit>[0]>[0] | undefined;
    await on.editor.edit((tx) => {
      kept = tx;
    });
    expect(() => kept!.remove(metricsLog)).toThrow(TypeError);
  });

  it('blocks that belong to a region or are free cannot be freed, and only what was allocated is stored', async () => {
    const on = await setup('load a dictionary');
    for (const run of [
      { start: 0, count: 1 },
      { start: 12, count: 1 },
      { start: 1150, count: 1 },
      { start: -1, count: 1 },
      { start: 5000, count: 2 },
    ])
      expect(await refused(on, (tx) => tx.free(run)), `${run.start}`).toBeInstanceOf(RangeError);
    expect(await refused(on, (tx) => tx.store(1170, new Uint8Array(blockSize)))).toBeInstanceOf(RangeError);
    expect(await refused(on, (tx) => tx.store(tx.allocate(1), new Uint8Array(2 * blockSize)))).toBeInstanceOf(
      RangeError,
    );
  });

  it('images of newer writers, and such as forbid writing', async () => {
    const device = memoryDevice();
    await createImage(device, { profile: 'minimal', totalBlocks: 1180, now });
    const { writeTrailer, stringToTag } = await import('@vde/format');
    for (const first of [0, 4]) {
      const block = device.bytes.subarray(first * blockSize, (first + 1) * blockSize);
      new DataView(block.buffer, block.byteOffset).setUint16(18, 3, true);
      writeTrailer(block, blockSize, stringToTag('SUPB'), 1);
    }
    const source = recordingDevice(device);
    expect(await failing(openForEdit(source))).toBe('notWritable');
    expect(source.calls).toEqual([]);
  });

  it('an image whose bitmap is damaged', async () => {
    const device = memoryDevice();
    await createImage(device, { profile: 'minimal', totalBlocks: 1180, now });
    device.bytes[10 * blockSize + 5]! ^= 1;
    expect(await failing(openForEdit(device))).toBe('needsRepair');
  });
});

describe('anchored regions', () => {
  it('alternate between two places, and their data stay', async () => {
    const kind = kinds.find(({ name }) => name === 'append to the WORM region')!;
    const device = await imageFor(kind);
    const editor = await openEditor(device);
    const starts: number[] = [];
    for (let i = 0; i < 4; i++) {
      await kind.act(editor);
      starts.push(editor.image.slots.find(({ type }) => type === 'WORM')!.startBlock);
    }
    expect(new Set(starts).size).toBe(2);
    expect(starts[0]).toBe(starts[2]);
    const { state } = await editor.image.region(worm);
    expect(state.writeCount).toBe(10);
  });

  it('without a second place are copied once', async () => {
    const kind = kinds.find(({ name }) => /without a second place/.test(name))!;
    const device = await imageFor(kind);
    const editor = await openEditor(device);
    await kind.act(editor);
    const slot = editor.image.slots.find(({ type }) => type === 'WORM')!;
    expect(slot.blockCount).toBe(7);
    await kind.act(editor);
    const next = editor.image.slots.find(({ type }) => type === 'WORM')!;
    expect([next.startBlock, next.blockCount]).toEqual([slot.startBlock + 1, 6]);
    expect(await findingsOf(device)).toEqual([]);
  });

  it('give all their blocks back when they are removed', async () => {
    const kind = kinds.find(({ name }) => name === 'append to the ring')!;
    const device = await imageFor(kind);
    const editor = await openEditor(device);
    const { totalAllocatedBlocks } = editor.image.superblock!;
    await editor.edit((tx) => tx.remove(streamingAppend));
    expect(editor.image.superblock!.totalAllocatedBlocks).toBe(totalAllocatedBlocks - 8n);
    expect(await findingsOf(device)).toEqual([]);
  });
});

describe('an erasure', () => {
  const kind = kinds.find(({ name }) => name === 'erase a subject')!;
  const needlesOf = (number: number) => [0, 3, 6].flatMap((i) => [secretOf(i + number, 0), secretOf(i + number, 1)]);

  it('leaves no eight bytes of hash or token anywhere in the file', async () => {
    const device = await imageFor(kind);
    expect(windowsIn(device.bytes, needlesOf(1)).length).toBeGreaterThan(0);
    const editor = await openEditor(device);
    await kind.act(editor);
    expect(windowsIn(device.bytes, needlesOf(1))).toEqual([]);
    expect(windowsIn(device.bytes, needlesOf(2)).length).toBeGreaterThan(0);
    expect((await editor.image.region(anonymizationTable)).state.subjectStatus(subject(1))).toBe('erased');
  });
});
