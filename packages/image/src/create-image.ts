import {
  bitmapOfBlocks,
  calculateLayout,
  createDataWal,
  createMetadataWal,
  createSuperblock,
  decodeExtendedMetadata,
  decodeIntegrityAnchor,
  describeInodes,
  directoryStartBlock,
  emptySlots,
  encodeGroupWithMirror,
  encodeInodeLayout,
  encodeRegionDirectory,
  encodeWalHeader,
  leastTotalBlocks,
  minContainerBlockSize,
  type Profile,
  type ProfileName,
  profiles,
  type RegionPointer,
  regionTypeOf,
  sealBlocks,
  setAllocated,
  slotCount,
  slotFlags,
  stringToTag,
  textField,
  ticksFromDate,
  VdeError,
  type VolumeLayout,
} from '@vde/format';
import { type SealedBlocks, writeBlocks } from './commit.ts';
import type { BlockDevice } from './device.ts';
import { randomGuid } from './random-guid.ts';

/** What a new image is to be. */
export interface CreateOptions {
  /** One of the six profiles of creators, or modules of your own choice. */
  readonly profile: ProfileName | Profile;
  /** Blocks of the volume. */
  readonly totalBlocks: number;
  /** Left out: that of the profile. `edge-iot` needs another, because its 512 bytes are too few for a container. */
  readonly blockSize?: number;
  /** At most 64 bytes of UTF-8. */
  readonly volumeLabel?: string;
  /** Left out: a random one. */
  readonly volumeUuid?: string;
  /** Time of all timestamps, ticks. Left out: now. */
  readonly now?: bigint;
  /** When the logs were created, ticks, where it is not `now`: for byte parity with an image that exists. */
  readonly walCreated?: { readonly metadata: bigint; readonly data: bigint };
  /** `reference` files four kinds of regions under DATA, as the existing implementation does; left out: under their own tags. */
  readonly slotTags?: 'own' | 'reference';
  /** Create also a volume whose regions leave no block for data, or do not fit, as the existing implementation does. */
  readonly allowOverfull?: boolean;
}

/** Generation of all blocks of a new image. */
const generation = 1;
const volumeLabelBytes = 64;

/** Regions that stay holes until something is written to them (page 04, 3.6). */
const holes = ['PolicyVault', 'EncryptionHeader', 'StreamingAppend', 'DataRegion'];

/** Whatever the creator does not write as an empty block with the tag of its region. */
type Writer = (region: VolumeLayout['regions'][number]) => Uint8Array | undefined;

/**
 * Makes a device a new image (page 04): superblock group with mirror, directory, bitmap, and the first block of the regions; the rest
 * are holes. What the device held is gone. The superblocks come last, behind a sync: a creation that did not end leaves no image.
 * @throws VdeError `unsupportedBlockSize`, `volumeTooSmall`, `unsupportedModule`, before anything is written. @throws RangeError or TypeError
 * for other values that do not fit, before anything is written. @throws VdeError `writeFailed`.
 */
export async function createImage(device: BlockDevice, options: CreateOptions): Promise<VolumeLayout> {
  const profile = typeof options.profile === 'string' ? profiles[options.profile] : options.profile;
  const blockSize = options.blockSize ?? profile.blockSize;
  const layout = layoutOf({ ...profile, blockSize }, options);
  const blocks = blocksOf(layout, profile, { ...options, now: options.now ?? ticksFromDate(new Date()) });
  const space = { source: device, base: 0, blockSize };
  await device.truncate(0);
  await device.truncate(layout.totalBlocks * blockSize);
  const [groups, ...rest] = blocks;
  await writeBlocks(space, rest);
  await device.sync();
  await writeBlocks(space, [groups!]);
  await device.sync();
  return layout;
}

function layoutOf(
  { blockSize, manifest }: Profile,
  { totalBlocks, allowOverfull = false }: CreateOptions,
): VolumeLayout {
  if (manifest >>> 0 !== manifest) {
    const message = `modules 0x${manifest.toString(16)}: an image records modules 0 to 31 only`;
    throw new VdeError('unsupportedModule', message, { details: { manifest } });
  }
  const layout = calculateLayout({ blockSize, totalBlocks, manifest });
  if (blockSize < minContainerBlockSize) {
    const message = `blocks of ${blockSize} bytes: an image needs at least ${minContainerBlockSize}`;
    throw new VdeError('unsupportedBlockSize', message, { details: { blockSize, needed: minContainerBlockSize } });
  }
  if (layout.dataBlocks === 0 && !allowOverfull) {
    const needed = leastTotalBlocks({ blockSize, manifest });
    const message = `${totalBlocks} blocks: the regions of this profile need ${needed} with one for data`;
    throw new VdeError('volumeTooSmall', message, { details: { expected: needed, actual: totalBlocks } });
  }
  return layout;
}

