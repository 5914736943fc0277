import {
  fromHex,
  guidToBytes,
  isKnownTag,
  readTrailer,
  sealBlocks,
  stringToTag,
  tagToString,
  trailerSize,
} from '@vde/format';
import { type BlockSource, memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { countingSource, faultySource, seededRandom } from '@vde/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Needle } from '../src/find/pattern-needle.ts';
import {
  type FindHit,
  type FindModel,
  type FindOptions,
  findResult,
  openBareRegion,
  openInspection,
  parseAddress,
  parsePattern,
  streamedChunks,
} from '../src/index.ts';
import { compactImage } from './compact-image.ts';
import { goldenBytes, goldenJson } from './golden-images.ts';
import { Canvas, containerAims, mutateImage } from './mutate.ts';

const blockSize = 4096;
const golden = goldenBytes('all-regions');
const plugin = allRegions.find(({ id }) => id === 'metrics-log')!;
const mebibyte = 2 ** 20;

interface Found {
  readonly model: FindModel;
  readonly hits: readonly FindHit[];
}

async function findIn(
  source: BlockSource,
  text: string,
  { ignoreCase = false, ...options }: FindOptions & { readonly ignoreCase?: boolean } = {},
): Promise<Found> {
  const inspection = await openInspection(source, { regions: allRegions });
  return collect(await inspection.find(parsePattern(text, { ignoreCase }), options));
}

/** Bytes that are no image: bare blocks, so that nothing but the search is at work. */
async function findBare(bytes: Uint8Array, text: string, options: FindOptions = {}, size = 512): Promise<Found> {
  const inspection = await openBareRegion(memorySource(bytes), { plugin, blockSize: size });
  return collect(await inspection.find(parsePattern(text), options));
}

async function collect(model: FindModel): Promise<Found> {
  const hits: FindHit[] = [];
  for await (const hit of model.hits) hits.push(hit);
  return { model, hits };
}

const offsets = ({ hits }: Found): number[] => hits.map(({ range }) => range.offset);

/** The search as plainly as it can be written: at each place, then on behind what was found. */
function plainSearch(bytes: Uint8Array, { places, accepts }: Needle): number[] {
  const found: number[] = [];
  for (let at = 0; at + places.length <= bytes.length; at++) {
    let fitting = 0;
    while (fitting < places.length && places[fitting]!.includes(bytes[at + fitting]!)) fitting++;
    if (fitting < places.length || accepts?.(bytes.subarray(at, at + fitting)) === false) continue;
    found.push(at);
    at += places.length - 1;
  }
  return found;
}

describe('the search', () => {
  // Few values, so that needles are met often and half met oftener.
  const byte = fc.constantFrom('00', '01', '41', '61', 'ff');
  const haystack = fc.array(byte, { minLength: 1, maxLength: 700, size: 'max' }).map((hex) => fromHex(hex.join('')));
  const needle = fc
    .array(fc.oneof({ weight: 4, arbitrary: byte }, fc.constant('??')), { minLength: 1, maxLength: 12 })
    .filter((places) => places.some((place) => place !== '??'))
    .map((places) => `hex:${places.join('')}`);

  it('finds what a plain search finds', async () => {
    await fc.assert(
      fc.asyncProperty(haystack, needle, async (bytes, text) => {
        const { hits } = await findBare(bytes, text);
        const plain = hits.filter(({ isSplit }) => !isSplit).map(({ range }) => range.offset);
        expect(plain).toEqual(plainSearch(bytes, parsePattern(text).needles[0]!));
      }),
      { numRuns: 300, endOnFailure: true, interruptAfterTimeLimit: 30_000 },
    );
  });

  it.each([
    'text:needle',
    'text:ab',
    'hex:00',
    'u64:5',
    'time:2025-01-31',
    'guid:00112233-4455-6677-8899-aabbccddeeff',
  ])(
    '%s is found once at every place around the end of a window and of a block',
    async (text) => {
      const bytes = new Uint8Array(2 * mebibyte + 700).fill(0x5a);
      const [{ places }] = parsePattern(text).needles as [Needle];
      const stored = Uint8Array.from(places, (choice) => choice[choice.length >> 1]!);
      // Ticks within the day, whatever stands in the bytes below.
      if (text.startsWith('time')) new DataView(stored.buffer).setBigInt64(0, 638_738_784_000_000_001n, true);
      const borders = [mebibyte, 2 * mebibyte, 512, 1024, mebibyte + 512, mebibyte - 60, 2 * mebibyte - 100];
      for (const border of borders) {
        for (let start = border - stored.length - 1; start <= border + 1; start++) {
          bytes.set(stored, start);
          expect(offsets(await findBare(bytes, text))).toEqual([start]);
          bytes.fill(0x5a, start, start + stored.length);
        }
      }
    },
    60_000,
  );

  it('finds at both ends of the source, and nothing that reaches beyond', async () => {
    const bytes = new Uint8Array(3000);
    bytes.set([1, 2, 3], 0);
    bytes.set([1, 2, 3], 2997);
    expect(offsets(await findBare(bytes, 'hex:010203'))).toEqual([0, 2997]);
    expect(offsets(await findBare(bytes, 'hex:01020300'))).toEqual([0]);
    expect(offsets(await findBare(new Uint8Array(0), 'hex:01'))).toEqual([]);
  });

  it('goes on behind each hit', async () => {
    expect(offsets(await findBare(fromHex('aaaaaaaaaa'), 'hex:aaaa'))).toEqual([0, 2]);
    // Also behind one that lies across two windows.
    const bytes = new Uint8Array(mebibyte + 10);
    bytes.fill(0xaa, mebibyte - 3, mebibyte + 3);
    expect(offsets(await findBare(bytes, 'hex:aaaaaaaa'))).toEqual([mebibyte - 3]);
  });

  it('gives hits of several readings in the order of their places', async () => {
    const text = '00112233-4455-6677-8899-aabbccddeeff';
    const [dotNet, rfc] = [guidToBytes(text), fromHex(text.replaceAll('-', ''))];
    const bytes = new Uint8Array(200);
    bytes.set(rfc, 20);
    bytes.set(dotNet, 50);
    bytes.set(rfc, 66);
    const { hits } = await findBare(bytes, `guid:${text}`);
    expect(hits.map(({ range, as }) => [range.offset, as])).toEqual([
      [20, 'RFC byte order'],
      [50, '.NET byte order'],
      [66, 'RFC byte order'],
    ]);
  });

  it('shows the bytes around a hit, copied', async () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
    const { hits } = await findBare(bytes, 'hex:0a0b');
    expect([...hits[0]!.before]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...hits[0]!.bytes]).toEqual([10, 11]);
    expect([...hits[0]!.after]).toEqual(Array.from({ length: 24 }, (_, i) => 12 + i));
    hits[0]!.bytes.fill(9);
    expect(bytes[10]).toBe(10);
  });
});

