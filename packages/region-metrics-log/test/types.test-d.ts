import { type DecodedRegion, decodeRegion, type PackedRecords, type RegionPlugin } from '@vde/format';
import { expectTypeOf } from 'vitest';
import {
  type MetricStatistics,
  MetricsLog,
  MetricsLogHeader,
  type MetricsLogOptions,
  type MetricsLogSettings,
  metricsLog,
  type NewSample,
  Sample,
  type SampleBatch,
} from '../src/index.ts';

expectTypeOf(metricsLog).toEqualTypeOf<RegionPlugin<MetricsLog>>();
expectTypeOf<MetricsLog['samples']>().toEqualTypeOf<PackedRecords<Sample>>();
expectTypeOf<MetricsLog['maxCapacitySamples']>().toEqualTypeOf<bigint>();
expectTypeOf<MetricsLog['compactionThreshold']>().toEqualTypeOf<number>();

expectTypeOf<Sample>().branded.toEqualTypeOf<{
  readonly metricId: number;
  readonly timestampUtcTicks: bigint;
  readonly value: number;
  readonly aggregationType: number;
}>();
expectTypeOf<MetricsLogHeader>().branded.toEqualTypeOf<{
  readonly sampleCount: bigint;
  readonly maxCapacitySamples: bigint;
  readonly compactionThreshold: number;
  readonly reserved?: Uint8Array;
}>();
expectTypeOf(Sample.get(new DataView(new ArrayBuffer(19)))).toEqualTypeOf<Sample>();
expectTypeOf(MetricsLogHeader.sizeOf).parameter(0).toEqualTypeOf<MetricsLogHeader>();

// Strict reading always gives a state, lenient reading perhaps none.
const blocks = new Uint8Array(512);
expectTypeOf(decodeRegion(metricsLog, blocks, { blockSize: 512 })).toEqualTypeOf<DecodedRegion<MetricsLog>>();
expectTypeOf(decodeRegion(metricsLog, blocks, { blockSize: 512, lenient: true })).toEqualTypeOf<
  DecodedRegion<MetricsLog | undefined>
>();

// A state is made by its class, by decoding, or by `empty`; the type of a sample may be left out when it is recorded.
expectTypeOf(MetricsLog).toBeConstructibleWith({
  maxCapacitySamples: 10,
  compaction: 'consecutive',
  whenFull: 'dropOldest',
});
expectTypeOf<MetricsLogSettings['maxCapacitySamples']>().toEqualTypeOf<number | bigint>();
expectTypeOf<MetricsLog['options']>().toEqualTypeOf<Required<MetricsLogOptions>>();
expectTypeOf<MetricsLog['clone']>().parameter(0).toEqualTypeOf<Partial<MetricsLogSettings> | undefined>();
expectTypeOf<Sample>().toExtend<NewSample>();
expectTypeOf<{ metricId: number; timestampUtcTicks: bigint; value: number }>().toExtend<NewSample>();
expectTypeOf<SampleBatch['metricId']>().toEqualTypeOf<number | Uint16Array>();
expectTypeOf<MetricsLog['samplesBetween']>().returns.toEqualTypeOf<PackedRecords<Sample>>();
expectTypeOf<MetricsLog['latest']>().returns.toEqualTypeOf<PackedRecords<Sample>>();
expectTypeOf<MetricsLog['statistics']>().returns.toEqualTypeOf<MetricStatistics[]>();
expectTypeOf<MetricsLog>().toExtend<Iterable<Sample>>();
