import { PackedRecords } from '@vde/format';
import { Sample } from './records.ts';
import { getId, getTimeHigh, getTimeLow, isBefore, sampleSize, wordsOf } from './sample-bytes.ts';

const minI64 = -(2n ** 63n);
const maxI64 = 2n ** 63n - 1n;

/** How many samples from the front are in order of time, when the first `known` are. */
export function countOrdered(samples: PackedRecords<Sample>, known: number): number {
  const { view, length } = samples;
  let ordered = Math.min(Math.max(known, 1), length);
  for (; ordered < length; ordered++) {
    const at = ordered * sampleSize;
    const before = at - sampleSize;
    if (isBefore(getTimeHigh(view, at), getTimeLow(view, at), getTimeHigh(view, before), getTimeLow(view, before)))
      break;
  }
  return ordered;
}

/** Copies of the samples of a metric from `from` to `to`, both included, in list order; the first `ordered` are in order of time. */
export function samplesBetween(
  samples: PackedRecords<Sample>,
  ordered: number,
  metricId: number,
  from: bigint,
  to: bigint,
): PackedRecords<Sample> {
  if (from > to || from > maxI64 || to < minI64) return new PackedRecords(Sample);
  const { view, length } = samples;
  const found = new RunCopy(samples);
  const end = findFirst(samples, ordered, (time) => time > to);
  for (let i = findFirst(samples, ordered, (time) => time >= from); i < end; i++)
    if (getId(view, i * sampleSize) === metricId) found.add(i);
  const first = wordsOf(from < minI64 ? minI64 : from);
  const last = wordsOf(to > maxI64 ? maxI64 : to);
  for (let i = ordered; i < length; i++) {
    const at = i * sampleSize;
    if (getId(view, at) !== metricId) continue;
    const [high, low] = [getTimeHigh(view, at), getTimeLow(view, at)];
    if (!isBefore(high, low, first.high, first.low) && !isBefore(last.high, last.low, high, low)) found.add(i);
  }
  return found.finish();
}

/** Copies of the last `count` samples of a metric, in list order. */
export function latestSamples(samples: PackedRecords<Sample>, metricId: number, count: number): PackedRecords<Sample> {
  const { view, length } = samples;
  const found: number[] = [];
  for (let i = length - 1; i >= 0 && found.length < count; i--)
    if (getId(view, i * sampleSize) === metricId) found.push(i);
  const copy = new RunCopy(samples);
  for (const i of found.reverse()) copy.add(i);
  return copy.finish();
}

/** The first of the `count` samples at the front, which are in order of time, that is late enough. */
function findFirst(samples: PackedRecords<Sample>, count: number, isLate: (time: bigint) => boolean): number {
  const timeOf = samples.reader('timestampUtcTicks');
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isLate(timeOf(middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Copies of samples that are named in ascending order; those that stand side by side are copied at once. */
class RunCopy {
  readonly #bytes: Uint8Array;
  readonly #copy = new PackedRecords(Sample);
  #start = 0;
  #end = 0;

  constructor(samples: PackedRecords<Sample>) {
    this.#bytes = samples.bytes();
  }

  add(index: number): void {
    if (index !== this.#end) {
      this.finish();
      this.#start = index;
    }
    this.#end = index + 1;
  }

  finish(): PackedRecords<Sample> {
    this.#copy.pushBytes(this.#bytes.subarray(this.#start * sampleSize, this.#end * sampleSize));
    this.#start = this.#end;
    return this.#copy;
  }
}
