import { decodeRegion, encodeRegion, fromHex, isVdeError, toHex } from '@vde/format';
import { type DamageCase, patch, punchHole, testDamage } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { anonymizationTableCodes } from '../src/codes.ts';
import { anonymizationTable } from '../src/index.ts';
import { blocksOf, erased, synthetic, syntheticTable, tableOf } from './mappings.ts';

const blockSize = 512;
const oneBlock = blocksOf(syntheticTable(3), blockSize);
/** 4, 4 and 2 mappings; mapping 5 stands in block 1 at offset 108, mapping 9 in block 2 at 108. */
const threeBlocks = blocksOf(syntheticTable(10), blockSize);
/** The same, mapping 5 erased. */
const erasedBlocks = blocksOf(
  tableOf(Array.from({ length: 10 }, (_, i) => (i === 5 ? erased(synthetic(i)) : synthetic(i)))),
  blockSize,
);

const zeros = new Uint8Array(32);
const i32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
const count = (name: string, value: number, blocks = threeBlocks): DamageCase => ({
  name,
  blocks,
  blockSize,
  block: 0,
  offset: 0,
  bytes: i32(value),
  finding: { code: 'badCount', severity: 'error', block: 0, offset: 0, length: 4, path: 'mappingCount', actual: value },
});
const at = (damage: Omit<DamageCase, 'blocks' | 'blockSize'> & { blocks?: Uint8Array }): DamageCase => ({
  blocks: threeBlocks,
  blockSize,
  ...damage,
});
const unscrubbed = { code: 'erasedButNotScrubbed', severity: 'warning', block: 1 } as const;

const cases: readonly DamageCase[] = [
  count('count-negative', -1),
  count('count-beyond-blocks', 13),
  count('count-beyond-one-block', 5, oneBlock),
  count('count-largest', 0x7fff_ffff),
  at({
    name: 'reserved-not-zero',
    block: 0,
    offset: 15,
    bytes: Uint8Array.of(1),
    finding: { code: 'reservedNotZero', severity: 'notice', block: 0, offset: 4, length: 12, path: 'reserved' },
  }),
  at({
    name: 'duplicate-mapping-id',
    block: 1,
    offset: 108,
    bytes: fromHex('00000000000000000000000000000000'),
    finding: {
      code: 'duplicateKey',
      severity: 'warning',
      block: 1,
      offset: 108,
      length: 16,
      path: 'mappings[5].mappingId',
    },
  }),
  at({
    name: 'erased-hash-not-scrubbed',
    blocks: erasedBlocks,
    block: 1,
    offset: 108 + 34 + 31,
    bytes: Uint8Array.of(1),
    finding: { ...unscrubbed, offset: 108 + 34, length: 32, path: 'mappings[5].piiHash' },
  }),
  at({
    name: 'erased-token-not-scrubbed',
    blocks: erasedBlocks,
    block: 1,
    offset: 108 + 66,
    bytes: Uint8Array.of(1),
    finding: { ...unscrubbed, offset: 108 + 66, length: 32, path: 'mappings[5].anonymizedToken' },
  }),
  at({
    name: 'padding-of-a-full-block',
    block: 0,
    offset: 448,
    bytes: Uint8Array.of(1),
    finding: { code: 'paddingNotZero', severity: 'warning', block: 0, offset: 448, length: 48 },
  }),
  at({
    name: 'padding-behind-the-last-mapping',
    block: 2,
    offset: 495,
    bytes: Uint8Array.of(1),
    finding: { code: 'paddingNotZero', severity: 'warning', block: 2, offset: 216, length: 280 },
  }),
  at({
    name: 'changed-payload',
    block: 2,
    offset: 100,
    bytes: Uint8Array.of(0xee),
    unsealed: true,
    finding: { code: 'badTrailer', severity: 'error', block: 2, offset: 0, length: 512 },
  }),
  at({
    name: 'no-trailer',
    block: 0,
    offset: 496,
    bytes: new Uint8Array(16),
    finding: { code: 'badTrailer', severity: 'error', block: 0, offset: 0, length: 512 },
  }),
  at({
    name: 'other-tag',
    block: 1,
    offset: 496,
    bytes: fromHex('4b52544d'),
    finding: {
      code: 'wrongTag',
      severity: 'error',
      block: 1,
      offset: 496,
      length: 4,
      expected: 'ANON',
      actual: 'MTRK',
    },
  }),
  at({
    name: 'other-generation',
    block: 2,
    offset: 500,
    bytes: Uint8Array.of(0),
    finding: { code: 'tornWrite', severity: 'error', block: 2, offset: 500, length: 4, expected: 1, actual: 0 },
  }),
];

testDamage(anonymizationTable, cases);

const lenient = (blocks: Uint8Array, blockCount?: number) =>
  decodeRegion(anonymizationTable, blocks, {
    blockSize,
    lenient: true,
    ...(blockCount !== undefined && { blockCount }),
  });

