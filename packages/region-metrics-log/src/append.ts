import type { PackedRecords } from '@vde/format';
import { Sample } from './records.ts';
import { lowWord, sampleSize, setId, setTime, setType, setValue, wordsOf } from './sample-bytes.ts';

/** A sample to record. `aggregationType` left out: 0, raw. */
export type NewSample = Omit<Sample, 'aggregationType'> & Partial<Pick<Sample, 'aggregationType'>>;

/** Samples to record, in order, in typed arrays of one length. */
export interface SampleBatch {
  /** One metric for all samples, or one for each. */
  readonly metricId: number | Uint16Array;
  readonly timestampUtcTicks: BigInt64Array;
  readonly value: Float64Array;
  /** One type for all samples, or one for each. Left out: 0, raw. */
  readonly aggregationType?: number | Uint8Array | undefined;
}

/** @throws RangeError or TypeError, naming the field, for a value that does not fit. */
export function checkSample({ metricId, timestampUtcTicks, value, aggregationType = 0 }: NewSample): void {
  const fits =
    (metricId & 0xffff) === metricId &&
    typeof timestampUtcTicks === 'bigint' &&
    BigInt.asIntN(64, timestampUtcTicks) === timestampUtcTicks &&
    typeof value === 'number' &&
    (aggregationType & 0xff) === aggregationType;
  // The declaration says what is wrong; to ask it every time takes five times as long.
  if (!fits)
    Sample.set(new DataView(new ArrayBuffer(sampleSize)), 0, { metricId, timestampUtcTicks, value, aggregationType });
}

/** Appends a checked sample. */
export function appendSample(
  samples: PackedRecords<Sample>,
  { metricId, timestampUtcTicks, value, aggregationType = 0 }: NewSample,
): void {
  const at = samples.length * sampleSize;
  samples.extend(1);
  const { view } = samples;
  const { high, low } = wordsOf(timestampUtcTicks);
  setId(view, at, metricId);
  setTime(view, at, high, low);
  setValue(view, at, value);
  setType(view, at, aggregationType);
}

/** A checked batch: a column for every field. */
export interface SampleColumns {
  readonly ids: Uint16Array;
  /** The times as pairs of words. */
  readonly times: Int32Array;
  readonly values: Float64Array;
  readonly types: Uint8Array;
}

/**
 * The columns of a batch.
 * @throws TypeError for arrays of another kind. @throws RangeError for arrays of different lengths and numbers that do not fit.
 */
export function columnsOf({ metricId, timestampUtcTicks, value, aggregationType = 0 }: SampleBatch): SampleColumns {
  if (!(timestampUtcTicks instanceof BigInt64Array)) throw new TypeError('timestampUtcTicks: expected a BigInt64Array');
  if (!(value instanceof Float64Array)) throw new TypeError('value: expected a Float64Array');
  const ofAll = { metricId: 0, timestampUtcTicks: 0n, value: 0, aggregationType: 0 };
  if (!(metricId instanceof Uint16Array)) ofAll.metricId = metricId;
  if (!(aggregationType instanceof Uint8Array)) ofAll.aggregationType = aggregationType;
  checkSample(ofAll);
  const { buffer, byteOffset, length } = timestampUtcTicks;
  // A choice between number and array inside the loop that writes them takes twice as long as the loop.
  const ids = metricId instanceof Uint16Array ? metricId : new Uint16Array(length).fill(metricId);
  const types = aggregationType instanceof Uint8Array ? aggregationType : new Uint8Array(length).fill(aggregationType);
  checkLength('metricId', ids, length);
  checkLength('value', value, length);
  checkLength('aggregationType', types, length);
  return { ids, times: new Int32Array(buffer, byteOffset, 2 * length), values: value, types };
}

function checkLength(name: string, column: { readonly length: number }, length: number): void {
  if (column.length !== length)
    throw new RangeError(`${name}: ${column.length} values, expected ${length}, one for each time`);
}

/** Appends the samples `first` to `first + count - 1` of the columns. */
export function appendColumns(
  samples: PackedRecords<Sample>,
  { ids, times, values, types }: SampleColumns,
  first: number,
  count: number,
): void {
  const start = (samples.length - first) * sampleSize;
  samples.extend(count);
  const { view } = samples;
  for (let i = first; i < first + count; i++) {
    const at = start + i * sampleSize;
    setId(view, at, ids[i]!);
    setTime(view, at, times[2 * i + 1 - lowWord]!, times[2 * i + lowWord]!);
    setValue(view, at, values[i]!);
    setType(view, at, types[i]!);
  }
}
