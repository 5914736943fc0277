import { decodeRegion, geometryOf, isVdeError, PackedRecords, type RegionWriter, type VerbArgs } from '@vde/format';
import { describe, expect, it } from 'vitest';
import {
  MetricsLog,
  type MetricsLogSettings,
  metricsLog,
  type NewSample,
  Sample,
  type SampleBatch,
} from '../src/index.ts';
import { blocksOf, logOf, syntheticLog, t0 } from './logs.ts';

const second = 10_000_000n;
const sample: Sample = { metricId: 1, timestampUtcTicks: t0, value: 42.5, aggregationType: 0 };
const rowsOf = (samples: Iterable<Sample>) =>
  [...samples].map((one) => [one.metricId, one.timestampUtcTicks, one.value]);

describe('a new log', () => {
  it('has the defaults of the page, and its options', () => {
    const log = new MetricsLog({ maxCapacitySamples: 1000 });
    expect([log.maxCapacitySamples, log.compactionThreshold, log.samples.length]).toEqual([1000n, 0.8, 0]);
    expect(log.options).toEqual({ compaction: 'perMetric', whenFull: 'grow', allowBeyondReferenceLimits: false });
    expect([log.compactionIneffective, log.isOverCapacity, log.nonFiniteWindows]).toEqual([false, false, 0]);
    expect(log.reserved).toBeUndefined();
  });

  it.each([
    ['capacity 0', { maxCapacitySamples: 0 }],
    ['negative capacity', { maxCapacitySamples: -1n }],
    ['a capacity that is no integer', { maxCapacitySamples: 1.5 }],
    ['a capacity beyond the reference (defect 4)', { maxCapacitySamples: 100_000_001n }],
    ['a capacity that is no i64', { maxCapacitySamples: 2n ** 63n, allowBeyondReferenceLimits: true }],
    ['threshold 0', { maxCapacitySamples: 1, compactionThreshold: 0 }],
    ['threshold -0', { maxCapacitySamples: 1, compactionThreshold: -0 }],
    ['threshold above 1', { maxCapacitySamples: 1, compactionThreshold: 1.0000001 }],
    ['threshold NaN (defect 5)', { maxCapacitySamples: 1, compactionThreshold: Number.NaN }],
    ['an unknown rule', { maxCapacitySamples: 1, compaction: 'all' as never }],
    ['an unknown way out', { maxCapacitySamples: 1, whenFull: 'stop' as never }],
  ] satisfies [string, MetricsLogSettings][])('refuses %s', (_name, settings) => {
    expect(() => new MetricsLog(settings)).toThrow(RangeError);
    const log = syntheticLog(2);
    expect(() => log.clone(settings)).toThrow(RangeError);
    expect([log.maxCapacitySamples, log.compactionThreshold]).toEqual([1000n, 0.8]);
  });

  it('takes capacities up to that of the reference, and beyond when it is told to', () => {
    expect(new MetricsLog({ maxCapacitySamples: 100_000_000 }).maxCapacitySamples).toBe(100_000_000n);
    const settings = { maxCapacitySamples: 2n ** 63n - 1n, allowBeyondReferenceLimits: true };
    expect(new MetricsLog(settings).maxCapacitySamples).toBe(2n ** 63n - 1n);
  });

  it('is what an empty region of that many blocks gives, with the options of the caller', () => {
    const place = { geometry: geometryOf(512), blockCount: 64 };
    expect(metricsLog.empty({}, place).maxCapacitySamples).toBe(1662n);
    const log = metricsLog.empty({ maxCapacitySamples: 9, compactionThreshold: 0.5, whenFull: 'dropOldest' }, place);
    expect([log.maxCapacitySamples, log.compactionThreshold, log.options.whenFull]).toEqual([9n, 0.5, 'dropOldest']);
    const huge = { geometry: geometryOf(512), blockCount: 2 ** 31 };
    expect(metricsLog.empty({}, huge).maxCapacitySamples).toBe(100_000_000n);
    expect(() => metricsLog.empty({ maxCapacitySamples: 0 }, place)).toThrow(RangeError);
  });
});

