import { type Infer, i32, i64, record } from '@vde/format';

/** The header block (3.1) up to its reserved bytes, which fill the rest of the payload. */
export const StreamingAppendHeader = /* @__PURE__ */ record('StreamingAppendHeader', {
  maxCapacityBlocks: i64,
  allocatedBlocks: i64,
  writeHead: i64,
  readTail: i64,
  entryCount: i64,
  growthIncrement: i32,
});
export type StreamingAppendHeader = Infer<typeof StreamingAppendHeader>;
