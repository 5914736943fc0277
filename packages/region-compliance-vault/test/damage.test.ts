import { decodeRegion, encodeRegion, fromHex } from '@vde/format';
import { type DamageCase, patch, punchHole, testDamage } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { complianceVaultCodes } from '../src/codes.ts';
import { complianceVault } from '../src/index.ts';
import { ComplianceVault } from '../src/vault.ts';
import { blocksOf, plain, synthetic, syntheticVault } from './passports.ts';

const blockSize = 512;
const oneBlock = blocksOf(syntheticVault([132]), blockSize);
/**
 * Passports 0, 1 in block 0 (offsets 16, 216), 2, 3 in block 1 (0, 200), 4 in block 2. All have 40 bytes of issuer and 28 of notes. 80 zero
 * bytes stand behind passport 1, 96 behind passport 3.
 */
const threeBlocks = blocksOf(new ComplianceVault(Array.from({ length: 5 }, (_, k) => synthetic(k, 40, 28))), blockSize);

const i32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
const count = (name: string, value: number, blocks = threeBlocks): DamageCase => ({
  name,
  blocks,
  blockSize,
  block: 0,
  offset: 0,
  bytes: i32(value),
  finding: {
    code: 'badCount',
    severity: 'error',
    block: 0,
    offset: 0,
    length: 4,
    path: 'passportCount',
    actual: value,
  },
});
const at = (damage: Omit<DamageCase, 'blocks' | 'blockSize'> & { blocks?: Uint8Array }): DamageCase => ({
  blocks: threeBlocks,
  blockSize,
  ...damage,
});
const badLength = (name: string, block: number, offset: number, value: number, record: number): DamageCase =>
  at({
    name,
    block,
    offset,
    bytes: i32(value),
    finding: { code: 'badLength', severity: 'error', block, path: `passports[${record}]` },
  });

/** Issuer of 129 bytes, and notes of 257 beside none, where the checks of a new passport do not look. */
const long = (issuer: number, notes: number) =>
  blocksOf(ComplianceVault.ofStored([synthetic(0, issuer, notes)]), blockSize);