describe('recording', () => {
  it('keeps negative ticks, any value, unknown aggregation numbers', () => {
    const log = new MetricsLog({ maxCapacitySamples: 100 });
    const odd = [
      { metricId: 65535, timestampUtcTicks: -(2n ** 63n), value: -0, aggregationType: 255 },
      { metricId: 0, timestampUtcTicks: 2n ** 63n - 1n, value: Infinity, aggregationType: 6 },
      { metricId: 7, timestampUtcTicks: -1n, value: Number.NaN, aggregationType: 0 },
      { metricId: 7, timestampUtcTicks: 0xffff_ffffn, value: 5e-324, aggregationType: 0 },
    ];
    for (const one of odd) log.record(one);
    expect([...log]).toEqual(odd);
    expect(PackedRecords.from(Sample, odd).bytes()).toEqual(log.samples.bytes());
  });

  it('takes a sample without a type as raw', () => {
    const log = new MetricsLog({ maxCapacitySamples: 100 });
    log.record({ metricId: 1, timestampUtcTicks: t0, value: 42.5 });
    expect([...log]).toEqual([sample]);
  });

  it.each([
    ['metricId', -1, RangeError],
    ['metricId', 65536, RangeError],
    ['metricId', 1.5, RangeError],
    ['metricId', '1', RangeError],
    ['metricId', undefined, RangeError],
    ['timestampUtcTicks', 2n ** 63n, RangeError],
    ['timestampUtcTicks', -(2n ** 63n) - 1n, RangeError],
    ['timestampUtcTicks', 1, TypeError],
    ['value', '1', TypeError],
    ['value', 1n, TypeError],
    ['aggregationType', 256, RangeError],
    ['aggregationType', -1, RangeError],
    ['aggregationType', null, RangeError],
  ])('%s %s: refused before anything changes', (field, value, error) => {
    // Full up to the threshold: a compaction would show.
    const log = logOf(Array(8).fill(sample), { maxCapacitySamples: 10n });
    const before = log.samples.bytes().slice();
    const wrong = { ...sample, [field]: value } as NewSample;
    expect(() => log.record(wrong)).toThrow(error);
    expect(() => log.record(wrong)).toThrow(new RegExp(field));
    expect(log.samples.bytes()).toEqual(before);
    log.record(sample);
    expect(log.samples.length).toBe(2);
  });

  it('nothing at all is a TypeError', () => {
    const log = syntheticLog(1);
    expect(() => log.record(undefined as never)).toThrow(TypeError);
    expect(() => log.recordBatch(undefined as never)).toThrow(TypeError);
    expect(log.samples.length).toBe(1);
  });
});

describe('recording a batch', () => {
  const times = BigInt64Array.of(t0, -5n, t0 + 1n);
  const value = Float64Array.of(1, 2, Number.NaN);

  it('takes one metric and one type for all, or one for each', () => {
    const log = new MetricsLog({ maxCapacitySamples: 100 });
    log.recordBatch({ metricId: 9, timestampUtcTicks: times, value });
    log.recordBatch({ metricId: 9, timestampUtcTicks: times, value, aggregationType: 6 });
    const metricId = Uint16Array.of(1, 65535, 3);
    log.recordBatch({ metricId, timestampUtcTicks: times, value, aggregationType: Uint8Array.of(0, 200, 2) });
    expect([...log].map((one) => [one.metricId, one.aggregationType])).toEqual([
      ...Array(3).fill([9, 0]),
      ...Array(3).fill([9, 6]),
      [1, 0],
      [65535, 200],
      [3, 2],
    ]);
    expect([...log].map((one) => [one.timestampUtcTicks, one.value])).toEqual(
      Array(3)
        .fill([...times].map((time, i) => [time, value[i]]))
        .flat(),
    );
  });

  it('takes parts of larger arrays, and copies them', () => {
    const log = new MetricsLog({ maxCapacitySamples: 100 });
    const [moreTimes, moreValues] = [BigInt64Array.of(1n, 2n, 3n, 4n), Float64Array.of(1, 2, 3, 4)];
    log.recordBatch({ metricId: 1, timestampUtcTicks: moreTimes.subarray(1, 3), value: moreValues.subarray(2) });
    moreTimes.fill(0n);
    moreValues.fill(0);
    expect(rowsOf(log)).toEqual([
      [1, 2n, 3],
      [1, 3n, 4],
    ]);
    log.recordBatch({ metricId: 1, timestampUtcTicks: new BigInt64Array(), value: new Float64Array() });
    expect(log.samples.length).toBe(2);
  });

  it.each([
    ['fewer values', { value: value.subarray(1) }, RangeError],
    ['more metrics', { metricId: new Uint16Array(4) }, RangeError],
    ['fewer types', { aggregationType: new Uint8Array(2) }, RangeError],
    ['a metric that does not fit', { metricId: 65536 }, RangeError],
    ['a type that does not fit', { aggregationType: -1 }, RangeError],
    ['times in a plain array', { timestampUtcTicks: [...times] }, TypeError],
    ['unsigned times', { timestampUtcTicks: new BigUint64Array(3) }, TypeError],
    ['values in a plain array', { value: [...value] }, TypeError],
    ['values of half the size', { value: Float32Array.from(value) }, TypeError],
    ['metrics of another width', { metricId: new Uint32Array(3) }, RangeError],
  ])('%s: refused before anything changes', (_name, wrong, error) => {
    const log = logOf(Array(8).fill(sample), { maxCapacitySamples: 10n });
    const before = log.samples.bytes().slice();
    const batch = { metricId: 1, timestampUtcTicks: times, value, ...wrong } as SampleBatch;
    expect(() => log.recordBatch(batch)).toThrow(error);
    expect(log.samples.bytes()).toEqual(before);
  });

  it('compacts and drops in its midst as one by one', () => {
    const count = 1000;
    const times = BigInt64Array.from({ length: count }, (_, i) => t0 + BigInt(i) * second);
    const metricId = Uint16Array.from({ length: count }, (_, i) => i % 3);
    const value = Float64Array.from({ length: count }, (_, i) => i);
    for (const whenFull of ['grow', 'dropOldest'] as const) {
      const settings = { maxCapacitySamples: 60, compactionThreshold: 0.9, whenFull };
      const [one, batched] = [new MetricsLog(settings), new MetricsLog(settings)];
      for (let i = 0; i < count; i++)
        one.record({ metricId: metricId[i]!, timestampUtcTicks: times[i]!, value: value[i]! });
      batched.recordBatch({ metricId, timestampUtcTicks: times, value });
      expect(rowsOf(batched)).toEqual(rowsOf(one));
      expect([one.samples.length === 60, one.isOverCapacity]).toEqual([whenFull === 'dropOldest', whenFull === 'grow']);
    }
  });
});

