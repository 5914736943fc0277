import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, i64, isZero, lengthPrefixed, pad, record, u8, u16, VariableRecords } from '../src/index.ts';

/** Fields in front of, between and behind two that vary. */
const Note = record('Note', {
  id: u16,
  title: lengthPrefixed(u8, { max: 20, kind: 'text' }),
  at: i64,
  text: lengthPrefixed(u16, { max: 300 }),
  reserved: pad(1),
  mark: bytes(4),
});
interface Note {
  readonly id: number;
  readonly title: Uint8Array;
  readonly at: bigint;
  readonly text: Uint8Array;
  readonly reserved?: Uint8Array;
  readonly mark: Uint8Array;
}
const note = (id: number, title = id % 21, text = (id * 7) % 300): Note => ({
  id,
  title: new Uint8Array(title).fill(id),
  at: BigInt(-id),
  text: new Uint8Array(text).fill(id + 1),
  ...(id % 3 === 0 && { reserved: Uint8Array.of(1) }),
  mark: Uint8Array.of(id, 2, 3, 4),
});
const notes = (...ids: number[]) =>
  VariableRecords.from(
    Note,
    ids.map((id) => note(id)),
  );
const stored = (value: Note) => {
  const view = new DataView(new ArrayBuffer(Note.sizeOf(value)));
  Note.set(view, 0, value);
  return new Uint8Array(view.buffer);
};

describe('variable records', () => {
  it('give back what was pushed, as objects of their own', () => {
    const packed = notes(1, 2, 3);
    expect([packed.length, ...packed]).toEqual([3, note(1), note(2), note(3)]);
    expect(packed.at(1)).not.toBe(packed.at(1));
    (packed.at(1).mark as Uint8Array).fill(0);
    expect(packed.at(1)).toEqual(note(2));
  });

  it('read one field without an object, wherever it stands, also after they grew', () => {
    const packed = notes(0);
    const readers = Note.fields.map(({ name }) => [name, packed.reader(name as keyof Note)] as const);
    for (let id = 1; id <= 60; id++) packed.push(note(id));
    for (const [name, read] of readers)
      for (let i = 0; i <= 60; i++) expect(read(i), `${name} of ${i}`).toEqual(note(i)[name as keyof Note]);
    expect(() => readers[0]![1](61)).toThrow(RangeError);
  });

  it('tell where each of them starts and how long it is', () => {
    const packed = notes(1, 2, 3);
    for (let i = 0; i < 3; i++) {
      expect(packed.sizeOf(i)).toBe(Note.sizeOf(note(i + 1)));
      expect(Note.get(packed.view, packed.startOf(i))).toEqual(note(i + 1));
    }
    expect(packed.bytes(1, 2)).toEqual(packed.bytes().subarray(packed.startOf(1)));
    expect(packed.bytes(3, 0).length).toBe(0);
  });

  it('copy pushed bytes, and take whole records only', () => {
    const both = new Uint8Array([...stored(note(5)), ...stored(note(9))]);
    const packed = notes(1);
    packed.pushBytes(both);
    both.fill(0);
    expect([...packed]).toEqual([note(1), note(5), note(9)]);
    const cut = new Uint8Array([...stored(note(5)), ...stored(note(9)).subarray(1)]);
    expect(() => packed.pushBytes(cut)).toThrow(/expected a whole Note/);
    expect([...packed]).toEqual([note(1), note(5), note(9)]);
    packed.push(note(2));
    expect(packed.at(3)).toEqual(note(2));
  });

  it('leave no bytes of what was removed or made shorter', () => {
    const packed = notes(1, 2, 3);
    const end = packed.bytes().length;
    packed.replace(1, note(2, 0, 0));
    packed.remove(0);
    const { buffer } = packed.view;
    expect([...packed]).toEqual([note(2, 0, 0), note(3)]);
    expect(isZero(new Uint8Array(buffer).subarray(packed.bytes().length))).toBe(true);
    expect(buffer.byteLength).toBeGreaterThanOrEqual(end);
  });

  it('change nothing when a value does not fit', () => {
    const packed = notes(1, 2);
    const before = packed.bytes().slice();
    const long = { ...note(3), title: new Uint8Array(21) };
    expect(() => packed.push(long)).toThrow(/^Note.title/);
    expect(() => packed.replace(0, long)).toThrow(/^Note.title/);
    expect([packed.length, packed.bytes()]).toEqual([2, before]);
  });

  it.each([-1, 2, 0.5, Number.NaN])('have no record %d', (index) => {
    const packed = notes(1, 2);
    const calls = [
      () => packed.at(index),
      () => packed.startOf(index),
      () => packed.sizeOf(index),
      () => packed.remove(index),
      () => packed.replace(index, note(3)),
    ];
    for (const call of calls) expect(call).toThrow(RangeError);
    expect(packed.length).toBe(2);
  });

  it('have no bytes outside of themselves', () => {
    const packed = notes(1, 2);
    for (const [first, count] of [
      [-1, 1],
      [0, 3],
      [2, 1],
      [0, -1],
    ] as const)
      expect(() => packed.bytes(first, count)).toThrow(RangeError);
  });

  it('are a plain list under any sequence of changes', () => {
    const call = fc.tuple(fc.constantFrom('push', 'pushBytes', 'replace', 'remove'), fc.nat(), fc.nat({ max: 200 }));
    const property = fc.property(fc.array(call, { maxLength: 60, size: 'max' }), (calls) => {
      const packed = new VariableRecords(Note);
      const list: Note[] = [];
      for (const [op, place, id] of calls) {
        const index = list.length === 0 ? 0 : place % list.length;
        if (op === 'push' || list.length === 0) {
          packed.push(note(id));
          list.push(note(id));
        } else if (op === 'pushBytes') {
          packed.pushBytes(stored(note(id)));
          list.push(note(id));
        } else if (op === 'replace') {
          packed.replace(index, note(id));
          list[index] = note(id);
        } else {
          packed.remove(index);
          list.splice(index, 1);
        }
      }
      expect([...packed]).toEqual(list);
      expect(Buffer.compare(packed.bytes(), Buffer.concat(list.map(stored)))).toBe(0);
    });
    fc.assert(property, { numRuns: 300, endOnFailure: true, interruptAfterTimeLimit: 30_000 });
  });
});
