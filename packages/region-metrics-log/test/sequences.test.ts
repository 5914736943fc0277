import { decodeRegion, PackedRecords } from '@vde/format';
import { randomBytes, seededRandom } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { MetricsLog, metricsLog, Sample, type SampleBatch } from '../src/index.ts';
import { blocksOf, t0 } from './logs.ts';
import { bytesOf, type Entry, entriesOf, entryOf, numberOf, Shadow } from './shadow.ts';

const blockSize = 512;
const maxI64 = 2n ** 63n - 1n;
const second = 10_000_000n;

/** Random samples of a kind: in order, a little out of order, or at the ends of time. */
function samplesOf(random: () => number, count: number): Sample[] {
  const below = (n: number) => Math.floor(random() * n);
  const ids = 1 + below(4);
  const kind = below(4);
  const odd = [Number.NaN, Infinity, -Infinity, -0, 1e308, -1e308, Number.MIN_VALUE];
  return Array.from({ length: count }, (_, i) => {
    const step = BigInt(Math.floor((kind === 0 ? i : i + (random() - 0.5) * 40) * Number(second)));
    const edge = random() < 0.5 ? maxI64 - BigInt(below(2e9)) : -maxI64 - 1n + BigInt(below(2e9));
    return {
      metricId: below(ids),
      timestampUtcTicks: kind === 3 ? edge : t0 + step,
      value: random() < 0.1 ? odd[below(odd.length)]! : (random() - 0.5) * 10 ** below(20),
      aggregationType: random() < 0.85 ? 0 : below(256),
    };
  });
}

const batchOf = (samples: readonly Sample[]): SampleBatch => ({
  metricId: Uint16Array.from(samples, ({ metricId }) => metricId),
  timestampUtcTicks: BigInt64Array.from(samples, ({ timestampUtcTicks }) => timestampUtcTicks),
  value: Float64Array.from(samples, ({ value }) => value),
  aggregationType: Uint8Array.from(samples, ({ aggregationType }) => aggregationType),
});

const same = (actual: PackedRecords<Sample>, expected: readonly Entry[]) =>
  Buffer.compare(actual.bytes(), bytesOf(expected)) === 0;

/** Reads the log back; its options and counters are not in the image. */
function reread(log: MetricsLog): MetricsLog {
  const blocks = blocksOf(log, blockSize);
  const { state, partial } = decodeRegion(metricsLog, blocks, { blockSize });
  expect([partial, Buffer.compare(blocksOf(state, blockSize), blocks)]).toEqual([false, 0]);
  return state.clone(log.options);
}

