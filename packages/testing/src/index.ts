export * from './arbitraries.ts';
export * from './crash-states.ts';
export * from './damage.ts';
export { checkDamageCase, type DamageCase, testDamage } from './damage-case.ts';
export * from './devices.ts';
export { checkArbitraryBytes, checkStrictLenient } from './laws/arbitrary-bytes.ts';
export { checkBlockCount, checkReach } from './laws/block-count.ts';
export { checkDamage } from './laws/damage.ts';
export { checkCodes, checkForeign } from './laws/foreign.ts';
export { checkEmptyForms, checkHoles } from './laws/holes.ts';
export { checkFixtures, checkRoundTrip, checkStableBytes } from './laws/round-trip.ts';
export { checkTrace, checkWindows } from './laws/trace.ts';
export { difference, type Presentation, type PresentedTable, present } from './presentation.ts';
export * from './sources.ts';
export {
  type AnySubject,
  type RegionCase,
  type RegionCases,
  type RegionTestOptions,
  type Seen,
  type Subject,
  subjectOf,
} from './subject.ts';
export { regionLaws, testRegion } from './test-region.ts';
