import { describe, expect, it } from 'vitest';
import { checkSlots } from '../src/check-slots.ts';
import { compareSlotTables } from '../src/compare-slot-tables.ts';
import { decodeRegionDirectory, encodeRegionDirectory } from '../src/region-directory.ts';
import { freeSlot, type RegionPointer } from '../src/region-pointer.ts';
import { activeRegionCount, emptySlots, findRegion, withSlot } from '../src/region-pointer-table.ts';
import { goldenBytes } from './golden.ts';

const sizes = [4096, 16384, 65536];
const goldenDirectory = (bs: number) => goldenBytes(`format/directory.${bs}.bin.gz`);

function pointer(regionTypeId: string, startBlock: number, blockCount: number, more: Partial<RegionPointer> = {}) {
  return {
    ...freeSlot,
    regionTypeId,
    flags: 1,
    startBlock: BigInt(startBlock),
    blockCount: BigInt(blockCount),
    ...more,
  };
}

function slotsOf(...pointers: RegionPointer[]): RegionPointer[] {
  return pointers.reduce((slots, slot, i) => withSlot(slots, i, slot), emptySlots());
}

const exampleE = slotsOf(
  pointer('SUPB', 0, 4),
  pointer('SUPB', 4, 4),
  pointer('RMAP', 8, 2),
  pointer('BMAP', 10, 1),
  pointer('INOD', 11, 1024),
  pointer('MWAL', 1035, 82),
  pointer('DATA', 1117, 15267),
);
const totalBlocks = 16384;

describe('slots (page 03, 4.2)', () => {
  const codes = (slots: RegionPointer[], more = {}) =>
    checkSlots(slots, { totalBlocks, ...more }).map(({ code, severity, path }) => [code, severity, path]);

  it.each([
    ['startBlock', { startBlock: -1n }],
    ['blockCount', { blockCount: -1n }],
    ['blockCount', { startBlock: 2n ** 62n, blockCount: 2n ** 62n }],
    ['blockCount', { startBlock: 2n ** 63n - 1n, blockCount: 2n ** 63n - 1n }],
    ['blockCount', { startBlock: 2n ** 53n - 1n, blockCount: 1n }],
    ['usedBlocks', { usedBlocks: -1n }],
    ['usedBlocks', { usedBlocks: 65n }],
  ])('an impossible %s makes the slot invalid: kept, and not found', (path, change) => {
    const slots = slotsOf(...exampleE.slice(0, 7), pointer('WORM', 2000, 64, change));
    expect(codes(slots)).toEqual([['invalidSlot', 'error', `slots[7].${path}`]]);
    expect(findRegion(slots, 'WORM')).toBeUndefined();
    expect(activeRegionCount(slots)).toBe(8);
    const { directory } = decodeRegionDirectory(encodeRegionDirectory({ slots, generation: 1 }, 4096), {
      blockSize: 4096,
    });
    expect(directory!.slots[7]).toEqual(slots[7]);
  });

  it('an end at 2^53 - 1 is possible, and beyond the volume', () => {
    const slots = slotsOf(pointer('WORM', 10, 0, { blockCount: 2n ** 53n - 1n - 10n }));
    expect(codes(slots)).toEqual([['beyondVolume', 'warning', 'slots[0].blockCount']]);
  });

  it('an empty region is a notice', () => {
    expect(codes(slotsOf(pointer('DATA', 10, 0)))).toEqual([['emptyRegion', 'notice', 'slots[0].blockCount']]);
  });

  it('a freed extent that waits to be zeroed is a notice of its own', () => {
    expect(codes(slotsOf(pointer('FREE', 20, 4, { flags: 0x20 })))).toEqual([
      ['scrubPending', 'notice', 'slots[0].flags'],
    ]);
  });

  it('two regions in the same blocks are a warning that names both', () => {
    const slots = slotsOf(pointer('ANON', 20, 10), pointer('WORM', 29, 10));
    const [finding] = checkSlots(slots, { totalBlocks });
    expect(finding).toMatchObject({ code: 'overlap', severity: 'warning', block: 8, offset: 32 + 8 });
    expect(finding!.message).toBe('slot 0 (ANON) and slot 1 (WORM) both claim block 29');
    expect(codes(slotsOf(pointer('ANON', 20, 10), pointer('WORM', 30, 10)))).toEqual([]);
    expect(checkSlots(slots, { totalBlocks, block: 1 })[0]!.block).toBe(1);
  });

  it('a region inside the data region is a notice, two of them in the same blocks a warning', () => {
    const inside = slotsOf(...exampleE.slice(0, 7), pointer('WORM', 2000, 64, { flags: 9 }));
    expect(codes(inside)).toEqual([['overlap', 'notice', 'slots[7].startBlock']]);
    const twice = withSlot(inside, 8, pointer('WORM', 2063, 64));
    expect(codes(twice).map(([code, severity]) => [code, severity])).toEqual([
      ['overlap', 'notice'],
      ['overlap', 'notice'],
      ['overlap', 'warning'],
    ]);
  });

  it('no region may lie in blocks 0-9, the data region neither', () => {
    expect(codes(slotsOf(pointer('WORM', 9, 2)))).toEqual([['overlap', 'warning', 'slots[0].startBlock']]);
    expect(codes(slotsOf(pointer('DATA', 9, 2)))).toEqual([['overlap', 'warning', 'slots[0].startBlock']]);
    expect(codes(slotsOf(...exampleE.slice(0, 3), pointer('WORM', 3, 1)))).toEqual([
      ['overlap', 'warning', 'slots[3].startBlock'],
    ]);
  });

  it('counts of overlaps grow with the slots, not with their square', () => {
    const slots = Array.from({ length: 127 }, () => pointer('ANON', 100, 100));
    expect(checkSlots(slots, { totalBlocks })).toHaveLength(126);
  });

  it.each(sizes)('the golden directory of %i has no findings in a large volume', (bs) => {
    const { directory } = decodeRegionDirectory(goldenDirectory(bs), { blockSize: bs });
    expect(checkSlots(directory!.slots, { totalBlocks: 10_000 })).toEqual([]);
  });
});

