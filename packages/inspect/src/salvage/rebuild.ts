import {
  createSuperblock,
  decodeExtendedMetadata,
  decodeIntegrityAnchor,
  describeInodes,
  directoryBlockCount,
  directoryStartBlock,
  emptySlots,
  encodeGroupWithMirror,
  encodeRegionDirectory,
  groupBlockCount,
  type IntegrityAnchor,
  incompatibleFeatures,
  minContainerBlockSize,
  minTotalBlocks,
  type RegionPointer,
  type Superblock,
  slotCount,
  slotFlags,
  textField,
  VdeError,
} from '@vde/format';
import type { BlockDevice } from '@vde/image';
import { rebuildBitmap } from './bitmap.ts';
import type { Copies } from './copies.ts';
import type { IdentityValue, SalvagedRegion, SalvageModel } from './model.ts';
import type { SalvageScan } from './scan.ts';

/** Where a rebuilt image goes: bytes that are zero until they are written. `truncate` is called once, first. */
export type SalvageSink = Pick<BlockDevice, 'truncate' | 'write'>;

/** What a rebuilt image needs that nothing in the old one tells. */
export interface RebuildOptions {
  /** Identity of the volume where the old one is lost, a GUID. */
  readonly volumeUuid: string;
  /** Time of the rebuilding, ticks. */
  readonly now: bigint;
  /** Called now and then with bytes written and to be written. */
  onProgress?(progress: { readonly done: number; readonly total: number }): void;
  readonly signal?: AbortSignal | undefined;
}

/** A rebuilt image. */
export interface RebuiltImage {
  /** Bytes of the file. */
  readonly size: number;
  readonly volumeUuid: string;
  /** Regions that its directory lists, beside superblocks and directory. */
  readonly regions: number;
  /** Blocks of the allocation bitmap that were written anew. */
  readonly bitmapBlocks: number;
}

interface Parts {
  readonly model: SalvageModel;
  readonly scan: SalvageScan;
  readonly copies: Copies;
  /** Feature bits that the listed regions ask for. */
  readonly features: number;
}

const volumeLabelBytes = 64;
const maxSequence = 2n ** 63n - 1n;

/** Bytes that are copied at once. */
const chunkBytes = 1024 * 1024;

/** @internal See `Salvage.rebuild`. */
export async function rebuildImage(parts: Parts, sink: SalvageSink, options: RebuildOptions): Promise<RebuiltImage> {
  const { space } = parts.scan;
  const { base, blockSize } = space;
  if (blockSize < minContainerBlockSize) {
    const message = `blocks of ${blockSize} bytes: an image needs at least ${minContainerBlockSize}`;
    throw new VdeError('unsupportedBlockSize', message, { details: { blockSize, needed: minContainerBlockSize } });
  }
  const totalBlocks = Math.max(parts.scan.blocks, minTotalBlocks);
  const bitmap = await rebuildBitmap(parts.scan, parts.model.regions, totalBlocks, options);
  const superblock = superblockOf(parts, totalBlocks, bitmap.allocated, options);
  const head = encodeHead(superblock, parts);
  const size = base + totalBlocks * blockSize;
  await sink.truncate(size);
  await copyBlocks(parts.scan, sink, options);
  for (const { block, bytes } of bitmap.changed) await sink.write(base + block * blockSize, bytes);
  await sink.write(base, head);
  const regions = parts.model.regions.filter(({ listed }) => listed).length;
  return { size, volumeUuid: superblock.volumeUuid, regions, bitmapBlocks: bitmap.changed.length };
}

/** Copies what is written, block for block; holes stay holes. What lies in front of block 0 is a boot preamble. */
async function copyBlocks({ space, written }: SalvageScan, sink: SalvageSink, options: RebuildOptions): Promise<void> {
  const { source, base, blockSize } = space;
  const { signal } = options;
  const total = base + written.count(0, written.blocks) * blockSize;
  const chunk = new Uint8Array(Math.min(chunkBytes, total));
  let done = 0;
  const copy = async (offset: number, length: number) => {
    for (let at = offset; at < offset + length; at += chunk.length) {
      signal?.throwIfAborted();
      const part = chunk.subarray(0, Math.min(chunk.length, offset + length - at));
      // The last block may be cut: what it lacks is zero.
      part.fill(0, await source.read(at, part, { signal }));
      await sink.write(at, part);
      done += part.length;
      options.onProgress?.({ done, total });
    }
  };
  await copy(0, base);
  for (const { start, count } of written.runs()) await copy(base + start * blockSize, count * blockSize);
}

