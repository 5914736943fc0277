export {
  type AllocationBitmap,
  allocationBitmap,
  type BlockRun,
  bitmapBlockCount,
  bitmapOfBlocks,
  bitsPerBitmapBlock,
  blockRuns,
  countAllocated,
  findBlock,
  isAllocated,
  setAllocated,
  withoutRuns,
} from './allocation-bitmap.ts';
export { type BlockFault, findBlockFault } from './block-fault.ts';
export { type BlockRecord, blockRecord } from './block-record.ts';
export { fromHex, isZero, sameBytes, textField, textOf, toHex, tryText } from './bytes.ts';
export { checkSlots, type SlotContext } from './check-slots.ts';
export {
  checkSuperblock,
  formatIdentifier,
  formatMajorVersion,
  formatNamespaceAnchor,
  hasValidMagic,
  knownFeatures,
  minTotalBlocks,
  type SuperblockCheck,
  type SuperblockContext,
} from './check-superblock.ts';
export { blockCodes } from './codes.ts';
export { type ChangedSlot, compareSlotTables, type SlotComparison } from './compare-slot-tables.ts';
export type { ContainerBlock } from './container-block.ts';
export { containerCodes } from './container-codes.ts';
export { createSuperblock } from './create-superblock.ts';
export { type DecodedRegion, decodeRegion, type RegionForm, traceRegion } from './decode-region.ts';
export {
  type CellValue,
  type ChartSeries,
  columnsOf,
  type Description,
  type Gauge,
  type NumericColumn,
  objectTable,
  packedTable,
  type SummaryField,
  summaryOf,
  type Table,
  type TableColumn,
  type ValueCounts,
} from './description.ts';
export {
  type DirectoryHeader,
  decodeDirectoryHeader,
  directoryHeaderRanges,
  encodeDirectoryHeader,
} from './directory-header.ts';
export { type EncodeOptions, encodeRegion } from './encode-region.ts';
export { isVdeError, VdeError, type VdeErrorDetails } from './errors.ts';
export {
  decodeExtendedMetadata,
  type ExtendedMetadata,
  encodeExtendedMetadata,
  extendedMetadataRanges,
  NamespaceRegistration,
  signedNamespaceBytes,
} from './extended-metadata.ts';
export {
  boolean,
  bytes,
  enumeration,
  type FieldKind,
  type FieldNames,
  type FieldType,
  f64,
  flags,
  guid,
  i32,
  i64,
  lengthPrefixed,
  pad,
  tag,
  text,
  ticks,
  u8,
  u16,
  u32,
  u64,
  type VariableSize,
} from './field.ts';
export {
  type CodeInfo,
  type CodeRegistry,
  collectFindings,
  type Finding,
  type FindingPlace,
  type Report,
  type Severity,
} from './finding.ts';
export {
  blockToByteOffset,
  byteOffsetToBlock,
  type Geometry,
  geometryOf,
  isValidBlockSize,
  maxBlockSize,
  minBlockSize,
  minContainerBlockSize,
} from './geometry.ts';
export type { GroupChoice } from './group-choice.ts';
export { emptyGuid, guidFromBytes, guidToBytes, isGuid, writeGuid } from './guid.ts';
export {
  decodeInodeLayout,
  describeInodes,
  encodeInodeLayout,
  findInodeField,
  type InodeLayout,
  InodeLayoutHeader,
  InodeModuleField,
  inodeCoreSize,
} from './inode-layout.ts';
export {
  decodeIntegrityAnchor,
  encodeIntegrityAnchor,
  type IntegrityAnchor,
  integrityAnchorRanges,
} from './integrity-anchor.ts';
export { KeyIndex } from './key-index.ts';
export {
  calculateLayout,
  creatorsOrder,
  dataWalBlocks,
  type LayoutOptions,
  leastTotalBlocks,
  metadataWalBlocks,
  moduleRegionBlocks,
  type PlannedRegion,
  type VolumeLayout,
} from './layout.ts';
export {
  configOfLevels,
  ModuleConfig,
  maxModuleLevel,
  moduleLevel,
  moduleLevels,
  withModuleLevel,
} from './module-config.ts';
export {
  activeModules,
  getModule,
  hasModule,
  inodeFieldBytes,
  type ModuleInfo,
  type ModuleManifest,
  manifestOf,
  modules,
  requiredRegions,
  requiredTags,
  superblockModuleCount,
  unknownModuleBits,
} from './modules.ts';
export { PackedRecords } from './packed-records.ts';
export {
  type FileKind,
  type FileStart,
  fileStartSize,
  locateBlock0,
  PreambleHeader,
  preambleArchitecture,
} from './preamble.ts';
export { type Profile, type ProfileName, profiles } from './profiles.ts';
export {
  type FieldRange,
  type Infer,
  type RecordField,
  type RecordFields,
  type RecordType,
  type RecordValue,
  record,
} from './record.ts';
export {
  decodeEmergencyRecovery,
  decodeRecoveryControl,
  type EmergencyRecovery,
  encodeEmergencyRecovery,
  HealthMetadata,
  healthStates,
  isEmergencyRecovery,
  RecoveryControl,
  recoveryControlMagic,
} from './recovery-blocks.ts';
export {
  type AnchoredData,
  type AnyRegionPlugin,
  type AuditContext,
  type BlockState,
  type BlockWindow,
  type DataWrite,
  defineRegion,
  type EmptyOption,
  type ErasedResidue,
  type RegionChange,
  type RegionPlace,
  type RegionPlugin,
  type RegionReader,
  type RegionSpec,
  type RegionVerb,
  type RegionWriter,
  type ResidueSearch,
  type TraceRange,
  type VerbArg,
  type VerbArgs,
  type VerbContext,
} from './region.ts';
export {
  type DecodedDirectory,
  type DirectoryOptions,
  decodeRegionDirectory,
  directoryBlockCount,
  directoryStartBlock,
  encodeRegionDirectory,
  type RegionDirectory,
} from './region-directory.ts';
export { findDataRegion, type NamingContext, regionTypeOf, resolveRegionNames } from './region-names.ts';
export {
  findSlotProblem,
  freeSlot,
  isPendingScrub,
  isUsableSlot,
  RegionPointer,
  type SlotState,
  slotCount,
  slotFlags,
  slotState,
} from './region-pointer.ts';
export {
  activeRegionCount,
  decodeRegionPointerTable,
  emptySlots,
  encodeRegionPointerTable,
  findFreeSlot,
  findRegion,
  findRegions,
  freeSlotCount,
  getActiveRegions,
  type IndexedSlot,
  type RegionPointerTable,
  regionPointerTableRanges,
  slotCapacity,
  withoutSlot,
  withRegion,
  withSlot,
} from './region-pointer-table.ts';
export { type CoreReader, openRegion, type ReadOptions } from './region-reader.ts';
export { seededRandom } from './seeded-random.ts';
export {
  compatibleFeatures,
  decodeSuperblock,
  encodeSuperblock,
  groupGeneration,
  incompatibleFeatures,
  readOnlyCompatibleFeatures,
  type Superblock,
  superblockRanges,
} from './superblock.ts';
export {
  type DecodedGroup,
  decodeGroup,
  type EncodeGroupOptions,
  encodeGroup,
  encodeGroupWithMirror,
  type GroupOptions,
  groupBlockCount,
  groupTags,
  type SuperblockGroup,
} from './superblock-group.ts';
export { type PackedTableCodec, type TableCodec, table, type VariableTableCodec } from './table.ts';
export type { RecordPlace, TableContent, TableSpec } from './table-spec.ts';
export { isKnownTag, stringToTag, tagMeanings, tagToString } from './tag.ts';
export {
  dateFromTicks,
  isoFromTicks,
  maxTicks,
  ticksFromDate,
  ticksFromIso,
  ticksPerSecond,
  unixEpochTicks,
} from './ticks.ts';
export {
  type BlockClass,
  type BlockVerdict,
  classifyBlock,
  createTrailer,
  readTrailer,
  type Trailer,
  trailerSize,
  verifyTrailer,
  writeTrailer,
} from './trailer.ts';
export { VariableRecords } from './variable-records.ts';
export { bytesArgument, integerArgument, textArgument, ticksArgument } from './verb-args.ts';
export {
  createDataWal,
  createMetadataWal,
  decodeWalHeader,
  encodeWalHeader,
  WalHeader,
  walTypes,
} from './wal-header.ts';
export {
  type BlockStatus,
  blockStatus,
  createSlab,
  hashImplementation,
  type Slab,
  sealBlocks,
  verifyBlocks,
  xxh64,
} from './xxh64.ts';
