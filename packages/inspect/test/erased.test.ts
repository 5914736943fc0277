import { encodeRegion, sealBlocks, stringToTag, VdeError } from '@vde/format';
import { createImage, type MemoryDevice, memoryDevice, openForEdit } from '@vde/image';
import { AnonymizationTable, anonymizationTable, mappingFlags } from '@vde/region-anonymization-table';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, openInspection } from '../src/index.ts';

const blockSize = 4096;
const totalBlocks = 1600;
const now = 638396640000000000n;
const guid = (kind: string, i: number) => `${kind}0000000-0000-0000-0000-${String(i).padStart(12, '0')}`;

/** Mappings of two subjects in turn; those of the first are erased where that is asked for. */
function tableOf(count: number, { isErased = false } = {}): AnonymizationTable {
  const table = new AnonymizationTable();
  for (let i = 0; i < count; i++)
    table.add({
      mappingId: guid('a', i),
      subjectId: guid('b', i % 2),
      piiType: 1,
      piiHash: new Uint8Array(32).fill(0x11 + (i % 200)),
      anonymizedToken: new Uint8Array(32).fill(0x22),
      createdUtcTicks: now,
      flags: mappingFlags.active,
    });
  if (isErased) table.eraseSubject(guid('b', 0));
  return table;
}

/** An image with a table whose first subject is erased; the bytes are live. */
async function imageWithErased(count = 4) {
  const device = memoryDevice();
  await createImage(device, { profile: 'minimal', totalBlocks, now });
  const image = await openForEdit(device, { now: () => now });
  await image.edit((tx) => tx.add(anonymizationTable, { state: tableOf(count, { isErased: true }) }));
  const slot = image.image.slots.find(({ type }) => type === 'ANON')!;
  return { device, image, slot };
}

async function checked(device: MemoryDevice, regions = [anonymizationTable]) {
  const inspection = await openInspection(device, { regions });
  const progress: number[] = [];
  const model = await inspection.check({
    level: 'full',
    erased: true,
    onProgress: ({ done }) => void progress.push(done),
  });
  const found = model.findings.filter(({ code }) => code === 'erasedResidue');
  return { model, found, progress };
}

/** The table as it was before the erasure. */
const before = (count = 4) => encodeRegion(anonymizationTable, tableOf(count), { blockSize, generation: 1 });