describe('directory against pointer table (page 03, 6.2 #11)', () => {
  it('slot order plays no part, free slots neither', () => {
    const moved = [...exampleE].reverse();
    expect(compareSlotTables(exampleE, moved)).toMatchObject({ same: true, findings: [] });
    expect(compareSlotTables(exampleE, exampleE.slice(0, 7)).same).toBe(true);
  });

  it('reports every slot that one of them lacks or has otherwise', () => {
    const other = withSlot(withSlot(exampleE, 5, pointer('MWAL', 1036, 81)), 3, pointer('BMAP', 10, 2));
    const found = compareSlotTables(exampleE, other);
    expect(found.same).toBe(false);
    expect(found.onlyInDirectory.map(({ index }) => index)).toEqual([5]);
    expect(found.onlyInPointerTable.map(({ index }) => index)).toEqual([5]);
    expect(found.changed).toMatchObject([{ directory: { index: 3 }, fields: ['blockCount'] }]);
    expect(found.findings.map(({ code, severity, block, path }) => [code, severity, block, path])).toEqual([
      ['slotTablesDiffer', 'notice', 8, 'slots[5].regionTypeId'],
      ['slotTablesDiffer', 'notice', 1, 'slots[5].regionTypeId'],
      ['slotTablesDiffer', 'notice', 8, 'slots[3].blockCount'],
    ]);
  });

  it('tells twins apart by number', () => {
    const twice = slotsOf(pointer('WORM', 20, 1), pointer('WORM', 20, 1));
    const found = compareSlotTables(twice, slotsOf(pointer('WORM', 20, 1)));
    expect(found.onlyInDirectory.map(({ index }) => index)).toEqual([1]);
  });
});
