import type { Call } from './call.ts';
import type { ExitCode } from './exit-codes.ts';
import type { OptionSpec } from './options.ts';

export interface ArgSpec {
  readonly name: string;
  readonly summary: string;
  readonly many?: true;
  readonly optional?: true;
}

/** A command as data: parser, help and docs are made of this table, and nothing else declares one. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** More than the summary says, for its help. */
  readonly about?: string;
  readonly args: readonly ArgSpec[];
  readonly options: readonly OptionSpec[];
  /** Global options that mean nothing to it are not shown in its help; `image` ones need an IMAGE. */
  readonly takes: 'image' | 'extract' | 'nothing';
  /** Its result can be streamed in lines. */
  readonly streams?: true;
  readonly exits: readonly ExitCode[];
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** What it alone needs is loaded when it runs. */
  load(): Promise<{ run(call: Call): Promise<number> }>;
}

const image: ArgSpec = { name: 'IMAGE', summary: 'path or http(s) URL of a DWVD v2 image' };
const address: ArgSpec = {
  name: 'ADDR',
  summary:
    'b:BLOCK, s:SLOT, r:TYPE, sb, sb.mirror, dir or an offset, with +OFFSET, /RECORD, .FIELD and :LENGTH behind it',
  optional: true,
};

const addresses = `Addresses name a place: a block (b:12), a region by slot (s:5), slot type (r:MLOG) or region id (r:metrics-log; #1 is the second of its type),
a superblock copy (sb, sb.mirror), the directory (dir) or an offset (0xC040). Behind it: /17 a record, /samples:17 of a table, .value a field,
+0x40 an offset, :16 a length. Numbers are decimal or 0x, with KiB, MiB, GiB or block; negative ones count from the end.`;

/** Every command of the program, in the order of its help. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'info',
    summary: 'one screen about an image: identity, geometry, regions, verdict of a quick check',
    args: [image],
    options: [],
    takes: 'image',
    exits: [0, 2, 3],
    examples: [
      ['vde info a.dwvd', 'what is this, and is it whole?'],
      ['vde info https://example.org/a.dwvd', 'reads a few blocks by range requests'],
      ['vde info a.dwvd -f json', 'the superblock as JSON'],
    ],
    load: () => import('./run-info.ts'),
  },
  {
    name: 'ls',
    summary: 'the slots of the directory: type, region and how it was chosen, place, state',
    args: [image],
    options: [{ flags: '--free', summary: 'also free slots, and those that are typed but inactive' }],
    takes: 'image',
    streams: true,
    exits: [0, 2],
    examples: [
      ['vde ls a.dwvd', 'what the image holds'],
      ['vde ls a.dwvd --free', 'all 127 slots'],
      ['vde ls a.dwvd -f ndjson | grep \'"damaged"\'', 'slots whose region is damaged'],
    ],
    load: () => import('./run-ls.ts'),
  },
  {
    name: 'show',
    summary: 'decode any structure: superblock, directory, region, record, field',
    about: addresses,
    args: [image, address],
    options: [
      { flags: '--records <FIRST:END>', summary: 'these records of each table; people see the first 20, JSON has all' },
    ],
    takes: 'extract',
    streams: true,
    exits: [0, 1, 2, 3],
    examples: [
      ['vde show a.dwvd sb', 'both superblock copies side by side'],
      ['vde show a.dwvd r:metrics-log --records 20:40', 'records 20 to 39'],
      ['vde show a.dwvd r:MLOG/17.value', 'one value'],
      ['vde show metrics.bin --as metrics-log --block-size 4096', 'an extract without container'],
    ],
    load: () => import('./run-show.ts'),
  },
  {
    name: 'hex',
    summary: 'annotated hex dump: fields named, block trailers apart',
    about: addresses,
    args: [image, address],
    options: [
      { flags: '-n, --length <LEN>', summary: 'bytes to show, such as 256, 4KiB or 2block' },
      { flags: '--plain', summary: 'bytes only, as xxd prints them' },
    ],
    takes: 'extract',
    exits: [0],
    examples: [
      ['vde hex a.dwvd b:0', 'the superblock, field by field'],
      ['vde hex a.dwvd r:MLOG/17', 'the bytes of one record'],
      ['vde hex a.dwvd 0xC040 -n 64 --plain', '64 bytes as xxd prints them'],
    ],
    load: () => import('./run-hex.ts'),
  },
  {
    name: 'check',
    summary: 'verify images: checksums, copies against each other, bitmap, every region',
    about:
      'quick verifies the container and the first block of each region; full also every block that directory or bitmap call in use, the copies against each other, the bitmap, and decodes every region.',
    args: [{ ...image, many: true }],
    options: [
      { flags: '--level <LEVEL>', summary: 'how much to verify', values: ['quick', 'full'], default: 'full' },
      { flags: '--only <CODE>', summary: 'report these findings only', many: true },
      { flags: '--skip <CODE>', summary: 'leave these findings out', many: true },
      {
        flags: '--fail-on <SEVERITY>',
        summary: 'what makes the check fail; with error, warnings exit 0',
        values: ['warning', 'error'],
        default: 'warning',
      },
    ],
    takes: 'extract',
    streams: true,
    exits: [0, 1, 2, 3, 4],
    examples: [
      ['vde check a.dwvd', 'is anything damaged, and can it be repaired?'],
      ['vde check *.dwvd --level quick -q', 'one verdict a line, worst exit code'],
      ['vde check a.dwvd --skip emptyRegion -f json', 'for a script'],
    ],
    load: () => import('./run-check.ts'),
  },
  {
    name: 'explain',
    summary: 'what a finding or error code means, and what to do about it',
    args: [{ name: 'CODE', summary: 'such as badTrailer; without one, all codes are listed', optional: true }],
    options: [],
    takes: 'nothing',
    exits: [0, 1],
    examples: [
      ['vde explain badTrailer', 'why a checksum can fail'],
      ['vde explain', 'every code'],
    ],
    load: () => import('./run-explain.ts'),
  },
  {
    name: 'plugins',
    summary: 'the region types that are understood',
    args: [],
    options: [],
    takes: 'nothing',
    exits: [0],
    examples: [['vde plugins', 'ids, tags and slot types']],
    load: () => import('./run-plugins.ts'),
  },
  {
    name: 'schema',
    summary: 'the JSON Schema of what a command prints with -f json',
    args: [
      {
        name: 'CMD',
        summary: 'a command, error, or line for a line of -f ndjson; without one, their names',
        optional: true,
      },
    ],
    options: [],
    takes: 'nothing',
    exits: [0, 1],
    examples: [['vde schema check > check.schema.json', 'for validators and code generators']],
    load: () => import('./run-schema.ts'),
  },
];
