import { type Finding, isVdeError, readTrailer, tagToString, verifyTrailer } from '@vde/format';
import { flipBit } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import {
  type CompressionDictionary,
  compressionDictionary,
  type DictionaryEntry,
  loadDictionary,
  storeDictionary,
  verifyDictionary,
} from '../src/index.ts';
import { container, content, entryOf, imageOf, sha256, synthetic, t0, trailered } from './dictionaries.ts';

const blockSize = 4096;
const bytes = content(12000);
const layouts = {
  trailered: trailered(bytes, blockSize),
  raw: bytes,
  container: container(bytes),
} as const;
const directoryOf = (...dictionaries: DictionaryEntry[]): CompressionDictionary => ({ dictionaries });
const codeOf = (run: Promise<unknown>) =>
  run.then(
    () => 'ok',
    (error) => (isVdeError(error) ? error.code : Promise.reject(error)),
  );

describe.each(Object.entries(layouts))('dictionary bytes laid out %s (3.4)', (layout, blocks) => {
  const directory = directoryOf(entryOf(bytes, 3));

  it('are loaded and verified', async () => {
    const image = imageOf(blockSize, 210, { 200: blocks });
    const loaded = await loadDictionary(directory, 5, image);
    expect(loaded).toEqual({ bytes, layout, isVerified: true });
    expect(image.reads).toEqual([[200, 3]]);
    expect(await verifyDictionary(directory, 5, image)).toEqual({ isGenuine: true, layout });
  });

  it('are the own copy of the caller', async () => {
    const image = imageOf(blockSize, 210, { 200: blocks });
    (await loadDictionary(directory, 5, image))!.bytes.fill(0);
    expect((await loadDictionary(directory, 5, image))!.bytes).toEqual(bytes);
  });

  it('are refused with one bit flipped', async () => {
    const image = imageOf(blockSize, 210, { 200: flipBit(blocks, 8 * 5000 + 3) });
    expect(await codeOf(loadDictionary(directory, 5, image))).toBe('contentHashMismatch');
    expect(await verifyDictionary(directory, 5, image)).toMatchObject({
      isGenuine: false,
      code: 'contentHashMismatch',
    });
    const unverified = await loadDictionary(directory, 5, image, { allowUnverified: true });
    expect([unverified?.isVerified, unverified?.bytes.length]).toEqual([false, 12000]);
  });
});

