import { createHmac } from 'node:crypto';
import { decodeRegion, fromHex, geometryOf, guidToBytes, toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import {
  AnonymizationTable,
  AnonymizationTableHeader,
  anonymizationTable,
  createResidueSearch,
  deriveToken,
  hashPii,
  hashPiiUnkeyed,
  Mapping,
  randomToken,
} from '../src/index.ts';
import { blocksOf, erased, example, sha256, synthetic, syntheticTable, tableOf } from './mappings.ts';

const firstOf = (n: number) => ({ mappings: { length: n } }) as never;
const blocksNeeded = (n: number, blockSize: number) =>
  anonymizationTable.requiredBlocks(firstOf(n), geometryOf(blockSize));
/** The block count of the reference (defect 1). */
const referenceBlocks = (n: number, payload: number) =>
  n * 108 <= payload - 16 ? 1 : 1 + Math.ceil((n * 108 - (payload - 16)) / payload);
const exampleHex =
  '33221100554477668899aabbccddeeff0403020106050807090a0b0c0d0e0f10010073062d872926c2a556f17b36f50e328ddf9bff9d403939bd14b6c3b7f5a33fc2' +
  '3c079881692575bb7bcf46bbe23ee312cd66ba2f4e7fc6cd4f1ab6725bcdf4b20040313cf729dd080100';

describe('records of the page', () => {
  const rows = [
    ['mapping', Mapping, example, exampleHex],
    ['header', AnonymizationTableHeader, { mappingCount: 9 }, '09000000000000000000000000000000'],
    [
      'header with reserved bytes',
      AnonymizationTableHeader,
      { mappingCount: 1, reserved: fromHex('000000000000000000000001') },
      '01000000000000000000000000000001',
    ],
  ] as const;

  it.each(rows)('%s', (_name, type, value, hex) => {
    const bytes = new Uint8Array(hex.length / 2);
    type.set(new DataView(bytes.buffer), 0, value as never);
    expect(toHex(bytes)).toBe(hex);
    expect(type.get(new DataView(fromHex(hex).buffer))).toEqual(value);
  });

  it.each([
    [0x0001, 0x0002],
    [0x0000, 0x0002],
    [0x8001, 0x8002],
  ])('flags %i are %i once erased', (before, after) => {
    expect(erased({ ...example, flags: before }).flags).toBe(after);
    const table = tableOf([{ ...example, flags: before }]);
    table.eraseSubject(example.subjectId);
    expect(table.mappings.at(0).flags).toBe(after);
  });
});

describe('regions of the page', () => {
  const one = tableOf([example]);
  const gone = tableOf([erased(example)]);
  const withoutSubject1 = tableOf(
    Array.from({ length: 9 }, (_, i) => (i % 3 === 0 ? erased(synthetic(i)) : synthetic(i))),
  );
  const rows = [
    ['one', one, 512, 1, 1, '4134e04c03af08a48c5b291d2238a786ac33f29a79cf509c98778e0b3895e684'],
    ['one', one, 4096, 1, 1, 'b3c5328fcb68d9a29957868591d5826c7c57afc2aec33ddf9d90cca7085df32e'],
    ['one, erased', gone, 512, 2, 1, 'c9a435e4181a6c77bfeb9fe7da26daf0ae2608c7fd12f9c76848b7b3ebf8fd3b'],
    ['one, erased', gone, 4096, 2, 1, '07de28402ddcd1680cbb826fc371b8a911843a612f14c7b1830ce2aa188204eb'],
    ['4', syntheticTable(4), 512, 1, 1, 'e8ccc2d46a6af4511cbb07d257024ed781778a591f34f78aed427c4448590cd9'],
    ['5', syntheticTable(5), 512, 1, 2, '196345ee641e92a582b432ca6f95fc12a9d4e8dfafd02bb844bdbdc63fbe7442'],
    ['8', syntheticTable(8), 512, 1, 2, '2fe98d0c9a20e3f9605d10e6e23f01d6c77f32e1da06e2ba1a0d611ac3241a6f'],
    ['9', syntheticTable(9), 512, 1, 3, '351b150639ca206253de6712530050ec862e34bcb57254389b86b5bf8f36df6b'],
    [
      '9, one subject erased',
      withoutSubject1,
      512,
      2,
      3,
      '7637a5b6b1dd02789e388bad46c120625926cbb77e2a8717507b793de12d6328',
    ],
    ['37', syntheticTable(37), 4096, 1, 1, '55060b9322b960cab82a3cafacac17e510518accd1297e6a4f46ed0c7b3d1b0b'],
    ['38', syntheticTable(38), 4096, 1, 2, '475eedeef500a9e30714cafcf8dfa05f54f2d9d8ca71bc1318b9f0e0b486c873'],
    ['74', syntheticTable(74), 4096, 1, 2, 'ed0432044988d45fb8b7ff1c34c8339b2e1441e5d07255e1c38d87870b46e649'],
    ['75', syntheticTable(75), 4096, 1, 3, 'fa818dbf2f924a0fcc936fbe12112ca8ed763e8cabb50daade9c5739989231ff'],
  ] as const;

  it.each(rows)('%s: SHA-256 (%#)', (_name, table, blockSize, generation, blocks, digest) => {
    const bytes = blocksOf(table, blockSize, generation);
    expect(bytes.length).toBe(blocks * blockSize);
    expect(toHex(sha256(bytes))).toBe(digest);
    const { state, findings } = decodeRegion(anonymizationTable, bytes, { blockSize });
    expect([[...state.mappings], findings]).toEqual([[...table.mappings], []]);
  });

  it.each([
    ['one', [example], example.subjectId, 512, 1, 'c9a435e4181a6c77bfeb9fe7da26daf0ae2608c7fd12f9c76848b7b3ebf8fd3b'],
    ['one', [example], example.subjectId, 4096, 1, '07de28402ddcd1680cbb826fc371b8a911843a612f14c7b1830ce2aa188204eb'],
    [
      '9',
      [...syntheticTable(9).mappings],
      synthetic(0).subjectId,
      512,
      3,
      '7637a5b6b1dd02789e388bad46c120625926cbb77e2a8717507b793de12d6328',
    ],
  ])('%s, erased by the table itself: SHA-256 (%#)', (_name, mappings, subjectId, blockSize, erasedCount, digest) => {
    const table = new AnonymizationTable(mappings);
    expect(table.eraseSubject(subjectId)).toMatchObject({ erasedCount, scrubbedCount: 0 });
    expect(table.eraseSubject(subjectId)).toEqual({ erasedCount: 0, scrubbedCount: 0, needles: [] });
    expect(toHex(sha256(blocksOf(table, blockSize, 2)))).toBe(digest);
  });

  it.each([
    [512, '4e4f4e410100000002ea755369d099b0'],
    [4096, '4e4f4e4101000000f050e50a6bbef651'],
  ])('empty at %i: trailer, and the form that a fresh region has', (blockSize, trailer) => {
    const blocks = blocksOf(tableOf([]), blockSize);
    expect(toHex(blocks.subarray(-16))).toBe(trailer);
    const decoded = decodeRegion(anonymizationTable, blocks, { blockSize });
    expect(decoded).toMatchObject({ form: 'formattedEmpty', generation: 1, findings: [] });
  });
});

describe('packing (3.3)', () => {
  it.each([
    [512, 4, 4, 256],
    [1024, 9, 9, 576],
    [2048, 18, 18, 1_152],
    [4096, 37, 37, 2_368],
    [8192, 75, 75, 4_800],
    [16384, 151, 151, 9_664],
    [32768, 303, 303, 19_392],
    [65536, 606, 606, 38_784],
  ])('block size %i holds %i, then %i a block', (blockSize, first, later, in64) => {
    const needed = (n: number) => blocksNeeded(n, blockSize);
    expect([0, 1, first, first + 1, first + later, first + later + 1].map(needed)).toEqual([1, 1, 1, 2, 2, 3]);
    expect([in64, in64 + 1].map(needed)).toEqual([64, 65]);
  });
});

describe('defect 1: counts at which the block count of the reference is too small', () => {
  const fails = (n: number, blockSize: number) => blocksNeeded(n, blockSize) > referenceBlocks(n, blockSize - 16);
  const failing = (blockSize: number, upTo: number) =>
    Array.from({ length: upTo + 1 }, (_, n) => n).filter((n) => fails(n, blockSize));
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

  it.each([
    [512, 40, [9, 13, 17, 18, 21, 22, 25, 26, 27, ...range(29, 40)]],
    [
      4096,
      302,
      [75, 112, 113, 149, 150, ...range(186, 188), ...range(223, 226), ...range(260, 264), ...range(297, 302)],
    ],
    [65536, 2426, [1213, 1819, 2425, 2426]],
  ])('block size %i, up to %i', (blockSize, upTo, counts) => {
    expect(failing(blockSize, upTo)).toEqual(counts);
  });

  it.each([
    [512, 9, 29],
    [1024, 37, 253],
    [2048, 37, 415],
    [4096, 75, 1_777],
    [8192, 151, 8_026],
    [16384, 454, 41_224],
    [32768, 1516, 354_511],
    [65536, 1213, 551_461],
  ])('block size %i: first %i, always from %i', (blockSize, first, always) => {
    expect(failing(blockSize, first)).toEqual([first]);
    expect(fails(always - 1, blockSize)).toBe(false);
    for (let n = always; n < always + 10_000; n++) if (!fails(n, blockSize)) expect.fail(`${n} works`);
  });
});

describe('further cases of the page', () => {
  it('unknown subject', () => {
    const table = syntheticTable(3);
    const unknown = example.subjectId;
    expect([table.eraseSubject(unknown).erasedCount, table.isSubjectErased(unknown)]).toEqual([0, false]);
    expect(table.subjectStatus(unknown)).toBe('unknown');
  });

  it('flags 0x0003 with real bytes, then erased', () => {
    const table = tableOf([{ ...example, flags: 3 }]);
    expect(table.isSubjectErased(example.subjectId)).toBe(true);
    expect(table.eraseSubject(example.subjectId)).toMatchObject({ erasedCount: 0, scrubbedCount: 1 });
    expect(table.mappings.at(0)).toEqual(erased(example));
  });

  it('duplicate mapping ids with different subjects: a look-up gives the second, the bytes stay', () => {
    const second = { ...synthetic(1), mappingId: synthetic(0).mappingId };
    const blocks = blocksOf(tableOf([synthetic(0), second]), 512);
    const { state } = decodeRegion(anonymizationTable, blocks, { blockSize: 512 });
    expect(state.find(second.mappingId)).toEqual(second);
    expect(state.bySubject(synthetic(0).subjectId)).toEqual([synthetic(0)]);
    expect(toHex(blocksOf(state, 512))).toBe(toHex(blocks));
  });

  it('moved, then erased: residues until the old place is zeroed, one of them across a block border', () => {
    const image = new Uint8Array(20 * 512);
    const table = syntheticTable(9);
    const old = image.subarray(2 * 512, 5 * 512);
    old.set(blocksOf(table, 512));
    image.set(synthetic(0).piiHash, 8 * 512 - 11);
    const { needles } = table.eraseSubject(synthetic(0).subjectId);
    image.set(blocksOf(table, 512, 2), 12 * 512);
    const residues = () => createResidueSearch(needles)(image).map(({ byteOffset }) => byteOffset);
    expect([residues().length, residues().at(-1)]).toEqual([7, 8 * 512 - 11]);
    expect(Math.max(...residues().slice(0, 6))).toBeLessThan(5 * 512);
    old.fill(0);
    expect(residues()).toEqual([8 * 512 - 11]);
    image.fill(0, 7 * 512, 9 * 512);
    expect(residues()).toEqual([]);
  });
});

describe('keyed hashes (5.1)', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const input = { key, piiType: 1, pii: 'test@email.com' };
  const bound = { ...input, subjectId: example.subjectId };
  const plain = '73062d872926c2a556f17b36f50e328ddf9bff9d403939bd14b6c3b7f5a33fc2';

  it.each([
    ['hash', hashPii(input), 'b0a4ae7b3a32194a5e454f4108575d84630784bc87a11d504a8ba40df925fd70'],
    ['hash of a subject', hashPii(bound), '0c5bd927ee88d5727ae13ac823bec109dcc8b179bc56be26eb05c194f340bea6'],
    ['token', deriveToken(input), '78724d1bdc157eedd0a2d7a4a1c1bf4876a00d1f5528207e3c713f78b99219ba'],
    ['hash without a key', hashPiiUnkeyed(input.pii), plain],
    ['hash of bytes without a key', hashPiiUnkeyed(new TextEncoder().encode(input.pii)), plain],
  ])('%s', (_name, hash, hex) => expect(toHex(hash)).toBe(hex));

  /** The message of 5.1 put together part by part. */
  const byParts = (label: string, type: number, subject: string | undefined, pii: Uint8Array) =>
    createHmac('sha256', key)
      .update(label, 'ascii')
      .update(Uint8Array.of(0, type & 0xff, type >> 8))
      .update(subject === undefined ? Uint8Array.of(0) : Uint8Array.of(1, ...guidToBytes(subject)))
      .update(pii)
      .digest('hex');

  it.each([
    [0, undefined],
    [0xffff, undefined],
    [0x0102, example.subjectId],
    [7, example.subjectId.toUpperCase()],
  ])('type %i, subject %s: as the page puts the message together', (piiType, subjectId) => {
    for (const pii of [new Uint8Array(), Uint8Array.of(0, 255, 1), new Uint8Array(1000).fill(7)]) {
      const given = { key, piiType, subjectId, pii };
      expect(toHex(hashPii(given))).toBe(byParts('DWVD-ANON-PII-v1', piiType, subjectId, pii));
      expect(toHex(deriveToken(given))).toBe(byParts('DWVD-ANON-TOKEN-v1', piiType, subjectId, pii));
    }
  });

  it('text is one in all its Unicode forms, and not in another letter case', () => {
    const hashes = ['Å', 'A\u030a', '\u212b', 'å'].map((pii) => toHex(hashPii({ ...input, pii })));
    expect(new Set(hashes.slice(0, 3)).size).toBe(1);
    expect(hashes[3]).not.toBe(hashes[0]);
    expect(hashes[0]).toBe(byParts('DWVD-ANON-PII-v1', 1, undefined, Uint8Array.of(0xc3, 0x85)));
    expect(toHex(hashPiiUnkeyed('A\u030a'))).toBe(toHex(sha256('Å')));
  });

  it.each([
    ['a key of 31 bytes', { ...input, key: key.slice(1) }, RangeError],
    ['a key that is text', { ...input, key: '0'.repeat(64) as never }, TypeError],
    ['a type beyond u16', { ...input, piiType: 0x10000 }, RangeError],
    ['a negative type', { ...input, piiType: -1 }, RangeError],
    ['a type that is no integer', { ...input, piiType: 0.5 }, RangeError],
    ['a subject that is no GUID', { ...input, subjectId: 'x' }, RangeError],
    ['lone surrogates', { ...input, pii: 'a\ud800b' }, RangeError],
    ['a number', { ...input, pii: 5 as never }, TypeError],
  ])('refuses %s', (_name, given, error) => {
    expect(() => hashPii(given)).toThrow(error);
    expect(() => deriveToken(given)).toThrow(error);
  });

  it('leaves key and datum as they were', () => {
    const given = { ...bound, key: key.slice(), pii: Uint8Array.of(1, 2, 3) };
    hashPii(given);
    expect([toHex(given.key), toHex(given.pii)]).toEqual([toHex(key), '010203']);
  });

  it('random tokens are 32 bytes and different', () => {
    const tokens = Array.from({ length: 100 }, () => toHex(randomToken()));
    expect([new Set(tokens).size, new Set(tokens.map(({ length }) => length))]).toEqual([100, new Set([64])]);
  });
});
