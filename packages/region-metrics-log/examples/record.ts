// examples/record.ts
import { decodeRegion, encodeRegion, ticksFromDate, ticksPerSecond } from '@vde/format';
import { MetricsLog, metricsLog } from '@vde/region-metrics-log';

// At 80 % of its capacity a log replaces the samples of each metric within a minute by their average.
const log = new MetricsLog({ maxCapacitySamples: 1000, whenFull: 'dropOldest' });
const start = ticksFromDate(new Date('2025-01-01'));
const at = (second: number) => start + BigInt(second) * ticksPerSecond;
for (let second = 0; second < 500; second++) {
  log.record({ metricId: 1, timestampUtcTicks: at(second), value: 20 });
  log.record({ metricId: 2, timestampUtcTicks: at(second), value: second });
}
console.log(log.samples.length, log.compactionIneffective); // 214 false

// Many at once, from typed arrays: the same result, in a fraction of the time.
const timestampUtcTicks = BigInt64Array.from({ length: 100 }, (_, i) => at(500 + i));
log.recordBatch({ metricId: 1, timestampUtcTicks, value: new Float64Array(100).fill(21) });

// Both ends are included. An average has the time of the first sample in it.
const found = log.samplesBetween(2, at(60), at(180));
console.log([...found].map(({ value }) => value)); // [ 89.5, 149.5, 209.5 ]
console.log(log.latest(1, 2).at(0).timestampUtcTicks === at(598)); // true

// By metric and aggregation type: raw samples and averages do not mix.
const raw = log.statistics(1).find(({ aggregationType }) => aggregationType === 0);
console.log(raw?.count, raw?.mean); // 200 20.5

// Bare blocks of the region. What was read has the default options; a clone takes others.
const blocks = encodeRegion(metricsLog, log, { blockSize: 4096, generation: 1 });
const { state } = decodeRegion(metricsLog, blocks, { blockSize: 4096 });
const mine = state.clone({ whenFull: 'dropOldest' });
export const result = { samples: mine.samples.length, averages: found.length, raw: raw?.count };