describe('queries', () => {
  const ordered = syntheticLog(300);
  const rangeOf = (log: MetricsLog, id: number, from: bigint, to: bigint) => rowsOf(log.samplesBetween(id, from, to));
  const filtered = (log: MetricsLog, id: number, from: bigint, to: bigint) =>
    rowsOf(log).filter(([metricId, time]) => metricId === id && time! >= from && time! <= to);

  it('both ends of a range are in it', () => {
    const [from, to] = [t0 + 3n * second, t0 + 9n * second];
    expect(rangeOf(ordered, 0, from, to)).toEqual([
      [0, from, 0.75],
      [0, from + 3n * second, 1.5],
      [0, to, 2.25],
    ]);
    expect(rangeOf(ordered, 0, from + 1n, to - 1n).length).toBe(1);
    expect(rangeOf(ordered, 0, from, from)).toEqual([[0, from, 0.75]]);
  });

  it.each([
    ['backwards', 0, t0 + second, t0],
    ['before the first', 0, t0 - 9n, t0 - 1n],
    ['behind the last', 0, t0 + 300n * second, 2n ** 63n - 1n],
    ['beyond all times', 0, 2n ** 63n, 2n ** 64n],
    ['in front of all times', 0, -(2n ** 64n), -(2n ** 63n) - 1n],
    ['of a metric that has none', 9, t0, t0 + 300n * second],
  ])('a range %s is empty', (_name, id, from, to) => {
    expect(rangeOf(ordered, id, from, to)).toEqual([]);
  });

  it('a range wider than all times gives the whole metric', () => {
    expect(rangeOf(ordered, 1, -(2n ** 70n), 2n ** 70n).length).toBe(100);
    const ends = logOf([2n ** 63n - 1n, -(2n ** 63n)].map((timestampUtcTicks) => ({ ...sample, timestampUtcTicks })));
    expect(ends.samplesBetween(1, -(2n ** 63n), 2n ** 63n - 1n).length).toBe(2);
    expect(ends.samplesBetween(1, -(2n ** 70n), 2n ** 70n).length).toBe(2);
  });

  it('are right on a list that is out of order, and keep the order of recording', () => {
    const times = [5, 6, 7, 3, 8, 4, 8, 1, 9].map(BigInt);
    const log = logOf(times.map((timestampUtcTicks, i) => ({ ...sample, timestampUtcTicks, value: i })));
    expect(rangeOf(log, 1, 4n, 8n).map(([, , value]) => value)).toEqual([0, 1, 2, 4, 5, 6]);
    expect(rangeOf(log, 1, 3n, 3n).map(([, , value]) => value)).toEqual([3]);
  });

  it('stay right while the list changes: appended, compacted, dropped, read', () => {
    let log = new MetricsLog({ maxCapacitySamples: 40, compactionThreshold: 1, whenFull: 'dropOldest' });
    const steps = [1, 1, 1, -3, 1, 1, 90, 1, 1, -50, 1, 1];
    let time = t0;
    for (let i = 0; i < 400; i++) {
      time += BigInt(steps[i % (i < 200 ? 3 : steps.length)]!) * second;
      log.record({ metricId: i % 2, timestampUtcTicks: time, value: i });
      if (i % 7 === 0)
        expect(rangeOf(log, 1, t0 + 20n * second, time)).toEqual(filtered(log, 1, t0 + 20n * second, time));
      if (i === 100) log.compact();
      if (i === 250) log = decodeRegion(metricsLog, blocksOf(log, 512), { blockSize: 512 }).state.clone(log.options);
    }
    expect(log.samples.length).toBe(40);
  });

  it('after a compaction find a window by the time of its first sample, and say that it is an average (defect 10)', () => {
    const log = logOf([0n, 30n, 90n].map((at) => ({ ...sample, timestampUtcTicks: t0 + at * second })));
    log.compact();
    expect(log.samplesBetween(1, t0 + 10n * second, t0 + 60n * second).length).toBe(0);
    expect([...log.samplesBetween(1, t0, t0)].map(({ aggregationType }) => aggregationType)).toEqual([2]);
  });

  it('latest counts by order of recording, not by time', () => {
    const log = logOf([3n, 1n, 2n].map((timestampUtcTicks) => ({ ...sample, timestampUtcTicks })));
    log.record({ ...sample, metricId: 2 });
    expect(rowsOf(log.latest(1, 2)).map(([, time]) => time)).toEqual([1n, 2n]);
    expect([log.latest(1, 99).length, log.latest(2, 1).length, log.latest(7, 1).length]).toEqual([3, 1, 0]);
    expect([log.latest(1, 0).length, log.latest(1, -1).length]).toEqual([0, 0]);
  });

  it('give copies', () => {
    const log = syntheticLog(3);
    for (const copy of [log.samplesBetween(0, t0, t0), log.latest(0, 1)]) copy.setField(0, 'value', 99);
    expect([...log]).toEqual([...syntheticLog(3)]);
  });

  it('refuse metrics, times and counts that cannot be', () => {
    for (const metricId of [-1, 65536, 0.5, Number.NaN, '1' as never]) {
      expect(() => ordered.samplesBetween(metricId, 0n, 1n)).toThrow(RangeError);
      expect(() => ordered.latest(metricId, 1)).toThrow(RangeError);
      expect(() => ordered.statistics(metricId)).toThrow(RangeError);
    }
    expect(() => ordered.samplesBetween(0, 0 as never, 1n)).toThrow(TypeError);
    expect(() => ordered.samplesBetween(0, 0n, undefined as never)).toThrow(TypeError);
    for (const count of [1.5, Number.NaN, Infinity]) expect(() => ordered.latest(0, count)).toThrow(RangeError);
  });
});