const cases: readonly DamageCase[] = [
  count('count-negative', -1),
  // (480 + 496 + 496) / 132, each rounded down: 3 a block.
  count('count-beyond-blocks', 10),
  count('count-beyond-one-block', 4, oneBlock),
  count('count-largest', 0x7fff_ffff),
  at({
    name: 'reserved-not-zero',
    block: 0,
    offset: 15,
    bytes: Uint8Array.of(1),
    finding: { code: 'reservedNotZero', severity: 'notice', block: 0, offset: 4, length: 12, path: 'reserved' },
  }),
  badLength('issuer-length-negative', 1, 60, -1, 2),
  badLength('issuer-length-above-4096', 1, 60, 4097, 2),
  // 1 byte more than the rest of the block holds: the record would end inside the trailer (defect 4).
  badLength('issuer-one-byte-into-the-trailer', 1, 200 + 60, 165, 3),
  badLength('notes-length-negative', 0, 216 + 64 + 40, -1, 1),
  badLength('notes-length-above-65536', 0, 216 + 64 + 40, 65537, 1),
  badLength('notes-one-byte-into-the-trailer', 0, 216 + 64 + 40, 109, 1),
  at({
    name: 'duplicate-passport-id',
    block: 1,
    offset: 200,
    bytes: i32(3),
    finding: {
      code: 'duplicateKey',
      severity: 'warning',
      block: 1,
      offset: 200,
      length: 16,
      path: 'passports[3].passportId',
    },
  }),
  at({
    name: 'padding-of-a-full-block',
    block: 0,
    offset: 495,
    bytes: Uint8Array.of(1),
    finding: { code: 'paddingNotZero', severity: 'warning', block: 0, offset: 416, length: 80 },
  }),
  at({
    name: 'padding-behind-the-last-passport',
    block: 2,
    offset: 300,
    bytes: Uint8Array.of(1),
    finding: { code: 'paddingNotZero', severity: 'warning', block: 2, offset: 200, length: 296 },
  }),
  at({
    name: 'changed-payload',
    block: 1,
    offset: 100,
    bytes: Uint8Array.of(0xee),
    unsealed: true,
    finding: { code: 'badTrailer', severity: 'error', block: 1, offset: 0, length: 512 },
  }),
  at({
    name: 'other-tag',
    block: 1,
    offset: 496,
    bytes: fromHex('474f4c41'),
    finding: {
      code: 'wrongTag',
      severity: 'error',
      block: 1,
      offset: 496,
      length: 4,
      expected: 'CMVT',
      actual: 'ALOG',
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

testDamage(complianceVault, cases);
testDamage(complianceVault, [
  {
    // Where the block has room for more, the limit of what is read remains.
    name: 'issuer-length-above-4096-in-a-large-block',
    blocks: blocksOf(syntheticVault([132, 132]), 16_384),
    blockSize: 16_384,
    block: 0,
    offset: 16 + 132 + 60,
    bytes: i32(4097),
    finding: {
      code: 'badLength',
      severity: 'error',
      block: 0,
      offset: 148,
      length: 64,
      path: 'passports[1]',
      expected: '0 to 4096',
      actual: 4097,
    },
  },
]);

const lenient = (blocks: Uint8Array, blockCount?: number) =>
  decodeRegion(complianceVault, blocks, { blockSize, lenient: true, ...(blockCount !== undefined && { blockCount }) });
const zeroBlocks = (blocks: number, passportCount: number) => {
  const sealed = encodeRegion(complianceVault, new ComplianceVault(), {
    blockSize,
    generation: 1,
    blockCount: blocks,
    sealAll: true,
  });
  return patch(sealed, blockSize, { block: 0, offset: 0 }, i32(passportCount));
};

describe('damage that spans more than one place', () => {
  const counted = (value: number) => lenient(patch(threeBlocks, blockSize, { block: 0, offset: 0 }, i32(value)));

  it('a count that is one too high takes the zero bytes behind the last passport for one (section 4)', () => {
    const { state, findings } = counted(6);
    expect(findings).toMatchObject([
      { code: 'emptyPassport', block: 2, offset: 200, length: 132, path: 'passports[5]' },
    ]);
    expect(state?.passportCount).toBe(6);
  });

  it('a count that is too low leaves bytes that no passport owns', () => {
    expect(counted(3).findings).toMatchObject([{ code: 'paddingNotZero', block: 1, offset: 200, length: 296 }]);
  });

  it('keeps the passports before a hole', () => {
    const { state, findings, partial } = lenient(punchHole(threeBlocks, blockSize, 1));
    expect(findings).toMatchObject([{ code: 'truncated', block: 1, path: 'passports[2]', expected: 5, actual: 2 }]);
    expect([state?.passportCount, partial]).toEqual([2, true]);
  });

  it('one 400-byte passport, count 2: 80 bytes are left and no next block', () => {
    const blocks = patch(blocksOf(syntheticVault([400]), blockSize), blockSize, { block: 0, offset: 0 }, i32(2));
    const { findings, state } = lenient(blocks);
    expect(findings).toMatchObject([{ code: 'truncated', block: 1, expected: 2, actual: 1 }]);
    expect(state?.passportCount).toBe(1);
  });

  it.each([
    [1, 3, 'emptyPassport,emptyPassport,emptyPassport'],
    [1, 4, 'badCount'],
    [2, 4, 'emptyPassport,emptyPassport,emptyPassport,emptyPassport'],
    [2, 7, 'badCount'],
  ])('%i blocks of zeros, count %i: %s', (blocks, passportCount, codes) => {
    const { findings, state } = lenient(zeroBlocks(blocks, passportCount));
    expect(findings.map(({ code }) => code).join()).toBe(codes);
    expect(state?.passportCount).toBe(codes === 'badCount' ? undefined : passportCount);
  });

  it('writes an all-zero passport again as it is, and adds none', () => {
    const blocks = zeroBlocks(1, 1);
    const { state, findings } = decodeRegion(complianceVault, blocks, { blockSize });
    expect(findings).toMatchObject([
      { code: 'emptyPassport', block: 0, offset: 16, length: 132, path: 'passports[0]' },
    ]);
    expect(blocksOf(state, blockSize)).toEqual(blocks);
    expect(() => state.add(state.at(0))).toThrow(RangeError);
  });

  it.each([
    ['issuerId', 129, 0, 129],
    ['notes', 0, 257, 257],
  ])('%s above the limit of new ones is kept and written again', (name, issuer, notes, length) => {
    const blocks = long(issuer, notes);
    const { state, findings } = decodeRegion(complianceVault, blocks, { blockSize });
    expect(findings).toMatchObject([
      {
        code: 'overLimit',
        severity: 'warning',
        block: 0,
        length: 4 + length,
        path: `passports[0].${name}`,
        actual: length,
      },
    ]);
    expect(blocksOf(state, blockSize)).toEqual(blocks);
    expect(() => new ComplianceVault(state)).toThrow(expect.objectContaining({ code: 'overLimit' }));
  });

  it('reads a long gap as padding only when the same write goes on behind it (PR-5)', () => {
    const vault = syntheticVault([200, 481, 132]);
    const blocks = blocksOf(vault, blockSize);
    expect(plain(decodeRegion(complianceVault, blocks, { blockSize }).state)).toEqual(plain(vault));
    // An older, longer version behind it carries another generation: its blocks are not entered.
    const stale = blocksOf(syntheticVault([481, 481, 481, 481]), blockSize, 0).subarray(4 * blockSize);
    const shrunk = new Uint8Array([...blocks, ...stale]);
    const decoded = decodeRegion(complianceVault, shrunk, { blockSize });
    expect([plain(decoded.state), decoded.findings]).toEqual([plain(vault), []]);
  });

  it('keeps both passports of one id; a look-up gives the first', () => {
    const twin = { ...synthetic(1, 0, 0), passportId: synthetic(0).passportId };
    const vault = new ComplianceVault([synthetic(0, 0, 0)]);
    expect(() => vault.add(twin)).toThrow(expect.objectContaining({ code: 'duplicateKey' }));
    expect(vault.add(twin, { allowDuplicate: true })).toBe(1);
    const blocks = blocksOf(vault, blockSize);
    const { state, findings } = decodeRegion(complianceVault, blocks, { blockSize });
    expect(findings.map(({ code }) => code)).toEqual(['duplicateKey']);
    expect([state.findIndex(twin.passportId), state.find(twin.passportId)?.frameworkId]).toEqual([0, 0]);
    expect(blocksOf(state, blockSize)).toEqual(blocks);
  });
});

it('has a damage for every code of the compliance vault', () => {
  const covered = new Set(cases.map(({ finding }) => finding.code));
  // The first four need keys (audit.test.ts); the others are tests of their own above.
  const elsewhere = [
    'signatureInvalid',
    'signatureMalformed',
    'unverifiable',
    'unsigned',
    'overLimit',
    'emptyPassport',
  ];
  expect(Object.keys(complianceVaultCodes).filter((code) => !covered.has(code) && !elsewhere.includes(code))).toEqual(
    [],
  );
});
