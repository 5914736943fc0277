import { isVdeError, type Table, type VdeError } from '@vde/format';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findInTables, findRows, parseFilter } from '../src/index.ts';
import { columnRows, columns, objectRows, repeated, rows } from './where-table.ts';

const table = objectRows(rows);
const find = (filter: string, asked: Table = table) => [...findRows(asked, parseFilter(filter, asked.columns))];

describe('filters find', () => {
  it.each<[string, number[]]>([
    ['small = 7', [1, 3]],
    ['small != 7', [0, 2, 4]],
    ['small < 7', [0]],
    ['small <= 0x7', [0, 1, 3]],
    ['small > 7', [2]],
    ['small >= 7', [1, 2, 3]],
    ['small in (0, 65535, 99999999999999999999)', [0, 2]],
    ['small = null', [4]],
    ['small != null', [0, 1, 2, 3]],
    ['small in (null, 0)', [0, 4]],
    ['small < 99999999999999999999', [0, 1, 2, 3]],
    // 2^53 + 1 has no double.
    ['count = 9007199254740993', [1]],
    ['count > 9007199254740992', [1, 3]],
    ['count = -0x8000000000000000', [2]],
    ['count < 0', [2]],
    ['count < 999999999999999999999999', [0, 1, 2, 3]],
    ['size = 18446744073709551615', [1]],
    ['size > 9007199254740992', [1]],
    ['value = 2.5', [2]],
    ['value=.25e1', [2]],
    ['value = 0', [0]],
    ['value = -0', [0]],
    ['value = NaN', [1]],
    ['value != NaN', [0, 2, 3, 4]],
    ['value < 1', [0, 3]],
    ['value >= NaN', []],
    ['value = -Infinity', [3]],
    ['value in (2.5, NaN)', [1, 2]],
    ['createdUtcTicks = 0', [0]],
    ['createdUtcTicks = 0001-01-01', [0]],
    ['createdUtcTicks = 2025-01-01T00:00:00.0000001Z', [1]],
    ['createdUtcTicks > 2025-01-01', [1, 3]],
    ['createdUtcTicks > "2025-01-01 00:00:00.0000001"', [3]],
    ['createdUtcTicks <= 9999-12-31T23:59:59.9999999Z', [0, 1, 2, 3]],
    ['createdUtcTicks < 0', [2]],
    ['status = average', [1, 3]],
    ['status = 2', [1, 3]],
    ['status in (raw, 9)', [0, 2]],
    ['status > raw', [1, 2, 3]],
    ['flags has active', [1, 2, 3]],
    ['flags has worm', [1]],
    ['flags has 0x80', [2]],
    ['flags has 0x81 or flags = 0', [0, 2]],
    ['flags = active', [3]],
    ['isReadOnly = true', [1, 2]],
    ['isReadOnly != true', [0, 3, 4]],
    ['key = 00000001-AAAA-bbbb-cccc-ddddddddddd1', [1]],
    ['key starts-with 00000002', [2]],
    ['key contains "cccc-ddddddddddd3"', [3]],
    ['tag = MLOG', [0]],
    ["tag in ('', '=cmd')", [1, 2]],
    ['tag starts-with W', [3]],
    ['tag < N', [0, 1, 2]],
    ['hash = abcdef', [0]],
    ['hash = 0xABCDEF', [0]],
    ['hash starts-with ab', [0]],
    // Not across two bytes: 0a bc de holds abcd in its digits.
    ['hash contains cd', [0]],
    ['hash contains abcd', [0]],
    ['hash = "login"', [3]],
    ['hash contains "og"', [3]],
    ["hash = ''", [2]],
    ['label = plain', [0]],
    ['label = "größe 漢字"', [3]],
    ["label starts-with 'it''s'", [1]],
    ['label contains """quoted"""', [1]],
    // Bytes that are no text are equal to none, and not null.
    ['label != plain', [1, 2, 3, 4]],
    ['label = null', [4]],
    ['label > plain', []],
    ["label = 'null'", []],
    ['small = 7 and status = average', [1, 3]],
    ['small = 7 and value = NaN or count < 0', [1, 2]],
    ['small = 7 and (value = NaN or count < 0)', [1]],
    ['not small = 7', [0, 2, 4]],
    ['not not small = 7', [1, 3]],
    ['not (small = 7 or count < 0)', [0, 4]],
    ['small = 7 AND NOT isReadOnly = true', [3]],
    ['  small\t=\n7  ', [1, 3]],
  ])('%s: %o', (filter, expected) => {
    expect(find(filter)).toEqual(expected);
    // Without nulls, and with its numbers in typed arrays, a table gives the same.
    expect(find(filter, columnRows(rows.slice(0, 4)))).toEqual(expected.filter((row) => row < 4));
  });

  it('in a range of rows, across pages', () => {
    for (const asked of [objectRows(repeated(rows, 10_000)), columnRows(repeated(rows.slice(0, 4), 10_000))]) {
      const filter = parseFilter('count < 0', columns);
      const all = Array.from({ length: 10_000 }, (_, row) => row).filter(
        (row) => asked.cell(row, 'count') === rows[2]!.count,
      );
      expect([...findRows(asked, filter)]).toEqual(all);
      const range = { first: 4090, end: -10 };
      expect([...findRows(asked, filter, range)]).toEqual(all.filter((row) => row >= 4090 && row < 9990));
    }
  });

  it('and read no column that they do not name', () => {
    const read = new Set<string>();
    const cell: Table['cell'] = (row, id) => {
      read.add(id);
      return table.cell(row, id);
    };
    findRows({ ...table, cell }, parseFilter('small = 7 and value > 0', columns));
    expect([...read].sort()).toEqual(['small', 'value']);
  });
});

