import { decodeRegion, fromHex, geometryOf, toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { CompressionDictionaryHeader, compressionDictionary, DictionaryEntry } from '../src/index.ts';
import { blocksOf, sha256, syntheticDirectory, t0 } from './dictionaries.ts';

const example: DictionaryEntry = {
  dictId: 1,
  algorithmId: 0,
  blockOffset: 200n,
  blockCount: 3,
  dictionarySizeBytes: 12000,
  trainedUtcTicks: t0,
  sampleCount: 1000n,
  contentHash: sha256('test-dictionary'),
};
const blocksNeeded = (n: number, blockSize: number) =>
  compressionDictionary.requiredBlocks(syntheticDirectory(n), geometryOf(blockSize));
/** The block count of the reference (defect 1). */
const referenceBlocks = (n: number, payload: number) =>
  n * 68 <= payload - 16 ? 1 : 1 + Math.ceil((n * 68 - (payload - 16)) / payload);

describe('records of the page', () => {
  const rows = [
    [
      'entry',
      DictionaryEntry,
      example,
      '01000000c80000000000000003000000e02e00000040313cf729dd08e8030000000000009450cd0dd25fdcc01c85221d9935135f19e73a925a564d3176be52dab61cbcce',
    ],
    [
      'entry of an unknown algorithm and a reserved id',
      DictionaryEntry,
      { ...example, dictId: 65535, algorithmId: 4711, blockOffset: -1n, contentHash: new Uint8Array(32) },
      `ffff6712ffffffffffffffff03000000e02e00000040313cf729dd08e803000000000000${'00'.repeat(32)}`,
    ],
    ['header', CompressionDictionaryHeader, { dictionaryCount: 256 }, '00010000000000000000000000000000'],
    [
      'header with reserved bytes',
      CompressionDictionaryHeader,
      { dictionaryCount: 1, reserved: fromHex('000000000000000000000001') },
      '01000000000000000000000000000001',
    ],
  ] as const;

  it.each(rows)('%s', (_name, type, value, hex) => {
    const bytes = new Uint8Array(hex.length / 2);
    type.set(new DataView(bytes.buffer), 0, value as never);
    expect(toHex(bytes)).toBe(hex);
    expect(type.get(new DataView(fromHex(hex).buffer))).toEqual(value);
  });
});

describe('regions of the page', () => {
  const one = { dictionaries: [example] };
  const rows = [
    ['one', one, 512, 1, 1, 'd5b263759ce2f22bc04048441ae6ee3b5df5a1aeee6f4e54d7fae30a7f568f36'],
    ['one', one, 4096, 1, 1, '3989ef0dbb4e15a7a47e2b798c74dc927a14070c85d85db0250969f32a7aa6ba'],
    ['7', syntheticDirectory(7), 512, 7, 1, 'e363042a6c04267a2bfa00f59102040d208383d35840c18b21c20d6644389fec'],
    ['8', syntheticDirectory(8), 512, 7, 2, '17bdc230d41146dbbbc0d86c7755168ce049b36c32748a80ebcddf448c11ddb7'],
    ['35', syntheticDirectory(35), 512, 7, 5, 'f1a9f418d119a38f83669c41b51ca96799ab413d77eee55dd959cd1aaa193467'],
    ['36', syntheticDirectory(36), 512, 7, 6, 'd033272b3039bb756ae57af6c2b880b4718297ec7e388b648f601d9480c90d58'],
    ['256', syntheticDirectory(256), 512, 7, 37, '28ca8fe377952aceabc04c87165cf82a6a456743a40bae6e87d97cdce85f35e4'],
    ['256', syntheticDirectory(256), 4096, 7, 5, 'b69d5425d2242a128c7f1e08e035049fa3a23386329e788716218a2f8c13331f'],
  ] as const;

  it.each(rows)('%s: SHA-256 (%#)', (_name, directory, blockSize, generation, blocks, digest) => {
    const bytes = blocksOf(directory, blockSize, generation);
    expect(bytes.length).toBe(blocks * blockSize);
    expect(toHex(sha256(bytes))).toBe(digest);
    const { state, findings } = decodeRegion(compressionDictionary, bytes, { blockSize });
    expect([state, findings]).toEqual([directory, []]);
  });

  it.each([
    [512, '544349440100000002ea755369d099b0'],
    [4096, '5443494401000000f050e50a6bbef651'],
    [65536, '54434944010000005de374a97801c1c3'],
  ])('empty at %i: trailer, and the form that a fresh region of 64 blocks has', (blockSize, trailer) => {
    const blocks = new Uint8Array(64 * blockSize);
    blocks.set(blocksOf({ dictionaries: [] }, blockSize, 1));
    expect(toHex(blocks.subarray(blockSize - 16, blockSize))).toBe(trailer);
    const decoded = decodeRegion(compressionDictionary, blocks, { blockSize });
    expect(decoded).toMatchObject({ form: 'formattedEmpty', generation: 1, findings: [], state: { dictionaries: [] } });
  });
});

describe('packing (3.3)', () => {
  it.each([
    [512, 7, 7, 37],
    [1024, 14, 14, 19],
    [2048, 29, 29, 9],
    [4096, 59, 60, 5],
    [8192, 120, 120, 3],
    [16384, 240, 240, 2],
  ])('block size %i holds %i, then %i a block, 256 in %i blocks', (blockSize, first, later, full) => {
    const needed = (n: number) => blocksNeeded(n, blockSize);
    expect([0, 1, first, first + 1, Math.min(first + later, 256)].map(needed)).toEqual([1, 1, 1, 2, 2]);
    expect(needed(256)).toBe(full);
  });

  it.each([32768, 65536])('block size %i holds 256 in one block', (blockSize) => {
    expect(blocksNeeded(256, blockSize)).toBe(1);
  });
});

describe('defect 1: counts at which the block count of the reference is too small', () => {
  const all = Array.from({ length: 257 }, (_, n) => n);
  const failing = (blockSize: number) =>
    all.filter((n) => blocksNeeded(n, blockSize) > referenceBlocks(n, blockSize - 16));
  const ranges = (...pairs: number[][]) => all.filter((n) => pairs.some(([from, to = from!]) => n >= from! && n <= to));

  it('512', () => {
    expect(failing(512).filter((n) => n < 128)).toEqual(
      ranges(
        [36],
        [43],
        [50],
        [57, 58],
        [64, 65],
        [71, 72],
        [78, 80],
        [85, 87],
        [92, 94],
        [99, 101],
        [106, 109],
        [113, 116],
        [120, 123],
        [127],
      ),
    );
    expect(failing(512).filter((n) => n >= 128)).toEqual(
      ranges([128, 131], [134, 138], [141, 145], [148, 152], [155, 160], [162, 167], [169, 174], [176, 256]),
    );
  });

  it('1024', () => {
    const counts = failing(1024);
    expect(counts.filter((n) => n < 89)).toEqual(ranges([29], [43, 44], [57, 59], [71, 73], [85, 88]));
    expect(counts.filter((n) => n > 236)).toEqual(ranges([239, 251], [253, 256]));
  });

  it('2048', () => {
    expect(failing(2048)).toEqual(ranges([59], [88, 89], [117, 119], [146, 149], [175, 179], [204, 208], [233, 238]));
  });

  it.each([4096, 8192, 16384, 32768, 65536])('%i: none', (blockSize) => expect(failing(blockSize)).toEqual([]));
});

describe('counts that no region can hold', () => {
  it.each([-1, 8, 257, 0x7fff_ffff, -0x8000_0000])('%i in one block of 512 is badCount', (count) => {
    const blocks = blocksOf(syntheticDirectory(1), 512);
    new DataView(blocks.buffer).setInt32(0, count, true);
    const lenient = decodeRegion(compressionDictionary, blocks, { blockSize: 512, lenient: true });
    expect(lenient.findings.map(({ code }) => code)).toEqual(['badTrailer', 'badCount']);
    expect(lenient.state).toBeUndefined();
  });
});
