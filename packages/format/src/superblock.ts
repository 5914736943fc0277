import { type BlockRecord, blockRecord } from './block-record.ts';
import { bytes, type FieldType, flags, guid, i32, i64, pad, text, ticks, u8, u16, u32, u64 } from './field.ts';
import { minBlockSize } from './geometry.ts';
import { modules, superblockModuleCount } from './modules.ts';
import type { FieldRange } from './record.ts';

/** Feature bits: an image with an unknown one must not be opened (page 02, 3.3). */
export const incompatibleFeatures = {
  encryptionEnabled: 0x01,
  wormRegionActive: 0x02,
  raidEnabled: 0x04,
  computeCacheActive: 0x08,
  fabricLinksActive: 0x10,
  consensusLogActive: 0x20,
  hasPreamble: 0x100,
} as const;

/** Feature bits: an image with an unknown one may be read, not written (page 02, 3.3). */
export const readOnlyCompatibleFeatures = {
  compressionEnabled: 0x01,
  replicationEnabled: 0x02,
  streamingRegionActive: 0x04,
  snapshotActive: 0x08,
  intelligenceCacheActive: 0x10,
} as const;

/** Feature bits: unknown ones are ignored (page 02, 3.3). */
export const compatibleFeatures = {
  tagIndexActive: 0x01,
  policyEngineActive: 0x02,
  tamperProofChainActive: 0x04,
  complianceVaultActive: 0x08,
  airgapMode: 0x10,
  fuseCompatMode: 0x20,
  dirtyFlag: 0x40,
} as const;

function featureField(bits: Readonly<Record<string, number>>): FieldType<number> {
  const names = Object.fromEntries(Object.entries(bits).map(([name, mask]) => [31 - Math.clz32(mask), name]));
  return { ...u32, kind: 'flags', names };
}

const superblockBlock = /* @__PURE__ */ blockRecord(
  'Superblock',
  {
    identifier: /* @__PURE__ */ text(4),
    majorVersion: u8,
    minorVersion: u8,
    specRevision: u16,
    namespaceAnchor: /* @__PURE__ */ text(8),
    minReaderVersion: u16,
    minWriterVersion: u16,
    incompatibleFeatures: /* @__PURE__ */ featureField(incompatibleFeatures),
    readOnlyCompatibleFeatures: /* @__PURE__ */ featureField(readOnlyCompatibleFeatures),
    compatibleFeatures: /* @__PURE__ */ featureField(compatibleFeatures),
    moduleManifest: /* @__PURE__ */ flags(
      u32,
      /* @__PURE__ */ modules.slice(0, superblockModuleCount).map((module) => module.name),
    ),
    moduleConfig: u64,
    moduleConfigExt: u64,
    blockSize: i32,
    totalBlocks: i64,
    freeBlocks: i64,
    expectedFileSize: i64,
    totalAllocatedBlocks: i64,
    volumeUuid: guid,
    clusterNodeId: guid,
    defaultCompressionAlgo: u8,
    defaultEncryptionAlgo: u8,
    defaultChecksumAlgo: u8,
    reserved7b: /* @__PURE__ */ pad(1),
    inodeSize: u16,
    sovereigntyZoneId: u16,
    policyVersion: u32,
    replicationEpoch: u32,
    wormHighWaterMark: i64,
    encryptionKeyFingerprint: u64,
    volumeLabel: /* @__PURE__ */ text(64),
    createdTimestamp: ticks,
    modifiedTimestamp: ticks,
    lastScrubTimestamp: ticks,
    checkpointSequence: i64,
    errorMapBlockCount: i64,
    lastWriterSessionId: guid,
    lastWriterTimestamp: ticks,
    lastWriterNodeId: guid,
    physicalAllocatedBlocks: i64,
  },
  { headerIntegritySeal: /* @__PURE__ */ bytes(32) },
);

/** Block 0, and its copy in block 4 (page 02, 3.4). Timestamps are ticks, sizes bytes; texts are zero-padded UTF-8. */
export type Superblock = typeof superblockBlock extends BlockRecord<infer T> ? T : never;

/**
 * The superblock in the payload of block 0 or 4, reserved bytes included. Bytes are copied, nothing is judged: see
 * `checkSuperblock`. @throws RangeError for a block shorter than `blockSize`.
 */
export function decodeSuperblock(block: Uint8Array, blockSize: number): Superblock {
  return superblockBlock.decode(block, blockSize);
}

/**
 * A new block with the superblock and a zero trailer; the seal is written as it is given.
 * @throws RangeError or TypeError, naming the field, for a value that does not fit.
 */
export function encodeSuperblock(superblock: Superblock, blockSize: number): Uint8Array<ArrayBuffer> {
  return superblockBlock.encode(superblock, blockSize);
}

/** The field ranges of block 0, reserved bytes and seal included. */
export function superblockRanges(blockSize: number): FieldRange[] {
  return superblockBlock.ranges(blockSize);
}

/** Offset and length of a field before the reserved bytes, which is the same in blocks of every size. @internal */
export function placeInSuperblock(name: keyof Superblock): { offset: number; length: number } {
  const { offset, length } = superblockRanges(minBlockSize).find((range) => range.name === name)!;
  return { offset, length };
}

/** Generation that the superblock asks for in the trailers of its group: the low 32 bits of `checkpointSequence`. */
export function groupGeneration({ checkpointSequence }: Superblock): number {
  return Number(BigInt.asUintN(32, checkpointSequence));
}
