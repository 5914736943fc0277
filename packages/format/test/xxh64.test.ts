import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockStatus, createSlab, hashImplementation, sealBlocks, verifyBlocks, xxh64 } from '../src/xxh64.ts';
import { sealBlocksJs, verifyBlocksJs, xxh64Js } from '../src/xxh64-js.ts';
import { assortedBlocks, noise, sealOracle, statusOracle, xxh64Oracle, zeroPayloads } from './xxh64-oracle.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../../fixtures/golden/format/trailers.json', import.meta.url), 'utf8'),
) as { xxh64Seed0: { bytes: string; xxh64: string }[] };

const hashes = [
  ['xxh64', xxh64],
  ['xxh64Js', xxh64Js],
  ['oracle', xxh64Oracle],
] as const;
const text = (value: string) => new TextEncoder().encode(value);
const properties = { endOnFailure: true, interruptAfterTimeLimit: 20_000 };

it('runs on WebAssembly here', () => {
  expect(hashImplementation()).toBe('wasm');
});

describe.each(hashes)('%s', (_name, hash) => {
  it.each([
    ['', 0xef46db3751d8e999n],
    ['a', 0xd24ec4f1a98c6e5bn],
    ['abc', 0x44bc2cf5ad770999n],
  ])('gives the check value of page 01, 3.3 for "%s"', (input, expected) => {
    expect(hash(text(input))).toBe(expected);
  });

  it.each(zeroPayloads)('gives the zero payload constant of block size %i (page 01, 3.1)', (blockSize, expected) => {
    expect(hash(new Uint8Array(blockSize - 16))).toBe(expected);
  });

  it('gives the 18 golden values', () => {
    expect(golden.xxh64Seed0).toHaveLength(18);
    for (const { bytes, xxh64: expected } of golden.xxh64Seed0) {
      expect(hash(Buffer.from(bytes, 'hex')), `${bytes.length / 2} bytes`).toBe(BigInt(`0x${expected}`));
    }
  });
});

describe('the three implementations agree', () => {
  it('for every length from 0 to 300, at every alignment', () => {
    const bytes = noise(308);
    for (let length = 0; length <= 300; length++) {
      const range = bytes.subarray(length % 8, (length % 8) + length);
      const expected = xxh64Oracle(range);
      expect(xxh64(range), `${length} bytes`).toBe(expected);
      expect(xxh64Js(range), `${length} bytes`).toBe(expected);
    }
  });

  it('for any bytes', () => {
    const range = fc.tuple(fc.uint8Array({ maxLength: 5000, size: 'max' }), fc.nat({ max: 40 }));
    fc.assert(
      fc.property(range, ([bytes, skip]) => {
        const part = bytes.subarray(Math.min(skip, bytes.length));
        const expected = xxh64Oracle(part);
        expect(xxh64(part)).toBe(expected);
        expect(xxh64Js(part)).toBe(expected);
      }),
      { ...properties, numRuns: 300 },
    );
  });

  it('for words that carry into the high half', () => {
    for (const fill of [0xff, 0x80, 0x7f, 0x01]) {
      const bytes = new Uint8Array(101).fill(fill);
      const expected = xxh64Oracle(bytes);
      expect(xxh64(bytes)).toBe(expected);
      expect(xxh64Js(bytes)).toBe(expected);
    }
  });

  it('around the size of the chunks that large inputs are copied in', () => {
    const chunk = 256 * 1024;
    const bytes = noise(2 * chunk + 40);
    for (const length of [chunk - 1, chunk, chunk + 1, chunk + 31, chunk + 32, 2 * chunk, 2 * chunk + 39]) {
      const part = bytes.subarray(1, 1 + length);
      expect(xxh64(part), `${length} bytes`).toBe(xxh64Js(part));
    }
    expect(xxh64(bytes)).toBe(xxh64Oracle(bytes));
  });

  it('for an input above 4 MiB', () => {
    const bytes = noise(4 * 1024 * 1024 + 12_345);
    expect(xxh64(bytes)).toBe(xxh64Js(bytes));
  });
});

