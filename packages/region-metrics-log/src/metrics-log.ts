import { PackedRecords } from '@vde/format';
import { appendColumns, appendSample, checkSample, columnsOf, type NewSample, type SampleBatch } from './append.ts';
import { compactFrom } from './compact.ts';
import { countOrdered, latestSamples, samplesBetween } from './query.ts';
import { type MetricsLogHeader, Sample } from './records.ts';
import {
  checkCapacity,
  checkThreshold,
  compactionTrigger,
  defaultThreshold,
  type MetricsLogOptions,
  type MetricsLogSettings,
  resolveOptions,
} from './settings.ts';
import { type MetricStatistics, statisticsOf } from './statistics.ts';

/** All of the header but the count. */
export type StoredSettings = Omit<MetricsLogHeader, 'sampleCount'>;

/**
 * The state of a metrics log: samples in the order in which they were recorded, and a capacity. When the log reaches a share of its
 * capacity, recording first replaces raw samples by averages over a minute (5.1). Samples go in and come out as copies.
 */
export class MetricsLog implements Iterable<Sample> {
  #settings: StoredSettings;
  #options: Required<MetricsLogOptions>;
  #samples = new PackedRecords(Sample);
  /** Recording compacts first when there are that many samples. */
  #trigger: number;
  /** No raw sample stands among so many at the front (5.2), and so many are in order of time. */
  #compacted = 0;
  #ordered = 0;
  #compactionIneffective = false;
  #nonFiniteWindows = 0;

  /** An empty log. @throws RangeError for a capacity, a threshold or an option that is not allowed. */
  constructor(settings: MetricsLogSettings) {
    this.#options = resolveOptions(settings);
    this.#settings = {
      maxCapacitySamples: checkCapacity(settings.maxCapacitySamples, this.#options.allowBeyondReferenceLimits),
      compactionThreshold: checkThreshold(settings.compactionThreshold ?? defaultThreshold),
    };
    this.#trigger = compactionTrigger(this.maxCapacitySamples, this.compactionThreshold);
  }

  /** Takes over a log as it was read, whatever it says. @internal */
  static ofStored(settings: StoredSettings, samples: PackedRecords<Sample>): MetricsLog {
    const log = new MetricsLog({ maxCapacitySamples: 1 });
    log.#settings = settings;
    log.#samples = samples;
    log.#trigger = compactionTrigger(settings.maxCapacitySamples, settings.compactionThreshold);
    return log;
  }

