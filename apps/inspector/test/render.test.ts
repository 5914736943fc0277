import { describe, expect, it } from 'vitest';
import {
  check,
  cleanCheck,
  facts,
  findings,
  hexBlock,
  info,
  showRegion,
  showSuperblock,
  slots,
} from '../../../packages/inspect/test/models.ts';
import { renderCheck } from '../src/cli/render/check.ts';
import { renderHex } from '../src/cli/render/hex.ts';
import { renderInfo } from '../src/cli/render/info.ts';
import { renderPlainHex } from '../src/cli/render/plain-hex.ts';
import { renderShow } from '../src/cli/render/show.ts';
import { renderSlots } from '../src/cli/render/slots.ts';
import { renderPairs, renderTable } from '../src/cli/render/table.ts';
import { countOf, cutText, formatSize, padText, widthOf, wrapText } from '../src/cli/render/text.ts';
import { createStyle, wantsColor } from '../src/cli/style.ts';
import { hasColor, withoutColor } from './harness.ts';

const plain = createStyle({ color: false, ascii: false });
const colored = createStyle({ color: true, ascii: false });
const look = { isQuiet: false, isVerbose: false };
const checkLook = {
  ...look,
  source: 'a.dwvd',
  explain: (code: string) => (code === 'badTrailer' ? 'A checksum fails.' : undefined),
};

const views: readonly [string, (style: typeof plain) => Iterable<string>][] = [
  ['info', (style) => renderInfo(info, style, look)],
  ['info with all fields', (style) => renderInfo(info, style, { ...look, isVerbose: true })],
  ['ls', (style) => renderSlots(facts, slots, style, look)],
  ['show of a region', (style) => renderShow(showRegion(), style, look)],
  ['show of the superblock', (style) => renderShow(showSuperblock, style, look)],
  ['hex', (style) => renderHex(hexBlock(), style)],
  ['check', (style) => renderCheck(check, style, checkLook)],
  ['check with explanations', (style) => renderCheck(check, style, { ...checkLook, isVerbose: true })],
];

describe('every view', () => {
  it.each(views)('%s fits the terminal', (_, render) => {
    for (const width of [80, 100, 140]) {
      const lines = [...render(createStyle({ color: false, ascii: false, width }))];
      expect(lines.filter((line) => widthOf(line) > width)).toEqual([]);
      expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
    }
  });

  it.each(views)('%s stays in ASCII when asked to', (_, render) => {
    const lines = [...render(createStyle({ color: false, ascii: true }))];
    expect(lines.filter((line) => /[^ -~]/.test(line))).toEqual([]);
  });

  it.each(views)('%s says the same in colour', (_, render) => {
    const lines = [...render(colored)];
    expect(hasColor(lines.join('\n'))).toBe(true);
    expect(lines.map((line) => withoutColor(line).trimEnd())).toEqual([...render(plain)]);
  });
});

describe('info', () => {
  it('is one screen: identity, copy, integrity, regions, verdict', () => {
    expect(renderInfo(info, plain, look)).toMatchInlineSnapshot(`
      [
        "a.dwvd  DWVD v2 · 4 GiB · 1048576 blocks of 4 KiB",
        "",
        "  label       demo",
        "  volume      813b33dc-092d-486d-b9a7-49fc9a14261e",
        "  superblock  primary: its four blocks hold",
        "  created     2025-01-01T00:00:00Z (638712864000000000)",
        "  modified    ?",
        "  blocks      ? free, ? allocated of 1048576",
        "  modules     Observability, Privacy",
        "  integrity   ✓ File size  4294967296 bytes as expected",
        "              – Header seal  not set",
        "              ? Namespace signature  no key was given",
        "              ✗ Metadata chain hash  a region changed after it was taken",
        "",
        "  slot  type  region               start  blocks     size  state",
        "     0  SUPB  PrimarySuperblock        0       4   16 KiB  written",
        "     3  WORM  worm-immutable          31      64  256 KiB  damaged",
        "     4  MLOG  metrics-log           1185      64  256 KiB  written",
        "     5  ANON  anonymization-table   1249      64  256 KiB  empty",
        "",
        "✓ not damaged  quick check: 0 errors, 0 warnings; blocks: 12 ok",
      ]
    `);
  });
});

