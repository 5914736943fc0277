import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringToTag } from '../src/tag.ts';
import { classifyBlock, createTrailer, readTrailer, trailerSize, verifyTrailer, writeTrailer } from '../src/trailer.ts';
import { assortedBlocks, noise, sealOracle, xxh64Oracle, zeroPayloads } from './xxh64-oracle.ts';

interface GoldenTrailer {
  blockSize: number;
  payload: string;
  payloadSha256: string;
  tag: string;
  generation: number;
  checksum: string;
  trailer: string;
}

const golden = JSON.parse(
  readFileSync(new URL('../../../fixtures/golden/format/trailers.json', import.meta.url), 'utf8'),
) as { trailers: GoldenTrailer[] };
const data = stringToTag('DATA');

function sealed(blockSize: number, payload: Uint8Array, tag = data, generation = 1): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(blockSize);
  block.set(payload);
  writeTrailer(block, blockSize, tag, generation);
  return block;
}

function flipped(block: Uint8Array, at: number): Uint8Array {
  const copy = block.slice();
  copy[at]! ^= 1;
  return copy;
}

/** The golden payload; `undefined` where the file has only its SHA-256. */
function payloadOf(entry: GoldenTrailer): Uint8Array | undefined {
  const size = entry.blockSize - trailerSize;
  if (entry.payload === 'zero') return new Uint8Array(size);
  if (entry.payload === 'ff') return new Uint8Array(size).fill(0xff);
  return entry.payload === 'random' ? undefined : new Uint8Array(Buffer.from(entry.payload, 'hex'));
}

describe('golden trailers', () => {
  it('are three at each of the 8 block sizes, 17 of them with a payload', () => {
    expect(golden.trailers.map((entry) => entry.blockSize)).toEqual(
      zeroPayloads.flatMap(([size]) => [size, size, size]),
    );
    expect(golden.trailers.filter(payloadOf)).toHaveLength(17);
  });

  const named = golden.trailers.map((entry, i) => [entry.blockSize, ['zero', 'random', 'ff'][i % 3]!, entry] as const);

  it.each(named)('block size %i, %s payload: the trailer reads as its fields', (blockSize, _payload, entry) => {
    const block = noise(blockSize);
    block.set(Buffer.from(entry.trailer, 'hex'), blockSize - trailerSize);
    expect(readTrailer(block, blockSize)).toEqual({
      tag: stringToTag(entry.tag),
      generation: entry.generation,
      checksum: BigInt(`0x${entry.checksum}`),
    });
    expect(verifyTrailer(block, blockSize)).toBe(false);
  });

  it.each(named.filter(([, , entry]) => payloadOf(entry)))(
    'block size %i, %s payload: is written and verified',
    (blockSize, _payload, entry) => {
      const payload = payloadOf(entry)!;
      expect(createHash('sha256').update(payload).digest('hex')).toBe(entry.payloadSha256);
      const block = sealed(blockSize, payload, stringToTag(entry.tag), entry.generation);
      expect(Buffer.from(block.subarray(blockSize - trailerSize)).toString('hex')).toBe(entry.trailer);
      expect(Buffer.compare(block.subarray(0, blockSize - trailerSize), payload)).toBe(0);
      expect(verifyTrailer(block, blockSize)).toBe(true);
      expect(createTrailer(stringToTag(entry.tag), entry.generation, payload)).toEqual(readTrailer(block, blockSize));
      expect(classifyBlock(block, blockSize, { expectTag: data })).toEqual({
        state: 'ok',
        formattedEmpty: entry.payload === 'zero',
      });
    },
  );
});

