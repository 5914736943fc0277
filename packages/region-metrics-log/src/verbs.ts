import type { RegionVerb } from '@vde/format';
import type { MetricsLog } from './metrics-log.ts';

/** Editing commands of the log. Each works on a copy. */
export const metricsCommands: Readonly<Record<string, RegionVerb<MetricsLog>>> = {
  record: {
    summary: 'record a sample; at its threshold the log is compacted first',
    args: {
      'metric-id': { summary: 'the metric, 0 to 65535', required: true },
      ticks: { summary: 'its time in ticks of 100 ns since year 1, UTC', required: true },
      value: { summary: 'a number', required: true },
      'aggregation-type': { summary: '0 raw (the default), 1 sum, 2 average, 3 min, 4 max, 5 count, 6 p99' },
    },
    run(log, args) {
      const next = log.clone();
      next.record({
        metricId: integerOf(args, 'metric-id'),
        timestampUtcTicks: BigInt(textOf(args, 'ticks', /^-?\d{1,19}$/)),
        value: Number(textOf(args, 'value', /^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i)),
        aggregationType: args['aggregation-type'] === undefined ? 0 : integerOf(args, 'aggregation-type'),
      });
      return next;
    },
  },
  compact: {
    summary: 'replace samples of a metric within a minute by their average',
    args: {},
    run(log) {
      const next = log.clone();
      next.compact();
      return next;
    },
  },
};

const integerOf = (args: Readonly<Record<string, string>>, name: string) => Number(textOf(args, name, /^\d{1,5}$/));

function textOf(args: Readonly<Record<string, string>>, name: string, form: RegExp): string {
  const value = args[name] ?? '';
  if (!form.test(value)) throw new RangeError(`${name} "${value}": expected a number`);
  return value;
}