describe('statistics', () => {
  const of = (metricId: number, value: number, aggregationType = 0, at = 0n): Sample => {
    return { metricId, timestampUtcTicks: t0 + at, value, aggregationType };
  };

  it('are by metric and aggregation type, and leave out what is not finite', () => {
    const log = logOf([
      of(2, 5, 0, 3n),
      of(1, Number.NaN, 0, 9n),
      of(1, 4, 0, -9n),
      of(1, 2, 0, 1n),
      of(1, 100, 2),
      of(1, Infinity),
      of(3, -Infinity),
    ]);
    const none = { min: Number.NaN, max: Number.NaN, mean: Number.NaN };
    const at = (first: bigint, last = first) => ({ firstUtcTicks: t0 + first, lastUtcTicks: t0 + last });
    const expected = [
      { metricId: 1, aggregationType: 0, count: 4, nonFiniteCount: 2, min: 2, max: 4, mean: 3, ...at(-9n, 9n) },
      { metricId: 1, aggregationType: 2, count: 1, nonFiniteCount: 0, min: 100, max: 100, mean: 100, ...at(0n) },
      { metricId: 2, aggregationType: 0, count: 1, nonFiniteCount: 0, min: 5, max: 5, mean: 5, ...at(3n) },
      { metricId: 3, aggregationType: 0, count: 1, nonFiniteCount: 1, ...none, ...at(0n) },
    ];
    expect(log.statistics()).toEqual(expected);
    expect(log.statistics(1)).toEqual(expected.slice(0, 2));
    expect(log.statistics(9)).toEqual([]);
  });

  it('times are compared as 64-bit integers', () => {
    const times = [0xffff_ffffn, 0x1_0000_0000n, -1n, -(2n ** 63n), 2n ** 63n - 1n];
    const log = logOf(times.map((timestampUtcTicks) => ({ ...sample, timestampUtcTicks })));
    expect(log.statistics()[0]).toMatchObject({ firstUtcTicks: -(2n ** 63n), lastUtcTicks: 2n ** 63n - 1n });
  });
});

