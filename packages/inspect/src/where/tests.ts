import type { Key } from './kinds.ts';

/** Whether a cell passes a comparison, by its key. Null and keys that are equal to none pass no test but that for null. */
export type KeyTest = (key: Key) => boolean;

/** Cells that are one of the literals; `NaN` is equal to itself, and -0 to 0. */
export function equals(literals: readonly Key[]): KeyTest {
  const [only] = literals;
  if (literals.length === 1 && !Number.isNaN(only)) return (key) => key === only;
  const wanted = new Set(literals);
  return (key) => wanted.has(key);
}

const isComparable = (key: Key): key is Exclude<Key, null | undefined> => key !== null && key !== undefined;

/** Cells below, above or equal to a literal of their own type. Nothing is above or below NaN. */
export const orders: Readonly<Record<string, (literal: NonNullable<Key>) => KeyTest>> = {
  '<': (literal) => (key) => isComparable(key) && key < literal,
  '<=': (literal) => (key) => isComparable(key) && key <= literal,
  '>': (literal) => (key) => isComparable(key) && key > literal,
  '>=': (literal) => (key) => isComparable(key) && key >= literal,
};

/** Cells that have all bits of a literal. */
export const hasBits =
  (bits: bigint): KeyTest =>
  (key) =>
    typeof key === 'bigint' && (key & bits) === bits;

export const startsWith =
  (part: string): KeyTest =>
  (key) =>
    typeof key === 'string' && key.startsWith(part);

export const contains =
  (part: string): KeyTest =>
  (key) =>
    typeof key === 'string' && key.includes(part);

/** Cells of bytes, as hex: a part begins at a whole byte. */
export function containsBytes(part: string): KeyTest {
  return (key) => {
    if (typeof key !== 'string') return false;
    let at = key.indexOf(part);
    while (at % 2 === 1) at = key.indexOf(part, at + 1);
    return at >= 0;
  };
}
