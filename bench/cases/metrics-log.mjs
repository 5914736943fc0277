// The metrics log: recording, compaction, queries, and samples in blocks and back.
import { built, time } from '../measure.mjs';

const blockSize = 4096;
const t0 = 638712864000000000n;
const second = 10_000_000n;

/** Rows: nanoseconds a sample, milliseconds a query, megabytes of a state. */
export async function* rows({ quick }) {
  const format = await built('packages/format/dist/index.js');
  const { MetricsLog, metricsLog } = await built('packages/region-metrics-log/dist/index.js');
  const atLeast = quick ? 1 : 200;
  const row = (name, unit, value, ours) => ({
    name: `metrics log, ${name}`,
    unit,
    better: 'less',
    rounds: 5,
    scale: 'xxh',
    targets: [{ value }],
    ours,
  });
  const newLog = (settings) => new MetricsLog({ maxCapacitySamples: 100_000_000, ...settings });

  const one = samplesOf(4096, 16);
  const batch = batchOf(0, 1000, 16);
  const some = quick ? 1000 : 100_000;
  const recordOne = (log) => {
    for (let i = 0; i < some; i++) log.record(one[i & 4095]);
  };
  const recordBatches = (log) => {
    for (let done = 0; done < some; done += 1000) log.recordBatch(batch);
  };
  // A log in use has the room of samples that compaction took away; a new one grows.
  const used = newLog();
  const inUse = (run) => () => {
    used.samples.truncate(0);
    run(used);
  };
  const asNew = (run) => () => run(newLog());
  const timeEach = (run) => () => time(run, atLeast) / some;
  yield row('record one', 'ns', 25, timeEach(inUse(recordOne)));
  yield row('record in batches of 1,000', 'ns/sample', 6, timeEach(inUse(recordBatches)));
  yield {
    ...row(`record ${some.toLocaleString('en-US')} in a new log`, 'ns', 0, timeEach(asNew(recordOne))),
    targets: [],
  };

  const interleaved = samplesOf(60_000, 16);
  const compact = () => {
    const log = new MetricsLog({ maxCapacitySamples: 20_000 });
    for (const sample of interleaved) log.record(sample);
    if (log.samples.length > 20_000) throw new Error('the log grew beyond its capacity');
  };
  yield row('60,000 of 16 metrics at capacity 20,000', 'ms', 30, () => time(compact, atLeast) / 1e6);

  const count = quick ? 10_000 : 1_000_000;
  const size = count.toLocaleString('en-US');
  const full = newLog();
  for (let done = 0; done < count; done += 1000) full.recordBatch(batchOf(done, 1000, 1));
  const from = t0 + BigInt(count / 2) * second;
  const range = () => {
    const found = full.samplesBetween(0, from, from + 999n * second);
    if (found.length !== 1000) throw new Error(`metrics log: the range has ${found.length} samples`);
  };
  yield row(`range of 1,000 among ${size}`, 'ms', 0.02, () => time(range, atLeast) / 1e6);
  yield { ...row(`state of ${size}`, 'MB', 40, () => full.samples.view.buffer.byteLength / 1e6), scale: undefined };

  const encode = () => format.encodeRegion(metricsLog, full, { blockSize, generation: 1 });
  const blocks = encode();
  const decode = () => {
    const { state, findings } = format.decodeRegion(metricsLog, blocks, { blockSize });
    if (state.samples.length !== count || findings.length > 0) throw new Error('metrics log: decoded something else');
  };
  yield row(`encode ${size}`, 'ns/sample', 6, () => time(encode, atLeast) / count);
  yield row(`decode ${size}`, 'ns/sample', 8, () => time(decode, atLeast) / count);
}

/** Samples one second apart, of `metrics` metrics in turn. */
function samplesOf(count, metrics) {
  return Array.from({ length: count }, (_, i) => {
    return {
      metricId: i % metrics,
      timestampUtcTicks: t0 + BigInt(i) * second,
      value: Math.sin(i),
      aggregationType: 0,
    };
  });
}

/** The same as columns, from the sample `first` on. */
function batchOf(first, count, metrics) {
  const from = (array, value) => array.from({ length: count }, (_, i) => value(first + i));
  return {
    metricId: from(Uint16Array, (i) => i % metrics),
    timestampUtcTicks: from(BigInt64Array, (i) => t0 + BigInt(i) * second),
    value: from(Float64Array, Math.sin),
  };
}