describe('filters agree with an evaluation row by row', () => {
  const comparisons: readonly [string, (row: (typeof rows)[number]) => boolean][] = [
    ['small >= 7', ({ small }) => small !== null && (small as number) >= 7],
    ['count > 9007199254740992', ({ count }) => count !== null && (count as bigint) > 9007199254740992n],
    ['value < 1', ({ value }) => value !== null && (value as number) < 1],
    ['status = average', ({ status }) => status === 2],
    ['flags has active', ({ flags }) => flags !== null && ((flags as number) & 1) === 1],
    ['tag = null', ({ tag }) => tag === null],
  ];
  interface Node {
    readonly text: string;
    matches(row: (typeof rows)[number]): boolean;
  }
  const { node } = fc.letrec<{ node: Node }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.constantFrom(...comparisons).map(([text, matches]): Node => ({ text, matches })),
      tie('node').map(({ text, matches }): Node => ({ text: `not (${text})`, matches: (row) => !matches(row) })),
      fc.tuple(tie('node'), tie('node'), fc.boolean()).map(
        ([a, b, isAnd]): Node => ({
          text: `(${a.text}) ${isAnd ? 'and' : 'or'} (${b.text})`,
          matches: (row) => (isAnd ? a.matches(row) && b.matches(row) : a.matches(row) || b.matches(row)),
        }),
      ),
    ),
  }));

  it('for any joined comparisons', () => {
    fc.assert(
      fc.property(node, ({ text, matches }) => {
        fc.pre((text.match(/\(/g) ?? []).length < 60);
        expect(find(text)).toEqual(rows.flatMap((row, i) => (matches(row) ? [i] : [])));
      }),
      { endOnFailure: true, interruptAfterTimeLimit: 20_000 },
    );
  });
});

function faultOf(filter: string): VdeError<'badFilter'> {
  try {
    parseFilter(filter, columns);
  } catch (error) {
    if (isVdeError(error, 'badFilter')) return error;
    throw error;
  }
  throw new Error(`${filter}: no fault was found`);
}

