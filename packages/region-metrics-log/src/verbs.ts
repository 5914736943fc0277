import { integerArgument, type RegionVerb, textArgument, ticksArgument } from '@vde/format';
import type { MetricsLog } from './metrics-log.ts';

const number = /^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** Editing commands of the log. */
export const metricsCommands: Readonly<Record<string, RegionVerb<MetricsLog>>> = {
  record: {
    summary: 'record a sample; at its threshold the log is compacted first',
    args: {
      'metric-id': { summary: 'the metric, 0 to 65535', required: true, example: '7' },
      value: { summary: 'a number', required: true, example: '1.5' },
      time: { summary: 'its time: ticks of 100 ns since year 1, or a time in UTC; now unless given' },
      'aggregation-type': { summary: '0 raw (the default), 1 sum, 2 average, 3 min, 4 max, 5 count, 6 p99' },
    },
    run(log, args, { now }) {
      const state = log.clone();
      state.record({
        metricId: integerArgument(args, 'metric-id', { max: 0xffff }),
        timestampUtcTicks: args['time'] === undefined ? now : ticksArgument(args, 'time'),
        value: Number(textArgument(args, 'value', number, 'a number')),
        aggregationType:
          args['aggregation-type'] === undefined ? 0 : integerArgument(args, 'aggregation-type', { max: 0xff }),
      });
      return { state };
    },
  },
  compact: {
    summary: 'replace samples of a metric within a minute by their average',
    args: {},
    run(log) {
      const state = log.clone();
      state.compact();
      return { state };
    },
  },
};
