import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boolean,
  bytes,
  enumeration,
  type FieldType,
  f64,
  flags,
  fromHex,
  guid,
  i32,
  i64,
  lengthPrefixed,
  pad,
  record,
  tag,
  text,
  ticks,
  toHex,
  u8,
  u16,
  u32,
  u64,
} from '../src/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: rows of fields of every type
type AnyField = FieldType<any>;
const a = '00112233-4455-6677-8899-aabbccddeeff';

const stored: readonly (readonly [string, AnyField, unknown, string])[] = [
  ['u8', u8, 255, 'ff'],
  ['u16', u16, 0x1234, '3412'],
  ['u32', u32, 0xfedc_ba98, '98badcfe'],
  ['u64', u64, 0xffff_ffff_ffff_ffffn, 'ffffffffffffffff'],
  ['i32', i32, -2, 'feffffff'],
  ['i64', i64, -(2n ** 63n), '0000000000000080'],
  ['ticks', ticks, 638712864000000000n, '0040313cf729dd08'],
  ['f64', f64, 42.5, '0000000000404540'],
  ['f64 -0', f64, -0, '0000000000000080'],
  ['f64 NaN (region-metrics-log 5.3)', f64, Number.NaN, '000000000000f8ff'],
  ['boolean', boolean, true, '01'],
  ['guid (page 01, 3.6)', guid, a, '33221100554477668899aabbccddeeff'],
  ['tag', tag, 'INTE', '45544e49'],
  ['tag of type 0', tag, '', '00000000'],
  ['bytes', bytes(3), fromHex('010203'), '010203'],
  ['text', text(4), fromHex('c3b66100'), 'c3b66100'],
  ['enumeration, unknown number', enumeration(u8, ['raw', 'sum']), 200, 'c8'],
  ['flags, unknown bits', flags(u16, ['active']), 0x8001, '0180'],
  ['reserved, zero', pad(2), undefined, '0000'],
  ['reserved, not zero', pad(2), fromHex('0001'), '0001'],
  ['length-prefixed', lengthPrefixed(u16, { max: 4 }), fromHex('aabb'), '0200aabb'],
  ['length-prefixed, empty', lengthPrefixed(i32, { max: 4 }), fromHex(''), '00000000'],
];

const refused: readonly (readonly [string, AnyField, unknown])[] = [
  ['u8 256', u8, 256],
  ['u8 -1', u8, -1],
  ['u16 1.5', u16, 1.5],
  ['u32 2^32', u32, 2 ** 32],
  ['u32 text', u32, '1'],
  ['i32 2^31', i32, 2 ** 31],
  ['i64 2^63', i64, 2n ** 63n],
  ['i64 number', i64, 1],
  ['u64 -1', u64, -1n],
  ['f64 bigint', f64, 1n],
  ['f64 nothing', f64, undefined],
  ['boolean 1', boolean, 1],
  ['guid text', guid, 'no guid'],
  ['guid undefined', guid, undefined],
  ['tag of five', tag, 'ABCDE'],
  ['bytes of another size', bytes(3), new Uint8Array(2)],
  ['bytes that are an array', bytes(3), [1, 2, 3]],
  ['reserved of another size', pad(2), new Uint8Array(3)],
  ['length-prefixed too long', lengthPrefixed(u16, { max: 4 }), new Uint8Array(5)],
];

describe('fields', () => {
  it.each(stored)('%s: stored bytes in both directions', (_name, type, value, hex) => {
    const out = new Uint8Array(hex.length / 2 + 2).fill(0xcc);
    type.set(new DataView(out.buffer), 1, value);
    expect(toHex(out)).toBe(`cc${hex}cc`);
    const read = type.get(new DataView(fromHex(`cc${hex}cc`).buffer), 1);
    expect(read).toEqual(value);
    expect(Object.is(read, -0)).toBe(Object.is(value, -0));
  });

  it.each(refused)('%s is refused', (_name, type, value) => {
    const view = new DataView(new ArrayBuffer(32));
    expect(() => type.set(view, 0, value)).toThrow(/./);
    expect(toHex(new Uint8Array(view.buffer))).toBe('00'.repeat(32));
  });

  it.each(['bytes', 'pad', 'length-prefixed'] as const)('%s are copied out', (name) => {
    const type: AnyField = { bytes: bytes(2), pad: pad(2), 'length-prefixed': lengthPrefixed(u8, { max: 9 }) }[name];
    const data = fromHex('020304');
    const read = type.get(new DataView(data.buffer), 0) as Uint8Array;
    const kept = toHex(read);
    data.fill(0);
    expect(toHex(read)).toBe(kept);
  });

  it('a boolean byte other than 0 and 1 reads as true', () => {
    expect(boolean.get(new DataView(Uint8Array.of(7).buffer), 0)).toBe(true);
  });

  it('names keep their numbers', () => {
    expect(enumeration(u8, ['raw', 'sum'])).toMatchObject({ kind: 'enum', size: 1, names: { 0: 'raw', 1: 'sum' } });
    expect(flags(u16, ['active', 'erased'])).toMatchObject({
      kind: 'flags',
      size: 2,
      names: { 0: 'active', 1: 'erased' },
    });
  });
});

const Fixed = record('Fixed', { id: u16, at: ticks, reserved: pad(2), mood: u8 });
const Named = record('Named', {
  id: u8,
  name: lengthPrefixed(u16, { max: 6, kind: 'text' }),
  note: lengthPrefixed(u8, { max: 3 }),
  end: u16,
});

