import { decodeRegion, fromHex, PackedRecords, toHex } from '@vde/format';
import { describe, expect, it, vi } from 'vitest';
import { type CompactionRule, MetricsLog, metricsLog, Sample } from '../src/index.ts';
import { compactionTrigger } from '../src/settings.ts';
import { blocksOf, logOf, t0 } from './logs.ts';
import { bytesOf, compacted, type Entry, entriesOf, entryOf } from './shadow.ts';

const second = 10_000_000n;
const minute = 60n * second;
const rules = ['perMetric', 'consecutive'] as const;
const sampleAt = (ticks: bigint, value: number, metricId = 1, aggregationType = 0): Sample => {
  return { metricId, timestampUtcTicks: ticks, value, aggregationType };
};
const every = (count: number, step: bigint, metricId = (_: number) => 1) =>
  Array.from({ length: count }, (_, i) => sampleAt(t0 + BigInt(i) * step, i, metricId(i)));
/** The list after a compaction, as rows of id, seconds after T0, value, type. */
const listOf = (log: Iterable<Sample>) =>
  [...log].map((s) => [s.metricId, Number(s.timestampUtcTicks - t0) / Number(second), s.value, s.aggregationType]);
const compactedList = (samples: readonly Sample[], compaction: CompactionRule) => {
  const log = logOf(samples).clone({ compaction });
  log.compact();
  return listOf(log);
};
/** Counts after each of the samples. */
const countsOf = (log: MetricsLog, samples: readonly Sample[]) =>
  samples.map((sample) => {
    log.record(sample);
    return log.samples.length;
  });

describe('the trigger T (section 5)', () => {
  it.each([
    [1n, 0.8, 0],
    [10n, 0.8, 8],
    [100n, 0.29, 28],
    [1000n, 0.8, 800],
    [3_000_000_000n, 0.8, 2_147_483_647],
    [1000n, Number.NaN, 0],
    [2n ** 63n - 1n, 1, 2_147_483_647],
  ])('capacity %d, threshold %d: %i', (capacity, threshold, trigger) => {
    expect(compactionTrigger(capacity, threshold)).toBe(trigger);
  });

  it('compacts before the append that finds T samples, and not earlier', () => {
    const log = new MetricsLog({ maxCapacitySamples: 10 });
    expect(countsOf(log, every(9, second))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 2]);
    expect(listOf(log)).toEqual([
      [1, 0, 3.5, 2],
      [1, 8, 8, 0],
    ]);
  });

  it('with T = 0 compacts before every append', () => {
    const log = new MetricsLog({ maxCapacitySamples: 1 });
    const compact = vi.spyOn(log, 'compact');
    for (const sample of every(3, second)) log.record(sample);
    expect(compact).toHaveBeenCalledTimes(3);
    expect(listOf(log).map(([, , , type]) => type)).toEqual([2, 2, 0]);
  });

  it('a log that was read with a NaN threshold compacts before every append (defect 5)', () => {
    const stored = { maxCapacitySamples: 1000n, compactionThreshold: Number.NaN };
    const log = MetricsLog.ofStored(stored, PackedRecords.from(Sample, every(3, second)));
    log.record(sampleAt(t0 + 3n * second, 3));
    expect(listOf(log)).toEqual([
      [1, 0, 1, 2],
      [1, 3, 3, 0],
    ]);
    expect(log.clone({ compactionThreshold: 0.5 }).compactionThreshold).toBe(0.5);
  });
});