describe('a hit across a trailer', () => {
  /** Two sealed blocks, with text that begins `split` bytes before the end of the first payload. */
  function twoBlocks(text: string, split: number, tag = 'MTRK'): Uint8Array {
    const bytes = new Uint8Array(1024);
    const stored = new TextEncoder().encode(text);
    const payload = 512 - trailerSize;
    bytes.set(stored.subarray(0, split), payload - split);
    bytes.set(stored.subarray(split), 512);
    sealBlocks(bytes, 512, stringToTag(tag), 1);
    return bytes;
  }

  it.each([1, 2, 5, 8])('is found where %i bytes of it stand in the first block', async (split) => {
    const { hits } = await findBare(twoBlocks('ninechars', split), 'text:ninechars');
    expect(hits).toMatchObject([
      {
        range: { offset: 496 - split, length: 9 + trailerSize },
        isSplit: true,
        address: `b:0+0x${(496 - split).toString(16).toUpperCase()}`,
      },
    ]);
  });

  it('is none where the last bytes of the block spell no known tag, nor where all of it stands on one side', async () => {
    expect(await findBare(twoBlocks('ninechars', 4, 'qqqq'), 'text:ninechars')).toMatchObject({ hits: [] });
    for (const split of [0, 9])
      expect((await findBare(twoBlocks('ninechars', split), 'text:ninechars')).hits).toMatchObject([
        { isSplit: false },
      ]);
  });

  it('stands in order among the others, at the end of a window too', async () => {
    const bytes = new Uint8Array(mebibyte + 1024);
    const text = new TextEncoder().encode('ninechars');
    for (const border of [1024, mebibyte]) {
      sealBlocks(bytes.subarray(border - 512, border), 512, stringToTag('DATA'), 1);
      bytes.set(text.subarray(0, 3), border - trailerSize - 3);
      bytes.set(text.subarray(3), border);
    }
    for (const at of [20, 2000, mebibyte + 600]) bytes.set(text, at);
    expect(offsets(await findBare(bytes, 'text:ninechars'))).toEqual([20, 1005, 2000, mebibyte - 19, mebibyte + 600]);
  });
});