describe('ls', () => {
  it('aligns numbers and leaves unknown ones out', () => {
    expect(renderSlots(facts, slots, plain, look)).toMatchInlineSnapshot(`
      [
        "slot  type  region               how        flags  start  blocks  used     size  state",
        "   0  SUPB  PrimarySuperblock    –          –          0       4     –   16 KiB  written",
        "   3  WORM  worm-immutable       slot-type  worm      31      64     –  256 KiB  damaged",
        "   4  MLOG  metrics-log          owner      –       1185      64     2  256 KiB  written",
        "   5  ANON  anonymization-table  slot-type  –       1249      64     –  256 KiB  empty",
        "",
        "4 slots; vde show IMAGE s:N shows what one holds",
      ]
    `);
  });

  it('folds runs of free slots', () => {
    const free = [1, 2, 6, 8, 9].map((index) => ({
      ...slots[0]!,
      index,
      type: '',
      name: 'free',
      flags: [],
      blockCount: 0n,
    }));
    expect(renderSlots(facts, [...slots, ...free], plain, look)).toContain('free: 1-2, 6, 8-9');
  });
});

describe('show', () => {
  it('shows the first twenty records and how to see more', () => {
    const lines = [...renderShow(showRegion(50), plain, look)];
    expect(lines.filter((line) => line.includes('2025-01-01T')).length).toBe(20);
    expect(lines.at(-1)).toBe('  0 to 19 of 50; --records 20:40 shows more, -f json has all');
  });

  it('shows the records that were asked for', () => {
    const lines = [...renderShow(showRegion(50), plain, { ...look, range: { first: -2 } })];
    expect(lines.filter((line) => line.includes('2025-01-01T')).map((line) => line.trim().slice(0, 2))).toEqual([
      '48',
      '49',
    ]);
    expect([...renderShow(showRegion(50), plain, { ...look, range: { first: 90, end: 99 } })].at(-1)).toContain(
      'none of 50',
    );
  });

  it('says nothing more when all is shown', () => {
    const lines = [...renderShow(showRegion(3), plain, look)];
    expect(lines.at(-1)).toMatch(/^ +2 .*average \(2\)$/);
    expect(lines.join()).not.toContain('--records');
  });

  it('puts the mirror beside the primary and marks what differs', () => {
    const lines = [...renderShow(showSuperblock, plain, look)];
    expect(lines.find((line) => line.includes('totalBlocks'))).toMatch(/totalBlocks +1048576 +≠ +1048000$/);
    expect(lines.find((line) => line.includes('blockSize'))).toMatch(/4096 +=$/);
  });

  it('leaves reserved bytes out unless they are set', () => {
    const fields = [
      ...showSuperblock.fields,
      { path: 'reserved', kind: 'bytes' as const, value: null, range: { offset: 304, length: 8 } },
    ];
    const lines = (isVerbose: boolean) =>
      [...renderShow({ ...showSuperblock, fields }, plain, { ...look, isVerbose })].join('\n');
    expect(lines(false)).not.toContain('reserved');
    expect(lines(true)).toContain('reserved');
  });

  it('gathers fields of many records into a table', () => {
    const fields = [0, 1].flatMap((i) => [
      { path: `blocks[${i}].tag`, kind: 'tag' as const, value: 'WORM', range: { offset: 4080 + 4096 * i, length: 4 } },
      {
        path: `blocks[${i}].generation`,
        kind: 'u32' as const,
        value: 22,
        range: { offset: 4084 + 4096 * i, length: 4 },
      },
    ]);
    const { mirror: _, ...rest } = showSuperblock;
    expect([...renderShow({ ...rest, fields, tables: [] }, plain, look)].slice(1)).toEqual([
      '',
      '    offset  record     tag   generation',
      '  00000FF0  blocks[0]  WORM          22',
      '  00001FF0  blocks[1]  WORM          22',
    ]);
  });

  it('escapes what an image says', () => {
    const name = new TextEncoder().encode('\u001b[2Jgone');
    const fields = [{ path: 'volumeLabel', kind: 'text' as const, value: name, range: { offset: 0, length: 64 } }];
    const { mirror: _, ...rest } = showSuperblock;
    expect([...renderShow({ ...rest, fields }, plain, look)].join('\n')).toContain('\\x1b[2Jgone');
  });
});