describe('faults', () => {
  it.each<[string, number, RegExp]>([
    ['', 0, /found the end .*expected a column: small, count/],
    ['   ', 0, /a column/],
    ['smal = 7', 0, /found "smal" at position 0, expected a column/],
    ['small', 5, /expected = != in < <= > >= behind small, which is of kind u16/],
    ['small contains 7', 6, /expected = != in < <= > >= behind small/],
    ['small =', 7, /found the end .*expected an integer, to compare small with/],
    ['small = 7.5', 8, /found "7.5" .*expected an integer/],
    ['small = "7"', 8, /expected an integer/],
    ['small < null', 8, /found "null" .*expected an integer/],
    ['count = 1e3', 8, /expected an integer/],
    ['value = half', 8, /expected a number/],
    ['createdUtcTicks > 2025-02-30', 18, /expected a UTC time such as/],
    ['createdUtcTicks > 2025-01-01T25:00Z', 18, /expected a UTC time/],
    ['createdUtcTicks > 2025-01-01T00:00:00+01:00', 18, /expected a UTC time/],
    ['createdUtcTicks > 0000-01-01', 18, /expected a UTC time/],
    ['status = averag', 9, /expected a number, or one of raw, average/],
    ['flags has readOnly', 10, /expected a number, or one of active, worm/],
    ['flags > 1', 6, /expected = != in has behind flags/],
    ['isReadOnly = yes', 13, /expected true or false/],
    ['isReadOnly < true', 11, /expected = != in behind isReadOnly/],
    ['key = 1234', 6, /expected a GUID/],
    ['key contains xyz', 13, /expected a part of a GUID/],
    ['hash = abc', 7, /expected hex bytes, or a quoted text/],
    ['small = 7 value = 1', 10, /found "value" .*expected and, or or the end/],
    ['(small = 7', 10, /expected and, or or \)/],
    ['small in 7', 9, /expected \( and the values/],
    ['small in (7', 11, /expected , or \)/],
    ['small in ()', 10, /found "\)" .*expected an integer/],
    ['small = 7 and', 13, /expected a column/],
    ["label = 'open", 8, /expected the closing quote/],
    ['small = 7; drop', 9, /found ";" at position 9/],
    ['small == 7', 7, /found "=" .*expected an integer/],
    [`small = 7 or ${'x'.repeat(20_000)}`, 0, /at most 16384 characters/],
  ])('%s: at %i', (filter, position, message) => {
    const fault = faultOf(filter);
    expect(fault.message).toMatch(message);
    expect(fault.details).toMatchObject({ text: filter, position });
  });

  it('are marked below the filter', () => {
    expect(faultOf('value > 1 and smal = 7').message.split('\n').slice(1)).toEqual([
      '  value > 1 and smal = 7',
      '                ^',
    ]);
    const [, line, mark] = faultOf(`${'value > 1 and '.repeat(200)}smal = 7`).message.split('\n');
    expect(line!.slice(mark!.indexOf('^'))).toBe('smal = 7');
    expect(line!.length).toBeLessThan(140);
  });

  it('name what was possible', () => {
    expect(faultOf('smal = 7').details).toMatchObject({ found: 'smal', names: columns.map(({ id }) => id) });
    expect(faultOf('status = averag').details).toMatchObject({ found: 'averag', names: ['raw', 'average'] });
  });

  it('are all that a hostile text can cause', () => {
    for (const deep of ['('.repeat(16_000), 'not '.repeat(4000), `${'('.repeat(65)}small = 7${')'.repeat(65)}`])
      expect(faultOf(deep).message).toContain('at most 64 brackets');
    expect(find(`${'('.repeat(63)}small = 7${')'.repeat(63)}`)).toEqual([1, 3]);
    expect(find(`${'small = 9 or '.repeat(1200)}small = 7`)).toEqual([1, 3]);
    const words = ['small', 'value', 'label', 'status', '=', '!=', '<', 'in', '(', ')', ',', 'not', 'and', 'or', 'has'];
    const piece = fc.oneof(fc.constantFrom(...words, 'null', '7', "'", '"', '2025-01-01', 'contains'), fc.string());
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          find(pieces.join(' '));
        } catch (error) {
          if (!isVdeError(error, 'badFilter')) throw error;
        }
      }),
      { numRuns: 1000, endOnFailure: true, interruptAfterTimeLimit: 20_000 },
    );
  });
});

describe('several tables', () => {
  const other: Table = { id: 'others', columns: [{ id: 'block', kind: 'u64' }], rowCount: 1, cell: () => 5n };

  it('are searched where they have the columns', () => {
    expect([...findInTables([other, table], 'small = 7')]).toEqual([[table, Uint32Array.of(1, 3)]]);
    expect([...findInTables([other, table], 'block = 5').keys()]).toEqual([other]);
  });

  it('fail with the fault of the one that suits best', () => {
    expect(() => findInTables([other, table], 'small = x')).toThrow(/expected an integer, to compare small with/);
    expect(() => findInTables([other, table], 'nothing = 1')).toThrow(/expected a column: block/);
  });
});