  /**
   * A log of its own with the same samples, and the same settings but those that are given: how a log that was read gets options.
   * @throws RangeError for a capacity, a threshold or an option that is not allowed.
   */
  clone(changes: Partial<MetricsLogSettings> = {}): MetricsLog {
    const options = resolveOptions({ ...this.#options, ...changes });
    const { maxCapacitySamples: capacity, compactionThreshold: threshold } = changes;
    const settings = {
      ...this.#settings,
      ...(capacity !== undefined && {
        maxCapacitySamples: checkCapacity(capacity, options.allowBeyondReferenceLimits),
      }),
      ...(threshold !== undefined && { compactionThreshold: checkThreshold(threshold) }),
    };
    const samples = new PackedRecords(Sample, this.#samples.length);
    samples.pushBytes(this.#samples.bytes());
    const log = MetricsLog.ofStored(settings, samples);
    log.#options = options;
    log.#compacted = this.#compacted;
    log.#ordered = this.#ordered;
    log.#compactionIneffective = this.#compactionIneffective;
    log.#nonFiniteWindows = this.#nonFiniteWindows;
    return log;
  }

  get maxCapacitySamples(): bigint {
    return this.#settings.maxCapacitySamples;
  }

  /** Share of the capacity at which recording compacts first, in (0, 1]. */
  get compactionThreshold(): number {
    return this.#settings.compactionThreshold;
  }

  /** Reserved header bytes, when they are not zero. */
  get reserved(): Uint8Array | undefined {
    return this.#settings.reserved?.slice();
  }

  get options(): Required<MetricsLogOptions> {
    return { ...this.#options };
  }

  /** The samples themselves, to be read. Pushing one here neither compacts nor makes room; changing one in place makes queries wrong. */
  get samples(): PackedRecords<Sample> {
    return this.#samples;
  }

  /** Whether the last compaction freed nothing: recording goes on, each time with another attempt (defect 2). */
  get compactionIneffective(): boolean {
    return this.#compactionIneffective;
  }

  /** Whether there are more samples than the capacity, which only `whenFull: 'dropOldest'` enforces. */
  get isOverCapacity(): boolean {
    return BigInt(this.#samples.length) > this.maxCapacitySamples;
  }

  /** Averages that compaction made and that are NaN or infinite, since the log was made or read (defect 9). */
  get nonFiniteWindows(): number {
    return this.#nonFiniteWindows;
  }

  [Symbol.iterator](): Iterator<Sample, void, undefined> {
    return this.#samples[Symbol.iterator]();
  }

  /**
   * Appends a sample; before that the log is compacted once when it has reached its threshold, and with `whenFull: 'dropOldest'` the oldest
   * samples leave until there is room. Amortised constant time.
   * @throws RangeError or TypeError, naming the field, for a value that does not fit; nothing changes then.
   */
  record(sample: NewSample): void {
    checkSample(sample);
    this.#makeRoom();
    appendSample(this.#samples, sample);
  }

  /**
   * Appends the samples of a batch: the same as {@link record} of each. The arrays are copied.
   * @throws TypeError for arrays of another kind, RangeError for different lengths or a number that does not fit; nothing changes then.
   */
  recordBatch(batch: SampleBatch): void {
    const columns = columnsOf(batch);
    const { length } = columns.values;
    for (let done = 0; done < length; ) {
      const count = Math.min(this.#makeRoom(), length - done);
      appendColumns(this.#samples, columns, done, count);
      done += count;
    }
  }

  /** Replaces raw samples by averages over a minute (5.1), as recording does at the threshold. Gives how many samples fewer there are. */
  compact(): number {
    const before = this.#samples.length;
    const first = Math.min(this.#compacted, before);
    this.#nonFiniteWindows += compactFrom(this.#samples, first, this.#options.compaction);
    this.#compacted = this.#samples.length;
    this.#ordered = Math.min(this.#ordered, first);
    this.#compactionIneffective = this.#compacted === before;
    return before - this.#compacted;
  }

  /**
   * Copies of the samples of a metric with `from <= timestampUtcTicks <= to`, in the order in which they were recorded. An average has the
   * time of the first sample in it. By bisection as far as the log is in order of time, sample by sample behind that.
   * @throws RangeError for the metric. @throws TypeError for a time that is no bigint.
   */
  samplesBetween(metricId: number, fromUtcTicks: bigint, toUtcTicks: bigint): PackedRecords<Sample> {
    checkMetric(metricId);
    for (const time of [fromUtcTicks, toUtcTicks])
      if (typeof time !== 'bigint') throw new TypeError(`${time}: expected a bigint`);
    this.#ordered = countOrdered(this.#samples, this.#ordered);
    return samplesBetween(this.#samples, this.#ordered, metricId, fromUtcTicks, toUtcTicks);
  }

  /** Copies of the `count` samples of a metric that were recorded last, in order; by order of recording, not by time. @throws RangeError */
  latest(metricId: number, count: number): PackedRecords<Sample> {
    checkMetric(metricId);
    if (!Number.isInteger(count)) throw new RangeError(`${count} samples: expected an integer`);
    return latestSamples(this.#samples, metricId, count);
  }

  /** Count, extremes, mean and times by metric and aggregation type, in ascending order of both; of one metric when it is given. @throws RangeError */
  statistics(metricId?: number): MetricStatistics[] {
    if (metricId !== undefined) checkMetric(metricId);
    return statisticsOf(this.#samples, metricId);
  }

  /** What comes before an append. Gives how many samples may be appended until it is due again, at least 1. */
  #makeRoom(): number {
    const samples = this.#samples;
    if (samples.length >= this.#trigger) this.compact();
    let until = this.#trigger;
    if (this.#options.whenFull === 'dropOldest') {
      const capacity = Math.max(1, Number(this.maxCapacitySamples));
      if (samples.length >= capacity) this.#drop(samples.length - capacity + 1);
      until = Math.min(until, capacity);
    }
    return Math.max(1, until - samples.length);
  }

  #drop(count: number): void {
    this.#samples.dropFirst(count);
    this.#compacted = Math.max(0, this.#compacted - count);
    this.#ordered = Math.max(0, this.#ordered - count);
  }
}

function checkMetric(metricId: number): void {
  if ((metricId & 0xffff) !== metricId) throw new RangeError(`metric ${metricId}: expected an integer from 0 to 65535`);
}