describe('check', () => {
  it('groups findings by severity and ends with the verdict', () => {
    expect(renderCheck(check, plain, checkLook)).toMatchInlineSnapshot(`
      [
        "a.dwvd  full check · 1048576 blocks of 4 KiB",
        "",
        "errors (1)",
        "  ✗ badTrailer  b:31  worm-immutable in slot 3",
        "      block 31 does not match its checksum",
        "      writes[17].contentHash: expected 4660, found abcd",
        "      can be repaired from the mirror",
        "",
        "warnings (1)",
        "  ! duplicateKey  s:5",
        "      two mappings share one id",
        "",
        "notices (1)",
        "  i emptyRegion  s:6",
        "      slot 6 reserves no block",
        "",
        "✗ damaged, all of it repairable or readable from a good copy",
        "  full check: 1 error, 1 warning, 1 notice; blocks: 1048500 ok, 75 hole, 1 badTrailer",
      ]
    `);
  });

  it('says one line when quiet', () => {
    expect(renderCheck(cleanCheck, plain, { ...checkLook, isQuiet: true })).toEqual(['a.dwvd: ✓ not damaged']);
  });

  it('shows ten findings of a code unless all are asked for', () => {
    const many = { ...check, findings: Array.from({ length: 25 }, () => findings[0]!) };
    expect(renderCheck(many, plain, checkLook)).toContain('  and 15 more badTrailer; -v or -f json has them all');
    const lines = renderCheck(many, plain, { ...checkLook, isVerbose: true });
    expect(lines.filter((line) => line.includes('✗ badTrailer'))).toHaveLength(25);
    expect(lines).toContain('      A checksum fails.');
  });

  it('says when a check was cut short', () => {
    expect(renderCheck({ ...cleanCheck, complete: false }, plain, checkLook).at(-1)).toBe('! the check was cut short');
  });
});

describe('hex', () => {
  it('names fields, folds zeros, sets the trailer apart', () => {
    expect([...renderHex(hexBlock(), plain)]).toMatchInlineSnapshot(`
      [
        "block 96  MTRK  0x0000C000",
        "0000C000  0b 00 00 00 00 00 00 00  a0 86 01 00 00 00 00 00  sampleCount 11",
        "                                                            maxCapacitySamples 100000",
        "0000C010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00",
        "0000C020  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  samples[0].metricId 0  .value 0",
        "          * 28 rows more of the same",
        "",
        "0000C1F0  4b 52 54 4d 07 00 00 00  01 02 03 04 05 06 07 08",
        "          MTRK  generation 7  checksum 0807060504030201 ✓ ok",
      ]
    `);
  });

  it('begins where it was told to', () => {
    const model = hexBlock();
    const range = { offset: model.range.offset + 5, length: 13 };
    const lines = [...renderHex({ ...model, range, bytes: model.bytes.subarray(5, 18), trailers: [] }, plain)];
    expect(lines[1]).toMatch(/^0000C000 {17}00 00 00 {2}a0 86 01 00 00 00 00 00 {2}sampleCount 11$/);
    expect(lines[3]).toBe('0000C010  00 00');
  });

  it('is what xxd prints when plain', () => {
    const model = hexBlock();
    const lines = [
      ...renderPlainHex({ ...model, range: { ...model.range, length: 19 }, bytes: model.bytes.subarray(0, 19) }),
    ];
    expect(lines).toEqual([
      '0000c000: 0b00 0000 0000 0000 a086 0100 0000 0000  ................',
      '0000c010: 0000 00                                  ...',
    ]);
  });
});