describe('a search for erased records', () => {
  it('finds a copy of the old table in free space, in its block, and says nothing of what it holds', async () => {
    const { device, slot } = await imageWithErased();
    await device.write(1500 * blockSize, before());
    const { model, found } = await checked(device);
    expect(found).toMatchObject([
      {
        severity: 'error',
        address: 'b:1500',
        block: 1500,
        range: { offset: 1500 * blockSize + 16 + 34, length: 64 },
        region: { slot: slot.index, type: 'ANON', id: 'anonymization-table' },
        path: 'mappings[0]',
        repair: { possible: false },
      },
    ]);
    expect(found[0]!.message).toContain('and of 1 more in this block');
    expect(JSON.stringify(found)).not.toMatch(/1111|2222/);
    expect(model.erased).toEqual({ records: 2, bytes: device.size });
    expect(exitCodeOf(model, { failOn: 'error' })).toBe(3);
  });

  it('finds copies in every block of a long table', async () => {
    const { device } = await imageWithErased(150);
    const copy = before(150);
    await device.write(1400 * blockSize, copy);
    const { found } = await checked(device);
    expect(found.map(({ block }) => block)).toEqual([1400, 1401, 1402, 1403, 1404].slice(0, copy.length / blockSize));
  });

  it.each<[string, (copy: Uint8Array) => Uint8Array, number]>([
    ['without a trailer', (copy) => copy.fill(0, blockSize - 16), 1500],
    ['of which the first sector is left', (copy) => copy.subarray(0, 512), 1500],
    ['of which the token is left', (copy) => copy.fill(0, 16 + 34, 16 + 66).subarray(0, 200), 1500],
    ['of one byte', (copy) => copy.subarray(0, 200).fill(0, 16 + 34, 16 + 97), 1500],
  ])('finds a copy %s', async (_, damage, block) => {
    const { device } = await imageWithErased();
    await device.write(block * blockSize, damage(before()));
    expect((await checked(device)).found).toMatchObject([{ block, path: 'mappings[0]' }]);
  });

  it('finds a copy at any offset, also where windows and blocks meet', async () => {
    for (const offset of [
      2 ** 20 * 6 - 1,
      2 ** 20 * 6 - 60,
      2 ** 20 * 6 - 98,
      2 ** 20 * 6 - 97,
      1500 * blockSize + 7,
    ]) {
      const { device } = await imageWithErased();
      const record = before().subarray(16, 16 + 108);
      await device.write(offset, record);
      const { found } = await checked(device);
      const at = offset + 34;
      expect(found).toMatchObject([{ block: Math.floor(at / blockSize), range: { offset: at, length: 64 } }]);
    }
  });

  it('finds a stale block in the room of the region itself, and behind the volume', async () => {
    const { device, slot } = await imageWithErased();
    await device.write((slot.startBlock + 5) * blockSize, before());
    const end = device.size;
    await device.truncate(end + blockSize);
    await device.write(end, before());
    expect((await checked(device)).found.map(({ block }) => block)).toEqual([slot.startBlock + 5, totalBlocks]);
  });

  it('finds nothing where copies hold no hash and no token, or belong to nobody who is erased', async () => {
    const { device } = await imageWithErased();
    const erased = encodeRegion(anonymizationTable, tableOf(4, { isErased: true }), { blockSize, generation: 1 });
    await device.write(1500 * blockSize, erased);
    const others = before().slice();
    others.fill(0, 16, 16 + 108);
    others.fill(0, 16 + 216, 16 + 324);
    sealBlocks(others, blockSize, stringToTag('ANON'), 1);
    await device.write(1501 * blockSize, others);
    expect((await checked(device)).found).toEqual([]);
  });

  it('finds nothing after an erasure by the editing commands of the plugin', async () => {
    const device = memoryDevice();
    await createImage(device, { profile: 'minimal', totalBlocks, now });
    const image = await openForEdit(device, { now: () => now });
    await image.edit((tx) => tx.add(anonymizationTable, { state: tableOf(200) }));
    await image.edit((tx) => tx.move(anonymizationTable));
    const erase = anonymizationTable.verbs!.commands['erase-subject']!;
    await image.edit(async (tx) => {
      const state = await tx.region(anonymizationTable);
      const context = { geometry: tx.image.geometry, blockCount: 64, now, generation: 2, allocate: () => 0 };
      tx.apply(anonymizationTable, erase.run(state, { 'subject-id': guid('b', 0) }, context));
    });
    await image.close();
    const { model, found, progress } = await checked(device);
    expect([found, model.verdict, model.erased!.records]).toEqual([[], 'clean', 100]);
    expect(progress.at(-1)).toBe(device.size);
  });

  it('reads nothing where no record is erased', async () => {
    const device = memoryDevice();
    await createImage(device, { profile: 'minimal', totalBlocks, now });
    expect((await checked(device)).model.erased).toEqual({ records: 0, bytes: 0 });
  });

  it('is not made unless it is asked for', async () => {
    const { device } = await imageWithErased();
    await device.write(1500 * blockSize, before());
    const inspection = await openInspection(device, { regions: [anonymizationTable] });
    const model = await inspection.check({ level: 'full' });
    expect([model.erased, model.findings]).toEqual([undefined, []]);
  });

  it('names what the medium does not give', async () => {
    const { device } = await imageWithErased();
    const source = {
      name: 'worn',
      size: device.size,
      async read(offset: number, into: Uint8Array) {
        const bad = 1500 * blockSize;
        if (offset < bad + blockSize && offset + into.length > bad)
          throw new VdeError('readFailed', 'the medium does not give it');
        return device.read(offset, into);
      },
    };
    const inspection = await openInspection(source, { regions: [anonymizationTable] });
    const { findings } = await inspection.check({ level: 'full', erased: true });
    expect(findings).toMatchObject([{ code: 'blockUnreadable', block: 1500 }]);
  });
});
