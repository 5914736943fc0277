import { isGuid } from '@vde/format';
import type { Reading } from './pattern-needle.ts';
import { guidReadings, numberReading, tagReading } from './pattern-numbers.ts';
import { guessPrefix } from './pattern-shape.ts';
import { hexReading, textReading } from './pattern-text.ts';
import { timeReading } from './pattern-time.ts';

/** A pattern to search for. */
export interface Pattern extends Reading {
  /** With its prefix, so that it means the same wherever it is given again. */
  readonly text: string;
  /** It had no prefix: its shape told what it is. */
  readonly isGuessed: boolean;
}

export interface PatternOptions {
  /** Letters match in both cases. For texts only. */
  readonly ignoreCase?: boolean;
}

/** Longest needle, in bytes. */
export const maxPatternBytes = 4096;

const prefixPattern = /^([a-z]+\d*(?:le|be)?):(.*)$/s;
const numberPrefix = /^(?:[ui](?:8|16|32|64)|f(?:32|64))(?:le|be)?$/;

/**
 * Reads a pattern: `hex:dead??ef`, `text:`, `utf16:`, `utf16be:`, `guid:`, `tag:`, `time:`, or an integer or float such as
 * `u32:7`, `i64be:-1`, `f64:0.5`. Without a prefix the shape tells: a GUID, a time, a number, a known tag, hex bytes, else text.
 * @throws RangeError that says what was expected.
 */
export function parsePattern(text: string, options: PatternOptions = {}): Pattern {
  const [, prefix, rest] = prefixPattern.exec(text) ?? [];
  const isExplicit = prefix !== undefined && isPrefix(prefix);
  const name = isExplicit ? prefix : guessPrefix(text);
  const value = isExplicit ? rest! : text;
  const reading = read(name, value, options.ignoreCase === true);
  const length = Math.max(...reading.needles.map(({ places }) => places.length));
  if (length === 0) throw new RangeError(`pattern "${text}": expected something behind "${name}:"`);
  if (length > maxPatternBytes)
    throw new RangeError(`a pattern of ${length} bytes: expected at most ${maxPatternBytes}`);
  if (reading.needles.every(({ places }) => places.every((choice) => choice.length === 256)))
    throw new RangeError(`pattern "${text}": expected a byte that is not ??`);
  return { ...reading, text: `${name}:${value}`, isGuessed: !isExplicit };
}

const namedPrefixes = ['hex', 'text', 'utf16', 'utf16le', 'utf16be', 'guid', 'tag', 'time'];
const isPrefix = (prefix: string): boolean => namedPrefixes.includes(prefix) || numberPrefix.test(prefix);

function read(prefix: string, value: string, ignoreCase: boolean): Reading {
  const isText = prefix === 'text' || prefix.startsWith('utf16');
  if (ignoreCase && !isText) throw new RangeError(`only texts have letters of two cases, "${prefix}:${value}" has not`);
  if (isText) return textReading(prefix, value, ignoreCase);
  if (prefix === 'hex') return hexReading(value);
  if (prefix === 'tag') return tagReading(value);
  if (prefix === 'time') return timeReading(value);
  if (prefix !== 'guid') return numberReading(prefix, value);
  const bare = value.replace(/^\{(.*)\}$/, '$1');
  if (!isGuid(bare)) throw new RangeError(`"${value}": expected a GUID of 8-4-4-4-12 hex digits`);
  return guidReadings(bare);
}
