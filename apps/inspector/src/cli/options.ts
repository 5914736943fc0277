import { ticksFromIso, VdeError } from '@vde/format';
import { type Address, parseAddress, type RowRange } from '@vde/inspect';
import { nearestOf } from './nearest.ts';

/** An option as data: parser, help and docs are made of it. */
export interface OptionSpec {
  /** Such as `-n, --length <LEN>`. */
  readonly flags: string;
  readonly summary: string;
  /** The values it may have. */
  readonly values?: readonly string[];
  readonly default?: string;
  /** May be given several times, or with commas; `apart`: commas belong to the value. */
  readonly many?: true | 'apart';
  readonly required?: boolean;
}

/** Options that every command understands. */
export const globalOptions: readonly OptionSpec[] = [
  {
    flags: '-f, --format <FORMAT>',
    summary: 'how to print the result; ndjson where items stream, sarif and html for a check',
    values: ['human', 'json', 'ndjson', 'sarif', 'html'],
    default: 'human',
  },
  { flags: '-o, --output <FILE>', summary: 'write the result to a file instead of standard output' },
  { flags: '-q, --quiet', summary: 'no hints, no progress; check prints its verdict only' },
  { flags: '-v, --verbose', summary: 'everything: all findings with what they mean, all fields' },
  {
    flags: '--color <WHEN>',
    summary: 'colours; auto means on a terminal, unless NO_COLOR is set',
    values: ['auto', 'always', 'never'],
    default: 'auto',
  },
  {
    flags: '--progress <HOW>',
    summary: 'how long work tells on standard error how far it is, after one second; auto means a bar on a terminal',
    values: ['auto', 'bar', 'json', 'none'],
    default: 'auto',
  },
  { flags: '--jobs <N>', summary: 'check so many of the images at once', default: '1' },
  { flags: '--ascii', summary: 'no characters outside ASCII' },
  {
    flags: '--superblock <COPY>',
    summary: 'which superblock copy to use',
    values: ['auto', 'primary', 'mirror'],
    default: 'auto',
  },
  { flags: '--lenient', summary: 'also look at images that no reader should open: unknown features, a newer version' },
  { flags: '--as <REGION-ID>', summary: 'take IMAGE as bare blocks of this region, an extract without container' },
  { flags: '--block-size <N>', summary: 'block size of such an extract' },
  {
    flags: '--plugin <PATH|NAME>',
    summary: 'also understand the regions of this package or self-contained file',
    many: true,
  },
  { flags: '--reproducible', summary: 'the same output on every machine: no folders in names, no terminal width' },
];

/** The option's name in the parsed options: `--block-size <N>` is `blockSize`. */
export function keyOf({ flags }: OptionSpec): string {
  const name = /--([\w-]+)/.exec(flags)![1]!;
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** A mistake on the command line, with what to try. */
export function usageError(message: string, hint?: string): VdeError {
  return new VdeError('usage', message, { details: { hint } });
}

/** A name that was looked for and is not there: a negative answer, no mistake in the grammar of the command. */
export function unknownName(message: string, hint: string): VdeError {
  return new VdeError('unknownName', message, { details: { hint } });
}

/** Checks a value against the ones that an option may have. @throws VdeError `usage`, with the nearest. */
export function requireValue(what: string, value: string, values: readonly string[]): string {
  if (values.includes(value)) return value;
  const nearest = nearestOf(value, values);
  throw usageError(`${what} "${value}": expected ${values.join(', ')}`, nearest && `${what} ${nearest}`);
}

/** Reads `0:100`, `20:`, `:20`, `-10:` or `17`. @throws VdeError `usage`. */
export function parseRecords(text: string): RowRange {
  const match = /^(-?\d+)?(:(-?\d+)?)?$/.exec(text.trim());
  if (!match || text.trim() === '')
    throw usageError(`--records "${text}": expected FIRST:END, counted from 0`, '--records 0:100');
  const [, first, colon, end] = match;
  const start = Number(first ?? 0);
  // One number is one record; behind the last one there is no record 0.
  if (colon === undefined) return start === -1 ? { first: -1 } : { first: start, end: start + 1 };
  return end === undefined ? { first: start } : { first: start, end: Number(end) };
}

/** Reads a length in bytes such as `64`, `4KiB` or `2block`. @throws VdeError `usage`. */
export function parseLength(text: string): NonNullable<Address['length']> {
  try {
    return parseAddress(`0:${text.trim()}`).length!;
  } catch {
    throw usageError(`--length "${text}": expected a number of bytes`, '--length 256, 0x100, 4KiB or 2block');
  }
}

/** Reads a time in UTC. @throws VdeError `usage`, naming the option. */
export function parseTime(name: string, text: string): bigint {
  try {
    return ticksFromIso(text);
  } catch {
    throw usageError(`--${name} "${text}": expected a time in UTC`, `--${name} 2026-01-31T08:30:00Z`);
  }
}

/** Reads a whole number, decimal or 0x. @throws VdeError `usage`, naming the option. */
export function parseNumber(name: string, text: string, example: number): number {
  const number = /^(\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw usageError(`--${name} "${text}": expected a number`, `--${name} ${example}`);
  return number;
}

/** Reads how many things are to be done at once. @throws VdeError `usage`. */
export function parseJobs(text: string): number {
  const jobs = /^\d+$/.test(text) ? Number(text) : 0;
  if (jobs < 1 || jobs > mostJobs)
    throw usageError(`--jobs "${text}": expected a number from 1 to ${mostJobs}`, '--jobs 4');
  return jobs;
}

/** More files at once are no quicker, and run into limits of the system. */
const mostJobs = 256;

/** Reads a block size. @throws VdeError `usage`. */
export function parseBlockSize(text: string): number {
  const { value, unit } = parseLength(text);
  const isPossible = unit === 'byte' && value >= 512 && value <= 65536 && (value & (value - 1)) === 0;
  if (!isPossible)
    throw usageError(`--block-size "${text}": expected a power of two from 512 to 65536`, '--block-size 4096');
  return value;
}
