import { type CellValue, type TableColumn, toHex } from '@vde/format';
import { jsonValue } from '../values.ts';
import * as literals from './literals.ts';
import type { Token } from './tokens.ts';

/** What cells and literals are compared as. `undefined` is equal to none: text that is no valid UTF-8. */
export type Key = number | bigint | string | boolean | null | undefined;

/** Operators besides `=`, `!=` and `in`. `order`: `<` and its like. `search`: `contains`, `starts-with`. `bits`: `has`. */
export type OperatorGroup = 'order' | 'search' | 'bits';

/** How the cells of a column are compared with what a filter says. */
export interface ComparedKind {
  /** Names the literals that suit. */
  readonly expected: string;
  readonly groups: readonly OperatorGroup[];
  /** The key of a literal, `undefined` for one that does not suit. */
  literal(token: Token): Key;
  /** The key of a part, where cells can be searched; else that of a literal. */
  part?(token: Token): Key;
  /** The key of a cell that is not null. */
  cell(value: NonNullable<CellValue>): Key;
}

const bigintOf = (value: NonNullable<CellValue>): bigint => (typeof value === 'bigint' ? value : BigInt(Number(value)));

function textCell(value: NonNullable<CellValue>): string | undefined {
  const text = jsonValue({ kind: 'text', value });
  return typeof text === 'string' ? text : undefined;
}

const integer: ComparedKind = { expected: 'an integer', groups: ['order'], literal: literals.numberOf, cell: Number };
const wide: ComparedKind = { ...integer, literal: literals.integerOf, cell: bigintOf };
const text: ComparedKind = {
  expected: 'a text',
  groups: ['order', 'search'],
  literal: (token) => token.text,
  cell: textCell,
};

const kinds: Readonly<Partial<Record<TableColumn['kind'], ComparedKind>>> = {
  i64: wide,
  u64: wide,
  f64: { expected: 'a number', groups: ['order'], literal: literals.doubleOf, cell: Number },
  ticks: { ...wide, expected: 'a UTC time such as 2025-01-31T08:30:00Z, or ticks', literal: literals.ticksOf },
  boolean: { expected: 'true or false', groups: [], literal: literals.booleanOf, cell: Boolean },
  guid: {
    expected: 'a GUID',
    groups: ['search'],
    literal: literals.guidOf,
    part: literals.guidPartOf,
    cell: String,
  },
  text,
  tag: { ...text, cell: String },
  bytes: {
    expected: 'hex bytes, or a quoted text',
    groups: ['search'],
    literal: literals.hexOf,
    cell: (value) => toHex(value as Uint8Array),
  },
};

/** How a column is compared. */
export function comparedKind({ kind, names = {} }: TableColumn): ComparedKind {
  const list = Object.values(names).join(', ');
  if (kind === 'enum') {
    const literal = (token: Token) => literals.namedNumberOf(token, names);
    return { ...integer, expected: `a number, or one of ${list}`, literal };
  }
  if (kind === 'flags') {
    const literal = (token: Token) => literals.bitsOf(token, names);
    const cell = (value: NonNullable<CellValue>) => BigInt.asUintN(64, bigintOf(value));
    return { expected: `a number, or one of ${list}`, groups: ['bits'], literal, cell };
  }
  return kinds[kind] ?? integer;
}