describe.each(['perMetric', 'consecutive'] as const)('1,200 random sequences, compaction %s', (compaction) => {
  it.each(['grow', 'dropOldest'] as const)('are those of a plain list: %s', (whenFull) => {
    const random = seededRandom(whenFull.length * 1000 + compaction.length);
    const below = (n: number) => Math.floor(random() * n);
    let [freed, dropped, averages] = [0, 0, 0];
    for (let sequence = 0; sequence < 600; sequence++) {
      const capacity = 1 + below(random() < 0.2 ? 4 : 60);
      const compactionThreshold = 1 - random() * random();
      const settings = { maxCapacitySamples: capacity, compactionThreshold, compaction, whenFull };
      const shadow = new Shadow({
        capacity,
        trigger: Math.trunc(capacity * compactionThreshold),
        compaction,
        whenFull,
      });
      let one = new MetricsLog(settings);
      let batched = new MetricsLog(settings);
      if (random() < 0.2) {
        // Any bit patterns, as they may be read: NaN payloads, all types.
        const stored = PackedRecords.from(Sample, samplesOf(random, below(20)));
        stored.pushBytes(randomBytes(19 * below(20), sequence));
        for (let i = 0; i < stored.length; i++) if (random() < 0.7) stored.setField(i, 'aggregationType', 0);
        shadow.list = entriesOf(stored.bytes());
        one = MetricsLog.ofStored({ maxCapacitySamples: BigInt(capacity), compactionThreshold }, stored).clone(
          settings,
        );
        batched = one.clone();
      }
      for (let step = below(8); step >= 0; step--) {
        const choice = below(10);
        if (choice < 7) {
          const samples = samplesOf(random, below(30));
          for (const sample of samples) {
            one.record(sample);
            shadow.record(entryOf(sample));
            if (one.samples.length !== shadow.list.length)
              expect.fail(`sequence ${sequence}: ${one.samples.length} samples`);
          }
          batched.recordBatch(batchOf(samples));
        } else if (choice < 9) {
          const expected = shadow.compact();
          expect([one.compact(), batched.compact()]).toEqual([expected, expected]);
          freed += expected;
        } else {
          [one, batched] = [reread(one), reread(batched)];
          shadow.nonFinite = 0;
          shadow.isIneffective = false;
        }
        if (!same(one.samples, shadow.list)) expect.fail(`sequence ${sequence}: the list is another`);
        if (!same(batched.samples, shadow.list)) expect.fail(`sequence ${sequence}: the list of the batch is another`);
        const facts = [shadow.isIneffective, shadow.nonFinite, shadow.list.length > capacity].join();
        for (const { compactionIneffective, nonFiniteWindows, isOverCapacity } of [one, batched])
          if ([compactionIneffective, nonFiniteWindows, isOverCapacity].join() !== facts)
            expect.fail(`sequence ${sequence}: expected ${facts}`);
        expectQueries(one, shadow, random);
      }
      if (sequence % 4 === 0) expectStatistics(one, shadow);
      dropped += Math.max(0, shadow.list.length - capacity) === 0 && shadow.list.length === capacity ? 1 : 0;
      averages += shadow.list.filter(({ type }) => type === 2).length;
    }
    // The sequences reached what they are for.
    expect([freed > 100, averages > 1000, whenFull === 'grow' || dropped > 50]).toEqual([true, true, true]);
  });
});

function expectQueries(log: MetricsLog, shadow: Shadow, random: () => number): void {
  const below = (n: number) => Math.floor(random() * n);
  const timeOf = () => shadow.list[below(shadow.list.length)]?.time ?? t0;
  const id = below(4);
  const far = random() < 0.1;
  const [from, to] = far ? [-(2n ** 70n), 2n ** 70n] : [timeOf() + BigInt(below(3) - 1), timeOf()];
  if (!same(log.samplesBetween(id, from, to), shadow.between(id, from, to)))
    expect.fail(`samples of ${id}, ${from} to ${to}`);
  const count = below(12) - 2;
  if (!same(log.latest(id, count), shadow.latest(id, count))) expect.fail(`latest ${count} of ${id}`);
}

function expectStatistics(log: MetricsLog, { list }: Shadow): void {
  const keyOf = ({ metricId, type }: Entry) => metricId * 256 + type;
  const expected = [...new Set(list.map(keyOf))]
    .sort((a, b) => a - b)
    .map((key) => {
      const group = list.filter((entry) => keyOf(entry) === key);
      const finite = group.map(({ bits }) => numberOf(bits)).filter((value) => Number.isFinite(value));
      const times = group.map(({ time }) => time).sort((a, b) => (a < b ? -1 : 1));
      return {
        metricId: key >> 8,
        aggregationType: key & 255,
        count: group.length,
        nonFiniteCount: group.length - finite.length,
        min: finite.length === 0 ? Number.NaN : Math.min(...finite) + 0,
        max: finite.length === 0 ? Number.NaN : Math.max(...finite) + 0,
        mean: finite.reduce((sum, value) => sum + value, 0) / finite.length,
        firstUtcTicks: times[0]!,
        lastUtcTicks: times.at(-1)!,
      };
    });
  const shown = log.statistics().map((one) => ({ ...one, min: one.min + 0, max: one.max + 0 }));
  expect(shown).toEqual(expected);
  const [some] = expected;
  if (some)
    expect(log.statistics(some.metricId).length).toBe(expected.filter((one) => one.metricId === some.metricId).length);
}