function encodeHead(superblock: Superblock, { model, copies }: Parts): Uint8Array<ArrayBuffer> {
  const { blockSize } = superblock;
  const slots = slotsOf(model.regions);
  const zero = new Uint8Array(blockSize);
  const group = {
    superblock,
    regionPointers: { slots },
    extendedMetadata: copies.extendedMetadata ?? decodeExtendedMetadata(zero, blockSize),
    integrityAnchor: withoutChain(copies.integrityAnchor ?? decodeIntegrityAnchor(zero, blockSize)),
  };
  const old = copies.directory.slotsUsable ? copies.directory.directory : undefined;
  const generation = ((old?.generation ?? 0) + 1) >>> 0;
  const groups = encodeGroupWithMirror(group, blockSize);
  const directory = encodeRegionDirectory({ slots, generation }, blockSize);
  const head = new Uint8Array(groups.length + directory.length);
  head.set(groups);
  head.set(directory, groups.length);
  return head;
}

/** The chain covers the directory, which is another now. */
function withoutChain(anchor: IntegrityAnchor): IntegrityAnchor {
  return { ...anchor, metadataChainHash: new Uint8Array(32), chainGeneration: 0n, chainTimestamp: 0n };
}

function slotsOf(regions: readonly SalvagedRegion[]): RegionPointer[] {
  const slot = (regionTypeId: string, startBlock: number, blockCount: number, flags: number, usedBlocks = 0) => ({
    regionTypeId,
    flags,
    startBlock: BigInt(startBlock),
    blockCount: BigInt(blockCount),
    usedBlocks: BigInt(usedBlocks),
  });
  const { active } = slotFlags;
  const slots: RegionPointer[] = [
    slot('SUPB', 0, groupBlockCount, active),
    slot('SUPB', groupBlockCount, groupBlockCount, active),
    slot('RMAP', directoryStartBlock, directoryBlockCount, active),
    ...regions
      .filter(({ listed }) => listed)
      .map((one) => slot(one.type, one.startBlock, one.blockCount, one.flags, one.writtenBlocks)),
  ];
  return [...slots, ...emptySlots()].slice(0, slotCount);
}

function superblockOf(
  { model, copies, scan, features }: Parts,
  totalBlocks: number,
  allocated: number,
  { now, volumeUuid }: RebuildOptions,
): Superblock {
  const { blockSize } = scan.space;
  const old = copies.superblock?.value;
  const counters = {
    blockSize,
    totalBlocks: BigInt(totalBlocks),
    freeBlocks: BigInt(totalBlocks - allocated),
    expectedFileSize: BigInt(totalBlocks * blockSize),
    totalAllocatedBlocks: BigInt(allocated),
    modifiedTimestamp: now,
    lastWriterTimestamp: now,
    headerIntegritySeal: new Uint8Array(32),
  };
  if (old !== undefined)
    return { ...old, ...counters, checkpointSequence: (old.checkpointSequence % maxSequence) + 1n };
  const value = <T extends IdentityValue['value']>(field: IdentityValue['field'], otherwise: T): T =>
    (model.identity.find((one) => one.field === field)?.value ?? otherwise) as T;
  const moduleManifest = value('moduleManifest', 0);
  return createSuperblock({
    incompatibleFeatures: features | (scan.space.base > 0 ? incompatibleFeatures.hasPreamble : 0),
    moduleManifest,
    volumeUuid: value('volumeUuid', volumeUuid),
    inodeSize: value('inodeSize', describeInodes(moduleManifest).inodeSize),
    volumeLabel: textField(value('volumeLabel', ''), volumeLabelBytes),
    createdTimestamp: value('createdTimestamp', 0n),
    ...counters,
  });
}
