export * from './address.ts';
export { type CheckLevel, type CheckOptions, exitCodeOf } from './check.ts';
export { allCodes, type ExplainedCode, explainCode } from './explain.ts';
export { type Inspection, type InspectionOptions, openBareRegion, openInspection } from './inspection.ts';
export * from './json.ts';
export type * from './model.ts';
export * from './sniff.ts';
export * from './values.ts';
