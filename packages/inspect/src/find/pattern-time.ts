import { isoFromTicks, maxTicks, ticksFromDate, ticksPerSecond } from '@vde/format';
import { anyByte, type ByteChoice, type Needle, type Reading } from './pattern-needle.ts';

/** A day, or a time of it; UTC unless it says otherwise. A month without a day takes the prefix. */
export const timePattern = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?(Z|[+-]\d\d:\d\d)?)?$/i;

const monthPattern = /^(\d{4})-(\d\d)$/;

/** From the first tick to the last. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * A time, or `A..B` from the first tick of A to the last of B, as i64 ticks at any offset. A time stands for all that begins
 * like it: a day for the whole day, `T12:00:00Z` for that second. Ticks themselves are exact. @throws RangeError
 */
export function timeReading(value: string): Reading {
  const parts = value.split('..');
  if (parts.length > 2) throw new RangeError(`time "${value}": expected one time, or two with .. between them`);
  const spans = parts.map(spanOf);
  const [first, last] = [spans[0]!.first, spans.at(-1)!.last];
  if (last < first) throw new RangeError(`time "${value}": ends before it begins`);
  const meaning = first === last ? `the time ${shown(first)}` : `times from ${shown(first)} to ${shown(last)}`;
  return { kind: 'time', meaning: `${meaning} as ticks`, needles: [ticksNeedle(first, last)] };
}

const shown = (ticks: bigint): string => isoFromTicks(ticks) ?? `${ticks}`;

function spanOf(text: string): Span {
  if (/^\d+$/.test(text)) return ticksSpan(text);
  const [, month, monthNumber] = monthPattern.exec(text) ?? [];
  if (month !== undefined) return monthSpan(text, Number(month), Number(monthNumber));
  const match = timePattern.exec(text);
  if (match === null) throw wrongTime(text);
  const [year, monthOfYear, day, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const start = instant(text, [year!, monthOfYear!, day!, hour, minute, second]) - zoneTicks(match[8]);
  const fraction = match[7] ?? '';
  const first = start + BigInt(fraction.padEnd(7, '0'));
  const length = precision(match, fraction);
  if (first < 0n || first + length - 1n > maxTicks) throw wrongTime(text);
  return { first, last: first + length - 1n };
}

function ticksSpan(text: string): Span {
  const ticks = BigInt(text);
  if (ticks >= 2n ** 63n) throw new RangeError(`${text} ticks: expected at most ${2n ** 63n - 1n}`);
  return { first: ticks, last: ticks };
}

function monthSpan(text: string, year: number, month: number): Span {
  const first = instant(text, [year, month, 1, 0, 0, 0]);
  const isLast = year === 9999 && month === 12;
  const end = isLast
    ? maxTicks + 1n
    : instant(text, month === 12 ? [year + 1, 1, 1, 0, 0, 0] : [year, month + 1, 1, 0, 0, 0]);
  return { first, last: end - 1n };
}

/** Ticks that a time stands for: those of its last written unit. */
function precision(match: RegExpExecArray, fraction: string): bigint {
  if (match[4] === undefined) return 86_400n * ticksPerSecond;
  if (match[6] === undefined) return 60n * ticksPerSecond;
  return 10n ** BigInt(7 - fraction.length);
}

/** The instant, where every number is a possible one: 31 February is not 3 March. */
function instant(
  text: string,
  [year, month, day, hour, minute, second]: readonly [number, number, number, number, number, number],
): bigint {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const isSame =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    minute < 60 &&
    second < 60;
  if (!isSame || year === 0) throw wrongTime(text);
  return ticksFromDate(date);
}

function zoneTicks(zone = 'Z'): bigint {
  if (zone.toUpperCase() === 'Z') return 0n;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return BigInt(zone.startsWith('-') ? -minutes : minutes) * 60n * ticksPerSecond;
}

const wrongTime = (text: string): RangeError =>
  new RangeError(`"${text}": expected a time such as 2025-01-31 or 2025-01-31T12:00:00Z, in years 1 to 9999, or ticks`);

/** Ticks of a span, little-endian: bytes that both ends share, the choice below them, then any. */
function ticksNeedle(first: bigint, last: bigint): Needle {
  const byteOf = (ticks: bigint, i: number) => Number((ticks >> BigInt(8 * i)) & 0xffn);
  const places: ByteChoice[] = Array.from({ length: 8 }, () => anyByte);
  let i = 7;
  for (; i >= 0 && byteOf(first, i) === byteOf(last, i); i--) places[i] = [byteOf(first, i)];
  if (i < 0) return { as: 'ticks', places };
  places[i] = anyByte.slice(byteOf(first, i), byteOf(last, i) + 1);
  return {
    as: 'ticks',
    places,
    accepts(bytes) {
      const ticks = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
      return ticks >= first && ticks <= last;
    },
  };
}
