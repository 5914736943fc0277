/**
 * Which samples compaction may average (5.1): `perMetric` those of one metric within a minute, `consecutive` only where no sample of
 * another metric stands between them, as the reference does.
 */
export type CompactionRule = 'perMetric' | 'consecutive';

/** What recording does when compaction leaves the log full: `grow` beyond the capacity, as the reference does, or `dropOldest`. */
export type WhenFull = 'grow' | 'dropOldest';

/** How a log behaves. An image does not store it: a log that was read has the defaults. */
export interface MetricsLogOptions {
  /** Left out: `perMetric`. */
  readonly compaction?: CompactionRule;
  /** Left out: `grow`. */
  readonly whenFull?: WhenFull;
  /** Allow more than the reference reads back: a capacity above 100,000,000, and writing more than 10,000,000 samples. */
  readonly allowBeyondReferenceLimits?: boolean;
}

/** What a new log is made of. */
export interface MetricsLogSettings extends MetricsLogOptions {
  /** 1 to 100,000,000. */
  readonly maxCapacitySamples: bigint | number;
  /** Share of the capacity at which recording compacts first, above 0, up to 1. Left out: 0.8. */
  readonly compactionThreshold?: number;
}

/** The largest capacity and sample count that the reference reads back (section 4). */
export const referenceLimits = { maxCapacitySamples: 100_000_000n, sampleCount: 10_000_000 };

export const defaultThreshold = 0.8;

const maxI64 = 2n ** 63n - 1n;

/** Options with the defaults filled in. @throws RangeError for a word that is none of its choices. */
export function resolveOptions(options: MetricsLogOptions): Required<MetricsLogOptions> {
  const { compaction = 'perMetric', whenFull = 'grow', allowBeyondReferenceLimits = false } = options;
  if (compaction !== 'perMetric' && compaction !== 'consecutive')
    throw new RangeError(`compaction "${compaction}": expected "perMetric" or "consecutive"`);
  if (whenFull !== 'grow' && whenFull !== 'dropOldest')
    throw new RangeError(`whenFull "${whenFull}": expected "grow" or "dropOldest"`);
  return { compaction, whenFull, allowBeyondReferenceLimits };
}

/** The capacity of a new log. @throws RangeError below 1 and above what may be written (defect 4). */
export function checkCapacity(given: bigint | number, allowBeyondReferenceLimits: boolean): bigint {
  const capacity = BigInt(given);
  const most = allowBeyondReferenceLimits ? maxI64 : referenceLimits.maxCapacitySamples;
  if (capacity < 1n || capacity > most) throw new RangeError(`maxCapacitySamples ${capacity}: expected 1 to ${most}`);
  return capacity;
}

/** @throws RangeError outside (0, 1], and for NaN, which the reference lets pass (defect 5). */
export function checkThreshold(threshold: number): number {
  if (!(threshold > 0 && threshold <= 1))
    throw new RangeError(`compactionThreshold ${threshold}: expected above 0, up to 1`);
  return threshold;
}

/** The trigger T of section 5: recording compacts first when the log has that many samples. NaN gives 0, as .NET converts it. */
export function compactionTrigger(maxCapacitySamples: bigint, compactionThreshold: number): number {
  const product = Number(maxCapacitySamples) * compactionThreshold;
  return Number.isNaN(product) ? 0 : Math.trunc(Math.min(product, 0x7fff_ffff));
}
