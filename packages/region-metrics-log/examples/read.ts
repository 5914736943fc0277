// examples/read.ts
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeRegion, isoFromTicks } from '@vde/format';
import { metricsLog } from '@vde/region-metrics-log';

// Bare blocks of a region. In an image: const { state } = await image.region(metricsLog)
const file = new URL('../../../fixtures/golden/regions/metrics-log/many.512.bin.gz', import.meta.url);
const blocks = gunzipSync(readFileSync(file));
const { state: log } = decodeRegion(metricsLog, blocks, { blockSize: 512 });
console.log(log.samples.length, log.maxCapacitySamples, log.compactionThreshold); // 271 100000n 0.5

// One sample as an object.
const { metricId, timestampUtcTicks, value } = log.samples.at(0);
console.log(metricId, isoFromTicks(timestampUtcTicks), value); // 0 2025-01-01T00:00:00Z 904.29

// One field of all samples, without an object for each.
const aggregationType = log.samples.reader('aggregationType');
let raw = 0;
for (let i = 0; i < log.samples.length; i++) if (aggregationType(i) === 0) raw++;
console.log(raw); // 38; compaction makes averages of them

// A column as a typed array, as charts and exports want it.
const [samples] = metricsLog.describe(log).tables;
const times = samples!.column!('timestampUtcTicks', 0, samples!.rowCount) as BigInt64Array;
console.log(isoFromTicks(times[270]!)); // 2025-01-01T00:09:00Z

export const result = { samples: log.samples.length, raw };
