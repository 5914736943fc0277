import {
  decodeRegion,
  encodeRegion,
  fromHex,
  isVdeError,
  openRegion,
  sealBlocks,
  stringToTag,
  traceRegion,
} from '@vde/format';
import { type DamageCase, patch, punchHole, testDamage } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { compressionDictionaryCodes } from '../src/codes.ts';
import { compressionDictionary, findDictionary } from '../src/index.ts';
import { blocksOf, container, content, synthetic, syntheticDirectory } from './dictionaries.ts';

const blockSize = 512;
const oneBlock = blocksOf(syntheticDirectory(3), blockSize, 1);
/** 7, 7 and 2 dictionaries; the last stands in block 2 at offset 68. */
const threeBlocks = blocksOf(syntheticDirectory(16), blockSize, 1);

const i32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
const u16 = (value: number) => new Uint8Array(Uint16Array.of(value).buffer);
const at = (damage: Omit<DamageCase, 'blocks' | 'blockSize'> & { blocks?: Uint8Array }): DamageCase => ({
  blocks: threeBlocks,
  blockSize,
  ...damage,
});
const count = (name: string, value: number, blocks = threeBlocks) =>
  at({
    name,
    blocks,
    block: 0,
    offset: 0,
    bytes: i32(value),
    finding: {
      code: 'badCount',
      severity: 'error',
      block: 0,
      offset: 0,
      length: 4,
      path: 'dictionaryCount',
      actual: value,
    },
  });

