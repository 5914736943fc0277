export * from './address.ts';
export { inspectCodes } from './block-rules.ts';
export { type CheckLevel, type CheckOptions, exitCodeOf } from './check.ts';
export { allCodes, type ExplainedCode, explainCode } from './explain.ts';
export { type Inspection, type InspectionOptions, openBareRegion, openInspection } from './inspection.ts';
export {
  boundRows,
  codesJson,
  errorJson,
  explainJson,
  hexJson,
  infoJson,
  lsJson,
  pluginsJson,
  type RowRange,
  showJson,
} from './json.ts';
export { type CheckOutcome, checkJson, checkListJson, type ErrorModel } from './json-check.ts';
export type { Envelope, Tool } from './json-envelope.ts';
export { checkLines, type JsonLine, lsLines, showLines } from './json-lines.ts';
export { type JsonTree, jsonChunks, jsonLine } from './json-text.ts';
export type * from './model.ts';
export { type JsonSchema, schemaNames, schemaOf } from './schemas.ts';
export { type Sniffed, sniffedBytes, whatIsIt } from './sniff.ts';
export * from './values.ts';