describe('records of fixed size', () => {
  it('lie back to back in the order of their declaration', () => {
    expect(Fixed.fields.map(({ name, offset }) => [name, offset])).toEqual([
      ['id', 0],
      ['at', 2],
      ['reserved', 10],
      ['mood', 12],
    ]);
    expect([Fixed.size, Fixed.isFixed, Fixed.sizeOf({ id: 1, at: 2n, mood: 3 })]).toEqual([13, true, 13]);
  });

  it('leave out reserved bytes that are zero, and keep others', () => {
    const view = new DataView(new ArrayBuffer(20));
    Fixed.set(view, 3, { id: 1, at: -1n, mood: 3 });
    expect(Fixed.get(view, 3)).toEqual({ id: 1, at: -1n, mood: 3 });
    view.setUint8(14, 9);
    expect(Fixed.get(view, 3)).toEqual({ id: 1, at: -1n, reserved: fromHex('0009'), mood: 3 });
    Fixed.set(view, 3, { id: 1, at: -1n, mood: 3 });
    expect(view.getUint8(14)).toBe(0);
  });

  it('name the field that a value does not fit', () => {
    const view = new DataView(new ArrayBuffer(20));
    expect(() => Fixed.set(view, 0, { id: 70_000, at: 0n, mood: 0 })).toThrow(
      new RangeError('Fixed.id: 70000: expected an integer from 0 to 65535'),
    );
    expect(() => Fixed.set(view, 0, { id: 1, at: 5 as never, mood: 0 })).toThrow(TypeError);
    expect(() => Fixed.set(view, 0, { id: 1, at: 5 as never, mood: 0 })).toThrow(/^Fixed\.at: 5: expected a bigint/);
    expect(() => Fixed.set(view, 0, { id: 1, at: 5n } as never)).toThrow(/^Fixed\.mood: /);
  });

  it('have no other fields', () => {
    expect(Fixed.field('mood').offset).toBe(12);
    expect(() => Fixed.field('moods')).toThrow(new RangeError('Fixed has no field "moods"'));
  });

  it('read back what was set', () => {
    const values = fc.record({
      id: fc.nat({ max: 0xffff }),
      at: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      mood: fc.nat({ max: 0xff }),
    });
    fc.assert(
      fc.property(values, fc.nat({ max: 7 }), (value, offset) => {
        const view = new DataView(new ArrayBuffer(20));
        Fixed.set(view, offset, value);
        expect(Fixed.get(view, offset)).toEqual(value);
      }),
      { seed: 1, endOnFailure: true },
    );
  });
});

describe('records of variable size', () => {
  const value = { id: 1, name: fromHex('616263'), note: fromHex('ff'), end: 0x0201 };
  const hex = '0103006162630' + '1ff0102';

  it('count their fixed part as size', () => {
    expect([Named.size, Named.isFixed, Named.sizeOf(value)]).toEqual([6, false, 10]);
  });

  it('store fields behind a variable one where it ends', () => {
    const out = new Uint8Array(11);
    Named.set(new DataView(out.buffer), 1, value);
    expect(toHex(out)).toBe(`00${hex}`);
    expect(Named.get(new DataView(out.buffer), 1)).toEqual(value);
  });

  it('trace each field with its length prefix', () => {
    const view = new DataView(fromHex(`00${hex}`).buffer);
    expect(Named.ranges(view, 1).map(({ name, offset, length }) => [name, offset, length])).toEqual([
      ['id', 1, 1],
      ['name', 2, 5],
      ['note', 7, 2],
      ['end', 9, 2],
    ]);
  });

  it('have no size where a length is out of bounds or reaches past the end (PR-11)', () => {
    const sizeOf = (text: string, end: number) =>
      Named.sizeAt(new DataView(fromHex(text.padEnd(60, '0')).buffer), 0, end);
    expect(sizeOf(hex, 10)).toBe(10);
    expect(sizeOf(hex, 9)).toBeUndefined();
    expect(sizeOf(hex, 5)).toBeUndefined();
    expect(sizeOf('010700', 30)).toBeUndefined();
    expect(sizeOf('010600', 30)).toBe(12);
    expect(sizeOf('01ffff', 30)).toBeUndefined();
  });

  it('take a negative length for out of bounds', () => {
    const Signed = record('Signed', { data: lengthPrefixed(i32, { max: 8 }) });
    expect(Signed.sizeAt(new DataView(fromHex('ffffffff00000000').buffer), 0, 8)).toBeUndefined();
    expect(Signed.ranges(new DataView(fromHex('ffffffff00000000').buffer), 0)).toEqual([]);
  });

  it('stop their ranges where a field leaves the view', () => {
    const view = new DataView(fromHex('01050061').buffer);
    expect(Named.ranges(view, 0).map(({ name }) => name)).toEqual(['id']);
  });

  it('read back what was set, and measure what was written', () => {
    const values = fc.record({
      id: fc.nat({ max: 255 }),
      name: fc.uint8Array({ maxLength: 6 }),
      note: fc.uint8Array({ maxLength: 3 }),
      end: fc.nat({ max: 0xffff }),
    });
    fc.assert(
      fc.property(values, (one) => {
        const view = new DataView(new ArrayBuffer(20));
        Named.set(view, 2, one);
        expect(Named.get(view, 2)).toEqual(one);
        expect(Named.sizeAt(view, 2, 20)).toBe(Named.sizeOf(one));
        const ranges = Named.ranges(view, 2);
        expect(ranges.at(-1)!.offset + ranges.at(-1)!.length).toBe(2 + Named.sizeOf(one));
      }),
      { seed: 1, endOnFailure: true },
    );
  });
});
