import type { CompactionRule, MetricsLogSettings, Sample } from '../src/index.ts';

/** A sample with the bits of its value, so that a NaN is told from another. */
export interface Entry {
  readonly metricId: number;
  readonly time: bigint;
  readonly bits: bigint;
  readonly type: number;
}

const window = 600_000_000n;
const quietBit = 1n << 51n;
const nan = 0xfff8_0000_0000_0000n;
const scratch = new DataView(new ArrayBuffer(8));

export function bitsOf(value: number): bigint {
  if (Number.isNaN(value)) return nan;
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}

export function numberOf(bits: bigint): number {
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}

export const entryOf = ({ metricId, timestampUtcTicks, value, aggregationType }: Sample): Entry => ({
  metricId,
  time: timestampUtcTicks,
  bits: bitsOf(value),
  type: aggregationType,
});

/** Samples as they are stored: 19 bytes each. */
export function bytesOf(list: readonly Entry[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(list.length * 19));
  for (const [i, { metricId, time, bits, type }] of list.entries()) {
    view.setUint16(i * 19, metricId, true);
    view.setBigInt64(i * 19 + 2, time, true);
    view.setBigUint64(i * 19 + 10, bits, true);
    view.setUint8(i * 19 + 18, type);
  }
  return new Uint8Array(view.buffer);
}

export function entriesOf(bytes: Uint8Array): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 19 }, (_, i) => ({
    metricId: view.getUint16(i * 19, true),
    time: view.getBigInt64(i * 19 + 2, true),
    bits: view.getBigUint64(i * 19 + 10, true),
    type: view.getUint8(i * 19 + 18),
  }));
}

/** An average and the index of the first sample in it, or a sample that passes through with its index. */
interface Emitted {
  readonly index: number;
  readonly entry: Entry;
}

/** The algorithm of 5.1, word for word, on a list whose entries know where they stood. */
function compactSeries(series: readonly Emitted[]): Emitted[] {
  const result: Emitted[] = [];
  let i = 0;
  while (i < series.length) {
    const first = series[i]!;
    if (first.entry.type !== 0) {
      result.push(first);
      i++;
      continue;
    }
    const run = [first.entry];
    const end = BigInt.asIntN(64, first.entry.time + window);
    for (i++; i < series.length; i++) {
      const { entry } = series[i]!;
      if (entry.type !== 0 || entry.metricId !== first.entry.metricId || entry.time >= end) break;
      run.push(entry);
    }
    result.push({ index: first.index, entry: { ...first.entry, bits: meanOf(run), type: 2 } });
  }
  return result;
}

/** 5.3: a NaN among the values lends its bits, made quiet; a NaN that the sum makes is that of x64. */
function meanOf(run: readonly Entry[]): bigint {
  const first = run.find(({ bits }) => Number.isNaN(numberOf(bits)));
  if (first !== undefined) return first.bits | quietBit;
  return bitsOf(run.map(({ bits }) => numberOf(bits)).reduce((sum, value) => sum + value) / run.length);
}

/** The whole list compacted, in quadratic time. */
export function compacted(list: readonly Entry[], rule: CompactionRule): Entry[] {
  const all = list.map((entry, index) => ({ entry, index }));
  if (rule === 'consecutive') return compactSeries(all).map(({ entry }) => entry);
  const ids = [...new Set(list.map(({ metricId }) => metricId))];
  return ids
    .flatMap((id) => compactSeries(all.filter(({ entry }) => entry.metricId === id)))
    .sort((a, b) => a.index - b.index)
    .map(({ entry }) => entry);
}

/** A metrics log as a list of entries, each call done the long way. */
export class Shadow {
  readonly settings: Required<Pick<MetricsLogSettings, 'compaction' | 'whenFull'>> & {
    readonly capacity: number;
    readonly trigger: number;
  };
  list: Entry[] = [];
  isIneffective = false;
  nonFinite = 0;

  constructor(settings: Shadow['settings']) {
    this.settings = settings;
  }

  compact(): number {
    const before = this.list;
    this.list = compacted(before, this.settings.compaction);
    const averages = (list: readonly Entry[]) =>
      list.filter(({ type, bits }) => type === 2 && !Number.isFinite(numberOf(bits))).length;
    // Averages are never merged again: those that are new are the difference.
    this.nonFinite += averages(this.list) - averages(before);
    this.isIneffective = this.list.length === before.length;
    return before.length - this.list.length;
  }

  record(entry: Entry): void {
    const { capacity, trigger, whenFull } = this.settings;
    if (this.list.length >= trigger) this.compact();
    if (whenFull === 'dropOldest') while (this.list.length >= capacity) this.list.shift();
    this.list.push(entry);
  }

  between(metricId: number, from: bigint, to: bigint): Entry[] {
    return this.list.filter((entry) => entry.metricId === metricId && from <= entry.time && entry.time <= to);
  }

  latest(metricId: number, count: number): Entry[] {
    return count <= 0 ? [] : this.list.filter((entry) => entry.metricId === metricId).slice(-count);
  }
}
