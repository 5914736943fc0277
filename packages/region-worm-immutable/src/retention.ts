import { VdeError } from '@vde/format';

/** A time in ticks, or never. */
export type RetainedUntil = bigint | 'forever';

/** Until when a region must be kept whose latest write (or creation) was at `latest`. 0 and negative periods never end (5.2). */
export function retainedUntil(retentionPeriodTicks: bigint, latest: bigint): RetainedUntil {
  return retentionPeriodTicks <= 0n ? 'forever' : latest + retentionPeriodTicks;
}

/** @throws VdeError `retentionShortened` unless `to` is as long as `from`. @throws RangeError when it is negative. */
export function checkRetention(from: bigint, to: bigint): void {
  if (to < 0n) throw new RangeError(`retention ${to}: expected 0, forever, or more`);
  if (to === 0n || (from > 0n && to >= from)) return;
  const period = from <= 0n ? 'forever' : `${from} ticks`;
  throw new VdeError('retentionShortened', `retention ${to} ticks: expected no less than before, ${period}`, {
    details: { from, to },
  });
}
