export * from './address.ts';
export { countsOf, linesOf, type SeriesLine, type ValueCount } from './charts.ts';
export { inspectCodes } from './check/block-rules.ts';
export { type CheckLevel, type CheckOptions, exitCodeOf } from './check/check.ts';
export { CheckState, type CheckStateContext } from './check/state.ts';
export { writeDamaged } from './damage/copy.ts';
export {
  type Damage,
  type DamageKind,
  type DamageOptions,
  type DamagePatch,
  type DamagePlan,
  type Damager,
  damageKinds,
  defaultDamageSeed,
  maxDamageCount,
} from './damage/model.ts';
export {
  type Comparison,
  type DiffWriting,
  differenceJson,
  diffResult,
  listDifferences,
} from './diff/json.ts';
export type {
  DiffCell,
  Difference,
  DiffKind,
  DiffOptions,
  DiffPart,
  DiffRun,
  DiffTrailer,
} from './diff/model.ts';
export { type DiffPartCount, type DiffSummary, DiffTally } from './diff/tally.ts';
export { type Edited, editedModel, type SlotMoment, slotMoment } from './edited.ts';
export { allCodes, type ExplainedCode, explainCode } from './explain.ts';
export { csvExport } from './export/csv.ts';
export { type ExportPage, exportPages, type TextExport } from './export/export.ts';
export { jsonlExport } from './export/jsonl.ts';
export { type CellText, cellText } from './export/values.ts';
export type { FindCounts, FindHit, FindModel, FindOptions } from './find/find.ts';
export { maxPatternBytes, type Pattern, type PatternOptions, parsePattern } from './find/pattern.ts';
export type { ByteChoice, Needle, PatternKind, Reading } from './find/pattern-needle.ts';
export { type Inspection, type InspectionOptions, openBareRegion, openInspection } from './inspection.ts';
export { type CheckOutcome, checkJson, checkListJson, type ErrorModel } from './json/check.ts';
export { type CreatedImage, createJson } from './json/create.ts';
export { damageJson } from './json/damage.ts';
export { editJson } from './json/edit.ts';
export type { Envelope, Tool } from './json/envelope.ts';
export { findResult } from './json/find.ts';
export {
  boundRows,
  codesJson,
  errorJson,
  explainJson,
  hexJson,
  infoJson,
  lsJson,
  pluginsJson,
  type RowChoice,
  type RowRange,
  showJson,
} from './json/json.ts';
export { checkLines, type JsonLine, lsLines, showLines } from './json/lines.ts';
export { mapResult } from './json/map.ts';
export { type Recovered, recoverJson } from './json/recover.ts';
export { repairJson, type Undone, undoJson } from './json/repair.ts';
export { salvageJson } from './json/salvage.ts';
export { type StreamedResult, streamedChunks, streamedLines } from './json/stream.ts';
export { type JsonTree, jsonChunks, jsonLine } from './json/text.ts';
export { isMapDamaged, type MapOptions } from './map/map.ts';
export { isDamagedState, type MapModel, type MapRun, type MapState, type MapTotals, mapStates } from './map/model.ts';
export type * from './model.ts';
export { exitCodeOfRepair, type RepairModel, type RepairPatch, repairModel } from './repair.ts';
export { salvageCodes } from './salvage/codes.ts';
export type * from './salvage/model.ts';
export type { RebuildOptions, RebuiltImage, SalvageSink } from './salvage/rebuild.ts';
export { exitCodeOfSalvage, type Salvage, type SalvageOptions, salvageImage } from './salvage/salvage.ts';
export { checkSarif } from './sarif.ts';
export { type JsonSchema, schemaNames, schemaOf } from './schemas.ts';
export { type Sniffed, sniffedBytes, whatIsIt } from './sniff.ts';
export * from './values.ts';
export { type ColumnValues, RowPage, rowPages } from './where/page.ts';
export { findInTables, findRows, parseFilter, type RowFilter } from './where/where.ts';
