import { type PackedRecords, ticksPerSecond } from '@vde/format';
import type { Sample } from './records.ts';
import {
  copySample,
  getId,
  getQuietNan,
  getTimeHigh,
  getTimeLow,
  getType,
  getValue,
  isBefore,
  sampleSize,
  setType,
  setValue,
  setValueWords,
  type Words,
} from './sample-bytes.ts';
import type { CompactionRule } from './settings.ts';

/** `aggregationType` of a sample that was measured, and of an average. */
const raw = 0;
const average = 2;
/** Length of a window. */
const windowTicks = 60 * Number(ticksPerSecond);

/**
 * Replaces raw samples from index `first` on by averages over windows of a minute, in place (5.1); no raw sample may stand in front of
 * it. Gives the number of averages that are not finite.
 */
export function compactFrom(samples: PackedRecords<Sample>, first: number, rule: CompactionRule): number {
  const { view, length } = samples;
  const runs = new Map<number, Run>();
  let to = first * sampleSize;
  let previousId = -1;
  let nonFinite = 0;
  for (let at = to; at < length * sampleSize; at += sampleSize) {
    const id = getId(view, at);
    if (rule === 'consecutive' && id !== previousId) runs.delete(previousId);
    previousId = id;
    const isRaw = getType(view, at) === raw;
    const run = isRaw ? runs.get(id) : undefined;
    if (run?.takes(view, at)) {
      if (run.add(view, at)) nonFinite++;
      continue;
    }
    // What is written lies at or in front of what is read: each sample leaves at most one.
    if (to !== at) copySample(view, at, view, to);
    if (isRaw) {
      runs.set(id, new Run(view, to));
      if (!Number.isFinite(getValue(view, to))) nonFinite++;
    } else runs.delete(id);
    to += sampleSize;
  }
  samples.truncate(to / sampleSize);
  return nonFinite;
}

/** The open window of a metric: its average stands where its first sample stood, and is kept up to date. */
class Run {
  readonly #at: number;
  readonly #endHigh: number;
  readonly #endLow: number;
  #sum: number;
  #count = 1;
  /** The first sample that is no number lends the average its bits (5.3). */
  #nan: Words | undefined;

  constructor(view: DataView, at: number) {
    this.#at = at;
    const low = getTimeLow(view, at) + windowTicks;
    this.#endLow = low >>> 0;
    // Wraps as the 64-bit addition of the reference does: a window that would end beyond the largest time takes nothing (5.3).
    this.#endHigh = (getTimeHigh(view, at) + (low > 0xffff_ffff ? 1 : 0)) | 0;
    this.#sum = getValue(view, at);
    setType(view, at, average);
    if (Number.isNaN(this.#sum)) this.#setNan(view, getQuietNan(view, at));
  }

  /** There is no lower bound: a sample of an earlier time joins, however old (defect 8). */
  takes(view: DataView, at: number): boolean {
    return isBefore(getTimeHigh(view, at), getTimeLow(view, at), this.#endHigh, this.#endLow);
  }

  /** Takes the raw sample at `at` in. Gives whether the average was finite before and is not now. */
  add(view: DataView, at: number): boolean {
    const wasFinite = Number.isFinite(this.#sum);
    const value = getValue(view, at);
    this.#sum += value;
    this.#count++;
    if (this.#nan === undefined) {
      if (Number.isNaN(value)) this.#setNan(view, getQuietNan(view, at));
      else setValue(view, this.#at, this.#sum / this.#count);
    }
    return wasFinite && !Number.isFinite(this.#sum);
  }

  #setNan(view: DataView, nan: Words): void {
    this.#nan = nan;
    setValueWords(view, this.#at, nan.high, nan.low);
  }
}
