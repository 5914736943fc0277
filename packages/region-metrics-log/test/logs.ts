import { encodeRegion, PackedRecords } from '@vde/format';
import { MetricsLog, metricsLog, Sample } from '../src/index.ts';
import type { StoredSettings } from '../src/metrics-log.ts';

/** 2025-01-01T00:00:00Z in ticks. */
export const t0 = 638712864000000000n;

/** A log of capacity 1000 and threshold 0.8, as in section 7 of the page, that holds the samples as they are. */
export function logOf(samples: readonly Sample[], settings: Partial<StoredSettings> = {}): MetricsLog {
  const stored = { maxCapacitySamples: 1000n, compactionThreshold: 0.8, ...settings };
  return MetricsLog.ofStored(stored, PackedRecords.from(Sample, samples));
}

/** Synthetic samples of section 7: id `i mod 3`, one second apart, value `i / 4`, raw. */
export function syntheticLog(count: number): MetricsLog {
  const sampleAt = (i: number): Sample => {
    return { metricId: i % 3, timestampUtcTicks: t0 + BigInt(i) * 10_000_000n, value: i / 4, aggregationType: 0 };
  };
  return logOf(Array.from({ length: count }, (_, i) => sampleAt(i)));
}

/** Blocks of a log, generation 1. */
export function blocksOf(log: MetricsLog, blockSize: number): Uint8Array<ArrayBuffer> {
  return encodeRegion(metricsLog, log, { blockSize, generation: 1 });
}
