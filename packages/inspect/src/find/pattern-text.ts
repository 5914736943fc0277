import { toHex } from '@vde/format';
import { anyByte, type ByteChoice, exactly, type Needle, type Reading } from './pattern-needle.ts';

/** Hex pairs, `??` for any byte; spaces and colons between pairs mean nothing. @throws RangeError */
export function hexReading(value: string): Reading {
  const pairs = value.replaceAll(/[\s:]/g, '').match(/../gs) ?? [];
  const digits = value.replaceAll(/[\s:]/g, '').length;
  const wrong = pairs.find((pair) => !/^(?:[0-9a-f]{2}|\?\?)$/i.test(pair));
  if (wrong !== undefined) throw new RangeError(`hex "${value}": found "${wrong}", expected two hex digits or ??`);
  if (digits % 2 !== 0) throw new RangeError(`hex "${value}": ${digits} digits, expected pairs of them`);
  const places = pairs.map((pair) => (pair === '??' ? anyByte : [Number.parseInt(pair, 16)]));
  return { kind: 'hex', meaning: `the bytes ${pairs.join(' ')}`, needles: [{ as: 'bytes', places }] };
}

const encodings: Readonly<Record<string, { readonly name: string; encode(text: string): Uint8Array }>> = {
  text: { name: 'UTF-8', encode: (text) => new TextEncoder().encode(text) },
  utf16: { name: 'UTF-16 LE', encode: (text) => utf16(text, true) },
  utf16le: { name: 'UTF-16 LE', encode: (text) => utf16(text, true) },
  utf16be: { name: 'UTF-16 BE', encode: (text) => utf16(text, false) },
};

function utf16(text: string, isLittleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), isLittleEndian);
  return bytes;
}

/** A text, as its prefix names the encoding. */
export function textReading(prefix: string, value: string, ignoreCase: boolean): Reading {
  const { name, encode } = encodings[prefix]!;
  const needle = ignoreCase ? caseless(name, value, encode) : { as: name, places: exactly(encode(value)) };
  return {
    kind: prefix === 'text' ? 'text' : 'utf16',
    meaning: `the text ${JSON.stringify(value)} in ${name}${ignoreCase ? ', in upper or lower case' : ''}`,
    needles: [needle],
  };
}

/** Letters in both cases, as far as both take the same bytes. */
function caseless(as: string, text: string, encode: (text: string) => Uint8Array): Needle {
  const letters = Array.from(text, (letter) => variantsOf(letter, encode));
  const places = letters.flatMap((variants) => Array.from(variants[0]!, (_, i) => choiceAt(variants, i)));
  // Two bytes of a letter may each fit another of its cases.
  if (letters.every((variants) => variants.length === 1 || differInOne(variants))) return { as, places };
  return { as, places, accepts: (bytes) => isSpelled(bytes, letters) };
}

function variantsOf(letter: string, encode: (text: string) => Uint8Array): Uint8Array[] {
  const own = encode(letter);
  const others = [letter.toLowerCase(), letter.toUpperCase()].map(encode);
  const known = new Map(
    [own, ...others].filter(({ length }) => length === own.length).map((bytes) => [toHex(bytes), bytes]),
  );
  return [...known.values()];
}

const choiceAt = (variants: readonly Uint8Array[], i: number): ByteChoice =>
  [...new Set(variants.map((bytes) => bytes[i]!))].sort((a, b) => a - b);

const differInOne = (variants: readonly Uint8Array[]): boolean =>
  variants[0]!.filter((_, i) => choiceAt(variants, i).length > 1).length === 1;

function isSpelled(bytes: Uint8Array, letters: readonly (readonly Uint8Array[])[]): boolean {
  let at = 0;
  return letters.every((variants) => {
    const start = at;
    at += variants[0]!.length;
    return variants.some((variant) => variant.every((byte, i) => bytes[start + i] === byte));
  });
}