describe('loading', () => {
  const image = imageOf(blockSize, 210, { 200: layouts.trailered });
  const good = entryOf(bytes, 3);

  it('gives undefined for an empty slot', async () => {
    expect(await loadDictionary(directoryOf(good), 6, image)).toBeUndefined();
    expect(await verifyDictionary(directoryOf(good), 6, image)).toBeUndefined();
    expect(await loadDictionary(directoryOf({ ...good, dictId: 300 }), 300, image)).toBeUndefined();
  });

  it.each([
    ['a negative offset', { blockOffset: -1n }],
    ['no blocks', { blockCount: 0 }],
    ['negative blocks', { blockCount: -3 }],
    ['no bytes in blocks', { dictionarySizeBytes: 0 }],
    ['negative bytes', { dictionarySizeBytes: -1 }],
    ['negative bytes in no blocks', { blockCount: 0, dictionarySizeBytes: -1 }],
    ['blocks beyond the image', { blockOffset: 208n }],
    ['blocks far beyond the image', { blockOffset: 2n ** 63n - 1n, blockCount: 2 ** 31 - 1 }],
    ['more bytes than the blocks hold', { dictionarySizeBytes: 3 * 4096 + 1 }, 1e9],
    ['more bytes than asked for', { dictionarySizeBytes: 12001 }],
  ] as [string, Partial<DictionaryEntry>, number?][])(
    'refuses %s without reading',
    async (_name, wrong, maxBytes = 12000) => {
      const watched = imageOf(blockSize, 210, {});
      expect(await codeOf(loadDictionary(directoryOf({ ...good, ...wrong }), 5, watched, { maxBytes }))).toBe(
        'badExtent',
      );
      expect(watched.reads).toEqual([]);
    },
  );

  it('does not take a hash of zeros for any', async () => {
    const directory = directoryOf({ ...good, contentHash: new Uint8Array(32) });
    expect(await codeOf(loadDictionary(directory, 5, image))).toBe('contentHashMismatch');
  });

  it('loads a dictionary of no bytes from no blocks', async () => {
    const none = entryOf(new Uint8Array(0), 0);
    const watched = imageOf(blockSize, 210, {});
    expect(await loadDictionary(directoryOf(none), 5, watched)).toMatchObject({
      bytes: new Uint8Array(0),
      isVerified: true,
    });
    expect(watched.reads).toEqual([]);
    const wrong = directoryOf({ ...none, contentHash: sha256('x') });
    expect(await codeOf(loadDictionary(wrong, 5, watched))).toBe('contentHashMismatch');
  });

  it('skips the trailered layout where the bytes need all of the blocks', async () => {
    const full = content(3 * 4096);
    const raw = imageOf(blockSize, 210, { 200: full });
    expect(await loadDictionary(directoryOf(entryOf(full, 3)), 5, raw)).toMatchObject({ layout: 'raw' });
    const wrong = directoryOf({ ...entryOf(full, 3), contentHash: sha256('x') });
    expect(await loadDictionary(wrong, 5, raw, { allowUnverified: true })).toMatchObject({
      layout: 'raw',
      isVerified: false,
    });
  });

  it('reads no more of a long extent than a layout can need', async () => {
    const long = imageOf(blockSize, 5000, { 200: layouts.trailered });
    const directory = directoryOf({ ...good, blockCount: 4000 });
    expect(await loadDictionary(directory, 5, long)).toMatchObject({ layout: 'trailered' });
    expect(long.reads).toEqual([[200, 20]]);
  });

  it('takes a dictionary for trailered as long as one of its trailers holds', async () => {
    const hurt = imageOf(blockSize, 210, { 200: flipBit(layouts.trailered, 8 * 5000) });
    const found = await loadDictionary(directoryOf(good), 5, hurt, { allowUnverified: true });
    const wrong = found!.bytes.reduce((count, byte, i) => (byte === bytes[i] ? count : count + 1), 0);
    expect([found!.layout, found!.isVerified, wrong]).toEqual(['trailered', false, 1]);
  });

  it('names the blocks that lost their trailer', async () => {
    const hurt = imageOf(blockSize, 210, { 200: flipBit(layouts.trailered, 8 * 5000) });
    const error = await loadDictionary(directoryOf(good), 5, hurt).catch((thrown) => thrown);
    expect(error.message).toMatch(/without a valid trailer: 1, first block 201$/);
    expect(error.details).toMatchObject({ dictId: 5, damagedBlocks: [201] });
  });

  it('lets the hash decide where only a trailer is damaged', async () => {
    const hurt = imageOf(blockSize, 210, { 200: flipBit(layouts.trailered, 8 * 4090) });
    expect(await loadDictionary(directoryOf(good), 5, hurt)).toMatchObject({ layout: 'trailered', isVerified: true });
  });

  it.each([
    ['another version', container(bytes, 'n', 2)],
    ['a flipped bit in its name', flipBit(container(bytes), 8 * 9)],
    ['a flipped bit in its hash', flipBit(container(bytes), 8 * (container(bytes).length - 1))],
    ['a size beyond its blocks', flipBit(container(bytes, ''), 8 * 8 + 21)],
  ])('refuses a container with %s', async (_name, blocks) => {
    const hurt = imageOf(blockSize, 210, { 200: blocks });
    expect(await codeOf(loadDictionary(directoryOf(good), 5, hurt))).toBe('contentHashMismatch');
  });

  it('stops when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(loadDictionary(directoryOf(good), 5, image, { signal })).rejects.toThrow('enough');
    await expect(verifyDictionary(directoryOf(good), 5, image, { signal })).rejects.toThrow('enough');
  });
});

describe('storing', () => {
  const options = {
    dictId: 5,
    algorithmId: 0,
    trainedUtcTicks: t0,
    sampleCount: 9n,
    blockOffset: 200,
    blockSize,
    generation: 7,
  };

  it('makes blocks and an entry that load again', async () => {
    const { entry, blocks } = storeDictionary(bytes, options);
    expect(entry).toMatchObject({
      blockOffset: 200n,
      blockCount: 3,
      dictionarySizeBytes: 12000,
      contentHash: sha256(bytes),
    });
    const loaded = await loadDictionary(directoryOf(entry), 5, imageOf(blockSize, 203, { 200: blocks }));
    expect(loaded).toEqual({ bytes, layout: 'trailered', isVerified: true });
  });

  it('tags blocks of the region DICT and all others DATA, with the generation of the directory', () => {
    const { blocks } = storeDictionary(bytes, { ...options, region: { startBlock: 137, blockCount: 64 } });
    const trailers = [0, 1, 2].map((i) => readTrailer(blocks.subarray(i * blockSize), blockSize));
    expect(trailers.map(({ tag }) => tagToString(tag))).toEqual(['DICT', 'DATA', 'DATA']);
    expect(trailers.map(({ generation }) => generation)).toEqual([7, 7, 7]);
    expect(verifyTrailer(blocks.subarray(2 * blockSize), blockSize)).toBe(true);
    const inside = storeDictionary(bytes, { ...options, region: { startBlock: 201, blockCount: 1 } }).blocks;
    const tags = [0, 1, 2].map((i) => tagToString(readTrailer(inside.subarray(i * blockSize), blockSize).tag));
    expect(tags).toEqual(['DATA', 'DICT', 'DATA']);
  });

  it('takes no blocks for no bytes', () => {
    const { entry, blocks } = storeDictionary(new Uint8Array(0), options);
    expect([entry.blockCount, blocks.length]).toEqual([0, 0]);
  });

  it.each([{ blockOffset: -1 }, { blockOffset: 0.5 }, { blockSize: 1000 }, { generation: -1 }, { dictId: 70000 }])(
    'refuses %o',
    (wrong) => expect(() => storeDictionary(bytes, { ...options, ...wrong })).toThrow(RangeError),
  );
});