describe.each(rules)('compaction of one metric, %s (5.1)', (rule) => {
  it('averages over windows that start at their first sample, not at a minute of the clock', () => {
    expect(compactedList(every(5, 25n * second), rule)).toEqual([
      [1, 0, 1, 2],
      [1, 75, 3.5, 2],
    ]);
  });

  it('a window takes its last tick and not the next', () => {
    const edge = (ticks: bigint) => [sampleAt(t0, 1), sampleAt(t0 + ticks, 3)];
    expect(compactedList(edge(minute - 1n), rule)).toEqual([[1, 0, 2, 2]]);
    expect(compactedList(edge(minute), rule)).toEqual([
      [1, 0, 1, 2],
      [1, 60, 3, 2],
    ]);
  });

  it('an earlier time joins the run, however old (defect 8)', () => {
    const log = logOf([sampleAt(5n, 1), sampleAt(-(10n ** 15n), 3)]).clone({ compaction: rule });
    expect(log.compact()).toBe(1);
    expect([...log]).toEqual([sampleAt(5n, 2, 1, 2)]);
  });

  it('a window that would end beyond the largest time takes nothing (5.3)', () => {
    const end = 2n ** 63n - 1n;
    const log = logOf([sampleAt(end, 1), sampleAt(end, 3)]).clone({ compaction: rule });
    expect(log.compact()).toBe(0);
    expect([...log]).toEqual([sampleAt(end, 1, 1, 2), sampleAt(end, 3, 1, 2)]);
  });

  it.each([0xffff_ffffn, 0x1_0000_0000n - minute, 0x1_0000_0000n - minute - 1n])(
    'carries into the upper word at %d',
    (start) => {
      for (const from of [start, start - 2n ** 62n]) {
        const samples = [sampleAt(from, 1), sampleAt(from + minute - 1n, 3), sampleAt(from + minute, 9)];
        const log = logOf(samples).clone({ compaction: rule });
        log.compact();
        expect([...log]).toEqual([sampleAt(from, 2, 1, 2), sampleAt(from + minute, 9, 1, 2)]);
      }
    },
  );

  it('leaves aggregated samples as they are, and ends a run at them', () => {
    const samples = [sampleAt(t0, 1), sampleAt(t0 + second, 7, 1, 200), sampleAt(t0 + 2n * second, 3)];
    expect(compactedList(samples, rule)).toEqual([
      [1, 0, 1, 2],
      [1, 1, 7, 200],
      [1, 2, 3, 2],
    ]);
  });

  it('never merges averages again', () => {
    const log = logOf(every(4, second)).clone({ compaction: rule });
    expect([log.compact(), log.compactionIneffective]).toEqual([3, false]);
    expect([log.compact(), log.compactionIneffective]).toEqual([0, true]);
    expect(listOf(log)).toEqual([[1, 0, 1.5, 2]]);
  });

  it('sums in list order with plain additions', () => {
    const values = [1e16, 1, -1e16, 1];
    const samples = values.map((value, i) => sampleAt(t0 + BigInt(i), value));
    expect(compactedList(samples, rule)).toEqual([[1, 0, 0.25, 2]]);
  });

  it('keeps the sign of a zero', () => {
    const [[, , value]] = compactedList([sampleAt(t0, -0), sampleAt(t0, -0)], rule) as [[number, number, number]];
    expect(value).toBe(-0);
  });
});

describe('interleaved metrics (defect 3)', () => {
  const interleaved = every(14, second, (i) => i % 2);

  it('consecutive: the reference compacts nothing', () => {
    const log = new MetricsLog({ maxCapacitySamples: 10, compaction: 'consecutive' });
    expect(countsOf(log, interleaved)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect([log.compactionIneffective, log.isOverCapacity]).toEqual([true, true]);
  });

  it('perMetric: one average for each', () => {
    const log = new MetricsLog({ maxCapacitySamples: 10 });
    expect(countsOf(log, interleaved)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 3, 4, 5, 6, 7, 8]);
    expect([log.compactionIneffective, log.isOverCapacity]).toEqual([false, false]);
  });

  it('perMetric: an average stands where the first sample of its run stood', () => {
    const samples = [
      sampleAt(t0, 1, 7),
      sampleAt(t0, 10, 3),
      sampleAt(t0, 5, 3, 1),
      sampleAt(t0 + second, 3, 7),
      sampleAt(t0 + second, 20, 3),
      sampleAt(t0 + minute, 100, 7),
      sampleAt(t0 + 2n * second, 40, 3),
    ];
    expect(compactedList(samples, 'perMetric')).toEqual([
      [7, 0, 2, 2],
      [3, 0, 10, 2],
      [3, 0, 5, 1],
      [3, 1, 30, 2],
      [7, 60, 100, 2],
    ]);
  });

  it.each([
    ['another metric', sampleAt(t0, 0, 2)],
    ['an aggregated sample of another metric', sampleAt(t0, 0, 2, 2)],
  ])('consecutive: %s ends a run', (_name, between) => {
    const samples = [sampleAt(t0, 1), between, sampleAt(t0, 3)];
    expect(compactedList(samples, 'consecutive').length).toBe(3);
    expect(compactedList(samples, 'perMetric').length).toBe(2);
  });
});

