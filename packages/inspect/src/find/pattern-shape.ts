import { isGuid, isKnownTag } from '@vde/format';
import { timePattern } from './pattern-time.ts';

const hexPattern = /^(?:[0-9a-f]{2}|\?\?)(?:[ :]?(?:[0-9a-f]{2}|\?\?))+$/i;
const integerPattern = /^-?(?:\d+|0x[0-9a-f]+)$/i;

/**
 * The prefix that a pattern without one gets by its shape. Four hex pairs are bytes, also two when digits stand among the
 * letters or they are written apart: `face` is a word.
 */
export function guessPrefix(text: string): string {
  if (isGuid(text.replace(/^\{(.*)\}$/, '$1'))) return 'guid';
  if (text.split('..').every((part) => timePattern.test(part))) return 'time';
  if (integerPattern.test(text)) return integerPrefix(text) ?? 'text';
  if (isKnownTag(text)) return 'tag';
  return looksLikeHex(text) ? 'hex' : 'text';
}

function looksLikeHex(text: string): boolean {
  if (!hexPattern.test(text)) return false;
  return text.length >= 8 || /[ :?]/.test(text) || (/\d/.test(text) && /[a-f]/i.test(text));
}

/** The smallest width of at least 32 bits: little-endian, it is also the beginning of the wider ones. */
function integerPrefix(text: string): string | undefined {
  const isNegative = text.startsWith('-');
  const value = isNegative ? -BigInt(text.slice(1)) : BigInt(text);
  if (isNegative) return value >= -(2n ** 31n) ? 'i32' : value >= -(2n ** 63n) ? 'i64' : undefined;
  return value < 2n ** 32n ? 'u32' : value < 2n ** 64n ? 'u64' : undefined;
}
