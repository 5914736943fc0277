import { describe, expect, it } from 'vitest';
import { checkSlots } from '../src/check-slots.ts';
import { modules } from '../src/modules.ts';
import { decodeRegionDirectory } from '../src/region-directory.ts';
import { findDataRegion, regionTypeOf, resolveRegionNames } from '../src/region-names.ts';
import { freeSlot, type RegionPointer } from '../src/region-pointer.ts';
import { emptySlots, withSlot } from '../src/region-pointer-table.ts';
import { goldenBytes, goldenJson } from './golden.ts';

const images = [
  'fresh-minimal',
  'fresh-standard',
  'fresh-enterprise',
  'fresh-max-security',
  'fresh-analytics',
  'all-regions',
  'seed-regions-16k',
];

type Row = readonly [type: string, start: number, count: number];
const slotsOf = (rows: readonly Row[]): RegionPointer[] =>
  rows.reduce(
    (slots, [regionTypeId, start, count], i) =>
      withSlot(slots, i, {
        ...freeSlot,
        regionTypeId,
        flags: 1,
        startBlock: BigInt(start),
        blockCount: BigInt(count),
      }),
    emptySlots(),
  );

describe('names in golden images', () => {
  it.each(images)('%s: those of the layout its creator planned', (name) => {
    const { blockSize, manifest, superblock, layout } = goldenJson(`images/${name}.json`);
    const bytes = goldenBytes(`images/${name}.dwvd.gz`).subarray(8 * blockSize, 10 * blockSize);
    const { directory, findings } = decodeRegionDirectory(bytes, { blockSize });
    expect(findings).toEqual([]);
    const names = resolveRegionNames(directory!.slots, { manifest, totalBlocks: BigInt(superblock.totalBlocks) });
    const found = directory!.slots.flatMap((slot, i) =>
      names[i] === undefined ? [] : [[names[i], `${slot.startBlock}`, `${slot.blockCount}`]],
    );
    const worm = found.filter(([own]) => own === 'WORM');
    expect(found.filter(([own]) => own !== 'WORM')).toEqual(layout.regions);
    expect(worm).toHaveLength(name.startsWith('fresh') ? 0 : 1);
    const slotFindings = checkSlots(directory!.slots, { totalBlocks: BigInt(superblock.totalBlocks), manifest });
    expect(slotFindings.map(({ code, severity }) => [code, severity])).toEqual(worm.map(() => ['overlap', 'notice']));
    for (const [own] of layout.regions) {
      const slot = directory!.slots[names.indexOf(own)]!;
      expect(regionTypeOf(own, { slotTags: 'reference' })).toBe(slot.regionTypeId);
    }
  });
});

const enterprise = 0x40c0f;
/** Page 04, 3.5: Enterprise; the table ends before the data region. */
const enterpriseRows: readonly Row[] = [
  ['SUPB', 0, 4],
  ['SUPB', 4, 4],
  ['RMAP', 8, 2],
  ['POLV', 10, 2],
  ['ENCR', 12, 2],
  ['BMAP', 14, 1],
  ['INOD', 15, 1024],
  ['MWAL', 1039, 82],
  ['CMVT', 1121, 64],
  ['DATA', 1185, 64],
  ['INTE', 1249, 64],
  ['TAGI', 1313, 64],
  ['DICT', 1377, 64],
  ['MTRK', 1441, 64],
  ['ALOG', 1505, 64],
];

