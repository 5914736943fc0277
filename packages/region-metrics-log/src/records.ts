import { bytes, enumeration, f64, type Infer, i64, pad, record, ticks, u8, u16, u32, u64 } from '@vde/format';

/** Header of block 0 (3.1). */
export const MetricsLogHeader = /* @__PURE__ */ record('MetricsLogHeader', {
  sampleCount: i64,
  maxCapacitySamples: i64,
  compactionThreshold: f64,
  reserved: /* @__PURE__ */ pad(8),
});
export type MetricsLogHeader = Infer<typeof MetricsLogHeader>;

/** One sample (3.2). */
export const Sample = /* @__PURE__ */ record('Sample', {
  metricId: u16,
  timestampUtcTicks: ticks,
  value: f64,
  aggregationType: /* @__PURE__ */ enumeration(u8, ['raw', 'sum', 'average', 'min', 'max', 'count', 'p99']),
});
export type Sample = Infer<typeof Sample>;

/** Header of the other metrics format that is filed under `MLOG` (section 2). Recognised, not decoded. */
export const SiblingHeader = /* @__PURE__ */ record('SiblingMetricsHeader', {
  magic: /* @__PURE__ */ bytes(8),
  entryCount: u64,
  oldestUnixNanoseconds: u64,
  newestUnixNanoseconds: u64,
  metricIdCount: u16,
  retentionSeconds: u32,
  downsampleFactor: u16,
});