/** All that is written: both copies of the superblock group, then the rest in the order of the blocks. */
function blocksOf(
  layout: VolumeLayout,
  profile: Profile,
  options: CreateOptions & { readonly now: bigint },
): SealedBlocks[] {
  const { blockSize, regions } = layout;
  const { now, slotTags = 'own', walCreated = { metadata: now, data: now } } = options;
  const payloads: Readonly<Record<string, Writer>> = {
    AllocationBitmap: () => bitmapOf(layout),
    InodeTable: () => encodeInodeLayout(describeInodes(profile.manifest)),
    MetadataWAL: ({ blockCount }) => encodeWalHeader(createMetadataWal(blockCount, walCreated.metadata)),
    DataWAL: ({ blockCount }) => encodeWalHeader(createDataWal(blockCount, walCreated.data)),
  };
  const first = regions.slice(headRegions).flatMap((region): SealedBlocks[] => {
    const { name, startBlock } = region;
    if (holes.includes(name)) return [];
    const payload = payloads[name]?.(region) ?? new Uint8Array(blockSize);
    const bytes = new Uint8Array(Math.max(blockSize, payload.length));
    bytes.set(payload);
    sealBlocks(bytes, blockSize, stringToTag(regionTypeOf(name, { slotTags })!), generation);
    return [{ block: startBlock, bytes }];
  });
  return [...headOf(layout, profile, options), ...first];
}

/** Superblocks and directory: they have blocks of their own. */
const headRegions = 3;

function headOf(
  layout: VolumeLayout,
  { manifest, config }: Profile,
  options: CreateOptions & { readonly now: bigint },
): SealedBlocks[] {
  const { blockSize, totalBlocks, metadataBlocks, dataBlocks, inodeSize } = layout;
  const { now, volumeLabel = '', volumeUuid = randomGuid(), slotTags = 'own' } = options;
  const labelBytes = new TextEncoder().encode(volumeLabel).length;
  if (labelBytes > volumeLabelBytes)
    throw new RangeError(`volumeLabel: ${labelBytes} bytes of UTF-8, expected at most ${volumeLabelBytes}`);
  const slots = slotsOf(layout, slotTags);
  const zero = new Uint8Array(blockSize);
  const group = {
    superblock: createSuperblock({
      moduleManifest: manifest,
      moduleConfig: config.primary,
      moduleConfigExt: config.extended,
      blockSize,
      totalBlocks: BigInt(totalBlocks),
      freeBlocks: BigInt(dataBlocks),
      expectedFileSize: BigInt(totalBlocks * blockSize),
      totalAllocatedBlocks: BigInt(metadataBlocks),
      volumeUuid,
      inodeSize,
      volumeLabel: textField(volumeLabel, volumeLabelBytes),
      createdTimestamp: now,
      modifiedTimestamp: now,
      lastWriterTimestamp: now,
    }),
    regionPointers: { slots },
    extendedMetadata: decodeExtendedMetadata(zero, blockSize),
    integrityAnchor: decodeIntegrityAnchor(zero, blockSize),
  };
  return [
    { block: 0, bytes: encodeGroupWithMirror(group, blockSize, { generation }) },
    { block: directoryStartBlock, bytes: encodeRegionDirectory({ slots, generation }, blockSize) },
  ];
}

function slotsOf({ regions }: VolumeLayout, slotTags: 'own' | 'reference'): RegionPointer[] {
  const slots = regions.map(({ name, startBlock, blockCount }) => ({
    regionTypeId: regionTypeOf(name, { slotTags })!,
    flags: slotFlags.active,
    startBlock: BigInt(startBlock),
    blockCount: BigInt(blockCount),
    usedBlocks: 0n,
  }));
  return [...slots, ...emptySlots()].slice(0, slotCount);
}

/** Bitmap blocks with the bits of everything in front of the data region set (page 04, 6 #2). */
function bitmapOf({ blockSize, totalBlocks, metadataBlocks, regions }: VolumeLayout): Uint8Array {
  const { blockCount } = regions.find(({ name }) => name === 'AllocationBitmap')!;
  const bytes = new Uint8Array(blockCount * blockSize);
  const used = { start: 0, count: Math.min(metadataBlocks, totalBlocks) };
  setAllocated(bitmapOfBlocks(bytes, blockSize, totalBlocks), used, true);
  return bytes;
}