describe('owners', () => {
  it('tags are found in trailers and directory entries', async () => {
    const expected: [number, string][] = [];
    for (let block = 0; block < golden.length / blockSize; block++) {
      const { tag } = readTrailer(golden.subarray(block * blockSize, (block + 1) * blockSize), blockSize);
      if (tag === stringToTag('MTRK')) expected.push([(block + 1) * blockSize - trailerSize, 'trailer.tag']);
    }
    const index = goldenJson('all-regions').slots.find(({ type }) => type === 'MTRK')!.index;
    for (const [block, path] of [
      [1, 'regionPointers.slots'],
      [5, 'regionPointers.slots'],
      [8, 'slots'],
    ] as const)
      expected.push([block * blockSize + index * 32, `${path}[${index}].regionTypeId`]);
    expected.sort(([a], [b]) => a - b);
    const { hits } = await findIn(memorySource(golden), 'tag:MTRK');
    expect(hits.map(({ range, path }) => [range.offset, path])).toEqual(expected);
    expect(hits.at(-1)!.region).toEqual({ slot: 23, type: 'MLOG', id: 'metrics-log' });
  });

  it.each(['u32:1', 'text:a', 'hex:07', 'time:2025-01-01..2025-12-31', 'hex:4b', 'text:te'])(
    '%s: fields, blocks and addresses are those that a hex view of the hit tells',
    async (text) => {
      const inspection = await openInspection(memorySource(golden), { regions: allRegions });
      const { hits } = await findIn(memorySource(golden), text);
      const step = Math.max(1, Math.floor(hits.length / 40));
      for (const hit of hits.filter((_, i) => i % step === 0)) {
        const hex = await inspection.hex(parseAddress(`${hit.address}:1`));
        expect(hex.range.offset).toBe(hit.range.offset);
        expect(hit.block).toBe(Math.floor(hit.range.offset / blockSize));
        const field = hex.fields.find(({ range }) => range.offset <= hit.range.offset);
        const isTrailer = hit.range.offset % blockSize >= blockSize - trailerSize;
        expect({ address: hit.address, path: isTrailer ? undefined : hit.path }).toEqual({
          address: hit.address,
          path: isTrailer ? undefined : field?.path,
        });
      }
    },
  );

  it('names the parts of a trailer where one stands', async () => {
    const bytes = goldenBytes('all-regions');
    const trailerOf = (block: number) => (block + 1) * blockSize - trailerSize;
    for (const [at, block] of [
      [0, 2127],
      [4, 2127],
      [8, 2127],
      [15, 2127],
      [4, 2450],
      [4, 1100],
      [4, 2900],
    ] as const)
      bytes.set([0xfa], trailerOf(block) + at);
    bytes.fill(0, trailerOf(2900), trailerOf(2900) + 4);
    const { hits } = await findIn(memorySource(bytes), 'hex:fa');
    const pathAt = (block: number, at: number) =>
      hits.find(({ range }) => range.offset === trailerOf(block) + at)?.path;
    expect([0, 4, 8, 15].map((at) => pathAt(2127, at))).toEqual([
      'trailer.tag',
      'trailer.generation',
      'trailer.checksum',
      'trailer.checksum',
    ]);
    expect(
      isKnownTag(tagToString(readTrailer(bytes.subarray(2450 * blockSize, 2451 * blockSize), blockSize).tag)),
    ).toBe(true);
    // A data block that has a trailer, the body of a log, a data block that has none.
    expect([pathAt(2450, 4), pathAt(1100, 4), pathAt(2900, 4)]).toEqual(['trailer.generation', undefined, undefined]);
  });

  it('names the slot where no field covers the bytes, and nothing in front of block 0', async () => {
    const bytes = new Uint8Array(golden.length);
    bytes.set(golden);
    bytes.set(new TextEncoder().encode('lost words'), 2900 * blockSize);
    const { hits } = await findIn(memorySource(bytes), 'text:lost words');
    expect(hits).toMatchObject([{ address: 'b:2900', region: { slot: 26, type: 'DATA', id: null } }]);
    expect(hits[0]).not.toHaveProperty('path');
  });

  it('are told without fields where a region cannot be read', async () => {
    // Larger reads of the region fail: only the search, which reads around the bad block, gets on.
    const failAt = (offset: number, length: number) => offset <= 2130 * blockSize && offset + length > 2130 * blockSize;
    const { hits, model } = await findIn(faultySource(memorySource(golden), { failAt }), 'tag:MTRK');
    expect(hits.filter(({ block }) => block! >= 2127 && block! <= 2141).map(({ block }) => block)).toEqual([
      2127,
      2128,
      2129,
      ...Array.from({ length: 11 }, (_, i) => 2131 + i),
    ]);
    expect(model.counts).toMatchObject({ complete: true, lostBytes: blockSize });
  });
});

