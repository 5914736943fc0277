import { defineRegion, PackedRecords, packedTable, type RegionReader, summaryOf, table, toHex } from '@vde/format';
import { metricsLogCodes } from './codes.ts';
import { MetricsLogHeader, Sample, SiblingHeader } from './records.ts';

/** The state of a metrics log. Samples stand in the order in which they were recorded. */
export interface MetricsLog {
  readonly maxCapacitySamples: bigint;
  /** Share of the capacity at which recording compacts first, in (0, 1]. */
  readonly compactionThreshold: number;
  readonly samples: PackedRecords<Sample>;
  /** Reserved header bytes, when they are not zero. */
  readonly reserved?: Uint8Array;
}

/** The largest capacity and sample count that the reference reads back (section 4). */
const referenceLimits = { maxCapacitySamples: 100_000_000n, sampleCount: 10_000_000 };
const defaultThreshold = 0.8;
/** First eight bytes of the sibling format on disk. */
const siblingMagic = '005343495254454d';

const rows = /* @__PURE__ */ table({
  id: 'samples',
  header: MetricsLogHeader,
  item: Sample,
  count: 'sampleCount',
}).packed();

/** The metrics log region: blocks tagged `MTRK` under directory type `MLOG` (page region-metrics-log). */
export const metricsLog = /* @__PURE__ */ defineRegion<MetricsLog>({
  id: 'metrics-log',
  title: 'Metrics log',
  blockTag: 'MTRK',
  slotTypes: ['MLOG', 'MTRK'],
  owns: ['MLOG'],
  module: 17,
  codes: metricsLogCodes,
  empty: (_options, { blockCount, geometry }) => ({
    maxCapacitySamples: BigInt(
      Math.min(Math.max(rows.capacity(blockCount, geometry), 1), Number(referenceLimits.maxCapacitySamples)),
    ),
    compactionThreshold: defaultThreshold,
    samples: new PackedRecords(Sample),
  }),
  decode(reader): MetricsLog {
    const { header, items } = rows.read(reader);
    checkSettings(header, reader);
    const { sampleCount: _, ...settings } = header;
    return { ...settings, samples: items };
  },
  requiredBlocks: (log, geometry) => rows.requiredBlocks(log.samples, geometry),
  encode({ samples, ...settings }, writer) {
    rows.write({ header: settings, items: samples }, writer);
  },
  match(reader) {
    const first = reader.peek(0);
    if (first === undefined || reader.state(0) !== 'written' || !reader.isIntact(0)) return 'maybe';
    if (looksLikeMetrics(first)) return 'yes';
    return looksLikeTree(first) ? 'no' : 'maybe';
  },
  variant(tag, payload) {
    if (tag !== 'MLOG' || toHex(SiblingHeader.get(payload).magic) !== siblingMagic) return undefined;
    return {
      code: 'siblingFormat',
      message: 'the region holds the other metrics format (magic 00 53 43 49 52 54 45 4d), which is not decoded',
    };
  },
  trace: rows.trace,
  describe: (log) => ({
    summary: summaryOf(MetricsLogHeader, { sampleCount: BigInt(log.samples.length), ...log }),
    tables: [packedTable('samples', log.samples, rows.locate)],
    charts: [
      { id: 'values', title: 'Value over time', table: 'samples', x: 'timestampUtcTicks', y: 'value', by: 'metricId' },
    ],
  }),
});

/** Header rules of section 4: what the reference refuses is an error, what it can write but not read back a warning. */
function checkSettings(header: MetricsLogHeader, reader: RegionReader): void {
  const place = (path: 'sampleCount' | 'maxCapacitySamples' | 'compactionThreshold', expected: string) => {
    const { offset, type } = MetricsLogHeader.field(path);
    return { block: 0, offset, length: type.size, path, expected, actual: header[path] };
  };
  const { maxCapacitySamples: capacity, compactionThreshold: threshold } = header;
  if (capacity <= 0n) {
    reader.report(
      'badField',
      `maxCapacitySamples is ${capacity}, expected at least 1`,
      place('maxCapacitySamples', '1 to 100000000'),
    );
  } else if (capacity > referenceLimits.maxCapacitySamples) {
    reader.report(
      'beyondReferenceLimits',
      `maxCapacitySamples is ${capacity}`,
      place('maxCapacitySamples', '1 to 100000000'),
    );
  }
  if (header.sampleCount > referenceLimits.sampleCount) {
    reader.report(
      'beyondReferenceLimits',
      `sampleCount is ${header.sampleCount}`,
      place('sampleCount', '0 to 10000000'),
    );
  }
  if (Number.isNaN(threshold)) {
    reader.report(
      'nanThreshold',
      'compactionThreshold is not a number',
      place('compactionThreshold', 'above 0, up to 1'),
    );
  } else if (!(threshold > 0 && threshold <= 1)) {
    reader.report(
      'badField',
      `compactionThreshold is ${threshold}, expected above 0, up to 1`,
      place('compactionThreshold', 'above 0, up to 1'),
    );
  }
}

/** The carving rule of section 2: what tells metrics from the two trees that share the tag `MTRK`. */
function looksLikeMetrics(payload: DataView): boolean {
  const { sampleCount, maxCapacitySamples, compactionThreshold, reserved } = MetricsLogHeader.get(payload);
  return (
    sampleCount >= 0n &&
    sampleCount <= 0xffff_ffffn &&
    maxCapacitySamples >= 1n &&
    maxCapacitySamples <= referenceLimits.maxCapacitySamples &&
    compactionThreshold > 0 &&
    compactionThreshold <= 1 &&
    reserved === undefined
  );
}

/** The two trees: capacities where metrics have the upper half of their count, an inode number where they have a capacity. */
function looksLikeTree(payload: DataView): boolean {
  return payload.getUint32(4, true) !== 0 || payload.getBigInt64(8, true) >= 2n ** 32n;
}
