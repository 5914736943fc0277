import { VdeError } from '@vde/format';

/** A time in ticks, or never. */
export type RetainedUntil = bigint | 'forever';

/** Until when a region must be kept whose latest write (or creation) was at `latest`. 0 and negative periods never end (5.2). */
export function retainedUntil(retentionPeriodTicks: bigint, latest: bigint): RetainedUntil {
  return retentionPeriodTicks <= 0n ? 'forever' : latest + retentionPeriodTicks;
}

/** @throws VdeError `retentionShortened` unless `to` is as long as `from`. @throws RangeError when it is negative or no i64. */
export function checkRetention(from: bigint, to: bigint): void {
  if (to < 0n || to >= 2n ** 63n) throw new RangeError(`retention ${to} ticks: expected 0, forever, to 2^63 - 1`);
  if (to === 0n || (from > 0n && to >= from)) return;
  const period = from <= 0n ? 'forever' : `${from} ticks`;
  throw new VdeError('retentionShortened', `retention ${to} ticks: expected no less than before, ${period}`, {
    details: { from, to },
  });
}