describe('what is searched', () => {
  it.each([
    ['r:MLOG', 2127 * blockSize, 64 * blockSize],
    ['b:2127', 2127 * blockSize, blockSize],
    ['b:2127+0x10:32', 2127 * blockSize + 16, 32],
    ['sb', 0, 4 * blockSize],
    ['dir', 8 * blockSize, 2 * blockSize],
    ['r:MLOG/17', undefined, 24],
  ] as const)('--in %s is its bytes', async (address, offset, length) => {
    const text = 'hex:01';
    const { model, hits } = await findIn(memorySource(golden), text, { in: parseAddress(address) });
    const { range } = model;
    if (offset !== undefined) expect(range).toEqual({ offset, length });
    const bytes = golden.subarray(range.offset, range.offset + range.length);
    const expected = plainSearch(bytes, parsePattern(text).needles[0]!).map((at) => range.offset + at);
    expect(offsets({ model, hits })).toEqual(expected);
    expect(address.startsWith('r:MLOG/') || expected.length > 0).toBe(true);
    expect(model.counts).toEqual({ hits: hits.length, bytes: range.length, lostBytes: 0, complete: true });
  });

  it('a hit lies in the range as a whole', async () => {
    const find = (address: string) => findIn(memorySource(golden), 'text:DWVD', { in: parseAddress(address) });
    expect((await find('b:0:4')).hits).toHaveLength(1);
    expect((await find('b:0:3')).hits).toEqual([]);
    expect((await find('b:0+1:4090')).hits).toEqual([]);
  });

  it('every byte is read once', async () => {
    const source = countingSource(memorySource(new Uint8Array(5 * mebibyte + 100)));
    const inspection = await openBareRegion(source, { plugin, blockSize });
    await collect(await inspection.find(parsePattern('text:nothing of this')));
    expect(source.bytes).toBe(source.size);
    expect(source.largestRead).toBe(mebibyte);
  });

  it('ends at the most hits that are wanted, and reads no further than ahead', async () => {
    const source = countingSource(memorySource(new Uint8Array(20 * mebibyte)));
    const inspection = await openBareRegion(source, { plugin, blockSize });
    source.reset();
    const { hits, model } = await collect(await inspection.find(parsePattern('hex:0000'), { max: 3 }));
    expect(hits.map(({ address }) => address)).toEqual(['b:0', 'b:0+0x2', 'b:0+0x4']);
    expect(model.counts).toEqual({ hits: 3, bytes: 6, lostBytes: 0, complete: false });
    expect(source.bytes).toBeLessThanOrEqual(4 * mebibyte);
    await expect(inspection.find(parsePattern('hex:00'), { max: 0 })).rejects.toThrow(RangeError);
  });

  it('zeros that stand for bytes which could not be read are no hits', async () => {
    const bytes = new Uint8Array(3 * mebibyte).fill(1);
    const failAt = (offset: number, length: number) => offset <= mebibyte + 5000 && offset + length > mebibyte + 5000;
    const source = faultySource(memorySource(bytes), { failAt });
    const inspection = await openBareRegion(source, { plugin, blockSize });
    const { hits, model } = await collect(await inspection.find(parsePattern('hex:00')));
    expect(hits).toEqual([]);
    expect(model.counts).toMatchObject({ lostBytes: blockSize, bytes: bytes.length, complete: true });
  });

  it('a search is aborted, and other failures of the source end it', async () => {
    const controller = new AbortController();
    const inspection = await openBareRegion(memorySource(new Uint8Array(9 * mebibyte)), { plugin, blockSize });
    const { hits } = await inspection.find(parsePattern('hex:00'), { signal: controller.signal });
    const walk = async () => {
      for await (const { range } of hits) if (range.offset === 100) controller.abort(new Error('enough'));
    };
    await expect(walk()).rejects.toThrow('enough');
    const broken: BlockSource = {
      ...memorySource(new Uint8Array(9000)),
      read: () => Promise.reject(new TypeError('x')),
    };
    const bare = await openBareRegion(broken, { plugin, blockSize });
    await expect(collect(await bare.find(parsePattern('hex:00')))).rejects.toThrow(TypeError);
  });

  it('tells how far it is', async () => {
    const told: number[] = [];
    const inspection = await openBareRegion(memorySource(new Uint8Array(3 * mebibyte)), { plugin, blockSize });
    await collect(
      await inspection.find(parsePattern('hex:01'), { onProgress: ({ done }) => told.push(done / mebibyte) }),
    );
    expect(told).toEqual([1, 2, 3]);
  });

  it('addresses that are not there are refused', async () => {
    await expect(findIn(memorySource(golden), 'hex:00', { in: parseAddress('b:9999') })).rejects.toMatchObject({
      code: 'addressNotFound',
    });
  });
});

