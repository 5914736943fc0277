import type { RegionReader } from '@vde/format';
import { MetricsLogHeader } from './records.ts';
import { referenceLimits } from './settings.ts';

/** Header rules of section 4: what the reference refuses is an error, what it can write but not read back a warning. */
export function checkHeader(header: MetricsLogHeader, reader: RegionReader): void {
  const { maxCapacitySamples: capacity, compactionThreshold: threshold, sampleCount } = header;
  const report = (code: string, path: keyof MetricsLogHeader & string, expected: string, wanted = '') => {
    const { offset, type } = MetricsLogHeader.field(path);
    const place = { block: 0, offset, length: type.size, path, expected, actual: header[path] };
    reader.report(code, `${path} is ${header[path]}${wanted}`, place);
  };
  const shares = 'above 0, up to 1';
  if (capacity <= 0n) report('badField', 'maxCapacitySamples', '1 to 100000000', ', expected at least 1');
  if (capacity > referenceLimits.maxCapacitySamples)
    report('beyondReferenceLimits', 'maxCapacitySamples', '1 to 100000000');
  if (sampleCount > referenceLimits.sampleCount) report('beyondReferenceLimits', 'sampleCount', '0 to 10000000');
  if (Number.isNaN(threshold)) report('nanThreshold', 'compactionThreshold', shares);
  else if (!(threshold > 0 && threshold <= 1))
    report('badField', 'compactionThreshold', shares, `, expected ${shares}`);
}

/** The carving rule of section 2: what tells metrics from the two trees that share the tag `MTRK`. */
export function looksLikeMetrics(payload: DataView): boolean {
  const { sampleCount, maxCapacitySamples, compactionThreshold, reserved } = MetricsLogHeader.get(payload);
  return (
    sampleCount >= 0n &&
    sampleCount <= 0xffff_ffffn &&
    maxCapacitySamples >= 1n &&
    maxCapacitySamples <= referenceLimits.maxCapacitySamples &&
    compactionThreshold > 0 &&
    compactionThreshold <= 1 &&
    reserved === undefined
  );
}

/** The two trees: capacities where metrics have the upper half of their count, an inode number where they have a capacity. */
export function looksLikeTree(payload: DataView): boolean {
  return payload.getUint32(4, true) !== 0 || payload.getBigInt64(8, true) >= 2n ** 32n;
}
