import { describe, expect, it } from 'vitest';
import { calculateLayout, creatorsOrder, dataWalBlocks, leastTotalBlocks, metadataWalBlocks } from '../src/layout.ts';
import { type ProfileName, profiles } from '../src/profiles.ts';
import { regionTypeOf } from '../src/region-names.ts';
import { goldenJson } from './golden.ts';

interface GoldenLayout {
  blockSize: number;
  totalBlocks: string;
  metadataBlocks: string;
  dataBlocks: string;
  inodeSize: number;
  regions: [name: string, startBlock: string, blockCount: string][];
  manifest: number | string;
  profile?: ProfileName;
  configPrimary?: string;
  configExtended?: string;
}
const golden = goldenJson('format/layouts.json') as { profiles: GoldenLayout[]; custom: GoldenLayout[] };

function expectLayout(expected: GoldenLayout): void {
  const { blockSize, totalBlocks, manifest } = expected;
  const layout = calculateLayout({ blockSize, totalBlocks: Number(totalBlocks), manifest: BigInt(manifest) });
  expect(layout).toMatchObject({
    blockSize,
    totalBlocks: Number(totalBlocks),
    metadataBlocks: Number(expected.metadataBlocks),
    dataBlocks: Number(expected.dataBlocks),
    inodeSize: expected.inodeSize,
  });
  expect(layout.regions.map(({ name, startBlock, blockCount }) => [name, `${startBlock}`, `${blockCount}`])).toEqual(
    expected.regions,
  );
}

describe('layouts (page 04, 3.5)', () => {
  it.each(golden.profiles)('$profile with $totalBlocks blocks is that of the reference', (expected) => {
    expectLayout(expected);
    const { manifest, config, blockSize } = profiles[expected.profile!];
    expect({ manifest, blockSize }).toEqual({ manifest: expected.manifest, blockSize: expected.blockSize });
    expect([config.primary, config.extended].map(String)).toEqual([expected.configPrimary, expected.configExtended]);
  });

  it.each(golden.custom)(
    'manifest $manifest with $totalBlocks blocks of $blockSize is that of the reference',
    expectLayout,
  );

  it.each<[ProfileName, number]>([
    ['minimal', 1099],
    ['standard', 1295],
    ['enterprise', 1551],
    ['max-security', 2383],
    ['edge-iot', 1419],
    ['analytics', 1355],
  ])('%s needs more than %i blocks', (name, without) => {
    const { blockSize, manifest } = profiles[name];
    expect(leastTotalBlocks({ blockSize, manifest })).toBe(without + 1);
    expect(calculateLayout({ blockSize, manifest, totalBlocks: without }).dataBlocks).toBe(0);
    expect(calculateLayout({ blockSize, manifest, totalBlocks: without + 1 }).dataBlocks).toBe(1);
  });

  it('sizes logs by the volume', () => {
    const volumes = [12_800, 12_801, 16_384, 20_000, 1_000_000];
    expect(volumes.map(metadataWalBlocks)).toEqual([64, 65, 82, 100, 5000]);
    expect(volumes.map(dataWalBlocks)).toEqual([128, 129, 164, 200, 10_000]);
  });

  it('knows the type of every region', () => {
    const types = creatorsOrder(16_384, 4096).map(({ name }) => regionTypeOf(name));
    expect(types).not.toContain(undefined);
    expect(types).toHaveLength(29);
  });

  it.each([
    [{ blockSize: 100, totalBlocks: 4096 }, 'block size 100'],
    [{ blockSize: 131_072, totalBlocks: 4096 }, 'block size 131072'],
    [{ blockSize: 4096, totalBlocks: 63 }, '63 blocks'],
    [{ blockSize: 4096, totalBlocks: 4096.5 }, '4096.5 blocks'],
    [{ blockSize: 4096, totalBlocks: 2 ** 42 }, 'less than 2\\^53 bytes'],
  ])('%o is refused', (options, message) => {
    expect(() => calculateLayout({ ...options, manifest: 0 })).toThrow(new RegExp(message));
    expect(() => calculateLayout({ ...options, manifest: 0 })).toThrow(RangeError);
  });
});
