export type { NewSample, SampleBatch } from './append.ts';
export { metricsLogCodes } from './codes.ts';
export { MetricsLog } from './metrics-log.ts';
export { MetricsLogHeader, Sample } from './records.ts';
export { metricsLog } from './region.ts';
export { blocksNeeded } from './rows.ts';
export type { CompactionRule, MetricsLogOptions, MetricsLogSettings, WhenFull } from './settings.ts';
export type { MetricStatistics } from './statistics.ts';
