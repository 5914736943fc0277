export { fromHex, isZero, sameBytes, textField, textOf, toHex, tryText } from './bytes.ts';
export { blockCodes } from './codes.ts';
export { type DecodedRegion, decodeRegion, type RegionForm, traceRegion } from './decode-region.ts';
export {
  type CellValue,
  type ChartSeries,
  columnsOf,
  type Description,
  objectTable,
  packedTable,
  type SummaryField,
  summaryOf,
  type Table,
  type TableColumn,
} from './description.ts';
export { type EncodeOptions, encodeRegion } from './encode-region.ts';
export { isVdeError, VdeError, type VdeErrorDetails } from './errors.ts';
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
export { type CodeInfo, type CodeRegistry, collectFindings, type Finding, type FindingPlace, type Report, type Severity } from './finding.ts';
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
export { emptyGuid, guidFromBytes, guidToBytes, isGuid } from './guid.ts';
export { PackedRecords } from './packed-records.ts';
export { type FieldRange, type Infer, type RecordField, type RecordFields, type RecordType, type RecordValue, record } from './record.ts';
export {
  type AnyRegionPlugin,
  type AuditContext,
  type BlockState,
  type BlockWindow,
  defineRegion,
  type RegionPlace,
  type RegionPlugin,
  type RegionReader,
  type RegionSpec,
  type RegionVerb,
  type RegionWriter,
  type TraceRange,
} from './region.ts';
export { openRegion, type ReadOptions } from './region-reader.ts';
export { type PackedTableCodec, type TableCodec, type TableContent, type TableSpec, table } from './table.ts';
export { isKnownTag, stringToTag, tagMeanings, tagToString } from './tag.ts';
export { dateFromTicks, isoFromTicks, maxTicks, ticksFromDate, ticksPerSecond, unixEpochTicks } from './ticks.ts';
export { blockStatus, createSlab, hashImplementation, type Slab, sealBlocks, verifyBlocks, xxh64 } from './xxh64.ts';
export * from './trailer.ts';
