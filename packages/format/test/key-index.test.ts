import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, guid, guidFromBytes, guidToBytes, KeyIndex, PackedRecords, record, u16, u32 } from '../src/index.ts';

const Entry = record('Entry', { number: u16, id: guid, hash: bytes(32), size: u32 });
const hashOf = (n: number) => new Uint8Array(32).map((_, i) => (i % 16 === n % 16 ? n : 0));
const guidOf = (n: number) => guidFromBytes(hashOf(n).subarray(0, 16));
const entry = (number: number, n: number) => ({ number, id: guidOf(n), hash: hashOf(n), size: 0 });
const entries = (...keys: number[]) =>
  PackedRecords.from(
    Entry,
    keys.map((n, i) => entry(i, n)),
  );

/** Places of each key by comparing texts. */
function placesOf(records: PackedRecords<{ id: string }>): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (let i = 0; i < records.length; i++) {
    const { id } = records.at(i);
    places.set(id, [...(places.get(id) ?? []), i]);
  }
  return places;
}

/** All places of a key, from the last to the first. */
function chain(index: { last(key: string): number; previous(index: number): number }, key: string): number[] {
  const found: number[] = [];
  for (let i = index.last(key); i >= 0; i = index.previous(i)) found.push(i);
  return found;
}

describe('key index', () => {
  it('finds the last record of a key, and from there the ones before it', () => {
    const index = new KeyIndex(entries(1, 2, 1, 3, 1), 'id');
    expect([1, 2, 3, 4].map((n) => index.last(guidOf(n)))).toEqual([4, 1, 3, -1]);
    expect([0, 1, 2, 3, 4].map((i) => index.previous(i))).toEqual([-1, -1, 0, -1, 2]);
    expect(index.keyCount).toBe(3);
    for (const i of [-1, 5, 7]) expect(() => index.previous(i)).toThrow(RangeError);
  });

  it('is empty where there are no records', () => {
    const index = new KeyIndex(new PackedRecords(Entry), 'id');
    expect([index.keyCount, index.last(guidOf(0))]).toEqual([0, -1]);
    expect(() => index.previous(0)).toThrow(RangeError);
  });

  it('takes in records that are appended, whoever appends them', () => {
    const records = entries(7);
    const index = new KeyIndex(records, 'id');
    expect(index.keyCount).toBe(1);
    records.push(entry(1, 8));
    records.pushBytes(entries(7, 9).bytes());
    expect([7, 8, 9].map((n) => index.last(guidOf(n)))).toEqual([2, 1, 3]);
    expect([index.keyCount, index.previous(2)]).toEqual([3, 0]);
  });

  it('finds a key as it is stored, and one of 32 bytes by all of them', () => {
    const records = entries(1, 2, 17, 33);
    const stored = new Uint8Array(20);
    stored.set(guidToBytes(guidOf(2)), 3);
    expect(new KeyIndex(records, 'id').lastAt(new DataView(stored.buffer), 3)).toBe(1);
    const index = new KeyIndex(records, 'hash');
    expect([1, 2, 17, 33].map((n) => index.last(hashOf(n)))).toEqual([0, 1, 2, 3]);
    const others = Array.from({ length: 32 }, (_, i) => hashOf(17).map((byte, at) => (at === i ? byte + 1 : byte)));
    expect(others.map((key) => index.last(key))).toEqual(Array(32).fill(-1));
  });

  it('refuses fields that are no multiple of 16 bytes, and keys that the field cannot hold', () => {
    const records = entries(1);
    expect(() => new KeyIndex(records, 'size')).toThrow(RangeError);
    expect(() => new KeyIndex(records, 'name' as 'size')).toThrow(RangeError);
    expect(() => new KeyIndex(records, 'id').last('no guid')).toThrow(RangeError);
    expect(() => new KeyIndex(records, 'hash').last(new Uint8Array(31))).toThrow(RangeError);
  });

  it('answers as comparing all texts does', () => {
    // Keys that differ in one byte only, in few values, and at random.
    const near = fc.nat({ max: 4095 }).map((n) =>
      guidFromBytes(
        hashOf(n & 15)
          .map((byte, i) => (i === 3 ? n >> 4 : byte))
          .subarray(0, 16),
      ),
    );
    const random = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((one) => guidFromBytes(one));
    const few = fc.nat({ max: 5 }).map(guidOf);
    const keys = fc.oneof(near, random, few);
    const batches = fc.array(fc.array(keys, { maxLength: 120, size: 'max' }), {
      minLength: 1,
      maxLength: 5,
      size: 'max',
    });
    fc.assert(
      fc.property(batches, keys, (all, stranger) => {
        const records = new PackedRecords(Entry);
        const index = new KeyIndex(records, 'id');
        for (const batch of all) {
          for (const id of batch) records.push({ ...entry(0, 0), id });
          const places = placesOf(records);
          expect(index.keyCount).toBe(places.size);
          for (const [id, found] of places) expect(chain(index, id)).toEqual(found.toReversed());
          expect(chain(index, stranger)).toEqual((places.get(stranger) ?? []).toReversed());
        }
      }),
      { seed: 1, numRuns: 80, endOnFailure: true, interruptAfterTimeLimit: 5000 },
    );
  });

  it('works as long for one key as for many, for counters and for keys of few bits', () => {
    const count = 50_000;
    const rows = [
      [() => new Uint8Array(16), 1],
      [(i: number) => new Uint8Array(Uint32Array.of(i, 0, 0, 0).buffer), count],
      [(i: number) => new Uint8Array(Uint32Array.of(0, 0, 0, i << 12).buffer), count],
      [(i: number) => Uint8Array.from({ length: 16 }, (_, bit) => (i >> bit) & 1), count],
    ] as const;
    const Key = record('Key', { id: guid });
    for (const [keyAt, different] of rows) {
      const records = new PackedRecords(Key, count);
      for (let i = 0; i < count; i++) records.pushBytes(keyAt(i));
      expect(new KeyIndex(records, 'id').keyCount).toBe(different);
    }
  });
});
