import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f64, fromHex, i64, isZero, lengthPrefixed, PackedRecords, pad, record, toHex, u8, u16 } from '../src/index.ts';

const Point = record('Point', { id: u16, at: i64, value: f64, reserved: pad(1) });
const point = (id: number) => ({ id, at: BigInt(-id), value: id / 2 });
const points = (...ids: number[]) => PackedRecords.from(Point, ids.map(point));

describe('packed records', () => {
  it('give back what was pushed, as objects of their own', () => {
    const packed = points(1, 2, 3);
    expect([...packed]).toEqual([point(1), point(2), point(3)]);
    expect(packed.at(1)).not.toBe(packed.at(1));
    expect(packed.length).toBe(3);
  });

  it('read one field without an object, also after they grew', () => {
    const packed = points(1);
    const at = packed.reader('at');
    for (let id = 2; id <= 100; id++) packed.push(point(id));
    expect(Array.from({ length: 100 }, (_, i) => at(i))).toEqual(Array.from({ length: 100 }, (_, i) => BigInt(-i - 1)));
  });

  it('keep bit patterns that no value carries', () => {
    const packed = points(1);
    const bytes = packed.bytes().slice();
    bytes.set(fromHex('010000000000f07f'), 10);
    const copy = new PackedRecords(Point);
    copy.pushBytes(bytes);
    expect(copy.at(0).value).toBeNaN();
    expect(toHex(copy.bytes())).toBe(toHex(bytes));
  });

  it('copy pushed bytes', () => {
    const bytes = points(7).bytes().slice();
    const packed = new PackedRecords(Point);
    packed.pushBytes(bytes);
    bytes.fill(0);
    expect(packed.at(0)).toEqual(point(7));
  });

  it('change one field and no other', () => {
    const packed = points(1, 2);
    packed.setField(1, 'value', -0);
    expect([...packed]).toEqual([point(1), { ...point(2), value: -0 }]);
  });

  it('zero what they cut off', () => {
    const packed = points(1, 2, 3);
    const whole = packed.bytes();
    packed.truncate(1);
    expect([...packed]).toEqual([point(1)]);
    expect(toHex(whole.subarray(Point.size))).toBe('00'.repeat(2 * Point.size));
  });

  it('zero what they drop at the front', () => {
    const packed = points(1, 2, 3);
    const whole = packed.bytes();
    packed.dropFirst(2);
    expect([...packed]).toEqual([point(3)]);
    expect(toHex(whole.subarray(0, 2 * Point.size))).toBe('00'.repeat(2 * Point.size));
    expect(toHex(packed.bytes())).toBe(toHex(whole.subarray(2 * Point.size)));
  });

  it('append zeroed records, to be filled through the view', () => {
    const packed = points(1, 2, 3);
    packed.truncate(1);
    packed.dropFirst(1);
    packed.extend(2);
    packed.view.setUint16(Point.size, 7, true);
    expect([...packed]).toEqual([
      { id: 0, at: 0n, value: 0 },
      { id: 7, at: 0n, value: 0 },
    ]);
  });

  it('reuse the room of dropped records', () => {
    const packed = points(...Array.from({ length: 100 }, (_, id) => id));
    const room = new Set<ArrayBuffer>();
    for (let id = 100; id < 2000; id++) {
      packed.dropFirst(1);
      packed.push(point(id));
      room.add(packed.view.buffer);
    }
    expect([...packed]).toEqual(Array.from({ length: 100 }, (_, i) => point(1900 + i)));
    expect(room.size).toBeLessThanOrEqual(2);
    const [last] = [...room].slice(-1);
    expect(last!.byteLength).toBeLessThanOrEqual(200 * Point.size);
  });

  it('append nothing when a value does not fit', () => {
    const packed = points(1);
    expect(() => packed.push({ ...point(2), id: -1 })).toThrow(RangeError);
    expect([...packed]).toEqual([point(1)]);
  });

  it('leave nothing behind the records of one that does not fit', () => {
    const packed = points(1);
    expect(() => packed.push({ ...point(2), value: 'x' as never })).toThrow(TypeError);
    packed.extend(1);
    expect(packed.at(1)).toEqual({ id: 0, at: 0n, value: 0 });
  });

  it('zero the room that they grow out of', () => {
    const packed = points(1, 2, 3);
    const before = packed.bytes();
    while (packed.view.buffer === before.buffer) packed.push(point(4));
    expect(isZero(before)).toBe(true);
    expect([...packed].slice(0, 4)).toEqual([point(1), point(2), point(3), point(4)]);
  });

  it.each([-1, 2, 0.5, Number.NaN, 2 ** 40])('have no record %d of two', (index) => {
    const packed = points(1, 2);
    expect(() => packed.at(index)).toThrow(RangeError);
    expect(() => packed.reader('id')(index)).toThrow(RangeError);
    expect(() => packed.setField(index, 'id', 1)).toThrow(RangeError);
    expect([...packed]).toEqual([point(1), point(2)]);
  });

  it('give bytes of existing records only', () => {
    const packed = points(1, 2);
    expect(packed.bytes(1, 1).length).toBe(Point.size);
    expect(packed.bytes(2, 0).length).toBe(0);
    for (const [first, count] of [
      [-1, 1],
      [0, 3],
      [2, 1],
      [0, -1],
    ] as const) {
      expect(() => packed.bytes(first, count)).toThrow(RangeError);
    }
    expect(() => packed.truncate(3)).toThrow(RangeError);
    expect(() => packed.truncate(0.5)).toThrow(RangeError);
    expect(() => packed.pushBytes(new Uint8Array(Point.size + 1))).toThrow(RangeError);
    for (const count of [-1, 3, 0.5]) expect(() => packed.dropFirst(count)).toThrow(RangeError);
    for (const count of [-1, 0.5, 2 ** 53]) expect(() => packed.extend(count)).toThrow(RangeError);
    expect([...packed]).toEqual([point(1), point(2)]);
  });

  it('are of fixed size only', () => {
    const Word = record('Word', { text: lengthPrefixed(u8, { max: 3 }) });
    expect(() => new PackedRecords(Word)).toThrow(TypeError);
  });

  it('behave as a list of objects', () => {
    const ids = fc.nat({ max: 0xffff });
    const steps = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('push' as const), id: ids }),
        fc.record({ do: fc.constant('cut' as const), id: ids }),
        fc.record({ do: fc.constant('set' as const), id: ids }),
        fc.record({ do: fc.constant('copy' as const), id: ids }),
        fc.record({ do: fc.constant('drop' as const), id: ids }),
        fc.record({ do: fc.constant('extend' as const), id: ids }),
      ),
      { maxLength: 200, size: 'max' },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const packed = new PackedRecords(Point);
        const list: ReturnType<typeof point>[] = [];
        for (const { do: what, id } of all) {
          const at = list.length === 0 ? 0 : id % list.length;
          if (what === 'push') list.push(point(id));
          if (what === 'push') packed.push(point(id));
          if (what === 'cut') list.length = at;
          if (what === 'cut') packed.truncate(at);
          if (what === 'set' && list.length > 0) {
            list[at] = { ...list[at]!, value: id };
            packed.setField(at, 'value', id);
          }
          if (what === 'copy') list.push(...list.slice(at).map((one) => ({ ...one })));
          if (what === 'copy') packed.pushBytes(packed.bytes(at).slice());
          if (what === 'drop') list.splice(0, at);
          if (what === 'drop') packed.dropFirst(at);
          if (what === 'extend') list.push(...Array.from({ length: id % 5 }, () => ({ id: 0, at: 0n, value: 0 })));
          if (what === 'extend') packed.extend(id % 5);
          if (list.length > 400) break;
        }
        expect([...packed]).toEqual(list);
      }),
      { seed: 1, numRuns: 60, endOnFailure: true, interruptAfterTimeLimit: 5000 },
    );
  });
});
