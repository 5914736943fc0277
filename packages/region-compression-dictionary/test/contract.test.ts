import { decodeRegion, type Finding, geometryOf, isVdeError } from '@vde/format';
import { describe, expect, it } from 'vitest';
import {
  type CompressionDictionary,
  compressionDictionary,
  type DictionaryEntry,
  loadDictionary,
  registerDictionary,
  removeDictionary,
  storeDictionary,
  verifyDictionary,
} from '../src/index.ts';
import {
  blocksOf,
  content,
  entryOf,
  imageOf,
  sha256,
  synthetic,
  syntheticDirectory,
  trailered,
} from './dictionaries.ts';

const blockSize = 4096;
const bytes = content(12000);
const blocks = trailered(bytes, blockSize);
const directoryOf = (...dictionaries: DictionaryEntry[]): CompressionDictionary => ({ dictionaries });

/** Code, message and details of what a call rejects with. */
const failureOf = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error) => (isVdeError(error) ? { code: error.code, details: error.details } : error),
  );

describe('the region tells the container', () => {
  it('its tag and its module', () => {
    expect(compressionDictionary).toMatchObject({
      id: 'compression-dictionary',
      blockTag: 'DICT',
      slotTypes: ['DICT'],
      module: 10,
    });
    expect(compressionDictionary.empty({}, { geometry: geometryOf(512), blockCount: 1 })).toEqual({ dictionaries: [] });
  });
});

describe('errors carry what a program needs', () => {
  const good = entryOf(bytes, 3);
  const extent = { blockOffset: 200n, blockCount: 3 };

  it('blocks that cannot hold a dictionary: which', async () => {
    const wrong = directoryOf({ ...good, blockCount: 4000 });
    expect(await failureOf(loadDictionary(wrong, 5, imageOf(blockSize, 210, {})))).toEqual({
      code: 'badExtent',
      details: { dictId: 5, blockOffset: 200n, blockCount: 4000 },
    });
  });

  it('bytes with another hash: the one that was expected, and the blocks', async () => {
    const other = directoryOf({ ...good, contentHash: sha256('x') });
    expect(await failureOf(loadDictionary(other, 5, imageOf(blockSize, 210, { 200: blocks })))).toEqual({
      code: 'contentHashMismatch',
      details: { dictId: 5, expected: Buffer.from(sha256('x')).toString('hex'), damagedBlocks: [], ...extent },
    });
  });

  it('a verdict has code and message of the error', async () => {
    const wrong = directoryOf({ ...good, blockOffset: -1n });
    const verdict = await verifyDictionary(wrong, 5, imageOf(blockSize, 210, {}));
    expect(verdict).toMatchObject({ isGenuine: false, code: 'badExtent' });
    expect((verdict as { message: string }).message).toContain('dictionary 5: blockOffset is -1');
  });

  it('what reading throws comes out as it is', async () => {
    const failing = { ...imageOf(blockSize, 210, {}), readBlocks: () => Promise.reject(new Error('unplugged')) };
    await expect(verifyDictionary(directoryOf(good), 5, failing)).rejects.toThrow('unplugged');
  });
});

describe('extents at their limits', () => {
  it('may end with the image, and fill their blocks without trailers', async () => {
    const image = imageOf(blockSize, 203, { 200: blocks });
    expect(await loadDictionary(directoryOf(entryOf(bytes, 3)), 5, image)).toMatchObject({ layout: 'trailered' });
    const full = content(2 * blockSize);
    const raw = imageOf(blockSize, 202, { 200: full });
    expect(await loadDictionary(directoryOf(entryOf(full, 2)), 5, raw)).toMatchObject({ layout: 'raw' });
  });

  it('may be as large as the caller allows', async () => {
    const image = imageOf(blockSize, 203, { 200: blocks });
    const load = (maxBytes: number) => loadDictionary(directoryOf(entryOf(bytes, 3)), 5, image, { maxBytes });
    expect((await load(12000))?.isVerified).toBe(true);
    expect(await failureOf(load(11999))).toMatchObject({ code: 'badExtent' });
  });
});