describe('names by the rule (page 04, 3.7)', () => {
  it('Enterprise: slot 9 is the compliance audit log, slot 15 the data region', () => {
    const slots = slotsOf([...enterpriseRows, ['DATA', 1569, 14815]]);
    const context = { manifest: enterprise, totalBlocks: 16384 };
    const names = resolveRegionNames(slots, context);
    expect([names[9], names[15]]).toEqual(['ComplianceAuditLog', 'DataRegion']);
    expect(findDataRegion(slots, context)).toEqual({ index: 15, pointer: slots[15] });
    expect(names.slice(16).every((name) => name === undefined)).toBe(true);
  });

  it('Enterprise without a data block: 15 slots, no data region', () => {
    const slots = slotsOf(enterpriseRows);
    const context = { manifest: enterprise, totalBlocks: 1551 };
    expect(resolveRegionNames(slots, context)[9]).toBe('ComplianceAuditLog');
    expect(resolveRegionNames(slots, context)).not.toContain('DataRegion');
    expect(findDataRegion(slots, context)).toBeUndefined();
  });

  it('Enterprise with our own tags', () => {
    const rows = enterpriseRows.map((row): Row => (row[0] === 'DATA' ? ['CMAL', row[1], row[2]] : row));
    const slots = slotsOf([...rows, ['DATA', 1569, 14815]]);
    const names = resolveRegionNames(slots, { manifest: enterprise, totalBlocks: 16384 });
    expect([names[9], names[15]]).toEqual(['ComplianceAuditLog', 'DataRegion']);
  });

  it('files DATA slots under the modules in bit order and numbers what is left', () => {
    const manifest = (1 << 1) | (1 << 21) | (1 << 23) | (1 << 28);
    const rows: Row[] = [100, 200, 300, 400].map((start) => ['DATA', start, 64]);
    const context = { manifest, totalBlocks: 1000 };
    expect(resolveRegionNames(slotsOf(rows), context).slice(0, 4)).toEqual([
      'ComplianceAuditLog',
      'WalSubscriberCursorTable',
      'ZnsZoneMapRegion',
      'OnlineOpsJournal',
    ]);
    const more: Row[] = [['DATA', 900, 100], ...rows, ['DATA', 500, 10]];
    expect(resolveRegionNames(slotsOf(more), context).slice(0, 6)).toEqual([
      'DataRegion',
      'ComplianceAuditLog',
      'WalSubscriberCursorTable',
      'ZnsZoneMapRegion',
      'OnlineOpsJournal',
      'Data#5',
    ]);
    const skipped = { manifest: (1 << 21) | (1 << 28), totalBlocks: 1000 };
    expect(resolveRegionNames(slotsOf(more.slice(0, 4)), skipped).slice(0, 4)).toEqual([
      'DataRegion',
      'WalSubscriberCursorTable',
      'OnlineOpsJournal',
      'Data#3',
    ]);
  });

  it('takes the highest start where no DATA slot ends the volume', () => {
    const slots = slotsOf([
      ['DATA', 500, 10],
      ['DATA', 100, 10],
    ]);
    expect(findDataRegion(slots, { manifest: 0, totalBlocks: 1000 })!.index).toBe(0);
  });

  it('takes the DATA slot that ends the volume, not one that starts behind it', () => {
    const slots = slotsOf([
      ['DATA', 100, 900],
      ['DATA', 1000, 64],
      ['DATA', 1000, 0],
    ]);
    expect(findDataRegion(slots, { manifest: 0, totalBlocks: 1000 })!.index).toBe(0);
  });

  it('names repeated and unknown types by slot', () => {
    const slots = slotsOf([
      ['WORM', 100, 1],
      ['XREF', 101, 1],
      ['XREF', 102, 1],
      ['WORM', 103, 1],
      ['ZZZ1', 104, 1],
      ['SUPB', 50, 4],
      ['SUPB', 0, 4],
      ['SUPB', 0, 4],
    ]);
    expect(resolveRegionNames(slots, { manifest: 0, totalBlocks: 1000 }).slice(0, 8)).toEqual([
      'WORM',
      'CrossVDEReferenceTable',
      'XREF#2',
      'WORM#3',
      'ZZZ1',
      'SUPB#5',
      'PrimarySuperblock',
      'SUPB#7',
    ]);
  });

  it('gives no name to slots that are not usable', () => {
    const slots = slotsOf([['WORM', 100, 1]]);
    const changed = [
      { ...slots[0]!, flags: 0 },
      { ...slots[0]!, startBlock: -1n },
    ];
    expect(resolveRegionNames(changed, { manifest: 0, totalBlocks: 1000 })).toEqual([undefined, undefined]);
  });

  it('finds the type of every name a creator uses', () => {
    for (const { tags, regions } of modules) {
      regions.forEach((name, i) => {
        expect(regionTypeOf(name)).toBe(tags[i]);
      });
    }
    expect(regionTypeOf('MirrorSuperblock')).toBe('SUPB');
    expect(regionTypeOf('InodeTable')).toBe('INOD');
    expect(regionTypeOf('ComplianceAuditLog', { slotTags: 'reference' })).toBe('DATA');
    expect(regionTypeOf('Nothing')).toBeUndefined();
  });
});
