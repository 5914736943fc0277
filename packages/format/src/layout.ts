import { bitmapBlockCount } from './allocation-bitmap.ts';
import { isValidBlockSize } from './geometry.ts';
import { describeInodes } from './inode-layout.ts';
import { hasModule, type ModuleManifest, modules, superblockModuleCount } from './modules.ts';

/** A region in the order in which creators place them (page 04, 3.5). */
export interface PlannedRegion {
  /** The creator's name; the image stores types only, see `regionTypeOf`. */
  readonly name: string;
  readonly blockCount: number;
  /** Bit of the module that asks for it; every image has those without one. */
  readonly module?: number;
}

/** Where the regions of a new image lie, in slot order. */
export interface VolumeLayout {
  readonly blockSize: number;
  readonly totalBlocks: number;
  /** Blocks in front of the data region; more than there are in volumes that are too small for it. */
  readonly metadataBlocks: number;
  readonly dataBlocks: number;
  /** Bytes of an inode. */
  readonly inodeSize: number;
  readonly regions: readonly (PlannedRegion & { readonly startBlock: number })[];
}

/** What a layout follows from. */
export interface LayoutOptions {
  readonly blockSize: number;
  /** Blocks of the volume. */
  readonly totalBlocks: number;
  readonly manifest: ModuleManifest;
}

/** Blocks of a region that a module asks for. */
export const moduleRegionBlocks = 64;

/** Fewer blocks have no layout, though even it is larger than so small a volume. */
const minTotalBlocks = 64;

/** Regions of modules that have a place of their own. */
const placedApart = ['PolicyVault', 'EncryptionHeader', 'DataWAL', 'StreamingAppend'];

/** Blocks of the metadata log in a volume of `totalBlocks`. */
export const metadataWalBlocks = (totalBlocks: number): number => Math.max(64, Math.ceil(totalBlocks / 200));

/** Blocks of the data log in a volume of `totalBlocks`. */
export const dataWalBlocks = (totalBlocks: number): number => Math.max(128, Math.ceil(totalBlocks / 100));

/** The regions of every module in the order of their places, but for the data region behind them (page 04, 3.5). */
export function creatorsOrder(totalBlocks: number, blockSize: number): PlannedRegion[] {
  const ofModules = modules
    .slice(0, superblockModuleCount)
    .flatMap(({ id, regions }) =>
      regions
        .filter((name) => !placedApart.includes(name))
        .map((name): PlannedRegion => ({ name, blockCount: moduleRegionBlocks, module: id })),
    );
  return [
    { name: 'PrimarySuperblock', blockCount: 4 },
    { name: 'MirrorSuperblock', blockCount: 4 },
    { name: 'RegionDirectory', blockCount: 2 },
    { name: 'PolicyVault', blockCount: 2, module: 0 },
    { name: 'EncryptionHeader', blockCount: 2, module: 0 },
    { name: 'AllocationBitmap', blockCount: bitmapBlockCount(totalBlocks, blockSize) },
    { name: 'InodeTable', blockCount: Math.max(1024, Math.floor(totalBlocks / 256)) },
    { name: 'MetadataWAL', blockCount: metadataWalBlocks(totalBlocks) },
    { name: 'DataWAL', blockCount: dataWalBlocks(totalBlocks), module: 6 },
    ...ofModules,
    { name: 'StreamingAppend', blockCount: Math.max(128, Math.floor(totalBlocks / 100)), module: 6 },
  ];
}

/**
 * The layout of a new image (page 04, 3.5). Modules from 32 on have no region and no bytes in inodes.
 * @throws RangeError for an invalid block size, fewer than 64 blocks, or a volume above 2^53 - 1 bytes.
 */
export function calculateLayout({ blockSize, totalBlocks, manifest }: LayoutOptions): VolumeLayout {
  if (!isValidBlockSize(blockSize)) throw new RangeError(`block size ${blockSize}: expected a power of two, 512-65536`);
  if (!Number.isSafeInteger(totalBlocks) || totalBlocks < minTotalBlocks)
    throw new RangeError(`${totalBlocks} blocks: expected an integer from ${minTotalBlocks}`);
  if (!Number.isSafeInteger(totalBlocks * blockSize))
    throw new RangeError(`${totalBlocks} blocks of ${blockSize} bytes: expected less than 2^53 bytes`);
  const regions: VolumeLayout['regions'][number][] = [];
  let next = 0;
  for (const region of creatorsOrder(totalBlocks, blockSize)) {
    if (region.module !== undefined && !hasModule(manifest, region.module)) continue;
    regions.push({ ...region, startBlock: next });
    next += region.blockCount;
  }
  const dataBlocks = Math.max(0, totalBlocks - next);
  if (dataBlocks > 0) regions.push({ name: 'DataRegion', startBlock: next, blockCount: dataBlocks });
  const { inodeSize } = describeInodes(manifest);
  return { blockSize, totalBlocks, metadataBlocks: next, dataBlocks, inodeSize, regions };
}

/** The smallest volume that has a block for data. @throws RangeError for an invalid block size. */
export function leastTotalBlocks(options: Pick<LayoutOptions, 'blockSize' | 'manifest'>): number {
  for (let totalBlocks = minTotalBlocks; ; ) {
    const { metadataBlocks, dataBlocks } = calculateLayout({ ...options, totalBlocks });
    if (dataBlocks > 0) return totalBlocks;
    totalBlocks = metadataBlocks + 1;
  }
}
