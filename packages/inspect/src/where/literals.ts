import { type FieldNames, fromHex, isGuid, ticksFromDate, toHex } from '@vde/format';
import type { Token } from './tokens.ts';

const integerPattern = /^([+-]?)(\d+|0x[0-9a-f]+)$/i;
const doublePattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const timePattern = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?Z?)?$/;

/** A decimal or hexadecimal integer of any size. */
export function integerOf({ kind, text }: Token): bigint | undefined {
  const [, sign, digits] = (kind === 'word' && integerPattern.exec(text)) || [];
  if (digits === undefined) return undefined;
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}

/** An integer of a column whose numbers have at most 32 bits: what a larger one is rounded to matches none of them. */
export function numberOf(token: Token): number | undefined {
  const integer = integerOf(token);
  return integer === undefined ? undefined : Number(integer);
}

/** A number with or without fraction and exponent, `NaN`, `Infinity` or `-Infinity`. */
export function doubleOf(token: Token): number | undefined {
  const { kind, text } = token;
  if (kind === 'word' && (doublePattern.test(text) || /^(NaN|[+-]?Infinity)$/.test(text))) return Number(text);
  return numberOf(token);
}

/** A UTC time or date in ISO 8601, exact to the tick, or ticks. */
export function ticksOf(token: Token): bigint | undefined {
  const [, day, minute = '00:00', second = '00', fraction = ''] = timePattern.exec(token.text) ?? [];
  if (day === undefined) return integerOf(token);
  const text = `${day}T${minute}:${second}`;
  const date = new Date(`${text}Z`);
  // A day that its month lacks becomes one of the next month.
  const isTime = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && !day.startsWith('0000');
  return isTime ? ticksFromDate(date) + BigInt(fraction.padEnd(7, '0')) : undefined;
}

export function booleanOf({ kind, text }: Token): boolean | undefined {
  return kind === 'word' && /^(true|false)$/.test(text) ? text === 'true' : undefined;
}

/** A GUID as text, in the letter case of cells. */
export function guidOf({ text }: Token): string | undefined {
  return isGuid(text) ? text.toLowerCase() : undefined;
}

/** A part of a GUID's text. */
export function guidPartOf({ text }: Token): string | undefined {
  return /^[0-9a-f-]+$/i.test(text) ? text.toLowerCase() : undefined;
}

/** Bytes as hex: written as such, or quoted as the text whose UTF-8 they are. */
export function hexOf({ kind, text }: Token): string | undefined {
  if (kind === 'text') return toHex(new TextEncoder().encode(text));
  const digits = text.replace(/^0x/i, '');
  return /^([0-9a-f]{2})+$/i.test(digits) ? toHex(fromHex(digits)) : undefined;
}

/** The number that has a name, or a number. */
export function namedNumberOf(token: Token, names: FieldNames): number | undefined {
  const known = Object.entries(names).find(([, name]) => name === token.text);
  return known === undefined ? numberOf(token) : Number(known[0]);
}

/** The bits of a flag's name, or of a number. */
export function bitsOf(token: Token, names: FieldNames): bigint | undefined {
  const known = Object.entries(names).find(([, name]) => name === token.text);
  const bits = known === undefined ? integerOf(token) : 1n << BigInt(known[0]);
  return bits === undefined ? undefined : BigInt.asUintN(64, bits);
}
