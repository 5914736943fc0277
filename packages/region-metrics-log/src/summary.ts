import type { SummaryField } from '@vde/format';
import type { MetricsLog } from './metrics-log.ts';
import { compactionTrigger } from './settings.ts';
import { type MetricStatistics, statisticsOf } from './statistics.ts';

/** What people ask of a log first. All of it follows from what is stored, so that a log that was read shows the same. */
export function figuresOf({ samples, maxCapacitySamples, compactionThreshold }: MetricsLog): SummaryField[] {
  const all = statisticsOf(samples);
  const trigger = compactionTrigger(maxCapacitySamples, compactionThreshold);
  const [first, last] = spanOf(all);
  return [
    { id: 'isOverCapacity', kind: 'boolean', value: BigInt(samples.length) > maxCapacitySamples },
    { id: 'isCompactionDue', kind: 'boolean', value: samples.length >= trigger },
    { id: 'metricCount', kind: 'u32', value: new Set(all.map(({ metricId }) => metricId)).size },
    { id: 'nonFiniteCount', kind: 'u32', value: all.reduce((sum, { nonFiniteCount }) => sum + nonFiniteCount, 0) },
    { id: 'firstUtcTicks', kind: 'ticks', value: first },
    { id: 'lastUtcTicks', kind: 'ticks', value: last },
  ];
}

function spanOf(all: readonly MetricStatistics[]): [first: bigint | null, last: bigint | null] {
  let [first, last]: [bigint | null, bigint | null] = [null, null];
  for (const { firstUtcTicks, lastUtcTicks } of all) {
    if (first === null || firstUtcTicks < first) first = firstUtcTicks;
    if (last === null || lastUtcTicks > last) last = lastUtcTicks;
  }
  return [first, last];
}