describe('a clone', () => {
  it('has samples of its own, and the options, unless others are given', () => {
    const log = new MetricsLog({ maxCapacitySamples: 9, compaction: 'consecutive', whenFull: 'dropOldest' });
    log.record(sample);
    const other = log.clone({ compaction: 'perMetric', maxCapacitySamples: 20n, compactionThreshold: 1 });
    other.record(sample);
    expect([log.samples.length, other.samples.length]).toEqual([1, 2]);
    expect(log.options).toEqual({
      compaction: 'consecutive',
      whenFull: 'dropOldest',
      allowBeyondReferenceLimits: false,
    });
    expect(other.options).toEqual({
      compaction: 'perMetric',
      whenFull: 'dropOldest',
      allowBeyondReferenceLimits: false,
    });
    expect([other.maxCapacitySamples, other.compactionThreshold]).toEqual([20n, 1]);
    for (let i = 0; i < 30; i++) other.record({ ...sample, metricId: i });
    expect(other.samples.length).toBe(20);
  });

  it('has the reserved bytes of the header as a copy', () => {
    const reserved = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1);
    const log = logOf([sample], { reserved }).clone();
    log.reserved![0] = 9;
    expect(log.reserved).toEqual(reserved);
    const { state } = decodeRegion(metricsLog, blocksOf(log, 512), { blockSize: 512 });
    expect(state.reserved).toEqual(reserved);
  });

  it('keeps what the compaction said', () => {
    const log = new MetricsLog({ maxCapacitySamples: 1 });
    log.record({ ...sample, value: Number.NaN });
    log.record(sample);
    log.record(sample);
    const { compactionIneffective, nonFiniteWindows } = log.clone();
    expect([compactionIneffective, nonFiniteWindows]).toEqual([true, 1]);
  });
});

describe('limits of the reference (defect 4)', () => {
  const writer = new Proxy({} as RegionWriter, {
    get: (_, name) => expect.fail(`something was written: ${String(name)}`),
  });
  const logOfCount = (count: number, allowBeyondReferenceLimits: boolean) =>
    ({ samples: { length: count }, options: { allowBeyondReferenceLimits } }) as unknown as MetricsLog;
  const thrownBy = (run: () => void) => {
    try {
      run();
      return undefined;
    } catch (error) {
      return isVdeError(error) ? [error.code, error.details] : 'another error';
    }
  };

  it('more than 10,000,000 samples are not encoded, and nothing is written', () => {
    const refused = ['beyondReferenceLimits', { actual: 10_000_001 }];
    expect(thrownBy(() => metricsLog.encode(logOfCount(10_000_001, false), writer))).toEqual(refused);
    expect(thrownBy(() => metricsLog.encode(logOfCount(10_000_000, false), writer))).toBe('another error');
    expect(thrownBy(() => metricsLog.encode(logOfCount(10_000_001, true), writer))).toBe('another error');
  });

  it('a larger capacity that was read is written again', () => {
    const log = logOf([sample], { maxCapacitySamples: 2n ** 62n });
    const { state, findings } = decodeRegion(metricsLog, blocksOf(log, 512), { blockSize: 512 });
    expect(findings.map(({ code }) => code)).toEqual(['beyondReferenceLimits']);
    expect(blocksOf(state, 512)).toEqual(blocksOf(log, 512));
    expect(() => state.clone({ compactionThreshold: 0.5 })).not.toThrow();
  });
});

