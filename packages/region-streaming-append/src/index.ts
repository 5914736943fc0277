export { type AppendOptions, type AppendPlan, planAppend, type Relocation } from './append.ts';
export { type AppendedEntries, appendEntries } from './append-entries.ts';
export { advanceReadTail, createRing, drainRing, repairRing, resetRing } from './changes.ts';
export { streamingAppendCodes } from './codes.ts';
export {
  type EntryOptions,
  type EntrySource,
  encodeEntry,
  type ReadEntriesOptions,
  type RingEntry,
  readEntries,
  readEntry,
} from './entries.ts';
export { StreamingAppendHeader } from './records.ts';
export { streamingAppend } from './region.ts';
export {
  allocationPercentage,
  isConsistent,
  isEmptyRing,
  isFullRing,
  isLive,
  isMappingUncertain,
  ringBlockOf,
  type StreamingAppend,
  slotBlockOf,
} from './ring.ts';
