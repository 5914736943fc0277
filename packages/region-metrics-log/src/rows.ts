import { type Geometry, table } from '@vde/format';
import { MetricsLogHeader, Sample } from './records.ts';

/** Header and samples as they are packed (3.3). */
export const rows = /* @__PURE__ */ table({
  id: 'samples',
  header: MetricsLogHeader,
  item: Sample,
  count: 'sampleCount',
}).packed();

/** Blocks that a log of `samples` samples takes, exactly (3.3). The block count of the reference is often too small (defect 1). */
export function blocksNeeded(samples: number, geometry: Geometry): number {
  return samples <= 0 ? 1 : rows.locate(samples - 1, geometry).block + 1;
}
