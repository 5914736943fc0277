import { type FieldNames, isoFromTicks, isZero, toHex, tryText } from '@vde/format';
import type { Shown } from './model.ts';

/** What JSON can carry. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** How {@link displayValue} writes. */
export interface DisplayOptions {
  /** For narrow columns: times without ticks, the first bytes only. */
  readonly brief?: boolean;
  /** What stands for left-out bytes; `...` where a terminal knows ASCII only. */
  readonly ellipsis?: string;
}

/** Bytes that are shown in full, and how many of more are. */
const wholeBytes = 16;
const briefBytes = 4;

/**
 * A value by the JSON rules of `cli.md`: 64-bit integers as decimal strings, bytes as hex, ticks with their ISO time, enums
 * and flags with their names, doubles that JSON lacks as strings.
 */
export function jsonValue({ kind, value, names }: Shown): JsonValue {
  if (value === null || typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) return kind === 'text' ? jsonText(value) : toHex(value);
  if (typeof value === 'string') return value;
  switch (kind) {
    case 'ticks':
      return { ticks: String(value), iso: isoFromTicks(BigInt(value)) ?? null };
    case 'f64':
      return jsonDouble(Number(value));
    case 'enum':
      return { value: jsonInteger(value), name: names?.[Number(value)] ?? null };
    case 'flags':
      return { value: jsonInteger(value), names: flagNames(value, names).known };
    case 'i64':
    case 'u64':
      return String(value);
    default:
      return Number(value);
  }
}

/** A value for people: one line, control characters of the image's texts escaped. */
export function displayValue(shown: Shown, options: DisplayOptions = {}): string {
  const { kind, value, names } = shown;
  if (value === null) return '';
  if (value instanceof Uint8Array) return kind === 'text' ? displayText(value, options) : displayBytes(value, options);
  if (typeof value === 'string') return escapeControls(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (kind === 'ticks') return displayTicks(BigInt(value), options);
  if (kind === 'enum') return `${names?.[Number(value)] ?? 'unknown'} (${value})`;
  if (kind === 'flags') return displayFlags(value, names);
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The text with control characters and direction marks written as escapes, so that an image cannot steer a terminal. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0)!;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** The bytes of a text field without its padding: all behind the first zero, where nothing but zeros follow it. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end >= 0 && isZero(bytes.subarray(end)) ? bytes.subarray(0, end) : bytes;
}

function jsonText(bytes: Uint8Array): JsonValue {
  return tryText(withoutPadding(bytes)) ?? { hex: toHex(bytes) };
}

function jsonDouble(value: number): JsonValue {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}

function jsonInteger(value: number | bigint): JsonValue {
  return typeof value === 'bigint' ? String(value) : value;
}

function displayText(bytes: Uint8Array, options: DisplayOptions): string {
  const text = tryText(withoutPadding(bytes));
  return text === undefined ? displayBytes(bytes, options) : escapeControls(text);
}

function displayBytes(bytes: Uint8Array, { brief = false, ellipsis = '…' }: DisplayOptions): string {
  const { length } = bytes;
  if (length > (brief ? briefBytes : 1) && isZero(bytes)) return `zero (${length} bytes)`;
  if (length <= (brief ? briefBytes * 2 : wholeBytes)) return toHex(bytes);
  const head = toHex(bytes.subarray(0, brief ? briefBytes : wholeBytes)) + ellipsis;
  return brief ? head : `${head} (${length} bytes)`;
}

function displayTicks(ticks: bigint, { brief }: DisplayOptions): string {
  if (ticks === 0n) return brief ? 'never' : 'never (0)';
  const iso = isoFromTicks(ticks);
  if (iso === undefined) return `${ticks}`;
  return brief ? iso : `${iso} (${ticks})`;
}

function displayFlags(value: number | bigint, names: FieldNames | undefined): string {
  const { known, unknown } = flagNames(value, names);
  const words = [...known, ...(unknown === 0n ? [] : [`0x${unknown.toString(16)}`])];
  return `${words.length === 0 ? 'none' : words.join(', ')} (${value})`;
}

/** Names of the bits that are set, lowest first, and the bits that have none. */
function flagNames(value: number | bigint, names: FieldNames = {}): { known: string[]; unknown: bigint } {
  const known: string[] = [];
  let unknown = 0n;
  for (let bit = 0, rest = BigInt.asUintN(64, BigInt(value)); rest !== 0n; bit++, rest >>= 1n) {
    if ((rest & 1n) === 0n) continue;
    const name = names[bit];
    if (name === undefined) unknown |= 1n << BigInt(bit);
    else known.push(name);
  }
  return { known, unknown };
}
