import { geometryOf, isVdeError, type PackedRecords, toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { AnonymizationTable, anonymizationTable, isActive, isErased, type Mapping, wipeNeedles } from '../src/index.ts';
import { packMapping } from '../src/packed-mapping.ts';
import { erased, example, sha256, synthetic, syntheticTable, t0, tableOf } from './mappings.ts';

const zeros = new Uint8Array(32);
const subject = (i: number) => synthetic(i - 1).subjectId;
const unknownId = 'ffffffff-0000-0000-0000-000000000000';
const hexOf = (mappings: PackedRecords<Mapping>) => toHex(mappings.bytes());
/** All that can be asked of a table. */
const everything = (table: AnonymizationTable) => ({
  bytes: hexOf(table.mappings),
  found: [0, 1, 2, 3, 4, 5, 6].map((i) => table.findIndex(synthetic(i).mappingId)),
  subjects: [1, 2, 3].map((i) => [table.bySubject(subject(i)), table.subjectStatus(subject(i))]),
});

describe('adding', () => {
  it('gives the index and keeps the order', () => {
    const table = new AnonymizationTable();
    const added = [3, 1, 2].map((i) => table.add(synthetic(i)));
    expect(added).toEqual([0, 1, 2].map((index) => ({ index, subjectPreviouslyErased: false })));
    expect([...table.mappings]).toEqual([3, 1, 2].map(synthetic));
    expect([table.mappingCount, table.reserved]).toEqual([3, undefined]);
  });

  it('copies on the way in and on the way out (defect 8)', () => {
    const given = { ...example, piiHash: example.piiHash.slice(), anonymizedToken: example.anonymizedToken.slice() };
    const table = new AnonymizationTable([given]);
    given.piiHash.fill(0);
    given.anonymizedToken.fill(0);
    const views = [table.find(example.mappingId)!, table.bySubject(example.subjectId)[0]!, [...table.active()][0]!];
    for (const out of [...views, table.mappings.at(0)]) {
      expect(out).toEqual(example);
      (out.piiHash as Uint8Array).fill(9);
    }
    expect(table.mappings.at(0)).toEqual(example);
  });

  it('packs as the declaration does, whatever the values', () => {
    const odd: Mapping = { ...example, piiType: 0xffff, flags: 0xfffd, createdUtcTicks: -(2n ** 63n) };
    for (const mapping of [
      example,
      odd,
      erased(example),
      synthetic(300),
      { ...example, subjectId: unknownId.toUpperCase() },
    ]) {
      expect(hexOf(new AnonymizationTable([mapping]).mappings)).toBe(hexOf(tableOf([mapping]).mappings));
    }
  });

  const refused: readonly (readonly [string, Partial<Record<keyof Mapping, unknown>>, string | RegExp])[] = [
    ['no hash', { piiHash: undefined }, /piiHash/],
    ['a hash of 31 bytes', { piiHash: new Uint8Array(31) }, /piiHash/],
    ['a hash that is text', { piiHash: 'x'.repeat(32) }, /piiHash/],
    ['no hash and no token', { piiHash: null, anonymizedToken: null }, /piiHash/],
    ['no token', { anonymizedToken: undefined }, /anonymizedToken/],
    ['a token of 33 bytes', { anonymizedToken: new Uint8Array(33) }, /anonymizedToken/],
    [
      'no token, and an id in use',
      { anonymizedToken: undefined, mappingId: synthetic(1).mappingId },
      /anonymizedToken/,
    ],
    ['a short hash, and all else wrong', { piiHash: zeros.slice(1), mappingId: 'x', flags: 2, piiType: -1 }, /piiHash/],
    ['an id that is no GUID', { mappingId: 'x' }, /Mapping\.mappingId/],
    ['a subject that is no GUID', { subjectId: undefined }, /Mapping\.subjectId/],
    ['a type beyond u16', { piiType: 0x10000 }, /Mapping\.piiType/],
    ['a time that is a number', { createdUtcTicks: 5 }, /Mapping\.createdUtcTicks/],
    ['a time beyond i64', { createdUtcTicks: 2n ** 63n }, /Mapping\.createdUtcTicks/],
    ['flags that are no integer', { flags: 0.5 }, /Mapping\.flags/],
    ['wrong flags, and an id in use', { flags: -1, mappingId: synthetic(1).mappingId }, /Mapping\.flags/],
    ['erased, with a hash', { flags: 2, anonymizedToken: zeros }, 'erasedButNotScrubbed'],
    [
      'erased, with a token, and an id in use',
      { flags: 3, piiHash: zeros, mappingId: synthetic(1).mappingId },
      'erasedButNotScrubbed',
    ],
    ['an id in use', { mappingId: synthetic(1).mappingId }, 'duplicateKey'],
    [
      'an id in use, of an erased subject',
      { mappingId: synthetic(1).mappingId, subjectId: subject(2) },
      'duplicateKey',
    ],
    ['an id that an erased mapping uses', { mappingId: synthetic(4).mappingId.toUpperCase() }, 'duplicateKey'],
    ['a mapping of an erased subject', { subjectId: subject(2) }, 'subjectPreviouslyErased'],
  ];

  it.each(refused.map(([name, change, error]) => ({ name, change, error })))(
    'refuses $name, and changes nothing',
    ({ change, error }) => {
      const table = new AnonymizationTable(syntheticTable(6).mappings);
      wipeNeedles(table.eraseSubject(subject(2)).needles);
      const before = everything(table);
      const room = table.mappings.view;
      let thrown: unknown;
      try {
        table.add({ ...synthetic(6), ...change } as Mapping, { refuseErasedSubject: true });
      } catch (caught) {
        thrown = caught;
      }
      if (typeof error === 'string') expect(isVdeError(thrown, error)).toBe(true);
      else
        expect(thrown).toSatisfy(
          (one) => (one instanceof RangeError || one instanceof TypeError) && error.test(one.message),
        );
      expect(everything(table)).toEqual(before);
      expect(toHex(new Uint8Array(room.buffer, room.byteOffset + 6 * 108))).toMatch(/^(00){108,}$/);
      expect(table.add(synthetic(6)).index).toBe(6);
    },
  );

  it.each([
    ['the same mapping once more', {}, []],
    ['another one', { subjectId: subject(3), flags: 0 }, ['subjectId', 'flags']],
  ])('says how a mapping differs from the one with its id: %s', (_name, change, differing) => {
    const table = syntheticTable(3);
    let details: unknown;
    try {
      table.add({ ...synthetic(1), ...change });
    } catch (error) {
      details = isVdeError(error, 'duplicateKey') && error.details;
    }
    expect(details).toEqual({ mappingId: synthetic(1).mappingId, index: 1, differing });
  });

  it('tells that a subject is back after its erasure, and again with each further mapping (defect 9)', () => {
    const table = new AnonymizationTable([synthetic(0), synthetic(1)]);
    table.eraseSubject(subject(1));
    const back = [3, 4, 6].map((i) => table.add(synthetic(i)).subjectPreviouslyErased);
    expect(back).toEqual([true, false, true]);
    expect([1, 2].map((i) => table.subjectStatus(subject(i)))).toEqual(['partiallyErased', 'active']);
    expect(table.isSubjectErased(subject(1))).toBe(false);
    expect(() => table.add(synthetic(9), { refuseErasedSubject: true })).toThrow('was erased before');
    table.eraseSubject(subject(1));
    expect(table.isSubjectErased(subject(1))).toBe(true);
  });

  it('takes erased mappings without bytes, as an import brings them', () => {
    const table = new AnonymizationTable([erased(synthetic(0)), { ...erased(synthetic(3)), flags: 3 }]);
    expect([table.subjectStatus(subject(1)), table.mappings.at(1).flags]).toEqual(['erased', 3]);
  });
});

describe('looking up', () => {
  const table = tableOf([
    synthetic(0),
    { ...synthetic(1), flags: 0 },
    erased(synthetic(2)),
    { ...synthetic(3), flags: 0x8001 },
    { ...synthetic(4), mappingId: synthetic(0).mappingId },
    { ...synthetic(5), flags: 3 },
  ]);
  const times = (mappings: Iterable<Mapping>) =>
    [...mappings].map(({ createdUtcTicks }) => Number(createdUtcTicks - t0));

  it('by id gives the last of a damaged table, in either letter case (defect 5)', () => {
    expect(table.find(synthetic(0).mappingId)).toEqual({ ...synthetic(4), mappingId: synthetic(0).mappingId });
    expect(table.findIndex(synthetic(3).mappingId.toUpperCase())).toBe(3);
    expect([table.find(unknownId), table.findIndex(unknownId), table.find(synthetic(4).mappingId)]).toEqual(
      Array(3).fill(undefined),
    );
  });

  it('by subject gives all, in list order', () => {
    expect([1, 2, 3].map((i) => times(table.bySubject(subject(i))))).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(table.bySubject(unknownId)).toEqual([]);
  });

  it('by state: flags 0 is neither active nor erased, and not erased for the reference (defect 7)', () => {
    expect([table.active(), table.erased(), table.notErased()].map(times)).toEqual([
      [0, 3, 4],
      [2, 5],
      [0, 1, 3, 4],
    ]);
    expect([0, 1, 2, 3, 0x8001].map((flags) => [isActive({ flags }), isErased({ flags })])).toEqual([
      [false, false],
      [true, false],
      [false, true],
      [false, true],
      [true, false],
    ]);
  });

  it('subjects have a status, unknown ones too (defect 6)', () => {
    expect([1, 2, 3].map((i) => table.subjectStatus(subject(i)))).toEqual(['active', 'active', 'erased']);
    expect([table.subjectStatus(unknownId), table.isSubjectErased(unknownId)]).toEqual(['unknown', false]);
  });

  it('takes no text that is no GUID', () => {
    for (const call of ['find', 'findIndex', 'bySubject', 'subjectStatus', 'isSubjectErased', 'eraseSubject'] as const)
      expect(() => table[call]('x')).toThrow(RangeError);
  });

  it('finds what was appended to the mappings themselves', () => {
    const mine = new AnonymizationTable([synthetic(0)]);
    expect(mine.find(synthetic(3).mappingId)).toBeUndefined();
    mine.mappings.push(synthetic(3));
    expect([mine.findIndex(synthetic(3).mappingId), mine.bySubject(subject(1)).length]).toEqual([1, 2]);
  });
});

describe('erasing', () => {
  it('zeroes hash and token, keeps the rest, and leaves other subjects alone', () => {
    const table = syntheticTable(9);
    const { erasedCount, scrubbedCount, needles } = table.eraseSubject(subject(2).toUpperCase());
    expect([erasedCount, scrubbedCount]).toEqual([3, 0]);
    const expected = Array.from({ length: 9 }, (_, i) => (i % 3 === 1 ? erased(synthetic(i)) : synthetic(i)));
    expect([...table.mappings]).toEqual(expected);
    const values = [1, 4, 7].flatMap((i) => [synthetic(i).piiHash, synthetic(i).anonymizedToken]);
    expect(needles.map(toHex).sort()).toEqual(values.map(toHex).sort());
    expect(table.eraseSubject(subject(2))).toEqual({ erasedCount: 0, scrubbedCount: 0, needles: [] });
    expect(table.eraseSubject(unknownId)).toEqual({ erasedCount: 0, scrubbedCount: 0, needles: [] });
    expect([...table.mappings]).toEqual(expected);
  });

  it.each([
    [0x0003, {}, 0x0002, 0, 1, 2],
    [0x0002, {}, 0x0002, 0, 1, 2],
    [0x8002, { piiHash: zeros }, 0x8002, 0, 1, 1],
    [0x0003, { piiHash: zeros, anonymizedToken: zeros }, 0x0002, 0, 1, 0],
    [0x0002, { piiHash: zeros, anonymizedToken: zeros }, 0x0002, 0, 0, 0],
    [0x0001, { piiHash: zeros, anonymizedToken: zeros }, 0x0002, 1, 0, 0],
    [0xfffd, {}, 0xfffe, 1, 0, 2],
  ])('flags %i, %o: then %i, erased %i, scrubbed %i, needles %i (defect 3)', (flags, change, after, ...counts) => {
    const table = tableOf([{ ...example, ...change, flags }, synthetic(0)]);
    const { erasedCount, scrubbedCount, needles } = table.eraseSubject(example.subjectId);
    expect([erasedCount, scrubbedCount, needles.length]).toEqual(counts);
    const kept = { ...example, flags: after, piiHash: zeros, anonymizedToken: zeros };
    expect([...table.mappings]).toEqual([kept, synthetic(0)]);
    expect(table.eraseSubject(example.subjectId)).toEqual({ erasedCount: 0, scrubbedCount: 0, needles: [] });
  });

  it('gives each value once, not the zeros, and as copies of its own', () => {
    const shared = sha256('shared');
    const mapping = (i: number, change: Partial<Mapping>) => ({ ...synthetic(3 * i), ...change });
    const table = tableOf([
      mapping(0, { piiHash: shared, anonymizedToken: shared }),
      mapping(1, { piiHash: shared, anonymizedToken: zeros }),
      mapping(2, { piiHash: sha256('a'), anonymizedToken: shared, flags: 2 }),
    ]);
    const { needles } = table.eraseSubject(subject(1));
    expect(needles.map(toHex)).toEqual([shared, sha256('a')].map(toHex));
    wipeNeedles(needles);
    expect(needles.map(toHex)).toEqual(['00'.repeat(32), '00'.repeat(32)]);
    // One room for all of them, in which no other copy stays.
    expect(new Set(needles.map(({ buffer }) => toHex(new Uint8Array(buffer))))).toEqual(new Set(['00'.repeat(64)]));
  });

  it('a purge takes erased mappings out, and gives needles of those that were not scrubbed (defect 13)', () => {
    const leftover = { ...synthetic(5), flags: 3 };
    const table = tableOf([
      erased(synthetic(0)),
      synthetic(1),
      erased(synthetic(2)),
      synthetic(3),
      synthetic(4),
      leftover,
    ]);
    expect(table.find(synthetic(5).mappingId)).toEqual(leftover);
    const room = new Uint8Array(table.mappings.view.buffer);
    const { purgedCount, needles } = table.purgeErased();
    expect([purgedCount, needles.map(toHex)]).toEqual([3, [leftover.piiHash, leftover.anonymizedToken].map(toHex)]);
    expect([...table.mappings]).toEqual([synthetic(1), synthetic(3), synthetic(4)]);
    expect(toHex(room.subarray(3 * 108))).toMatch(/^(00){324}$/);
    expect([0, 1, 3, 4, 5].map((i) => table.findIndex(synthetic(i).mappingId))).toEqual([
      undefined,
      0,
      1,
      2,
      undefined,
    ]);
    expect([1, 2, 3].map((i) => table.subjectStatus(subject(i)))).toEqual(['active', 'active', 'unknown']);
    expect(table.purgeErased()).toEqual({ purgedCount: 0, needles: [] });
    expect(table.add(synthetic(0))).toEqual({ index: 3, subjectPreviouslyErased: false });
  });

  it('a clone is apart', () => {
    const table = AnonymizationTable.ofStored(syntheticTable(4).mappings, Uint8Array.of(1));
    const other = table.clone();
    other.eraseSubject(subject(1));
    expect([[...table.mappings], table.reserved]).toEqual([[0, 1, 2, 3].map(synthetic), Uint8Array.of(1)]);
    expect([other.isSubjectErased(subject(1)), other.reserved]).toEqual([true, Uint8Array.of(1)]);
  });
});

describe('nothing erased stays in memory that the table owns', () => {
  const secretsOf = (all: readonly Mapping[]) =>
    all.flatMap(({ piiHash, anonymizedToken }) => [piiHash, anonymizedToken]);
  const stays = (rooms: Iterable<ArrayBufferLike>, secrets: readonly Uint8Array[]) =>
    [...rooms].some((room) => secrets.some((secret) => Buffer.from(room).includes(Buffer.from(secret))));

  it('neither in the records, nor behind them, nor where they stood before the table grew', () => {
    const table = new AnonymizationTable();
    const rooms = new Set<ArrayBufferLike>();
    for (let i = 0; i < 200; i++) {
      table.add(synthetic(i));
      rooms.add(table.mappings.view.buffer);
      if (i % 7 === 0) expect(() => table.add(synthetic(i))).toThrow();
    }
    expect(rooms.size).toBeGreaterThan(3);
    const gone = Array.from({ length: 200 }, (_, i) => synthetic(i)).filter((_, i) => i % 3 === 1);
    expect(stays(rooms, secretsOf(gone.slice(-1)))).toBe(true);
    wipeNeedles(table.eraseSubject(subject(2)).needles);
    expect(stays(rooms, secretsOf(gone))).toBe(false);
    expect(stays([table.mappings.view.buffer], secretsOf([synthetic(0)]))).toBe(true);
  });

  it('nor after a purge of mappings that were flagged only', () => {
    const flagged = Array.from({ length: 30 }, (_, i) => (i % 2 ? synthetic(i) : { ...synthetic(i), flags: 2 }));
    const table = tableOf(flagged);
    const room = table.mappings.view.buffer;
    wipeNeedles(table.purgeErased().needles);
    expect(stays([room], secretsOf(flagged.filter(isErased)))).toBe(false);
  });

  it('nor where needles were collected, but in the needles', () => {
    const table = tableOf([synthetic(0), synthetic(3), { ...synthetic(6), piiHash: synthetic(0).piiHash }]);
    const collected: ArrayBufferLike[] = [];
    const { slice } = Uint8Array.prototype;
    Uint8Array.prototype.slice = function (...given) {
      collected.push(this.buffer);
      return slice.apply(this, given);
    };
    let needles: readonly Uint8Array[] = [];
    try {
      ({ needles } = table.eraseSubject(subject(1)));
    } finally {
      Uint8Array.prototype.slice = slice;
    }
    expect([needles.length, collected.length]).toEqual([5, 1]);
    expect(stays(collected, needles)).toBe(false);
    expect(stays([needles[0]!.buffer], needles)).toBe(true);
  });

  it('nor in the room of a mapping that is packed and refused', () => {
    const table = syntheticTable(1);
    const packed: ArrayBufferLike[] = [];
    const { set } = Uint8Array.prototype;
    Uint8Array.prototype.set = function (...given) {
      packed.push(this.buffer);
      return set.apply(this, given);
    };
    try {
      expect(() => table.add({ ...synthetic(1), flags: -1 })).toThrow();
      expect(() => table.add(synthetic(0))).toThrow();
      table.add(synthetic(2));
    } finally {
      Uint8Array.prototype.set = set;
    }
    table.eraseSubject(subject(3));
    expect(packed.length).toBeGreaterThan(3);
    expect(stays(packed, secretsOf([synthetic(1), synthetic(2)]))).toBe(false);
  });
});

describe('the description', () => {
  const summaryOf = (table: AnonymizationTable) =>
    Object.fromEntries(anonymizationTable.describe(table).summary.map(({ id, value }) => [id, value]));

  it('counts mappings and subjects by state', () => {
    const table = tableOf([
      synthetic(0),
      erased(synthetic(3)),
      synthetic(1),
      { ...synthetic(4), flags: 0 },
      erased(synthetic(2)),
    ]);
    expect(summaryOf(table)).toEqual({
      mappingCount: 5,
      activeCount: 2,
      erasedCount: 2,
      subjectCount: 3,
      erasedSubjectCount: 1,
      partiallyErasedSubjectCount: 1,
    });
    expect(Object.values(summaryOf(new AnonymizationTable()))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('counts values of columns that are there', () => {
    const { counts = [], tables } = anonymizationTable.describe(syntheticTable(2));
    const columns = tables[0]!.columns.map(({ id }) => id);
    expect(counts.map(({ table, by }) => [table, columns.includes(by)])).toEqual([
      ['mappings', true],
      ['mappings', true],
    ]);
    expect(counts.map(({ id, title, by }) => [id, title, by])).toEqual([
      ['statuses', 'Mappings by status', 'flags'],
      ['types', 'Mappings by type', 'piiType'],
    ]);
  });
});

describe('the commands', () => {
  const { prefix, commands } = anonymizationTable.verbs!;
  const { 'erase-subject': erase, 'purge-erased': purge } = commands;
  const allocate = () => expect.fail('blocks were reserved');
  const context = { now: t0, generation: 2, geometry: geometryOf(512), blockCount: 64, allocate };

  it('say what they do, and what the argument means that one of them cannot do without', () => {
    expect([prefix, Object.keys(commands)]).toEqual(['anon', ['erase-subject', 'purge-erased']]);
    expect(erase!.args).toMatchObject({ 'subject-id': { summary: expect.stringMatching(/\w+ \w+/), required: true } });
    expect([purge!.args, erase!.summary, purge!.summary]).toEqual([
      {},
      ...Array(2).fill(expect.stringMatching(/\w+ \w+/)),
    ]);
  });

  it('erase and purge copies', () => {
    const table = syntheticTable(4);
    const change = erase!.run(table, { 'subject-id': subject(1).toUpperCase() }, context);
    const expected = [erased(synthetic(0)), synthetic(1), synthetic(2), erased(synthetic(3))];
    expect([[...change.state.mappings], Object.keys(change)]).toEqual([expected, ['state']]);
    expect([...table.mappings]).toEqual([0, 1, 2, 3].map(synthetic));
    const purged = purge!.run(change.state, {}, context);
    expect([[...purged.state.mappings], Object.keys(purged)]).toEqual([[synthetic(1), synthetic(2)], ['state']]);
    expect([...change.state.mappings]).toEqual(expected);
  });

  it.each([
    ['unknown', unknownId, 'is not in the table'],
    ['no GUID', 'x', 'expected a GUID'],
    ['a GUID with more behind it', `${unknownId}0`, 'expected a GUID'],
    ['missing', undefined, 'expected a GUID'],
  ])('refuse a subject that is %s', (_name, id, why) => {
    const run = () => erase!.run(syntheticTable(4), { 'subject-id': id }, context);
    expect(run).toThrow(RangeError);
    expect(run).toThrow(new RegExp(`^subject-id .*${why}`));
  });
});

it('packing leaves the naming of a wrong field to the declaration', () => {
  const bytes = new Uint8Array(108);
  const packed = { bytes, view: new DataView(bytes.buffer) };
  expect(() => packMapping(packed, { ...example, subjectId: 'x' })).toThrow('Mapping.subjectId: expected a GUID');
});