describe('vectors of page 01', () => {
  it('has the worked example of 3.3', () => {
    const block = sealed(4096, new Uint8Array(0), stringToTag('DICT'), 1);
    expect(Buffer.from(block.subarray(4080)).toString('hex')).toBe('5443494401000000f050e50a6bbef651');
  });

  it.each(zeroPayloads)('seals a zero payload of block size %i with its constant', (blockSize, checksum) => {
    const block = sealed(blockSize, new Uint8Array(0));
    expect(readTrailer(block, blockSize)).toEqual({ tag: data, generation: 1, checksum });
    expect(classifyBlock(block, blockSize)).toEqual({ state: 'ok', formattedEmpty: true });
  });

  it.each(zeroPayloads)('calls a zero block of size %i a hole that does not verify', (blockSize) => {
    const block = new Uint8Array(blockSize);
    expect(verifyTrailer(block, blockSize)).toBe(false);
    expect(classifyBlock(block, blockSize, { expectTag: data })).toEqual({ state: 'hole', formattedEmpty: false });
  });

  it('finds a flipped bit at either end of the payload and in the checksum', () => {
    const block = sealed(4096, noise(4080));
    for (const at of [0, 4096 - 17, 4088, 4095]) {
      expect(verifyTrailer(flipped(block, at), 4096), `byte ${at}`).toBe(false);
      expect(classifyBlock(flipped(block, at), 4096, { expectTag: data }).state, `byte ${at}`).toBe('corrupt');
    }
  });

  it('covers neither tag nor generation: only expectTag finds a flipped tag (6 #1)', () => {
    const block = sealed(4096, noise(4080));
    const tagFlipped = flipped(block, 4080);
    expect(verifyTrailer(tagFlipped, 4096)).toBe(true);
    expect(classifyBlock(tagFlipped, 4096)).toEqual({ state: 'ok', formattedEmpty: false });
    expect(classifyBlock(tagFlipped, 4096, { expectTag: data })).toEqual({ state: 'wrongTag', formattedEmpty: false });
    const generationFlipped = flipped(block, 4084);
    expect(verifyTrailer(generationFlipped, 4096)).toBe(true);
    expect(classifyBlock(generationFlipped, 4096, { expectTag: data }).state).toBe('ok');
  });

  it('uses the first block size bytes of a longer buffer', () => {
    const block = new Uint8Array(4097).fill(0xff);
    block.set(noise(4080));
    writeTrailer(block, 4096, data, 3);
    expect(block[4096]).toBe(0xff);
    expect(verifyTrailer(block, 4096)).toBe(true);
    expect(verifyTrailer(flipped(block, 4096), 4096)).toBe(true);
    expect(readTrailer(block, 4096).generation).toBe(3);
    expect(classifyBlock(block, 4096).state).toBe('ok');
  });

  it('takes block size 16, an empty payload', () => {
    expect(verifyTrailer(new Uint8Array(15), 16)).toBe(false);
    const block = new Uint8Array(16);
    new DataView(block.buffer).setBigUint64(8, 0xef46db3751d8e999n, true);
    expect(verifyTrailer(block, 16)).toBe(true);
    expect(readTrailer(block, 16)).toEqual({ tag: 0, generation: 0, checksum: 0xef46db3751d8e999n });
    const written = new Uint8Array(16);
    writeTrailer(written, 16, 0, 0);
    expect(written).toEqual(block);
    expect(classifyBlock(block, 16)).toEqual({ state: 'ok', formattedEmpty: false });
  });

  it('stores generation 4294967295 as FF FF FF FF; the next is 0', () => {
    const block = sealed(512, noise(496), data, 4294967295);
    expect([...block.subarray(500, 504)]).toEqual([255, 255, 255, 255]);
    writeTrailer(block, 512, data, (readTrailer(block, 512).generation + 1) >>> 0);
    expect([...block.subarray(500, 504)]).toEqual([0, 0, 0, 0]);
  });
});