describe('a log that wears out (defect 2)', () => {
  /** Capacity 10, one metric, one sample a second: how often the list shrank to which count. */
  const counts = [1, 2, 3, 4, 5, 6, 7].flatMap((first) => Array.from({ length: 9 - first }, (_, i) => first + i));
  const expected = [...counts, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17];

  it.each(rules)('has the counts of the page: %s', (compaction) => {
    const log = new MetricsLog({ maxCapacitySamples: 10, compaction });
    const compact = vi.spyOn(log, 'compact');
    expect(countsOf(log, every(45, second))).toEqual(expected);
    expect(compact).toHaveBeenCalledTimes(16);
    expect([log.compactionIneffective, log.isOverCapacity]).toEqual([true, true]);
  });

  it('tells from append 37 on that nothing shrinks any more, and from 39 on that it is over its capacity', () => {
    const log = new MetricsLog({ maxCapacitySamples: 10 });
    const facts = every(45, second).map((sample) => {
      log.record(sample);
      return [log.compactionIneffective, log.isOverCapacity];
    });
    expect(facts.findLastIndex(([ineffective]) => !ineffective)).toBe(35);
    expect(facts.findIndex(([, over]) => over)).toBe(38);
  });

  it('dropOldest: entries leave at the front, after the compaction and before the append', () => {
    const log = new MetricsLog({ maxCapacitySamples: 10, whenFull: 'dropOldest' });
    const compact = vi.spyOn(log, 'compact');
    const all = countsOf(log, every(45, second));
    expect(all).toEqual(expected.map((count) => Math.min(count, 10)));
    expect(compact).toHaveBeenCalledTimes(16);
    const whole = new MetricsLog({ maxCapacitySamples: 10 });
    for (const sample of every(45, second)) whole.record(sample);
    expect(listOf(log)).toEqual(listOf(whole).slice(-10));
    expect(log.isOverCapacity).toBe(false);
  });

  it.each(rules)('takes 100,000 samples at capacity 1000 as the literal algorithm does: %s', (compaction) => {
    const log = new MetricsLog({ maxCapacitySamples: 1000, compaction });
    const samples = every(100_000, second, (i) => (i >> 4) % 3);
    for (const sample of samples) log.record(sample);
    const list: Entry[] = [];
    let isWornOut = false;
    for (const sample of samples) {
      if (list.length >= 800) {
        // An attempt that frees nothing leaves averages only: the next ones concern the sample recorded since.
        const rest: Entry[] = isWornOut ? list.splice(-1) : list.splice(0);
        const kept = compacted(rest, compaction);
        isWornOut = kept.length === rest.length;
        list.push(...kept);
      }
      list.push(entryOf(sample));
    }
    expect(Buffer.compare(log.samples.bytes(), bytesOf(list))).toBe(0);
  });
});