describe('the description', () => {
  const summaryOf = (log: MetricsLog) =>
    Object.fromEntries(metricsLog.describe(log).summary.map(({ id, value }) => [id, value]));

  it('says how many metrics there are, from when to when, and whether there is room', () => {
    const log = logOf([
      { ...sample, timestampUtcTicks: t0 + 5n },
      { ...sample, metricId: 9, value: Number.NaN },
      { ...sample, aggregationType: 2, timestampUtcTicks: t0 + 1n },
    ]);
    const figures = { metricCount: 2, nonFiniteCount: 1, firstUtcTicks: t0, lastUtcTicks: t0 + 5n };
    const header = { sampleCount: 3n, maxCapacitySamples: 1000n, compactionThreshold: 0.8 };
    expect(summaryOf(log)).toEqual({ ...header, isOverCapacity: false, isCompactionDue: false, ...figures });
    expect(summaryOf(log.clone({ maxCapacitySamples: 3 }))).toMatchObject({
      isOverCapacity: false,
      isCompactionDue: true,
    });
    expect(summaryOf(log.clone({ maxCapacitySamples: 2 }))).toMatchObject({ isOverCapacity: true });
  });

  it('draws the values over time, a line for each metric', () => {
    const { charts, tables } = metricsLog.describe(logOf([sample]));
    const [x, y, by] = ['timestampUtcTicks', 'value', 'metricId'];
    expect(charts).toEqual([{ id: 'values', title: 'Value over time', table: 'samples', x, y, by }]);
    expect(tables[0]!.columns.map(({ id }) => id)).toEqual(expect.arrayContaining([x, y, by]));
  });

  it('has no times for an empty log', () => {
    expect(summaryOf(logOf([]))).toMatchObject({ metricCount: 0, firstUtcTicks: null, lastUtcTicks: null });
  });
});

describe('the commands', () => {
  const { prefix, commands } = metricsLog.verbs!;
  const { record, compact } = commands;
  const args = { 'metric-id': '7', value: '-1.5e3' };
  const allocate = () => expect.fail('blocks were reserved');
  const context = { now: t0, generation: 2, geometry: geometryOf(512), blockCount: 64, allocate };
  const recorded = (given: VerbArgs) => {
    const log = syntheticLog(4);
    const { state, ...rest } = record!.run(log, { ...args, ...given }, context);
    expect([[...log], rest]).toEqual([[...syntheticLog(4)], {}]);
    return state.samples.at(4);
  };

  it('say what they do, what each argument means, and which they cannot do without', () => {
    const all = [record!, compact!, ...Object.values(record!.args)];
    expect(all.map(({ summary }) => summary)).toEqual(all.map(() => expect.stringMatching(/\w+ \w+/)));
    const required = Object.entries(record!.args).map(([name, arg]) => [name, arg.required === true]);
    expect(required).toEqual([
      ['metric-id', true],
      ['value', true],
      ['time', false],
      ['aggregation-type', false],
    ]);
    expect([prefix, Object.keys(commands)]).toEqual(['metrics', ['record', 'compact']]);
  });

  it('record a raw sample of now unless told otherwise', () => {
    const sample = { metricId: 7, timestampUtcTicks: t0, value: -1500, aggregationType: 0 };
    expect(recorded({})).toEqual(sample);
    expect(recorded({ time: '-5', 'aggregation-type': '255' })).toEqual({
      ...sample,
      timestampUtcTicks: -5n,
      aggregationType: 255,
    });
    expect(recorded({ time: '2025-01-01T00:00:01Z', 'metric-id': '65535' })).toEqual({
      ...sample,
      metricId: 65535,
      timestampUtcTicks: t0 + second,
    });
  });

  it('compact a copy', () => {
    const log = syntheticLog(4);
    const { state, ...rest } = compact!.run(log, {}, context);
    expect([state.samples.length, log.samples.length, rest]).toEqual([3, 4, {}]);
  });

  it.each([
    ['metric-id', '65536'],
    ['metric-id', 'x'],
    ['metric-id', undefined],
    ['time', '1.5'],
    ['time', ''],
    ['value', ''],
    ['value', '0x10'],
    ['value', 'NaN'],
    ['value', undefined],
    ['value', Uint8Array.of(49)],
    ['aggregation-type', '256'],
    ['aggregation-type', 'raw'],
  ])('refuse %s %s, by its name', (name, value) => {
    const run = () => record!.run(syntheticLog(1), { ...args, [name]: value }, context);
    expect(run).toThrow(RangeError);
    expect(run).toThrow(new RegExp(`^${name} `));
  });

  it('refuse a time that no sample can have', () => {
    const run = () => record!.run(syntheticLog(1), { ...args, time: '9223372036854775808' }, context);
    expect(run).toThrow(RangeError);
  });
});
