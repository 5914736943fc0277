import { type AnyRegionPlugin, type Geometry, geometryOf, type RegionPointer, slotFlags } from '@vde/format';
import {
  type BlockSource,
  type BlockSpace,
  type DiskImage,
  type ImageSlot,
  type Resolution,
  readBlocks,
} from '@vde/image';
import type { ImageFacts } from './model.ts';

/** What an inspection looks at: an image, or the bare blocks of one region. */
export interface InspectedSpace extends BlockSpace {
  readonly facts: ImageFacts | null;
  readonly geometry: Geometry;
  /** Blocks that the source has bytes for. */
  readonly presentBlocks: number;
  readonly slots: readonly ImageSlot[];
  /** `undefined` for bare blocks. */
  readonly image: DiskImage | undefined;
  resolve(slot: ImageSlot): Promise<Resolution | undefined>;
  readRegion(slot: ImageSlot, plugin?: AnyRegionPlugin): Promise<Uint8Array<ArrayBuffer>>;
}

/** An image as a space. */
export function imageSpace(image: DiskImage): InspectedSpace {
  return {
    source: image.source,
    base: image.base,
    blockSize: image.blockSize,
    geometry: image.geometry,
    presentBlocks: image.presentBlocks,
    slots: image.slots,
    image,
    facts: factsOf(image),
    resolve: (slot) => image.resolve(slot),
    readRegion: (slot, plugin) => image.readRegion(slot, plugin),
  };
}

/** The facts of an image. */
export function factsOf({ source, blockSize, totalBlocks, superblock, group }: DiskImage): ImageFacts {
  return {
    source: source.name,
    size: source.size,
    blockSize,
    blocks: BigInt(totalBlocks),
    volumeUuid: superblock?.volumeUuid ?? '',
    copyUsed: group.copyUsed,
  };
}

/** Bare region blocks as a space: one region from block 0, in the plugin that the caller names. A cut last block counts. */
export function bareSpace(source: BlockSource, plugin: AnyRegionPlugin, blockSize: number): InspectedSpace {
  const geometry = geometryOf(blockSize);
  const presentBlocks = Math.ceil(source.size / blockSize);
  const type = plugin.slotTypes[0]!;
  const pointer: RegionPointer = {
    regionTypeId: type,
    flags: slotFlags.active,
    startBlock: 0n,
    blockCount: BigInt(presentBlocks),
    usedBlocks: 0n,
  };
  const slot: ImageSlot = {
    index: 0,
    type,
    startBlock: 0,
    blockCount: presentBlocks,
    usedBlocks: 0,
    name: plugin.title,
    pointer,
  };
  const space = { source, base: 0, blockSize };
  return {
    ...space,
    geometry,
    presentBlocks,
    slots: [slot],
    image: undefined,
    facts: null,
    resolve: async () => ({ plugin, by: 'caller' }),
    readRegion: () => readBlocks(space, 0, presentBlocks),
  };
}