describe('damage that spans more than one place', () => {
  it('keeps the mappings before a hole', () => {
    const { state, findings, partial } = lenient(punchHole(threeBlocks, blockSize, 2));
    expect(findings).toMatchObject([{ code: 'truncated', block: 2, path: 'mappings[8]', expected: 10, actual: 8 }]);
    expect([state?.mappings.length, partial]).toEqual([8, true]);
  });

  it('reports a header that was lost, and only then', () => {
    expect(lenient(punchHole(threeBlocks, blockSize, 0)).findings).toMatchObject([{ code: 'truncated', block: 0 }]);
    expect(lenient(new Uint8Array(3 * blockSize)).findings).toEqual([]);
  });

  it('takes a count that reserved blocks could hold as truncated, and allocates for the blocks at hand', () => {
    const { findings, state } = lenient(
      patch(threeBlocks, blockSize, { block: 0, offset: 0 }, i32(0x7fff_ffff)),
      600_000_000,
    );
    expect(findings[0]).toMatchObject({ code: 'truncated', block: 3, path: 'mappings[12]', actual: 12 });
    expect(state?.mappings.length).toBe(12);
  });

  it('names hash and token of a mapping that is erased by its flag only', () => {
    const table = tableOf([{ ...synthetic(0), flags: 3 }]);
    const blocks = blocksOf(table, blockSize);
    const { findings, state } = decodeRegion(anonymizationTable, blocks, { blockSize });
    expect(findings).toMatchObject([{ path: 'mappings[0].piiHash' }, { path: 'mappings[0].anonymizedToken' }]);
    expect(encodeRegion(anonymizationTable, state, { blockSize, generation: 1 })).toEqual(blocks);
  });

  it.each([
    ['the same', {}, 'with the same content'],
    ['of another subject', { subjectId: synthetic(1).subjectId }, 'with another subjectId'],
    ['erased', { flags: 2, piiHash: zeros, anonymizedToken: zeros }, 'with another piiHash, anonymizedToken, flags'],
    ['of another time', { createdUtcTicks: 0n, piiType: 9 }, 'with another piiType, createdUtcTicks'],
  ])('says what a second mapping of one id has for content: %s', (_name, change, words) => {
    const { findings } = lenient(blocksOf(tableOf([synthetic(0), { ...synthetic(0), ...change }]), blockSize));
    expect(findings).toMatchObject([{ code: 'duplicateKey', path: 'mappings[1].mappingId' }]);
    expect(findings[0]?.message).toBe(
      `Anonymization table: mappings 0 and 1 share the mappingId ${synthetic(0).mappingId}, ${words}`,
    );
  });

  it('names each mapping after the first of one id, with the one before it', () => {
    const ids = [7, 8, 7, 7, 8];
    const table = tableOf(ids.map((id, i) => ({ ...synthetic(i), mappingId: synthetic(id).mappingId })));
    const { findings } = lenient(blocksOf(table, blockSize));
    expect(findings.map(({ path, message }) => [path, /mappings \d and \d/.exec(message)?.[0]])).toEqual([
      ['mappings[2].mappingId', 'mappings 0 and 2'],
      ['mappings[3].mappingId', 'mappings 2 and 3'],
      ['mappings[4].mappingId', 'mappings 1 and 4'],
    ]);
  });

  it('tells nothing of hashes and tokens', () => {
    const table = tableOf([
      { ...synthetic(0), flags: 2 },
      { ...synthetic(1), mappingId: synthetic(0).mappingId },
    ]);
    const { findings } = lenient(blocksOf(table, blockSize));
    expect(findings.length).toBe(3);
    const text = JSON.stringify(findings);
    for (const { piiHash, anonymizedToken } of [synthetic(0), synthetic(1)]) {
      for (const secret of [piiHash, anonymizedToken]) expect(text).not.toContain(toHex(secret).slice(0, 8));
    }
  });

  it('keeps both mappings of one id, with their subjects', () => {
    const table = tableOf([synthetic(0), { ...synthetic(1), mappingId: synthetic(0).mappingId }]);
    const blocks = blocksOf(table, blockSize);
    const { findings, state } = decodeRegion(anonymizationTable, blocks, { blockSize });
    expect(findings.map(({ code }) => code)).toEqual(['duplicateKey']);
    expect([...state.mappings].map(({ subjectId }) => subjectId)).toEqual([
      synthetic(0).subjectId,
      synthetic(1).subjectId,
    ]);
    expect(encodeRegion(anonymizationTable, state, { blockSize, generation: 1 })).toEqual(blocks);
  });
});

it('has a damage for every code of the anonymization table', () => {
  const covered = new Set(cases.map(({ finding }) => finding.code));
  // One is no damage: it is what adding a mapping throws.
  try {
    tableOf([erased(synthetic(0))]).add(synthetic(3), { refuseErasedSubject: true });
  } catch (error) {
    if (isVdeError(error)) covered.add(error.code);
  }
  expect(Object.keys(anonymizationTableCodes).filter((code) => !covered.has(code))).toEqual([]);
});
