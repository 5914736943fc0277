import { encodeRegion } from '@vde/format';
import { randomBytes, seededRandom } from '@vde/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnonymizationTable, anonymizationTable, createResidueSearch, type Residue } from '../src/index.ts';
import { sha256, synthetic, syntheticTable } from './mappings.ts';

/** Every offset of every needle, by looking at each. */
function residuesByLooking(bytes: Uint8Array, needles: readonly Uint8Array[]): Residue[] {
  const found: Residue[] = [];
  for (const [needleIndex, needle] of needles.entries()) {
    let byteOffset = Buffer.from(bytes).indexOf(needle);
    for (; byteOffset >= 0; byteOffset = Buffer.from(bytes).indexOf(needle, byteOffset + 1))
      found.push({ needleIndex, byteOffset });
  }
  return sorted(found);
}
const sorted = (found: readonly Residue[]) =>
  found.toSorted((a, b) => a.byteOffset - b.byteOffset || a.needleIndex - b.needleIndex);

/** The same search, chunk by chunk. */
function residuesIn(bytes: Uint8Array, needles: readonly Uint8Array[], sizes: readonly number[]): Residue[] {
  const search = createResidueSearch(needles);
  const found: Residue[] = [];
  for (let at = 0, i = 0; at < bytes.length || i === 0; i++) {
    const size = sizes[i % sizes.length]!;
    found.push(...search(bytes.subarray(at, at + size)));
    at += size;
  }
  return sorted(found);
}

describe('residues', () => {
  it('are found at every offset, and across every border', () => {
    const needle = sha256('needle');
    for (let offset = 0; offset <= 96; offset++) {
      const bytes = new Uint8Array(128).fill(0xa5);
      bytes.set(needle, offset);
      const expected = [{ needleIndex: 0, byteOffset: offset }];
      for (const size of [1, 2, 7, 30, 31, 32, 33, 64, 128])
        expect(residuesIn(bytes, [needle], [size])).toEqual(expected);
    }
  });

  it('are found where they overlap, and needles that begin or end alike are told apart', () => {
    const ones = new Uint8Array(32).fill(1);
    const sameStart = Uint8Array.from(ones, (one, i) => (i === 31 ? 2 : one));
    const sameEnd = Uint8Array.from(ones, (one, i) => (i === 0 ? 2 : one));
    const bytes = new Uint8Array(100).fill(1).fill(2, 40, 41);
    const needles = [ones, sameStart, sameEnd, ones];
    const expected = residuesByLooking(bytes, needles);
    expect(expected.length).toBeGreaterThan(50);
    for (const size of [3, 50, 100]) expect(residuesIn(bytes, needles, [size])).toEqual(expected);
  });

  it('are what looking at every offset finds, however the bytes are cut', () => {
    const cases = fc.record({
      seed: fc.nat(),
      needles: fc.integer({ min: 0, max: 40 }),
      values: fc.constantFrom(2, 256),
      sizes: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(cases, ({ seed, needles: count, values, sizes }) => {
        const random = seededRandom(seed);
        const below = (n: number) => Math.floor(random() * n);
        const bytes = Uint8Array.from({ length: below(900) }, () => below(values));
        const needles = Array.from({ length: count }, () => randomBytes(32, below(1e9)));
        for (const needle of needles) {
          // Half of them are cut out of the bytes, the others put in, some of those cut off at the end.
          if (bytes.length < 40) continue;
          const at = below(bytes.length - 32);
          if (random() < 0.5) needle.set(bytes.subarray(at, at + 32));
          else bytes.set(needle.subarray(0, random() < 0.2 ? 31 : 32), at);
        }
        const asked = needles.map((needle) => (needle.some((byte) => byte !== 0) ? needle : randomBytes(32, 1)));
        expect(residuesIn(bytes, asked, sizes)).toEqual(residuesByLooking(bytes, asked));
      }),
      { seed: 1, numRuns: 300, endOnFailure: true, interruptAfterTimeLimit: 5000 },
    );
  });

  it('of an erased subject: in the old blocks all, in the new ones none', () => {
    const table = syntheticTable(10);
    const options = { blockSize: 512, generation: 1 };
    const before = encodeRegion(anonymizationTable, table, options);
    const { needles } = table.eraseSubject(synthetic(0).subjectId);
    const after = encodeRegion(anonymizationTable, table, { ...options, generation: 2 });
    expect(createResidueSearch(needles)(before).length).toBe(8);
    expect(createResidueSearch(needles)(after)).toEqual([]);
    const shifted = new Uint8Array(before.length + 5);
    shifted.set(before, 5);
    expect(residuesIn(shifted, needles, [512]).map(({ byteOffset }) => byteOffset)).toEqual(
      createResidueSearch(needles)(before).map(({ byteOffset }) => byteOffset + 5),
    );
  });

  it('take linear time where every window looks like a needle', () => {
    const needle = new Uint8Array(32).fill(7);
    const search = createResidueSearch([Uint8Array.from(needle, (byte, i) => (i === 0 ? 8 : byte)), needle]);
    expect(search(new Uint8Array(500_000).fill(7)).length).toBe(500_000 - 31);
  });

  it('search keeps needles of its own, and tells nothing of none', () => {
    const needle = sha256('a');
    const search = createResidueSearch([needle]);
    const bytes = needle.slice();
    needle.fill(0);
    expect(search(bytes)).toEqual([{ needleIndex: 0, byteOffset: 0 }]);
    expect(createResidueSearch([])(new Uint8Array(100))).toEqual([]);
  });

  it('refuses needles that are too long, too short or zero', () => {
    for (const needle of [
      new Uint8Array(32),
      new Uint8Array(31).fill(1),
      new Uint8Array(33).fill(1),
      new Uint8Array(),
    ]) {
      expect(() => createResidueSearch([sha256('a'), needle])).toThrow(RangeError);
    }
  });
});

describe('the search for erased mappings', () => {
  it('looks for nothing where none is erased, or where ids are nil', () => {
    const nil = '00000000-0000-0000-0000-000000000000';
    const table = syntheticTable(3);
    for (const { subjectId } of [...table.mappings]) table.eraseSubject(subjectId);
    expect(anonymizationTable.residues!(table)!.recordCount).toBe(3);
    expect(anonymizationTable.residues!(new AnonymizationTable())).toBeUndefined();
    const ofNobody = new AnonymizationTable([{ ...synthetic(0), mappingId: nil, subjectId: nil }]);
    ofNobody.eraseSubject(nil);
    expect(anonymizationTable.residues!(ofNobody)).toBeUndefined();
  });

  it('finds copies that still hold something, whole and at any offset', () => {
    const table = syntheticTable(3);
    const record = table.mappings.bytes(1, 1).slice();
    table.eraseSubject(table.mappings.at(1).subjectId);
    const { find, recordBytes } = anonymizationTable.residues!(table)!;
    const bytes = new Uint8Array(1000);
    bytes.set(record, 501);
    expect([...find(bytes)]).toEqual([{ offset: 501 + 34, length: 64, path: 'mappings[1]' }]);
    expect([...find(bytes.subarray(0, 501 + recordBytes))]).toHaveLength(1);
    expect([...find(bytes.subarray(0, 501 + recordBytes - 1))]).toEqual([]);
    bytes.fill(0, 501 + 34, 501 + 90);
    bytes.fill(0, 501 + 92, 501 + 98);
    expect([...find(bytes)]).toEqual([{ offset: 501 + 90, length: 2, path: 'mappings[1]' }]);
    bytes.fill(0, 501 + 34, 501 + 98);
    expect([...find(bytes)]).toEqual([]);
  });
});