describe('values that are no numbers (5.3, defect 9)', () => {
  const infinity = '000000000000f07f';
  const minusInfinity = '000000000000f0ff';
  const canonical = '000000000000f8ff';
  const one = '000000000000f03f';
  /** A log of raw samples of one metric at one time, with the given bits. */
  const logOfBits = (...bits: string[]) => {
    const stored = new PackedRecords(Sample);
    for (const hex of bits) stored.pushBytes(fromHex(`01000000000000000000${hex}00`));
    return MetricsLog.ofStored({ maxCapacitySamples: 1000n, compactionThreshold: 1 }, stored);
  };

  it.each([
    ['the first NaN lends its bits, made quiet', ['010000000000f07f', '0200000000000c00'], '010000000000f87f'],
    ['behind numbers, too', [one, '050000000000f4ff', 'ffffffffffffffff'], '050000000000fcff'],
    ['a quiet NaN keeps its bits', [one, 'efcdab000000f87f', one], 'efcdab000000f87f'],
    ['a run of one is made quiet', ['010000000000f07f'], '010000000000f87f'],
    ['inf - inf is the NaN of x64', [infinity, minusInfinity], canonical],
    ['and stays it', [infinity, minusInfinity, one], canonical],
    ['an infinity stays one', [infinity, one], infinity],
    ['huge values overflow', ['ffffffffffffef7f', 'ffffffffffffef7f'], infinity],
    ['a NaN among infinities', [infinity, '030000000000f87f', minusInfinity], '030000000000f87f'],
  ])('%s', (_name, bits, expected) => {
    for (const compaction of rules) {
      const log = logOfBits(...bits).clone({ compaction });
      log.compact();
      expect([...log].length).toBe(1);
      expect(toHex(log.samples.bytes())).toBe(`01000000000000000000${expected}02`);
      expect(log.nonFiniteWindows).toBe(1);
    }
  });

  it('counts windows, not samples, and goes on counting', () => {
    const log = new MetricsLog({ maxCapacitySamples: 100 });
    for (const [ticks, value] of [
      [0n, Number.NaN],
      [1n, Number.NaN],
      [minute, Infinity],
      [2n * minute, 1e308],
      [2n * minute, 1e308],
      [3n * minute, 1],
    ] as const)
      log.record(sampleAt(t0 + ticks, value));
    expect(log.nonFiniteWindows).toBe(0);
    log.compact();
    expect([log.samples.length, log.nonFiniteWindows]).toEqual([4, 3]);
    log.record(sampleAt(t0, Number.NaN));
    log.compact();
    expect([log.nonFiniteWindows, log.clone().nonFiniteWindows]).toEqual([4, 4]);
  });

  it('a NaN given as a number is the one of the reference, alone and in a batch', () => {
    const log = new MetricsLog({ maxCapacitySamples: 100 });
    log.record({ metricId: 1, timestampUtcTicks: 0n, value: Number.NaN });
    const value = new Float64Array(new BigUint64Array([0x7ff8_0000_0000_0005n]).buffer);
    log.recordBatch({ metricId: 1, timestampUtcTicks: new BigInt64Array(1), value });
    expect(toHex(log.samples.bytes())).toBe(`01000000000000000000${canonical}00`.repeat(2));
  });

  it('the bits of samples that are not averaged survive compaction, dropping and a clone', () => {
    const log = logOfBits(one, one, one).clone({ maxCapacitySamples: 4, whenFull: 'dropOldest' });
    const odd = fromHex('0100ffffffffffffffff010000000000f07f05');
    log.samples.pushBytes(odd);
    log.compact();
    log.record(sampleAt(0n, 1));
    const copy = log.clone();
    expect(toHex(copy.samples.bytes(1, 1))).toBe(toHex(odd));
    expect(toHex(copy.latest(1, 2).bytes(0, 1))).toBe(toHex(odd));
    expect(toHex(copy.samplesBetween(1, -1n, -1n).bytes())).toBe(toHex(odd));
  });
});

it('goes on after it was written and read as if it had not been', () => {
  const log = new MetricsLog({ maxCapacitySamples: 20 });
  const all = every(60, 7n * second, (i) => i % 3);
  for (const sample of all.slice(0, 30)) log.record(sample);
  const { state } = decodeRegion(metricsLog, blocksOf(log, 512), { blockSize: 512 });
  for (const one of [log, state]) for (const sample of all.slice(30)) one.record(sample);
  expect(entriesOf(state.samples.bytes())).toEqual(entriesOf(log.samples.bytes()));
});
