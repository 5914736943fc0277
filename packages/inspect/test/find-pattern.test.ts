import { fromHex, ticksFromDate, toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { maxPatternBytes, parsePattern } from '../src/index.ts';

/** The bytes of a needle; `??` where any fits, `{...}` where some do. */
const shapeOf = (text: string, ignoreCase = false): string[] =>
  parsePattern(text, { ignoreCase }).needles.map(({ places }) =>
    places
      .map((choice) => {
        if (choice.length === 256) return '??';
        const hex = toHex(Uint8Array.from(choice));
        return choice.length === 1 ? hex : `{${hex}}`;
      })
      .join(''),
  );

describe('patterns with a prefix', () => {
  it.each<[string, string, string]>([
    ['hex:DEADbeef', 'hex', 'deadbeef'],
    ['hex:de ad:be ??', 'hex', 'deadbe??'],
    ['text:abc', 'text', '616263'],
    ['text:é€😀', 'text', 'c3a9e282acf09f9880'],
    ['text:hex:00', 'text', '6865783a3030'],
    ['utf16:aé', 'utf16', '6100e900'],
    ['utf16le:a', 'utf16', '6100'],
    ['utf16be:aé', 'utf16', '006100e9'],
    ['tag:MTRK', 'tag', '4b52544d'],
    ['tag:abc1', 'tag', '31636261'],
    ['u8:255', 'integer', 'ff'],
    ['i8:-1', 'integer', 'ff'],
    ['u16:0x0102', 'integer', '0201'],
    ['u16be:0x0102', 'integer', '0102'],
    ['u32:3000', 'integer', 'b80b0000'],
    ['i32:-2', 'integer', 'feffffff'],
    ['u64le:18446744073709551615', 'integer', 'ffffffffffffffff'],
    ['i64:-9223372036854775808', 'integer', '0000000000000080'],
    ['i64be:-2', 'integer', 'fffffffffffffffe'],
    ['f32:1', 'float', '0000803f'],
    ['f64:0.5', 'float', '000000000000e03f'],
    ['f64be:-0', 'float', '8000000000000000'],
    ['f64:-Infinity', 'float', '000000000000f0ff'],
    // Page 01, 3.6.
    ['time:639074435231234560', 'time', '00bafd18d072de08'],
    ['time:2026-02-23T11:38:43.1234560Z', 'time', '00bafd18d072de08'],
  ])('%s is %s', (text, kind, bytes) => {
    expect(parsePattern(text)).toMatchObject({ kind, isGuessed: false });
    expect(shapeOf(text)).toEqual([bytes]);
  });

  it('GUIDs stand in .NET and in RFC byte order', () => {
    const { needles } = parsePattern('guid:{00112233-4455-6677-8899-AABBCCDDEEFF}');
    expect(needles.map(({ as }) => as)).toEqual(['.NET byte order', 'RFC byte order']);
    expect(shapeOf('guid:00112233-4455-6677-8899-aabbccddeeff')).toEqual([
      '33221100554477668899aabbccddeeff',
      '00112233445566778899aabbccddeeff',
    ]);
    expect(shapeOf('guid:11111111-2222-3333-8899-aabbccddeeff')).toHaveLength(1);
  });

  it('letters of either case fit where both take the same bytes', () => {
    expect(shapeOf('text:aZ1é', true)).toEqual(['{4161}{5a7a}31c3{89a9}']);
    expect(shapeOf('utf16be:b', true)).toEqual(['00{4262}']);
    // The capital of the dotless i takes one byte, that of the sharp s two: SS.
    expect(shapeOf('text:ı', true)).toEqual(['c4b1']);
    expect(shapeOf('text:ß', true)).toEqual(['{53c3}{539f}']);
  });

  it('a letter of which two bytes differ fits as a whole only', () => {
    const [needle] = parsePattern('text:р', { ignoreCase: true }).needles;
    expect(shapeOf('text:р', true)).toEqual(['{d0d1}{80a0}']);
    expect(['d180', 'd0a0', 'd080', 'd1a0'].map((bytes) => needle!.accepts?.(fromHex(bytes)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('keeps its text with the prefix', () => {
    expect(parsePattern('hex:00ff').text).toBe('hex:00ff');
    expect(parsePattern('abc').text).toBe('text:abc');
  });
});

describe('times', () => {
  const ticks = (iso: string): bigint => ticksFromDate(new Date(iso));
  const fits = (text: string, value: bigint): boolean => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, value, true);
    const { places, accepts = () => true } = parsePattern(text).needles[0]!;
    return places.every((choice, i) => choice.includes(bytes[i]!)) && accepts(bytes);
  };

  it.each<[string, string, bigint]>([
    ['time:2025-01-31', '2025-01-31T00:00:00Z', 864_000_000_000n],
    ['time:2024-02', '2024-02-01T00:00:00Z', 29n * 864_000_000_000n],
    ['time:2024-12', '2024-12-01T00:00:00Z', 31n * 864_000_000_000n],
    ['time:2025-01-31T08:30Z', '2025-01-31T08:30:00Z', 600_000_000n],
    ['time:2025-01-31T08:30:05', '2025-01-31T08:30:05Z', 10_000_000n],
    ['time:2025-01-31T08:30:05.25Z', '2025-01-31T08:30:05.25Z', 100_000n],
    ['time:2025-01-31T08:30:05+02:30', '2025-01-31T06:00:05Z', 10_000_000n],
    ['time:2025-01-31T23:30-02:00', '2025-02-01T01:30:00Z', 600_000_000n],
    ['time:2024-12-31..2025-01-01T11:59Z', '2024-12-31T00:00:00Z', 36n * 36_000_000_000n],
    ['time:0001-01-01', '0001-01-01T00:00:00Z', 864_000_000_000n],
    ['time:9999-12', '9999-12-01T00:00:00Z', 31n * 864_000_000_000n],
  ])('%s begins at %s and stands for %i ticks', (text, start, length) => {
    const first = ticks(start);
    const inside = [first, first + 1n, first + length / 2n, first + length - 1n];
    expect(inside.map((value) => fits(text, value))).toEqual([true, true, true, true]);
    expect([first - 1n, first + length, first + (1n << 56n), 0n].filter((value) => fits(text, value))).toEqual(
      first === 0n ? [0n] : [],
    );
  });

  it('ticks are exact, and spans of them possible', () => {
    expect(fits('time:1000..2000', 999n) || fits('time:1000..2000', 2001n)).toBe(false);
    expect(fits('time:1000..2000', 1000n) && fits('time:1000..2000', 1023n) && fits('time:1000..2000', 2000n)).toBe(
      true,
    );
  });
});

describe('patterns without a prefix', () => {
  it.each([
    ['00112233-4455-6677-8899-aabbccddeeff', 'guid'],
    ['{00112233-4455-6677-8899-AABBCCDDEEFF}', 'guid'],
    ['2025-01-31', 'time'],
    ['2025-01-31T08:30:00Z', 'time'],
    ['2025-01-31..2025-02-01', 'time'],
    ['3000', 'u32'],
    ['0x1F', 'u32'],
    ['-3', 'i32'],
    ['4294967296', 'u64'],
    ['-2147483649', 'i64'],
    ['99999999999999999999', 'text'],
    ['MTRK', 'tag'],
    ['ABCD', 'text'],
    ['deadbeef', 'hex'],
    ['de ad', 'hex'],
    ['de:ad', 'hex'],
    ['4d5a', 'hex'],
    ['ff??', 'hex'],
    ['face', 'text'],
    ['deadbee', 'text'],
    ['2025-01', 'text'],
    ['foo:bar', 'text'],
    ['https://example.org', 'text'],
    ['hello world', 'text'],
  ])('%s is taken for %s', (text, prefix) => {
    expect(parsePattern(text)).toMatchObject({ text: `${prefix}:${text}`, isGuessed: true });
  });
});

describe('what is no pattern', () => {
  it.each([
    ['', /something behind "text:"/],
    ['hex:', /something behind "hex:"/],
    ['hex:4g', /found "4g"/],
    ['hex:abc', /3 digits/],
    ['hex:????', /not \?\?/],
    ['text:', /something/],
    ['guid:0011', /8-4-4-4-12/],
    ['tag:ABC', /four printable/],
    ['tag:MTRÄ', /four printable/],
    ['u8:256', /0 to 255/],
    ['i8:-129', /-128 to 127/],
    ['u64:-1', /0 to 18446744073709551615/],
    ['u32:1.5', /decimal number/],
    ['u32:', /decimal number/],
    ['f64:NaN', /NaN has many forms/],
    ['f64:', /expected a number/],
    ['time:', /expected a time/],
    ['time:2025-02-29', /expected a time/],
    ['time:2025-13', /expected a time/],
    ['time:2025-01-31T24:00Z', /expected a time/],
    ['time:2025-01-31T08:60Z', /expected a time/],
    ['time:0000-01-01', /expected a time/],
    ['time:0001-01-01T00:00+01:00', /expected a time/],
    ['time:2025-01-02..2025-01-01', /ends before/],
    ['time:1..2..3', /one time, or two/],
    ['time:9223372036854775808', /at most/],
    [`text:${'x'.repeat(maxPatternBytes + 1)}`, /at most 4096/],
  ])('%s is refused', (text, message) => {
    expect(() => parsePattern(text)).toThrow(RangeError);
    expect(() => parsePattern(text)).toThrow(message);
  });

  it('only texts ignore the case of letters', () => {
    expect(() => parsePattern('hex:41', { ignoreCase: true })).toThrow(/only texts/);
    expect(() => parsePattern('MTRK', { ignoreCase: true })).toThrow(/only texts/);
    expect(parsePattern('abc', { ignoreCase: true }).kind).toBe('text');
  });
});