describe('classifyBlock', () => {
  it.each(zeroPayloads)('tells every state at block size %i', (blockSize) => {
    const { blocks, statuses } = assortedBlocks(blockSize);
    const states = ['ok', 'hole', 'unsealed', 'corrupt', 'ok'];
    for (const [i, status] of statuses.entries()) {
      const block = blocks.subarray(i * blockSize, (i + 1) * blockSize);
      expect(classifyBlock(block, blockSize), `case ${i}`).toEqual({
        state: states[status],
        formattedEmpty: status === 4,
      });
      expect(verifyTrailer(block, blockSize), `case ${i}`).toBe(states[status] === 'ok');
    }
  });

  it('looks at the tag last', () => {
    const payload = noise(496);
    const bare = new Uint8Array(512);
    bare.set(payload);
    expect(classifyBlock(bare, 512, { expectTag: data }).state).toBe('unsealed');
    expect(classifyBlock(flipped(sealed(512, payload, 1), 0), 512, { expectTag: data }).state).toBe('corrupt');
    expect(classifyBlock(sealed(512, payload, 1), 512, { expectTag: data }).state).toBe('wrongTag');
    expect(classifyBlock(sealed(512, payload, 0xffffffff), 512, { expectTag: 0xffffffff }).state).toBe('ok');
    expect(classifyBlock(sealed(512, payload, 0), 512, { expectTag: 0 }).state).toBe('ok');
  });

  it('reports a formatted empty block only where the tag is right', () => {
    const block = sealed(512, new Uint8Array(0));
    expect(classifyBlock(block, 512, { expectTag: data })).toEqual({ state: 'ok', formattedEmpty: true });
    expect(classifyBlock(block, 512, { expectTag: 1 })).toEqual({ state: 'wrongTag', formattedEmpty: false });
  });

  it('takes blocks of 16 to 65536 bytes', () => {
    expect(() => classifyBlock(new Uint8Array(65537), 65537)).toThrow(RangeError);
  });
});

describe('wrong callers', () => {
  const calls: [string, (block: Uint8Array, blockSize: number) => unknown][] = [
    ['readTrailer', readTrailer],
    ['writeTrailer', (block, blockSize) => writeTrailer(block, blockSize, data, 1)],
    ['classifyBlock', (block, blockSize) => classifyBlock(block, blockSize)],
  ];

  it.each(calls)('%s throws for short blocks and small sizes', (_name, call) => {
    const block = new Uint8Array(512);
    for (const blockSize of [513, 15, 0, -16, 16.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => call(block, blockSize), `${blockSize}`).toThrow(RangeError);
    }
    expect(() => call(undefined as never, 512)).toThrow(TypeError);
    expect(() => call([1, 2, 3] as never, 2)).toThrow(TypeError);
    expect(block.every((byte) => byte === 0)).toBe(true);
  });

  it('writeTrailer and createTrailer take u32 only and write nothing else', () => {
    const block = new Uint8Array(512);
    for (const value of [-1, 2 ** 32, 0.5, Number.NaN]) {
      expect(() => writeTrailer(block, 512, value, 1)).toThrow(RangeError);
      expect(() => writeTrailer(block, 512, 1, value)).toThrow(RangeError);
      expect(() => createTrailer(value, 1, block)).toThrow(RangeError);
      expect(() => createTrailer(1, value, block)).toThrow(RangeError);
    }
    expect(block.every((byte) => byte === 0)).toBe(true);
  });

  it('verifyTrailer answers false', () => {
    const block = sealed(512, noise(496));
    for (const blockSize of [513, 15, 0, -16, 511.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(verifyTrailer(block, blockSize), `${blockSize}`).toBe(false);
    }
    for (const wrong of [undefined, null, 'DATA', [0, 1], {}]) expect(verifyTrailer(wrong as never, 16)).toBe(false);
  });
});

it('agrees with the oracle for any block, also beyond the sizes of the format', () => {
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 2000, size: 'max' }), u32, u32, (bytes, tag, generation) => {
      const block = bytes.slice();
      const expected = bytes.slice();
      writeTrailer(block, block.length, tag, generation);
      sealOracle(expected, tag, generation);
      expect(block).toEqual(expected);
      expect(readTrailer(block, block.length)).toEqual({
        tag,
        generation,
        checksum: xxh64Oracle(block.subarray(0, -16)),
      });
      expect(verifyTrailer(block, block.length)).toBe(true);
    }),
    { numRuns: 200, endOnFailure: true, interruptAfterTimeLimit: 20_000 },
  );
  const large = new Uint8Array(100_000);
  writeTrailer(large, large.length, data, 1);
  expect(verifyTrailer(large, large.length)).toBe(true);
});