const cases: readonly DamageCase[] = [
  count('count-negative', -1),
  count('count-beyond-blocks', 22),
  count('count-beyond-one-block', 8, oneBlock),
  count('count-257-in-one-block', 257, oneBlock),
  count('count-largest', 0x7fff_ffff),
  at({
    name: 'reserved-not-zero',
    block: 0,
    offset: 15,
    bytes: Uint8Array.of(1),
    finding: { code: 'reservedNotZero', severity: 'notice', block: 0, offset: 4, length: 12, path: 'reserved' },
  }),
  at({
    name: 'reserved-dict-id',
    block: 2,
    offset: 68,
    bytes: u16(256),
    finding: {
      code: 'reservedDictId',
      severity: 'warning',
      block: 2,
      offset: 68,
      length: 2,
      path: 'dictionaries[15].dictId',
      actual: 256,
    },
  }),
  at({
    name: 'duplicate-dict-id',
    block: 2,
    offset: 68,
    bytes: u16(14),
    finding: {
      code: 'duplicateKey',
      severity: 'error',
      block: 2,
      offset: 68,
      length: 2,
      path: 'dictionaries[15].dictId',
      actual: 14,
    },
  }),
  at({
    name: 'duplicate-of-the-first',
    block: 0,
    offset: 84,
    bytes: u16(0),
    finding: {
      code: 'duplicateKey',
      severity: 'error',
      block: 0,
      offset: 84,
      path: 'dictionaries[1].dictId',
      actual: 0,
    },
  }),
  at({
    name: 'padding-of-a-full-block',
    block: 1,
    offset: 480,
    bytes: Uint8Array.of(1),
    finding: { code: 'paddingNotZero', severity: 'warning', block: 1, offset: 476, length: 20 },
  }),
  at({
    name: 'padding-behind-the-last-dictionary',
    block: 2,
    offset: 495,
    bytes: Uint8Array.of(1),
    finding: { code: 'paddingNotZero', severity: 'warning', block: 2, offset: 136, length: 360 },
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
    block: 1,
    offset: 496,
    bytes: new Uint8Array(16),
    finding: { code: 'badTrailer', severity: 'error', block: 1, offset: 0, length: 512 },
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
      expected: 'DICT',
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

testDamage(compressionDictionary, cases);

const lenient = (blocks: Uint8Array, blockCount?: number) =>
  decodeRegion(compressionDictionary, blocks, {
    blockSize,
    lenient: true,
    ...(blockCount !== undefined && { blockCount }),
  });

describe('damage that spans more than one place', () => {
  it('keeps the dictionaries before a hole', () => {
    const { state, findings, partial } = lenient(punchHole(threeBlocks, blockSize, 1));
    expect(findings).toMatchObject([{ code: 'truncated', block: 1, path: 'dictionaries[7]', expected: 16, actual: 7 }]);
    expect([state?.dictionaries.length, partial]).toEqual([7, true]);
  });

  it('takes a count that reserved blocks could hold as truncated, and allocates for the blocks at hand', () => {
    const blocks = patch(threeBlocks, blockSize, { block: 0, offset: 0 }, i32(0x7fff_ffff));
    const { findings, state } = lenient(blocks, 600_000_000);
    expect(findings[0]).toMatchObject({ code: 'truncated', block: 3, path: 'dictionaries[21]' });
    expect(state?.dictionaries.length).toBe(21);
  });

  it('reads ids in any order, and writes them ascending', () => {
    const blocks = patch(oneBlock, blockSize, { block: 0, offset: 16 }, u16(200));
    const { state, findings } = decodeRegion(compressionDictionary, blocks, { blockSize });
    expect(findings).toMatchObject([
      { code: 'unsortedIds', severity: 'notice', block: 0, offset: 84, length: 2, path: 'dictionaries[1].dictId' },
    ]);
    expect(state.dictionaries.map(({ dictId }) => dictId)).toEqual([200, 1, 2]);
    const again = decodeRegion(compressionDictionary, blocksOf(state, blockSize), { blockSize });
    expect([again.state.dictionaries.map(({ dictId }) => dictId), again.findings]).toEqual([[1, 2, 200], []]);
  });

  it('moves a reserved id behind the others when it writes, and keeps it', () => {
    const blocks = patch(oneBlock, blockSize, { block: 0, offset: 16 }, u16(256));
    const { state, findings } = decodeRegion(compressionDictionary, blocks, { blockSize });
    expect(findings.map(({ code }) => code)).toEqual(['reservedDictId', 'unsortedIds']);
    const again = decodeRegion(compressionDictionary, blocksOf(state, blockSize), { blockSize });
    expect(again.state.dictionaries).toEqual([synthetic(1), synthetic(2), { ...synthetic(0), dictId: 256 }]);
    expect(again.findings.map(({ code }) => code)).toEqual(['reservedDictId']);
  });

  it('shows both dictionaries of one id, finds the last, and writes that one', () => {
    const blocks = patch(oneBlock, blockSize, { block: 0, offset: 84 }, u16(2));
    const { state, partial } = lenient(blocks);
    expect([state!.dictionaries.length, partial]).toEqual([3, true]);
    expect(findDictionary(state!, 2)).toEqual(synthetic(2));
    const again = decodeRegion(compressionDictionary, blocksOf(state!, blockSize), { blockSize });
    expect(again).toMatchObject({ state: { dictionaries: [synthetic(0), synthetic(2)] }, findings: [] });
  });
});

describe('look-alikes (2)', () => {
  const refused = (blocks: Uint8Array) => {
    const { state, findings, partial } = lenient(blocks);
    expect([state, partial]).toEqual([undefined, true]);
    expect(() => decodeRegion(compressionDictionary, blocks, { blockSize })).toThrow(
      expect.toSatisfy((error: unknown) => isVdeError(error, 'unsupportedVariant')),
    );
    return findings;
  };
  const found = { code: 'unsupportedVariant', severity: 'error', block: 0, offset: 0, length: 16 };

  it.each([
    ['longer than its blocks, without a trailer', container(content(3000))],
    ['padded with zeros', container(content(40))],
  ])('names a stand-alone container %s', (_name, bytes) => {
    const blocks = new Uint8Array(Math.ceil(bytes.length / blockSize) * blockSize);
    blocks.set(bytes);
    expect(refused(blocks)).toMatchObject([found]);
  });

  it.each(['DICT', 'DATA'])('names the planned layout, tagged %s', (tag) => {
    const blocks = new Uint8Array(blockSize);
    new DataView(blocks.buffer).setBigUint64(0, 0x434d505244494354n, true);
    sealBlocks(blocks, blockSize, stringToTag(tag), 1);
    expect(refused(blocks)).toMatchObject([found]);
  });

  it('are not traced, nor is a region without blocks', () => {
    const blocks = new Uint8Array(blockSize);
    blocks.set(container(content(40)));
    expect([...traceRegion(compressionDictionary, blocks, { blockSize })]).toEqual([]);
    const none = openRegion(compressionDictionary, new Uint8Array(), { blockSize, lenient: true });
    expect([...compressionDictionary.trace(none, { first: 0, count: 1 })]).toEqual([]);
  });

  it('names them when another tag makes core ask', () => {
    const payload = new DataView(container(content(40)).buffer);
    expect(compressionDictionary.variant?.('DATA', payload)).toMatchObject({ code: 'unsupportedVariant' });
    expect(compressionDictionary.variant?.('DATA', new DataView(new ArrayBuffer(496)))).toBeUndefined();
  });
});

it('refuses a state that needs more blocks than there are', () => {
  const write = () =>
    encodeRegion(compressionDictionary, syntheticDirectory(8), { blockSize, generation: 1, blockCount: 1 });
  expect(write).toThrow(expect.toSatisfy((error: unknown) => isVdeError(error, 'capacityExceeded')));
});

it('has a test for every code of the compression dictionary', () => {
  const inAudit = ['badExtent', 'overlappingExtents', 'contentHashMismatch', 'unverifiedDictionary'];
  const covered = new Set([...cases.map(({ finding }) => finding.code), 'unsortedIds', ...inAudit]);
  expect(Object.keys(compressionDictionaryCodes).filter((code) => !covered.has(code))).toEqual([]);
});
