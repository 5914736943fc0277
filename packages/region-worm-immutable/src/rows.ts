import { type Geometry, table } from '@vde/format';
import { WormHeader, WriteRecord } from './records.ts';

/** Header and log as they are packed (3.3). */
export const rows = /* @__PURE__ */ table({
  id: 'writes',
  header: WormHeader,
  item: WriteRecord,
  count: 'writeLogCount',
}).packed();

/** Blocks of a log of `writes` records: L(n) of 3.3. */
export function logBlocks(writes: number, geometry: Geometry): number {
  return writes <= 0 ? 1 : rows.locate(writes - 1, geometry).block + 1;
}