describe('the audit', () => {
  const second = content(100).map((byte) => byte ^ 0x55);
  const store = (dictId: number, of: Uint8Array, blockOffset: number) =>
    storeDictionary(of, {
      dictId,
      algorithmId: 0,
      trainedUtcTicks: t0,
      sampleCount: 1n,
      blockOffset,
      blockSize,
      generation: 1,
    });
  const stored = [store(5, bytes, 200), store(7, second, 204)] as const;
  const entries = stored.map(({ entry }) => entry);
  const image = { 200: stored[0].blocks, 204: stored[1].blocks };

  async function audit(
    dictionaries: readonly DictionaryEntry[],
    parts: Record<number, Uint8Array> = image,
  ): Promise<Finding[]> {
    const context = { ...imageOf(blockSize, 210, parts), startBlock: 64, blockCount: 64, keys: [] };
    const findings: Finding[] = [];
    for await (const finding of compressionDictionary.audit!({ dictionaries }, context)) findings.push(finding);
    return findings;
  }

  it('has nothing to say of whole dictionaries', async () => expect(await audit(entries)).toEqual([]));

  it('names a dictionary whose bytes changed, and the place of its hash', async () => {
    expect(await audit(entries, { ...image, 204: flipBit(stored[1].blocks, 8) })).toMatchObject([
      {
        code: 'contentHashMismatch',
        severity: 'error',
        block: 0,
        offset: 16 + 68 + 36,
        length: 32,
        path: 'dictionaries[1].contentHash',
      },
    ]);
  });

  it('names a dictionary whose blocks were never written', async () => {
    expect(await audit(entries, { 200: stored[0].blocks })).toMatchObject([
      { code: 'contentHashMismatch', path: 'dictionaries[1].contentHash' },
    ]);
  });

  it('names an extent that cannot be', async () => {
    expect(await audit([entries[0]!, { ...entries[1]!, blockOffset: 210n }])).toMatchObject([
      { code: 'badExtent', severity: 'error', block: 0, offset: 84, length: 68, path: 'dictionaries[1]' },
    ]);
  });

  it('names extents that overlap, with each other and with the directory', async () => {
    const twice = { ...entries[0]!, dictId: 6 };
    const inside = { ...entries[1]!, blockOffset: 64n };
    expect(await audit([entries[0]!, twice, inside], { ...image, 64: stored[1].blocks })).toMatchObject([
      {
        code: 'overlappingExtents',
        severity: 'warning',
        path: 'dictionaries[1].blockOffset',
        offset: 16 + 68 + 4,
        length: 8,
      },
      { code: 'overlappingExtents', severity: 'warning', path: 'dictionaries[2].blockOffset' },
    ]);
    const behind = store(7, second, 65);
    expect(await audit([behind.entry], { 65: behind.blocks })).toEqual([]);
  });

  it('leaves reserved ids and earlier entries of an id alone', async () => {
    const lost = { ...synthetic(5), blockOffset: 1000n };
    expect(await audit([lost, ...entries, { ...lost, dictId: 300 }])).toEqual([]);
  });

  it('says of a dictionary that it is too large to be loaded', async () => {
    const huge = { ...synthetic(5), blockOffset: 0n, blockCount: 20_000, dictionarySizeBytes: 65 * 1024 * 1024 };
    const context = { ...imageOf(blockSize, 1, {}), totalBlocks: 20_000, startBlock: 30_000, blockCount: 64, keys: [] };
    const findings: Finding[] = [];
    for await (const finding of compressionDictionary.audit!({ dictionaries: [huge] }, context)) findings.push(finding);
    expect([findings.map(({ code, severity }) => [code, severity]), context.reads]).toEqual([
      [['unverifiedDictionary', 'notice']],
      [],
    ]);
  });

  it('stops when it is aborted', async () => {
    const context = {
      ...imageOf(blockSize, 210, image),
      startBlock: 64,
      blockCount: 64,
      keys: [],
      signal: AbortSignal.abort(new Error('enough')),
    };
    const run = async () => {
      for await (const _ of compressionDictionary.audit!({ dictionaries: entries }, context));
    };
    await expect(run()).rejects.toThrow('enough');
  });
});