describe('what a dictionary is stored as', () => {
  const options = {
    dictId: 5,
    algorithmId: 1,
    trainedUtcTicks: 7n,
    sampleCount: 8n,
    blockOffset: 200,
    blockSize,
    generation: 1,
  };

  it.each([-1, 0.5, 2 ** 53])('is refused at block %d', (blockOffset) => {
    expect(() => storeDictionary(bytes, { ...options, blockOffset })).toThrow(RangeError);
  });

  it.each([
    ['an id', { dictId: 65536 }],
    ['an algorithm', { algorithmId: -1 }],
    ['a number of samples', { sampleCount: 2n ** 63n }],
  ])('is refused with %s that its field cannot hold', (_name, wrong) => {
    expect(() => storeDictionary(bytes, { ...options, ...wrong })).toThrow(RangeError);
  });

  it('may begin with the image', () => {
    expect(storeDictionary(bytes, { ...options, blockOffset: 0 }).entry).toMatchObject({
      blockOffset: 0n,
      blockCount: 3,
      dictionarySizeBytes: 12000,
    });
  });
});

describe('findings name the entry', () => {
  const findingsOf = (dictionaries: DictionaryEntry[]): readonly Finding[] =>
    decodeRegion(compressionDictionary, blocksOf({ dictionaries }, 512), { blockSize: 512, lenient: true }).findings;

  it('a reserved id: where it stands, and what may stand there', () => {
    expect(findingsOf([{ ...synthetic(0), dictId: 256 }])).toMatchObject([
      { code: 'reservedDictId', path: 'dictionaries[0].dictId', expected: '0 to 255', actual: 256, offset: 16 },
    ]);
    expect(findingsOf([{ ...synthetic(0), dictId: 255 }])).toEqual([]);
  });
});

describe('the description', () => {
  it('counts the dictionaries and lists them', () => {
    const { summary, tables } = compressionDictionary.describe(syntheticDirectory(3));
    expect(summary).toEqual([{ id: 'dictionaryCount', kind: 'i32', value: 3 }]);
    expect(tables.map(({ id, rowCount }) => [id, rowCount])).toEqual([['dictionaries', 3]]);
    expect(tables[0]!.locate!(2, geometryOf(512))).toMatchObject({ block: 0, offset: 16 + 2 * 68 });
  });

  it('shows how many slots are in use, and how many dictionaries each algorithm has', () => {
    const twice = [...syntheticDirectory(3).dictionaries, synthetic(2), { ...synthetic(3), dictId: 300 }];
    const { counts, gauges } = compressionDictionary.describe({ dictionaries: twice });
    expect(gauges).toEqual([{ id: 'slots', title: 'Slots in use', value: 3, max: 256, unit: 'slots' }]);
    const title = 'Dictionaries by algorithm';
    expect(counts).toEqual([{ id: 'algorithms', title, table: 'dictionaries', by: 'algorithmId' }]);
  });
});

describe('reserved header bytes', () => {
  it('stay through every operation', () => {
    const reserved = Uint8Array.of(1, ...new Uint8Array(11));
    const directory = { ...syntheticDirectory(2), reserved };
    const more = registerDictionary(directory, synthetic(9));
    const less = removeDictionary(more, 0).directory;
    expect([more.reserved, less.reserved]).toEqual([reserved, reserved]);
    const { state } = decodeRegion(compressionDictionary, blocksOf(less, 512), { blockSize: 512 });
    expect(state.reserved).toEqual(reserved);
    expect('reserved' in removeDictionary(syntheticDirectory(2), 0).directory).toBe(false);
  });

  it('may be all that a region holds', () => {
    const only = { dictionaries: [], reserved: Uint8Array.of(1, ...new Uint8Array(11)) };
    const { state, findings } = decodeRegion(compressionDictionary, blocksOf(only, 512), { blockSize: 512 });
    expect([{ ...state }, findings.map(({ code }) => code)]).toEqual([only, ['reservedNotZero']]);
  });
});
