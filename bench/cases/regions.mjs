// Region codecs: from sealed blocks to a state and back, checksums included.
import { built, time } from '../measure.mjs';

const blockSize = 4096;
const t0 = 638712864000000000n;

/** Rows: encode and decode of the two record-heavy regions, nanoseconds a record. */
export async function* rows({ quick }) {
  const format = await built('packages/format/dist/index.js');
  const { metricsLog, Sample } = await built('packages/region-metrics-log/dist/index.js');
  const { anonymizationTable, Mapping } = await built('packages/region-anonymization-table/dist/index.js');
  yield* regionRows(format, {
    name: 'metrics log',
    record: 'sample',
    plugin: metricsLog,
    state: metricsState(format, Sample, quick ? 10_000 : 1_000_000),
    recordsOf: (state) => state.samples,
    goals: { encode: 6, decode: 8 },
    quick,
  });
  yield* regionRows(format, {
    name: 'anonymization table',
    record: 'mapping',
    plugin: anonymizationTable,
    state: anonymizationState(format, Mapping, quick ? 1000 : 100_000),
    recordsOf: (state) => state.mappings,
    quick,
  });
}

function* regionRows({ decodeRegion, encodeRegion }, { name, record, plugin, state, recordsOf, goals, quick }) {
  const { length } = recordsOf(state);
  const atLeast = quick ? 1 : 200;
  const encode = () => encodeRegion(plugin, state, { blockSize, generation: 1 });
  const blocks = encode();
  const decode = () => {
    const { state: decoded, findings } = decodeRegion(plugin, blocks, { blockSize });
    if (recordsOf(decoded).length !== length || findings.length > 0) throw new Error(`${name}: decoded something else`);
  };
  const shared = { unit: `ns/${record}`, better: 'less', rounds: 7 };
  const size = length.toLocaleString('en-US');
  const targetsOf = (goal) => (goal === undefined ? {} : { targets: [{ value: goal }] });
  yield {
    ...shared,
    name: `${name}, encode ${size}`,
    ours: () => time(encode, atLeast) / length,
    ...targetsOf(goals?.encode),
  };
  yield {
    ...shared,
    name: `${name}, decode ${size}`,
    ours: () => time(decode, atLeast) / length,
    ...targetsOf(goals?.decode),
  };
}

function metricsState({ PackedRecords }, Sample, count) {
  const samples = new PackedRecords(Sample, count);
  for (let i = 0; i < count; i++) {
    samples.push({
      metricId: i % 40,
      timestampUtcTicks: t0 + BigInt(i) * 10_000_000n,
      value: Math.sin(i),
      aggregationType: i % 7,
    });
  }
  return { maxCapacitySamples: BigInt(count), compactionThreshold: 0.8, samples };
}

function anonymizationState({ PackedRecords, guidFromBytes }, Mapping, count) {
  const mappings = new PackedRecords(Mapping, count);
  const guid = (high, low) => {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setUint32(0, high);
    new DataView(bytes.buffer).setUint32(12, low);
    return guidFromBytes(bytes);
  };
  for (let i = 0; i < count; i++) {
    mappings.push({
      mappingId: guid(1, i),
      subjectId: guid(2, i % 1000),
      piiType: i % 8,
      piiHash: new Uint8Array(32).fill(i & 0xff),
      anonymizedToken: new Uint8Array(32).fill((i >> 8) & 0xff),
      createdUtcTicks: t0 + BigInt(i),
      flags: 1,
    });
  }
  return { mappings };
}
