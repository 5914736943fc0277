import { type CellValue, type FieldNames, type TableColumn, toHex } from '@vde/format';
import { jsonValue } from '../values.ts';
import { TicksWriter } from './ticks.ts';

/** The text of a cell that is not null. */
export type CellText = (value: NonNullable<CellValue>) => string;

/**
 * Writes the cells of a column as text that says all they hold: integers and doubles in decimal, `NaN`, `Infinity` and `-0` as
 * such, times in ISO 8601 with seven digits, bytes in hex, enums by name or else by number, flags by their names between `|`.
 */
export function cellText({ kind, names = {} }: TableColumn): CellText {
  switch (kind) {
    case 'ticks': {
      const ticks = new TicksWriter();
      return (value) => ticks.text(typeof value === 'bigint' ? value : BigInt(Number(value)));
    }
    case 'enum':
      return (value) => names[Number(value)] ?? String(value);
    case 'flags':
      return remembered((value) => flagsText(value as number | bigint, names));
    case 'bytes':
      return (value) => toHex(value as Uint8Array);
    case 'text':
      return textOfBytes;
    case 'f64':
      return (value) => (Object.is(value, -0) ? '-0' : String(value));
    default:
      return String;
  }
}

/** The text of UTF-8 bytes without their padding; `\x` and hex where they are none. */
const textOfBytes: CellText = (value) => {
  const text = jsonValue({ kind: 'text', value });
  return typeof text === 'string' ? text : `\\x${toHex(value as Uint8Array)}`;
};

function flagsText(value: number | bigint, names: FieldNames): string {
  let rest = BigInt.asUintN(64, BigInt(value));
  const known: string[] = [];
  for (const [bit, name] of Object.entries(names)) {
    const mask = 1n << BigInt(bit);
    if ((rest & mask) !== 0n) known.push(name);
    rest &= ~mask;
  }
  return [...known, ...(rest === 0n ? [] : [`0x${rest.toString(16)}`])].join('|') || '0';
}

/** Combinations of flags that are kept: a column has few. */
const maxRemembered = 256;

function remembered(write: CellText): CellText {
  const texts = new Map<unknown, string>();
  return (value) => {
    const known = texts.get(value);
    if (known !== undefined) return known;
    const text = write(value);
    if (texts.size < maxRemembered) texts.set(value, text);
    return text;
  };
}
