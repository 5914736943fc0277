import { arbitraryPacked, testRegion } from '@vde/testing';
import fc from 'fast-check';
import { goldenRegion, goldenRegions } from '../../testing/test/golden-files.ts';
import { MetricsLog, metricsLog, Sample } from '../src/index.ts';

/** Logs that the format allows: a full u63 of capacity, any threshold up to 1, any sample. */
const logs: fc.Arbitrary<MetricsLog> = fc
  .record(
    {
      maxCapacitySamples: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
      compactionThreshold: fc.oneof(fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }), fc.constantFrom(0.8, 1)),
      samples: arbitraryPacked(Sample, { maxLength: 120 }),
      reserved: fc.constant(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1)),
    },
    { requiredKeys: ['maxCapacitySamples', 'compactionThreshold', 'samples'] },
  )
  .map(({ samples, ...settings }) => {
    const maxCapacitySamples = settings.maxCapacitySamples % 3n === 0n ? 1000n : settings.maxCapacitySamples;
    return MetricsLog.ofStored({ ...settings, maxCapacitySamples }, samples);
  });

testRegion(metricsLog, {
  states: logs,
  fixtures: () => goldenRegions('metrics-log'),
  notOurs: () => [
    ...goldenRegions('integrity-tree'),
    goldenRegion('anonymization-table', 'one.512'),
    goldenRegion('cross-vde-reference', 'one.4096'),
  ],
});
