import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/bytes.ts';
import { decodeInodeLayout, describeInodes, encodeInodeLayout, findInodeField } from '../src/inode-layout.ts';
import { goldenJson } from './golden.ts';

interface GoldenLayout {
  manifest: number | string;
  inodeSize: number;
  moduleFieldBytes: number;
  paddingBytes: number;
  descriptor: string;
}
const { layouts } = goldenJson('format/inode-layouts.json') as { layouts: GoldenLayout[] };

describe('inode layouts (page 04, 3.3)', () => {
  it.each(layouts)('manifest $manifest has the descriptor of the reference', (golden) => {
    const layout = describeInodes(BigInt(golden.manifest));
    expect(layout.inodeSize).toBe(golden.inodeSize);
    expect(layout.paddingBytes).toBe(golden.paddingBytes);
    expect(layout.fields.reduce((sum, { size }) => sum + size, 0)).toBe(golden.moduleFieldBytes);
    expect(toHex(encodeInodeLayout(layout))).toBe(golden.descriptor);
    expect(decodeInodeLayout(fromHex(golden.descriptor))).toEqual(layout);
  });

  it.each([
    [0, '4001300100100000'],
    [0x1c01, '8001300102340000003001180001010a480104000101'],
    [0x40c0f, '0002300105140000003001180001010148010c0001010254010c000101036001880001010ae80104000101'],
  ])('manifest %i has the descriptor of the page', (manifest, descriptor) => {
    expect(toHex(encodeInodeLayout(describeInodes(manifest)))).toBe(descriptor);
  });

  it('places the fields of all modules as the page says', () => {
    const { fields, inodeSize, paddingBytes } = describeInodes(0x7ffff);
    expect(fields.map(({ moduleBit }) => moduleBit)).toEqual([0, 1, 2, 3, 4, 5, 6, 10, 13, 14, 15, 16]);
    expect(fields.map(({ offset }) => offset)).toEqual([304, 328, 340, 352, 488, 496, 500, 508, 512, 516, 518, 522]);
    expect([inodeSize, paddingBytes]).toEqual([576, 53]);
    const all = describeInodes(0xffff_ffff);
    expect([all.inodeSize, all.paddingBytes, all.fields.length]).toEqual([1216, 7, 20]);
    // Modules above 31 are not in the superblock's manifest.
    expect(describeInodes(0x7f_ffff_ffffn)).toEqual(all);
  });

  it('finds the field of a module', () => {
    const layout = describeInodes(0x40c0f);
    expect(findInodeField(layout, 3)).toMatchObject({ offset: 352, size: 136 });
    expect(findInodeField(layout, 4)).toBeUndefined();
  });

  it('keeps the reserved bytes and gives nothing for a cut descriptor', () => {
    const bytes = fromHex('4001300100100102');
    expect(encodeInodeLayout(decodeInodeLayout(bytes)!)).toEqual(bytes);
    expect(decodeInodeLayout(bytes.subarray(0, 7))).toBeUndefined();
    expect(decodeInodeLayout(fromHex('4001300101100000003001180001'))).toBeUndefined();
  });
});
