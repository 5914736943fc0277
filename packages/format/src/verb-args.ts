import type { VerbArgs } from './region.ts';
import { ticksFromIso } from './ticks.ts';

/** The text of an argument. @throws RangeError, naming it, where it is missing, is bytes, or has another form. */
export function textArgument(args: VerbArgs, name: string, form = /./s, expected = 'a text'): string {
  const value = args[name];
  if (typeof value === 'string' && form.test(value)) return value;
  throw new RangeError(`${name} ${typeof value === 'string' ? `"${value}"` : 'is missing'}: expected ${expected}`);
}

/** The integer of an argument. @throws RangeError, naming it, where it is missing or no integer from `min` to `max`. */
export function integerArgument(args: VerbArgs, name: string, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): number {
  const expected = `an integer from ${min} to ${max}`;
  const value = Number(textArgument(args, name, /^-?\d{1,16}$/, expected));
  if (value >= min && value <= max) return value;
  throw new RangeError(`${name} "${value}": expected ${expected}`);
}

/** The ticks of an argument: a number of them, or a time in UTC such as `2026-01-31T08:30:00Z`. @throws RangeError, naming it. */
export function ticksArgument(args: VerbArgs, name: string): bigint {
  const text = textArgument(args, name);
  if (/^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)) return BigInt(text);
  try {
    return ticksFromIso(text);
  } catch {
    const expected = 'ticks, or a time in UTC such as 2026-01-31T08:30:00Z';
    throw new RangeError(`${name} "${text}": expected ${expected}`);
  }
}

/** The bytes of an argument: those of its file. @throws RangeError, naming it, where they are missing. */
export function bytesArgument(args: VerbArgs, name: string): Uint8Array {
  const value = args[name];
  if (value instanceof Uint8Array) return value;
  throw new RangeError(`${name} is missing: expected bytes`);
}
