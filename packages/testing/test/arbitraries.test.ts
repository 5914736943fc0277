import {
  boolean,
  bytes,
  enumeration,
  f64,
  guid,
  type Infer,
  i32,
  i64,
  lengthPrefixed,
  pad,
  record,
  tag,
  text,
  u8,
  u16,
  u64,
} from '@vde/format';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryPacked, arbitraryRecord } from '../src/index.ts';

const Everything = record('Everything', {
  small: u8,
  signed: i32,
  big: i64,
  unsigned: u64,
  real: f64,
  id: guid,
  type: tag,
  key: bytes(4),
  label: text(6),
  mood: enumeration(u8, ['good', 'bad']),
  level: enumeration(i32, ['none']),
  done: boolean,
  reserved: pad(2),
  name: lengthPrefixed(u16, { max: 20, readMax: 64 }),
});
type Everything = Infer<typeof Everything>;

const sample = fc.sample(arbitraryRecord(Everything), { seed: 1, numRuns: 1000 });
const has = (test: (value: Everything) => boolean) => sample.some(test);

describe('arbitrary records', () => {
  it('hold values that their fields take, and read back', () => {
    for (const value of sample) {
      const view = new DataView(new ArrayBuffer(Everything.sizeOf(value)));
      Everything.set(view, 0, value);
      expect(Everything.get(view)).toEqual(value);
    }
  });

  it('reach the edges', () => {
    expect(has(({ small }) => small === 255) && has(({ small }) => small === 0)).toBe(true);
    expect(has(({ signed }) => signed === -(2 ** 31)) && has(({ signed }) => signed === 2 ** 31 - 1)).toBe(true);
    expect(has(({ big }) => big === -(2n ** 63n)) && has(({ big }) => big === 2n ** 63n - 1n)).toBe(true);
    expect(has(({ unsigned }) => unsigned === 2n ** 64n - 1n)).toBe(true);
    expect(has(({ real }) => Number.isNaN(real)) && has(({ real }) => Object.is(real, -0))).toBe(true);
    expect(has(({ mood }) => mood > 1) && has(({ level }) => level < 0)).toBe(true);
    expect(has(({ type }) => type === '')).toBe(true);
  });

  it('carry reserved bytes sometimes, never zero ones', () => {
    expect(has(({ reserved }) => reserved === undefined) && has(({ reserved }) => reserved !== undefined)).toBe(true);
    expect(has(({ reserved }) => reserved?.every((byte) => byte === 0) ?? false)).toBe(false);
  });

  it('carry variable fields from empty to the longest that is written', () => {
    const lengths = sample.map(({ name }) => name.length);
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([0, 20]);
  });
});

describe('arbitrary packed records', () => {
  const Point = record('Point', { x: u8, y: f64 });
  const lengths = fc
    .sample(arbitraryPacked(Point, { maxLength: 100 }), { seed: 1, numRuns: 200 })
    .map(({ length }) => length);

  it('are long in a good part of the runs, and never too long', () => {
    expect(lengths.filter((length) => length > 50).length).toBeGreaterThan(50);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(100);
    expect(Math.min(...lengths)).toBeLessThan(5);
  });
});
