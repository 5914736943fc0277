import { defineRegion, packedTable, type RegionPlace, summaryOf, toHex, VdeError } from '@vde/format';
import { metricsLogCodes } from './codes.ts';
import { checkHeader, looksLikeMetrics, looksLikeTree } from './header-rules.ts';
import { MetricsLog } from './metrics-log.ts';
import { MetricsLogHeader, SiblingHeader } from './records.ts';
import { rows } from './rows.ts';
import { type MetricsLogSettings, referenceLimits } from './settings.ts';
import { figuresOf } from './summary.ts';
import { metricsCommands } from './verbs.ts';

/** First eight bytes of the sibling format on disk. */
const siblingMagic = '005343495254454d';

/**
 * The metrics log region: blocks tagged `MTRK` under directory type `MLOG` (page region-metrics-log). Options of `empty` are those of
 * {@link MetricsLogSettings}; without a capacity the log has that of its blocks. Encoding throws `beyondReferenceLimits` for more than
 * 10,000,000 samples unless the log allows them.
 */
export const metricsLog = /* @__PURE__ */ defineRegion<MetricsLog>({
  id: 'metrics-log',
  title: 'Metrics log',
  blockTag: 'MTRK',
  slotTypes: ['MLOG', 'MTRK'],
  owns: ['MLOG'],
  module: 17,
  codes: metricsLogCodes,
  empty: (options, place) => new MetricsLog({ ...defaultsFor(place), ...options }),
  emptyOptions: {
    maxCapacitySamples: { summary: 'samples that it is meant to hold', kind: 'number' },
    compactionThreshold: { summary: 'share of them at which recording compacts first, up to 1', kind: 'number' },
  },
  decode(reader): MetricsLog {
    const { header, items } = rows.read(reader);
    const { sampleCount: _, ...settings } = header;
    return MetricsLog.ofStored(settings, items);
  },
  requiredBlocks: (log, geometry) => rows.requiredBlocks(log.samples, geometry),
  encode(log, writer) {
    checkCount(log);
    rows.write({ header: settingsOf(log), items: log.samples }, writer);
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
  verify: (_log, reader) => checkHeader(MetricsLogHeader.get(reader.view(0)), reader),
  describe: (log) => ({
    summary: [
      ...summaryOf(MetricsLogHeader, { sampleCount: BigInt(log.samples.length), ...settingsOf(log) }),
      ...figuresOf(log),
    ],
    tables: [packedTable('samples', log.samples, rows.locate)],
    charts: [
      { id: 'values', title: 'Value over time', table: 'samples', x: 'timestampUtcTicks', y: 'value', by: 'metricId' },
    ],
  }),
  verbs: { prefix: 'metrics', commands: metricsCommands },
});

/** As many samples as the slot holds, within what the reference reads back (defect 6). */
function defaultsFor({ blockCount, geometry }: RegionPlace): MetricsLogSettings {
  const capacity = Math.max(rows.capacity(blockCount, geometry), 1);
  return { maxCapacitySamples: Math.min(capacity, Number(referenceLimits.maxCapacitySamples)) };
}

/** The header without its count. */
function settingsOf({ maxCapacitySamples, compactionThreshold, reserved }: MetricsLog) {
  return { maxCapacitySamples, compactionThreshold, ...(reserved && { reserved }) };
}

/** Defect 4: what the reference could not read back is written only when the caller wants it. */
function checkCount({ samples, options }: MetricsLog): void {
  if (samples.length <= referenceLimits.sampleCount || options.allowBeyondReferenceLimits) return;
  const message = `${samples.length} samples: the reference reads at most ${referenceLimits.sampleCount}`;
  throw new VdeError('beyondReferenceLimits', message, { details: { actual: samples.length } });
}