describe('tables', () => {
  const columns = [{ title: 'name' }, { title: 'count', align: 'right' as const }];

  it('aligns by what a terminal shows', () => {
    expect(
      renderTable(
        columns,
        [
          ['größe', '1'],
          ['漢字', '20'],
          ['e\u0301', '300'],
        ],
        plain,
        0,
      ),
    ).toEqual(['name   count', 'größe      1', '漢字      20', 'e\u0301        300']);
  });

  it('takes short forms, then cuts texts, never numbers', () => {
    const style = createStyle({ color: false, ascii: true, width: 40 });
    const rows = [
      [
        { text: 'a very long name that goes on and on and on', short: 'a long name that goes on and on and on' },
        '123456789012',
      ],
    ];
    expect(renderTable(columns, rows, style, 0)).toEqual([
      'name                               count',
      'a long name that goes o...  123456789012',
    ]);
  });

  it('gives each column that shrinks the same room', () => {
    const style = createStyle({ color: false, ascii: false, width: 40 });
    const [, line] = renderTable([{ title: 'a' }, { title: 'b' }], [['x'.repeat(60), 'y'.repeat(60)]], style, 0);
    expect(line).toBe(`${'x'.repeat(18)}…  ${'y'.repeat(18)}…`);
  });

  it('writes values of several lines below their name', () => {
    expect(
      renderPairs(
        [
          ['a', '1\n2'],
          ['long', '3'],
        ],
        plain,
        1,
      ),
    ).toEqual([' a     1', '       2', ' long  3']);
  });
});

describe('texts', () => {
  it.each([
    [0, '0 bytes'],
    [512, '512 bytes'],
    [4096, '4 KiB'],
    [1536, '1.5 KiB'],
    [91750400, '88 MiB'],
    [2n ** 62n, '4 EiB'],
  ])('%s is %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });

  it('cuts at whole characters', () => {
    expect(cutText('漢字漢字', 5, '…')).toBe('漢字…');
    expect(cutText('abcdef', 4, '...')).toBe('a...');
    expect(cutText('abcdef', 2, '...')).toBe('..');
    expect(cutText('abc', 3, '…')).toBe('abc');
  });

  it('counts, pads and wraps', () => {
    expect([countOf(1, 'error'), countOf(0, 'error'), countOf(2n, 'copy', 'copies')]).toEqual([
      '1 error',
      '0 errors',
      '2 copies',
    ]);
    expect([padText('é', 3), padText('é', 3, 'right')]).toEqual(['é  ', '  é']);
    expect(wrapText('one two three', 8, ' ')).toEqual([' one two', ' three']);
  });
});

describe('colour', () => {
  it.each<[string, boolean, Record<string, string>, boolean]>([
    ['auto', true, {}, true],
    ['auto', false, {}, false],
    ['auto', true, { NO_COLOR: '1' }, false],
    ['auto', true, { NO_COLOR: '' }, true],
    ['auto', false, { FORCE_COLOR: '1' }, true],
    ['auto', true, { FORCE_COLOR: '0' }, false],
    ['auto', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['auto', true, { TERM: 'dumb' }, false],
    ['always', false, { NO_COLOR: '1' }, true],
    ['never', true, { FORCE_COLOR: '1' }, false],
  ])('--color %s, terminal %s, %o: %s', (when, isTerminal, env, expected) => {
    expect(wantsColor(when, isTerminal, env)).toBe(expected);
  });
});