describe('verifyBlocks and sealBlocks', () => {
  const batches = [
    ['shared slab', verifyBlocks, sealBlocks],
    [
      'slab in place',
      (blocks: Uint8Array, blockSize: number, statuses: Uint8Array) => {
        const slab = createSlab(blocks.length);
        slab.bytes.set(blocks);
        slab.verify(blockSize, blocks.length / blockSize, statuses);
        expect(Buffer.compare(slab.bytes, blocks)).toBe(0);
      },
      (blocks: Uint8Array, blockSize: number, tag: number, generation: number) => {
        const slab = createSlab(blocks.length);
        slab.bytes.set(blocks);
        slab.seal(blockSize, blocks.length / blockSize, tag, generation);
        blocks.set(slab.bytes);
      },
    ],
    [
      'JavaScript',
      (blocks: Uint8Array, blockSize: number, statuses: Uint8Array) =>
        verifyBlocksJs(blocks, blockSize, blocks.length / blockSize, statuses),
      (blocks: Uint8Array, blockSize: number, tag: number, generation: number) =>
        sealBlocksJs(blocks, blockSize, blocks.length / blockSize, tag, generation),
    ],
  ] as const;

  describe.each(batches)('%s', (_name, verify, seal) => {
    it.each([...zeroPayloads.map(([blockSize]) => blockSize), 40, 33, 100])(
      'tells all five statuses at block size %i',
      (blockSize) => {
        const { blocks, statuses } = assortedBlocks(blockSize);
        const result = new Uint8Array(statuses.length).fill(0xee);
        verify(blocks, blockSize, result);
        expect([...result]).toEqual(statuses);
        // The bigint oracle is slow, and larger blocks differ in length only.
        if (blockSize > 4096) return;
        for (const [i, status] of statuses.entries()) {
          expect(statusOracle(blocks.subarray(i * blockSize, (i + 1) * blockSize)), `oracle, case ${i}`).toBe(status);
        }
      },
    );

    it('finds a byte that is not zero wherever it stands', () => {
      const blockSize = 256;
      const blocks = new Uint8Array(blockSize * blockSize);
      for (let i = 0; i < blockSize; i++) blocks[i * blockSize + i] = 1;
      const result = new Uint8Array(blockSize);
      verify(blocks, blockSize, result);
      const expected = Array.from(result, (_, i) => (i < blockSize - 16 ? blockStatus.unsealed : blockStatus.corrupt));
      expect([...result]).toEqual(expected);
    });

    it('seals as the oracle does, and leaves payloads alone', () => {
      for (const blockSize of [16, 17, 48, 100, 512, 4096]) {
        const blocks = noise(blockSize * 5, blockSize);
        const expected = blocks.slice();
        for (let i = 0; i < 5; i++)
          sealOracle(expected.subarray(i * blockSize, (i + 1) * blockSize), 0xfedcba98, 0xfffffffe);
        seal(blocks, blockSize, 0xfedcba98, 0xfffffffe);
        expect(blocks).toEqual(expected);
      }
    });

    it('answers as the oracle for any blocks', () => {
      const block = fc.tuple(
        fc.constantFrom('raw', 'sealed', 'zeros', 'bare'),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
      );
      fc.assert(
        fc.property(fc.array(block, { minLength: 1, maxLength: 40, size: 'max' }), (kinds) => {
          const blocks = new Uint8Array(64 * kinds.length);
          for (const [i, [kind, bytes]] of kinds.entries()) {
            const place = blocks.subarray(i * 64, (i + 1) * 64);
            if (kind !== 'zeros') place.set(bytes);
            if (kind === 'sealed') sealOracle(place, bytes[0]!, 1);
            if (kind === 'bare') place.fill(0, 48);
          }
          const result = new Uint8Array(kinds.length);
          verify(blocks, 64, result);
          expect([...result]).toEqual(kinds.map((_, i) => statusOracle(blocks.subarray(i * 64, (i + 1) * 64))));
        }),
        { ...properties, numRuns: 100 },
      );
    });
  });

  it('take an empty payload: block size 16 (page 01, 4)', () => {
    const blocks = new Uint8Array(32);
    new DataView(blocks.buffer).setBigUint64(8, 0xef46db3751d8e999n, true);
    blocks[0] = 1;
    const statuses = new Uint8Array(2);
    verifyBlocks(blocks, 16, statuses);
    expect([...statuses]).toEqual([blockStatus.formattedEmpty, blockStatus.hole]);
  });

  it('work through inputs of many chunks that start at an odd byte', () => {
    const blockSize = 4096;
    const count = 1100;
    const buffer = new Uint8Array(1 + count * blockSize);
    const blocks = buffer.subarray(1);
    blocks.set(noise(blocks.length));
    const before = blocks.slice();
    sealBlocks(blocks, blockSize, 0x44415441, 9);
    const expected = before.slice();
    sealBlocksJs(expected, blockSize, count, 0x44415441, 9);
    expect(Buffer.compare(blocks, expected)).toBe(0);
    expect(buffer[0]).toBe(0);

    const damaged = [0, 63, 64, 65, 700, count - 1];
    for (const i of damaged) blocks[i * blockSize + 100]! ^= 4;
    blocks.fill(0, 64 * blockSize, 65 * blockSize);
    const statuses = new Uint8Array(count + 3).fill(0xee);
    verifyBlocks(blocks, blockSize, statuses);
    const result = Array.from({ length: count }, (_, i) =>
      i === 64 ? blockStatus.hole : damaged.includes(i) ? blockStatus.corrupt : blockStatus.ok,
    );
    expect([...statuses]).toEqual([...result, 0xee, 0xee, 0xee]);
  });

  it('work through more blocks than one page holds statuses', () => {
    const count = 70_000;
    const slab = createSlab(count * 16);
    slab.seal(16, count, 1, 1);
    slab.bytes[66_000 * 16 + 15]! ^= 1;
    const statuses = new Uint8Array(count).fill(0xee);
    slab.verify(16, count, statuses);
    expect(statuses.findIndex((status) => status !== blockStatus.formattedEmpty)).toBe(66_000);
    expect(statuses[66_000]).toBe(blockStatus.corrupt);
    expect(statuses.lastIndexOf(0xee)).toBe(-1);
  });

  it('do nothing for no blocks', () => {
    verifyBlocks(new Uint8Array(0), 4096, new Uint8Array(0));
    sealBlocks(new Uint8Array(0), 4096, 1, 1);
    createSlab(0).verify(4096, 0, new Uint8Array(0));
  });

  it('reject wrong callers before anything is written', () => {
    const blocks = noise(4096);
    const before = blocks.slice();
    const statuses = new Uint8Array(1).fill(0xee);
    const slab = createSlab(8192);
    for (const blockSize of [15, 0, -512, 16.5, Number.NaN, 65537, 2 ** 32 + 4096]) {
      expect(() => verifyBlocks(blocks, blockSize, statuses), `${blockSize}`).toThrow(RangeError);
      expect(() => sealBlocks(blocks, blockSize, 1, 1), `${blockSize}`).toThrow(RangeError);
      expect(() => slab.verify(blockSize, 0, statuses), `${blockSize}`).toThrow(RangeError);
    }
    for (const u32 of [-1, 2 ** 32, 1.5, Number.NaN]) {
      expect(() => sealBlocks(blocks, 4096, u32, 1), `${u32}`).toThrow(RangeError);
      expect(() => sealBlocks(blocks, 4096, 1, u32), `${u32}`).toThrow(RangeError);
      expect(() => slab.seal(4096, 2, 1, u32), `${u32}`).toThrow(RangeError);
    }
    expect(() => verifyBlocks(blocks.subarray(1), 4096, statuses)).toThrow(RangeError);
    expect(() => verifyBlocks(blocks, 512, statuses)).toThrow(RangeError);
    for (const count of [3, -1, 0.5, Number.NaN]) {
      expect(() => slab.verify(4096, count, new Uint8Array(4)), `${count}`).toThrow(RangeError);
      expect(() => slab.seal(4096, count, 1, 1), `${count}`).toThrow(RangeError);
    }
    for (const byteLength of [-1, 1.5, Number.NaN]) expect(() => createSlab(byteLength)).toThrow(RangeError);
    expect(blocks).toEqual(before);
    expect(slab.bytes.every((byte) => byte === 0)).toBe(true);
    expect(statuses[0]).toBe(0xee);
  });
});

describe('slab', () => {
  it('is zeroed memory of its own that stays attached', () => {
    const first = createSlab(100_000);
    const second = createSlab(100_000);
    expect(first.bytes).toHaveLength(100_000);
    expect(first.bytes.every((byte) => byte === 0)).toBe(true);
    const { bytes } = first;
    bytes.fill(1);
    second.seal(4096, 24, 1, 1);
    verifyBlocks(noise(4 << 20), 4096, new Uint8Array(1024));
    expect(first.bytes).toBe(bytes);
    expect(bytes.every((byte) => byte === 1)).toBe(true);
  });

  it('touches the named blocks only', () => {
    const slab = createSlab(10 * 512);
    slab.seal(512, 3, 0x44415441, 1);
    const statuses = new Uint8Array(10).fill(0xee);
    slab.verify(512, 4, statuses);
    expect([...statuses]).toEqual([4, 4, 4, 1, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee]);
    expect(slab.bytes.subarray(3 * 512).every((byte) => byte === 0)).toBe(true);
  });
});
