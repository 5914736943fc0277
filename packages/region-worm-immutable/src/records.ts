import { bytes, type Infer, i32, i64, pad, record, ticks } from '@vde/format';

/** Header of block 0 (3.1). */
export const WormHeader = /* @__PURE__ */ record('WormHeader', {
  highWaterMark: i64,
  totalCapacityBlocks: i64,
  retentionPeriodTicks: i64,
  createdUtcTicks: ticks,
  writeLogCount: i32,
  reserved: /* @__PURE__ */ pad(4),
});
export type WormHeader = Infer<typeof WormHeader>;

/** One write (3.2): `contentHash` is the SHA-256 of the `dataLength` bytes of data block `blockIndex`. */
export const WriteRecord = /* @__PURE__ */ record('WriteRecord', {
  blockIndex: i64,
  timestampUtcTicks: ticks,
  dataLength: i32,
  contentHash: /* @__PURE__ */ bytes(32),
});
export type WriteRecord = Infer<typeof WriteRecord>;