describe('times in an image', () => {
  it('are all that a plain look at every eight bytes finds', async () => {
    const [first, last] = [638_712_864_000_000_000n, 638_715_455_999_999_999n];
    const view = new DataView(golden.buffer, golden.byteOffset);
    const expected: number[] = [];
    for (let at = 0; at + 8 <= golden.length; at++) {
      const ticks = view.getBigInt64(at, true);
      if (ticks >= first && ticks <= last && at >= (expected.at(-1) ?? -8) + 8) expected.push(at);
    }
    const { hits } = await findIn(memorySource(golden), 'time:2025-01-01..2025-01-03');
    expect(hits.filter(({ isSplit }) => !isSplit).map(({ range }) => range.offset)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(10);
  });
});

describe('find/1', () => {
  it('is one document, however many hits', async () => {
    const inspection = await openInspection(memorySource(golden), { regions: allRegions });
    const read = async (text: string) => {
      let json = '';
      for await (const piece of streamedChunks(
        findResult(await inspection.find(parsePattern(text)), { name: 'vde', version: '1' }),
      ))
        json += piece;
      return JSON.parse(json);
    };
    const { hits, complete, summary, pattern } = await read('tag:MLOG');
    expect({ hits: hits.length, complete, summary }).toEqual({
      hits: 3,
      complete: true,
      summary: { hits: 3, bytes: '12288000', unreadableBytes: '0' },
    });
    expect(pattern).toMatchObject({ text: 'tag:MLOG', kind: 'tag', readings: [{ as: 'tag', length: 4 }] });
    expect(hits[0]).toMatchObject({
      address: 'b:1+0x2E0',
      block: '1',
      bytes: '474f4c4d',
      split: false,
      region: { slot: 0 },
    });
    expect(await read('text:nothing of this')).toMatchObject({ hits: [], summary: { hits: 0 } });
  });
});

describe('hostile images', () => {
  it.each([
    ['all-regions', 4096, { inodes: 11, logs: [13, 15] }],
    ['seed-regions-16k', 16384, { inodes: 11, logs: [12] }],
  ] as const)('mutated ones of %s are searched, and owners named', async (name, size, places) => {
    const canvas = new Canvas(compactImage(name), size);
    const aims = containerAims(size, places);
    const patterns = ['tag:SUPB', 'hex:0100', 'u32:1', 'time:2025-01-01..2025-12-31', 'text:a'];
    let named = 0;
    for (let seed = 0; seed < 75; seed++) {
      mutateImage(canvas, seededRandom(seed), aims);
      try {
        const opened = await openInspection(memorySource(canvas.bytes), { regions: allRegions }).catch(() => undefined);
        if (opened === undefined) continue;
        const pattern = parsePattern(patterns[seed % patterns.length]!);
        const { hits } = await collect(await opened.find(pattern, { max: 500 }));
        const plain = plainSearch(canvas.bytes, pattern.needles[0]!);
        const found = hits.filter(({ isSplit }) => !isSplit).map(({ range }) => range.offset);
        expect(found).toEqual(plain.slice(0, found.length));
        named += hits.filter(({ path }) => path !== undefined).length;
      } finally {
        canvas.restore();
      }
    }
    expect(named).toBeGreaterThan(1000);
  });
});
