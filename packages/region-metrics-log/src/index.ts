export { metricsLogCodes } from './codes.ts';
export { MetricsLogHeader, Sample } from './records.ts';
export { type MetricsLog, metricsLog } from './region.ts';
