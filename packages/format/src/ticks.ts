/** Ticks (100 ns) from 0001-01-01T00:00:00Z to 1970-01-01T00:00:00Z (page 01, 3.6). */
export const unixEpochTicks = 621355968000000000n;
/** 9999-12-31T23:59:59.9999999Z, the last tick that is a time. */
export const maxTicks = 3155378975999999999n;
export const ticksPerSecond = 10_000_000n;

/** Ticks of a date, exact to the millisecond. @throws RangeError for an invalid date or one outside years 1-9999. */
export function ticksFromDate(date: Date): bigint {
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw new RangeError('expected a valid date');
  const ticks = BigInt(ms) * 10_000n + unixEpochTicks;
  if (ticks < 0n || ticks > maxTicks) throw new RangeError(`${date.toISOString()}: expected a date in years 1 to 9999`);
  return ticks;
}

/** The date of ticks, cut to the millisecond, or `undefined` outside years 1-9999. */
export function dateFromTicks(ticks: bigint): Date | undefined {
  if (ticks < 0n || ticks > maxTicks) return undefined;
  return new Date(Number((ticks - unixEpochTicks - (((ticks % 10_000n) + 10_000n) % 10_000n)) / 10_000n));
}

/** ISO 8601 text with all seven digits of the second's fraction that are not zero, or `undefined` outside years 1-9999. */
export function isoFromTicks(ticks: bigint): string | undefined {
  const date = dateFromTicks(ticks);
  if (date === undefined) return undefined;
  const seconds = date.toISOString().slice(0, 19);
  const fraction = (ticks % ticksPerSecond).toString().padStart(7, '0').replace(/0+$/, '');
  return fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}

const isoForm = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,7}))?Z)?$/;

/**
 * Ticks of an ISO 8601 time in UTC, such as `2026-01-31T08:30:00Z`, with up to seven digits of a second's fraction; of a day its first tick.
 * What {@link isoFromTicks} gives comes back as it was. @throws RangeError for any other text, and for times that do not exist.
 */
export function ticksFromIso(text: string): bigint {
  const [, day, time = '00:00', fraction = ''] = isoForm.exec(text) ?? [];
  const ms = Date.parse(`${day}T${time.padEnd(8, ':00')}Z`);
  const isReal = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(`${day}`) && !text.startsWith('0000');
  if (!isReal) throw new RangeError(`time "${text}": expected a time in UTC such as 2026-01-31T08:30:00Z`);
  return ticksFromDate(new Date(ms)) + BigInt(fraction.padEnd(7, '0'));
}
