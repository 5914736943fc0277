import type { AnyRegionPlugin, VdeError } from '@vde/format';
import { allRegions } from '@vde/regions';
import type { ArgSpec, CommandSpec } from './command-spec.ts';
import type { OptionSpec } from './options.ts';
import { regionCommands } from './region-commands.ts';
import { repairCommands } from './repair-commands.ts';
import { verbCommands } from './verb-commands.ts';

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

const where = {
  flags: '--where <FILTER>',
  summary: 'of these, the records that match, such as "value > 2.5 and metricId in (3, 7)"',
} as const satisfies OptionSpec;

const filters = `A filter compares columns with values: = != < <= > >=, in (A, B), contains and starts-with for texts, GUIDs and bytes, has for flags,
joined by and, or, not and brackets. Values are decimal or 0x integers of any size, numbers, NaN, times (2025-01-31T08:30:00Z) or ticks, GUIDs, hex bytes,
names of enumerations and flags, true, false, null, and texts between ' or "; a doubled quote stands for one. Null is below, above and equal to nothing but null.`;

const imageCommands: readonly CommandSpec[] = [
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
    about: `${addresses}\n${filters}`,
    args: [image, address],
    options: [
      { flags: '--records <FIRST:END>', summary: 'these records of each table; people see the first 20, JSON has all' },
      where,
    ],
    takes: 'extract',
    streams: true,
    exits: [0, 1, 2],
    examples: [
      ['vde show a.dwvd sb', 'both superblock copies side by side'],
      ['vde show a.dwvd r:metrics-log --records 20:40', 'records 20 to 39'],
      ['vde show a.dwvd r:MLOG --where aggregationType=average', 'records that match'],
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
    name: 'map',
    summary: 'all blocks in runs by owner and state, totals, and a strip of the whole image',
    about:
      'ok, raw, hole, badTrailer, wrongTag and blockUnreadable are the words of vde check. empty is formatted with nothing written yet, free is what the allocation bitmap calls free (not read), lostToTruncation is in use but behind the end of the file, beyondVolume lies behind the last block of the volume. Blocks of regions count as in use whatever the bitmap says. A cell of the strip shows what matters most in its blocks.',
    args: [image],
    options: [],
    takes: 'image',
    streams: true,
    exits: [0, 2],
    examples: [
      ['vde map a.dwvd', 'where is what, and in what state?'],
      ['vde map a.dwvd -v', 'every run, of badly fragmented images too'],
      ['vde map a.dwvd -f ndjson | grep badTrailer', 'damaged blocks'],
    ],
    load: () => import('./run-map.ts'),
  },
  {
    name: 'export',
    summary: "write a region's table as CSV, JSON lines or Parquet",
    about: `csv is RFC 4180 in UTF-8 with line feeds and the column ids in its first line: times in ISO 8601 with seven digits, bytes in hex, enumerations by name
or else by number, flags by names between |, null as nothing. A text that a spreadsheet would take for a formula, or that begins with an apostrophe, gets an
apostrophe in front. jsonl has the rows of show -f json, one a line. parquet keeps types: ticks are exact as an integer, and beside them a timestamp in
nanoseconds that is null outside the years 1677 to 2262; names are texts as in csv.
${filters}`,
    args: [
      image,
      { ...address, summary: 'of a region: r:TYPE or s:SLOT; also sb and dir, which have a table of slots' },
    ],
    options: [
      { flags: '--to <FORM>', summary: 'the form of the result', values: ['csv', 'jsonl', 'parquet'], default: 'csv' },
      { flags: '--table <ID>', summary: 'which table, where the region has several' },
      { flags: '--columns <ID>', summary: 'these columns, in this order', many: true },
      { ...where, summary: 'only records that match, such as "value > 2.5 and metricId in (3, 7)"' },
    ],
    takes: 'extract',
    streams: true,
    exits: [0, 2],
    examples: [
      ['vde export a.dwvd r:metrics-log > samples.csv', 'for a spreadsheet'],
      ['vde export a.dwvd r:MLOG --columns timestampUtcTicks,value --where metricId=7', 'one metric'],
      ['vde export a.dwvd r:MLOG --to parquet > samples.parquet', 'for DuckDB, pandas and the like'],
      ['vde export metrics.bin --as metrics-log --block-size 4096 --to jsonl', 'an extract without container'],
    ],
    load: () => import('./run-export.ts'),
  },
  {
    name: 'check',
    summary: 'verify images: checksums, copies against each other, bitmap, every region',
    about:
      'quick verifies the container and the first block of each region; full also every block that directory or bitmap call in use, the copies against each other, the bitmap, and decodes every region; deep also free space, where damage is a notice, and what regions say of the rest of the image: content hashes, ring entries, write-once data, signatures.',
    args: [{ ...image, many: true }],
    options: [
      { flags: '--level <LEVEL>', summary: 'how much to verify', values: ['quick', 'full', 'deep'], default: 'full' },
      {
        flags: '--key <FILE>',
        summary: 'P-256 public key for signatures at level deep: PEM, JWK or raw point',
        many: true,
      },
      { flags: '--require-signatures', summary: 'exit 4 where a signature is missing or no key could verify it' },
      {
        flags: '--erased',
        summary: 'also search the whole file, free space too, for what erased records still leave',
      },
      { flags: '--only <CODE>', summary: 'report these findings only', many: true },
      { flags: '--skip <CODE>', summary: 'leave these findings out', many: true },
      {
        flags: '--fail-on <SEVERITY>',
        summary: 'what makes the check fail; with error, warnings exit 0',
        values: ['warning', 'error'],
        default: 'warning',
      },
      {
        flags: '--resume <FILE>',
        summary: 'keep in this file how far the check is, and go on from there when it was interrupted',
      },
    ],
    takes: 'extract',
    formats: ['sarif', 'html'],
    streams: true,
    exits: [0, 1, 2, 3, 4],
    examples: [
      ['vde check a.dwvd', 'is anything damaged, and can it be repaired?'],
      ['vde check *.dwvd --level quick -q', 'one verdict a line, worst exit code'],
      ['vde check a.dwvd --level deep --key issuer.pem', 'contents against their hashes, passports against their key'],
      ['vde check a.dwvd --erased', 'is anything left of people who were erased?'],
      ['vde check a.dwvd -f html -o report.html', 'a report for people, in one file'],
      ['vde check *.dwvd -f sarif -o vde.sarif', 'for code scanning and its viewers'],
      ['vde check a.dwvd --skip emptyRegion -f json', 'for a script'],
      ['vde check large.dwvd --resume large.state', 'may be interrupted; the same line again goes on'],
    ],
    load: () => import('./run-check.ts'),
  },
  {
    name: 'find',
    summary: 'search for bytes, text, GUIDs, tags, numbers and times; tells what owns them',
    about: `A pattern is hex:dead??ef (?? is any byte), text:abc (UTF-8), utf16:abc, utf16be:abc, guid:00112233-4455-6677-8899-aabbccddeeff (in .NET and RFC
byte order), tag:MTRK (as trailers and directory entries hold it), u32:7, i64be:-1, f64:0.5 and the like (u, i of 8 to 64 bits, f of 32 and 64; little-endian unless
be follows), time:2025-01-31T08:30:00Z. A time stands for all that begins like it, such as time:2025-01-31 for the day, or a span A..B from the beginning of A to the end
of B, UTC unless it says otherwise; it is looked for as ticks at any offset, so wide spans meet other bytes by chance. Without a prefix the shape
of the pattern tells what it is, and standard error says what it was taken for. All bytes of the file are searched, also of free blocks; a hit may go
on behind a block's trailer in the next block. Hits do not overlap. Fields are named in structures that are decoded.`,
    args: [image, { name: 'PATTERN', summary: 'what to search for, such as hex:dead??ef or text:abc' }],
    options: [
      { flags: '-i, --ignore-case', summary: 'letters of texts match in both cases' },
      { flags: '--in <ADDR>', summary: 'search only there: r:TYPE, s:SLOT, b:BLOCK:LENGTH, sb, dir, OFFSET:LENGTH' },
      { flags: '--max <N>', summary: 'stop after so many hits; people see the first 100, JSON has all' },
    ],
    takes: 'extract',
    streams: true,
    exits: [0, 1],
    examples: [
      ['vde find a.dwvd tag:MTRK', 'trailers and directory entries'],
      ['vde find a.dwvd text:observability -i', 'text in any case'],
      ['vde find a.dwvd hex:4d4c??47 --in r:MLOG', 'bytes of one region'],
      ['vde find a.dwvd time:2025-01-01..2025-01-31 -f ndjson', 'ticks of a month, for a script'],
      ['vde find a.dwvd u64:3000 --max 5', 'the first five'],
    ],
    load: () => import('./run-find.ts'),
  },
  {
    name: 'diff',
    summary: 'what differs between two images: fields, regions, records, then blocks',
    about:
      'Container fields are compared by name, regions matched by type, id and place, records by their key or by place; blocks are told where no record explains them. What both bitmaps call free is not compared. Trailers, counts and hashes that only follow from another difference are left out; -v shows them. A region above 128 MiB is compared block by block.',
    args: [
      { ...image, name: 'A' },
      { ...image, name: 'B' },
    ],
    options: [{ flags: '--max <N>', summary: 'list so many differences; people see the first 100, JSON has all' }],
    takes: 'extract',
    streams: true,
    exits: [0, 1],
    examples: [
      ['vde diff a.dwvd b.dwvd', 'what changed from A to B?'],
      ['vde diff a.dwvd b.dwvd -q', 'is anything different? ends at the first difference'],
      ['vde diff a.dwvd https://example.org/a.dwvd', 'a copy against its origin'],
      ['vde diff a.dwvd b.dwvd -f ndjson | grep \'"what":"record"\'', 'records that came or went'],
    ],
    load: () => import('./run-diff.ts'),
  },
  {
    name: 'salvage',
    summary: 'find regions by their trailers when superblocks and directory are gone; rebuild an image with --out',
    about:
      'Nothing in the image needs to be intact. The block size is found by blocks that verify under a known tag. Regions are found by their tags, by what their first blocks decode as, and by the layout that creators follow; surviving copies of superblock, pointer table and directory are used. high: the first block verifies and something independent agrees; medium: one of the two; low: the first block is gone. In the column why, layout means that a region lies where creators place it. The image itself is never written to. A rebuilt one has a new superblock group, mirror and directory, and a bitmap that covers them; all other blocks are copied as they are, damaged ones too, and holes stay holes. An identity of which nothing is left is made anew.',
    args: [image],
    options: [
      { flags: '--out <FILE>', summary: 'write an image with a rebuilt directory to this file' },
      { flags: '--force', summary: 'replace the file of --out if it exists' },
    ],
    takes: 'image',
    exits: [0, 2, 3],
    examples: [
      ['vde salvage a.dwvd', 'what can be saved, and how sure is that?'],
      ['vde salvage a.dwvd --out rescued.img', 'an image that opens again'],
      ['vde salvage a.dwvd -f json', 'regions with type, place, blocks and confidence'],
    ],
    load: () => import('./run-salvage.ts'),
  },
  {
    name: 'create',
    summary: 'make a new image, empty or with a worked example in it',
    about:
      'The image is sparse: only superblocks, directory, bitmap and the first blocks of regions are written. It appears under its name when all of it is on the disk. Its regions follow from the profile: minimal has none of the modules; standard security, compression, integrity and snapshots; enterprise also compliance, intelligence, tags and an audit log; max-security everything; edge-iot streaming and integrity; analytics blocks of 64 KiB with intelligence, compression, snapshots and queries. TYPE of --region is a slot type or region id; blocks=N reserves so many blocks, vde plugins -f json lists the other options. The example of --demo has an hour of two sensors, a table with an erased subject, two dictionaries, passports that are signed with the test key of RFC 6979 (A.2.5), a write-once log and a ring that went round; the same --time and --uuid give the same bytes.',
    args: [{ name: 'OUT', summary: 'the file to be made' }],
    options: [
      {
        flags: '--profile <PROFILE>',
        summary: 'what it is made for',
        values: ['minimal', 'standard', 'enterprise', 'max-security', 'edge-iot', 'analytics'],
        default: 'standard',
      },
      { flags: '--blocks <N>', summary: 'blocks of the volume; 16384 where nothing is said' },
      {
        flags: '--block-size <N>',
        summary: 'bytes of a block, 4096 to 65536; that of the profile where nothing is said',
      },
      { flags: '--label <TEXT>', summary: 'name of the volume, up to 64 bytes of UTF-8' },
      { flags: '--uuid <GUID>', summary: 'identity of the volume; random where nothing is said' },
      { flags: '--time <TIME>', summary: 'all timestamps, such as 2026-01-31T08:30:00Z; now where nothing is said' },
      {
        flags: '--slot-tags <WHOSE>',
        summary: 'reference files four kinds of regions under DATA, as the existing implementation does',
        values: ['own', 'reference'],
        default: 'own',
      },
      {
        flags: '--region <TYPE[=OPTS]>',
        summary: 'a region besides those of the profile, or one of these with options: MLOG, WORM=blocks=256',
        many: 'apart',
      },
      { flags: '--demo', summary: 'a worked example: data in every region that vde plugins lists' },
      { flags: '--force', summary: 'replace OUT if it exists' },
    ],
    takes: 'nothing',
    exits: [0],
    examples: [
      ['vde create new.dwvd', '64 MiB, profile standard'],
      ['vde create new.dwvd --force --profile max-security --blocks 262144 --label archive', '1 GiB with every module'],
      ['vde create new.dwvd --force --profile analytics -f json', 'for a script'],
      ['vde create new.dwvd --force --profile minimal --region metrics-log --region WORM=blocks=256', 'two regions'],
      ['vde create new.dwvd --force --demo', 'something to look at'],
    ],
    load: () => import('./run-create.ts'),
  },
  {
    name: 'damage',
    summary: 'write a damaged copy of an image, to try checks and tools on',
    about: `The image itself is never written to. bit and byte change one; zero zeroes a written block; swap exchanges it with its neighbour in the region; stale puts
an older version in its place, sealed under a smaller generation, or another block of its region, as lost and misplaced writes do; truncate ends the file early;
slot changes a field of a slot in the directory, in the pointer table or in every copy, and seals what holds it again. The same seed gives the same
damage everywhere. Where nothing else is said written blocks are struck, and blocks 0 to 9, trailers and small regions more often than by their size.
--at aims: at a block, a region, a record, a field, the end of the file for truncate, a slot (s:5, dir/5) for slot.`,
    args: [image, { name: 'OUT', summary: 'the file to be made' }],
    options: [
      {
        flags: '--kind <KIND>',
        summary: 'what happens',
        values: ['bit', 'byte', 'zero', 'swap', 'stale', 'truncate', 'slot'],
        default: 'bit',
      },
      { flags: '--seed <N>', summary: 'another number, another damage; from 0 to 4294967295', default: '1' },
      { flags: '--count <N>', summary: 'so many, one on top of the other; up to 1000', default: '1' },
      {
        flags: '--at <ADDR>',
        summary: 'strike there: b:BLOCK, s:SLOT, r:TYPE, r:TYPE/RECORD.FIELD, sb, dir, an offset',
      },
      { flags: '--force', summary: 'replace OUT if it exists' },
    ],
    takes: 'image',
    exits: [0],
    examples: [
      ['vde damage a.dwvd bit.img', 'one bit, somewhere that matters'],
      ['vde damage a.dwvd stale.img --kind stale --seed 7', 'a write that was lost'],
      ['vde damage a.dwvd aimed.img --kind byte --at r:MLOG/17.value', 'a byte of one value'],
      ['vde damage a.dwvd many.img --kind zero --count 20 -f json', 'twenty blocks; what they were is in the JSON'],
    ],
    load: () => import('./run-damage.ts'),
  },
  {
    name: 'recover',
    summary: 'finish or roll back a commit that was cut off; make mirror and directory agree with what counts',
    about:
      'The primary superblocks count when all four of their blocks hold, else the mirror when its four do. Nothing else is changed, and a second run finds nothing to do. The image is locked meanwhile by a file beside it, IMAGE.lock.',
    args: [{ name: 'IMAGE', summary: 'path of a DWVD v2 image' }],
    options: [{ flags: '--dry-run', summary: 'only tell what would be done; exits 2 where that is anything' }],
    takes: 'image',
    exits: [0, 2, 3],
    examples: [
      ['vde recover a.dwvd --dry-run', 'was a commit cut off?'],
      ['vde recover a.dwvd', 'finish it, or roll it back'],
    ],
    load: () => import('./run-recover.ts'),
  },
  ...repairCommands,
];

