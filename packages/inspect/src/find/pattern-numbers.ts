import { fromHex, guidToBytes, sameBytes, stringToTag, tagMeanings, toHex } from '@vde/format';
import { exactly, type Needle, type Reading } from './pattern-needle.ts';

/** A GUID in the byte order of the format (page 01, 3.6), and in that of its text, which others use. */
export function guidReadings(text: string): Reading {
  const [dotNet, rfc] = [guidToBytes(text), fromHex(text.replaceAll('-', ''))];
  const needles: Needle[] = [{ as: '.NET byte order', places: exactly(dotNet) }];
  if (!sameBytes(dotNet, rfc)) needles.push({ as: 'RFC byte order', places: exactly(rfc) });
  return { kind: 'guid', meaning: `the GUID ${text.toLowerCase()} in .NET and RFC byte order`, needles };
}

/** A tag as it stands in trailers and directory entries: the letters reversed (page 01, 2). @throws RangeError */
export function tagReading(text: string): Reading {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, stringToTag(text), true);
  const known = Object.hasOwn(tagMeanings, text) ? ` (${tagMeanings[text]})` : '';
  const meaning = `the tag ${text}${known}, stored as ${toHex(bytes)}`;
  return { kind: 'tag', meaning, needles: [{ as: 'tag', places: exactly(bytes) }] };
}

/** An integer or float of the type that the prefix names. @throws RangeError */
export function numberReading(prefix: string, value: string): Reading {
  const [, type, bits, order] = /^([uif])(\d+)(le|be)?$/.exec(prefix)!;
  const size = Number(bits) / 8;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const isLittleEndian = order !== 'be';
  if (type === 'f') setFloat(view, size, floatOf(value), isLittleEndian);
  else setInteger(bytes, integerOf(value, type === 'i', Number(bits)), isLittleEndian);
  const stored = size === 1 ? '' : `, ${isLittleEndian ? 'little' : 'big'}-endian`;
  const meaning = `the number ${value} as ${type}${bits}${stored}`;
  return {
    kind: type === 'f' ? 'float' : 'integer',
    meaning,
    needles: [{ as: `${type}${bits}${stored}`, places: exactly(bytes) }],
  };
}

function integerOf(text: string, isSigned: boolean, bits: number): bigint {
  const [, sign, digits] = /^\s*(-?)(\d+|0x[0-9a-f]+)\s*$/i.exec(text) ?? [];
  if (digits === undefined) throw new RangeError(`"${text}": expected a decimal number or 0x and hex digits`);
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  const [low, end] = isSigned ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1)] : [0n, 2n ** BigInt(bits)];
  if (value < low || value >= end) throw new RangeError(`${text}: expected a number from ${low} to ${end - 1n}`);
  return value;
}

function setInteger(bytes: Uint8Array, value: bigint, isLittleEndian: boolean): void {
  let rest = BigInt.asUintN(8 * bytes.length, value);
  for (let i = 0; i < bytes.length; i++, rest >>= 8n)
    bytes[isLittleEndian ? i : bytes.length - 1 - i] = Number(rest & 0xffn);
}

function floatOf(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new RangeError(`"${text}": expected a number; NaN has many forms, hex: names one`);
  return value;
}

function setFloat(view: DataView, size: number, value: number, isLittleEndian: boolean): void {
  if (size === 4) view.setFloat32(0, value, isLittleEndian);
  else view.setFloat64(0, value, isLittleEndian);
}
