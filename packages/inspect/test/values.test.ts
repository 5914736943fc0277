import type { CellValue, FieldKind, FieldNames } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { displayValue, escapeControls, jsonValue } from '../src/values.ts';

const bytesOf = (...values: number[]) => Uint8Array.from(values);
const utf8 = (text: string) => new TextEncoder().encode(text);
const shown = (kind: FieldKind, value: CellValue, names?: FieldNames) => ({ kind, value, ...(names && { names }) });
const aggregation: FieldNames = { 0: 'raw', 2: 'average' };
const flagBits: FieldNames = { 0: 'active', 1: 'erased' };
const newYear = 638712864000000000n;

describe('JSON values', () => {
  it.each<[string, ReturnType<typeof shown>, unknown]>([
    ['a u32', shown('u32', 4294967295), 4294967295],
    ['an i32', shown('i32', -5), -5],
    ['an i64 as text', shown('i64', -9007199254740993n), '-9007199254740993'],
    ['a u64 as text', shown('u64', 0n), '0'],
    ['an i64 that a plugin carries as a number', shown('i64', 12), '12'],
    ['a boolean', shown('boolean', true), true],
    ['a GUID', shown('guid', '00112233-4455-6677-8899-aabbccddeeff'), '00112233-4455-6677-8899-aabbccddeeff'],
    ['a tag', shown('tag', 'MLOG'), 'MLOG'],
    ['no tag', shown('tag', ''), ''],
    ['nothing', shown('u32', null), null],
    ['bytes', shown('bytes', bytesOf(0, 0xab, 0xff)), '00abff'],
    ['no bytes', shown('bytes', bytesOf()), ''],
    ['ticks', shown('ticks', newYear), { ticks: '638712864000000000', iso: '2025-01-01T00:00:00Z' }],
    [
      'ticks with a fraction',
      shown('ticks', newYear + 1n),
      { ticks: '638712864000000001', iso: '2025-01-01T00:00:00.0000001Z' },
    ],
    ['ticks outside years 1-9999', shown('ticks', -1n), { ticks: '-1', iso: null }],
    ['a double', shown('f64', 5e-324), 5e-324],
    ['negative zero', shown('f64', -0), '-0'],
    ['NaN', shown('f64', Number.NaN), 'NaN'],
    ['infinities', shown('f64', Number.POSITIVE_INFINITY), 'Infinity'],
    ['negative infinity', shown('f64', Number.NEGATIVE_INFINITY), '-Infinity'],
    ['a known enum value', shown('enum', 2, aggregation), { value: 2, name: 'average' }],
    ['an unknown enum value', shown('enum', 9, aggregation), { value: 9, name: null }],
    ['flags', shown('flags', 3, flagBits), { value: 3, names: ['active', 'erased'] }],
    ['flags with unknown bits', shown('flags', 0x8001, flagBits), { value: 0x8001, names: ['active'] }],
    ['bit 31', shown('flags', 0x80000000, { 31: 'last' }), { value: 0x80000000, names: ['last'] }],
    ['flags of 64 bits', shown('flags', 1n << 63n, { 63: 'last' }), { value: '9223372036854775808', names: ['last'] }],
    ['a text', shown('text', utf8('größe')), 'größe'],
    ['a padded text', shown('text', utf8('abc\0\0\0')), 'abc'],
    ['an empty padded text', shown('text', bytesOf(0, 0)), ''],
    ['a text with a zero inside', shown('text', utf8('a\0b')), 'a\0b'],
    ['a text that is no UTF-8', shown('text', bytesOf(0x61, 0xff, 0)), { hex: '61ff00' }],
  ])('writes %s', (_, value, json) => {
    expect(jsonValue(value)).toEqual(json);
    expect(() => JSON.stringify(jsonValue(value))).not.toThrow();
  });
});

describe('values for people', () => {
  it.each<[ReturnType<typeof shown>, string, string?]>([
    [shown('ticks', newYear), '2025-01-01T00:00:00Z (638712864000000000)', '2025-01-01T00:00:00Z'],
    [shown('ticks', -1n), '-1'],
    [shown('enum', 2, aggregation), 'average (2)'],
    [shown('enum', 9, aggregation), 'unknown (9)'],
    [shown('flags', 3, flagBits), 'active, erased (3)'],
    [shown('flags', 9, flagBits), 'active, 0x8 (9)'],
    [shown('flags', 0, flagBits), 'none (0)'],
    [shown('boolean', false), 'no'],
    [shown('f64', -0), '-0'],
    [shown('f64', Number.NaN), 'NaN'],
    [shown('u64', 18446744073709551615n), '18446744073709551615'],
    [shown('u8', null), ''],
    [shown('bytes', bytesOf(1, 2)), '0102'],
    [shown('bytes', new Uint8Array(32)), 'zero (32 bytes)'],
    [shown('bytes', bytesOf(0)), '00'],
    [shown('bytes', new Uint8Array(32).fill(0xab)), `${'ab'.repeat(16)}… (32 bytes)`, 'abababab…'],
    [shown('text', utf8('abc\0\0')), 'abc'],
    [shown('text', bytesOf(0xff, 0xfe)), 'fffe'],
    [shown('text', utf8('\u001b[31mred\u202e')), '\\x1b[31mred\\u202e'],
    [shown('guid', 'x\ny'), 'x\\x0ay'],
  ])('shows %o as %s', (value, text, brief = text) => {
    expect(displayValue(value)).toBe(text);
    expect(displayValue(value, { brief: true })).toBe(brief);
  });

  it('leaves bytes out with dots where a terminal knows ASCII only', () => {
    expect(displayValue(shown('bytes', new Uint8Array(20).fill(1)), { brief: true, ellipsis: '...' })).toBe(
      '01010101...',
    );
  });

  it('escapes what could steer a terminal', () => {
    expect(escapeControls('a\u009bb\u0007\u2028ü')).toBe('a\\x9bb\\x07\\u2028ü');
  });
});
