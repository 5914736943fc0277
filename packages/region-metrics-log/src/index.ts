export { type MetricsLog, metricsLog } from './region.ts';
export { Header, Sample } from './records.ts';