const selfDescription: readonly CommandSpec[] = [
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
  {
    name: 'completion',
    summary: 'a script that completes vde in a shell',
    args: [{ name: 'SHELL', summary: 'bash, zsh, fish or pwsh' }],
    options: [],
    takes: 'nothing',
    exits: [0, 1],
    examples: [
      ['vde completion bash > ~/.local/share/bash-completion/completions/vde', 'for bash'],
      ['vde completion zsh > ~/.zfunc/_vde', 'for zsh, with ~/.zfunc in $fpath'],
      ['vde completion fish > ~/.config/fish/completions/vde.fish', 'for fish'],
    ],
    load: () => import('./run-completion.ts'),
  },
  {
    name: 'man',
    summary: 'the manual page, for man(1)',
    args: [],
    options: [],
    takes: 'nothing',
    exits: [0],
    examples: [['vde man > vde.1', 'then man ./vde.1']],
    load: () => import('./run-man.ts'),
  },
];

/** Every command of the program with these regions, in the order of its help. `onFailure` hears of verbs that cannot be commands. */
export function commandsOf(
  regions: readonly AnyRegionPlugin[],
  onFailure?: (failure: VdeError) => void,
): readonly CommandSpec[] {
  const own = [...imageCommands, ...regionCommands, ...selfDescription, helpName].map(({ name }) => name);
  return [...imageCommands, ...regionCommands, ...verbCommands(regions, own, onFailure), ...selfDescription];
}

const helpName = { name: 'help' };

/** Every command of the program. */
export const commands: readonly CommandSpec[] = commandsOf(allRegions);
