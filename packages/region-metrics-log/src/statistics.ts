import type { PackedRecords } from '@vde/format';
import type { Sample } from './records.ts';
import { getId, getTimeHigh, getTimeLow, getType, getValue, isBefore, sampleSize, ticksOf } from './sample-bytes.ts';

/** What the samples of one metric and one aggregation type come to. A mean over raw samples and sums together would say nothing. */
export interface MetricStatistics {
  readonly metricId: number;
  readonly aggregationType: number;
  readonly count: number;
  /** Samples that are NaN or infinite. `min`, `max` and `mean` leave them out. */
  readonly nonFiniteCount: number;
  /** NaN when no sample is finite. */
  readonly min: number;
  readonly max: number;
  /** The sum in list order divided by the count; infinite when the sum overflows. */
  readonly mean: number;
  /** The earliest and the latest time, whatever the order of the samples. */
  readonly firstUtcTicks: bigint;
  readonly lastUtcTicks: bigint;
}

/** Statistics by metric and aggregation type, in ascending order of both; of one metric when it is given. */
export function statisticsOf(samples: PackedRecords<Sample>, metricId?: number): MetricStatistics[] {
  const { view, length } = samples;
  const tallies = new Map<number, Tally>();
  for (let at = 0; at < length * sampleSize; at += sampleSize) {
    const id = getId(view, at);
    if (metricId !== undefined && id !== metricId) continue;
    const key = id * 0x100 + getType(view, at);
    const tally = tallies.get(key);
    if (tally === undefined) tallies.set(key, new Tally(view, at));
    else tally.add(view, at);
  }
  const keys = [...tallies.keys()].sort((a, b) => a - b);
  return keys.map((key) => ({ metricId: key >>> 8, aggregationType: key & 0xff, ...tallies.get(key)!.result() }));
}

class Tally {
  #count = 0;
  #finite = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  /** Earliest and latest time in words. */
  #firstHigh: number;
  #firstLow: number;
  #lastHigh: number;
  #lastLow: number;

  constructor(view: DataView, at: number) {
    this.#firstHigh = this.#lastHigh = getTimeHigh(view, at);
    this.#firstLow = this.#lastLow = getTimeLow(view, at);
    this.add(view, at);
  }

  add(view: DataView, at: number): void {
    this.#count++;
    const value = getValue(view, at);
    if (Number.isFinite(value)) {
      this.#finite++;
      this.#sum += value;
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
    }
    const [high, low] = [getTimeHigh(view, at), getTimeLow(view, at)];
    if (isBefore(high, low, this.#firstHigh, this.#firstLow)) [this.#firstHigh, this.#firstLow] = [high, low];
    if (isBefore(this.#lastHigh, this.#lastLow, high, low)) [this.#lastHigh, this.#lastLow] = [high, low];
  }

  result(): Omit<MetricStatistics, 'metricId' | 'aggregationType'> {
    const isEmpty = this.#finite === 0;
    return {
      count: this.#count,
      nonFiniteCount: this.#count - this.#finite,
      min: isEmpty ? Number.NaN : this.#min,
      max: isEmpty ? Number.NaN : this.#max,
      mean: this.#sum / this.#finite,
      firstUtcTicks: ticksOf(this.#firstHigh, this.#firstLow),
      lastUtcTicks: ticksOf(this.#lastHigh, this.#lastLow),
    };
  }
}
