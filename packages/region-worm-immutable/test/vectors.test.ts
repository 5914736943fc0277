import { sha256 } from '@vde/crypto';
import { decodeRegion, fromHex, geometryOf, toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { capacityOf, logBlocks, WormHeader, WormLog, WriteRecord, worm } from '../src/index.ts';
import { blocksOf, logOf, synthetic, syntheticLog, t0, utf8 } from './logs.ts';

const hello: WriteRecord = {
  blockIndex: 0n,
  timestampUtcTicks: t0,
  dataLength: 10,
  contentHash: sha256(utf8('hello worm')),
};
const header = { highWaterMark: 1n, totalCapacityBlocks: 8n, retentionPeriodTicks: 0n, createdUtcTicks: t0 };

describe('records of the page', () => {
  const headerHex = '0100000000000000080000000000000000000000000000000040313cf729dd080100000000000000';
  const rows = [
    [
      'write',
      WriteRecord,
      hello,
      '00000000000000000040313cf729dd080a0000005759c63e8248028f27fbfbdf53c3dc5c55daeb2efc8e98f4d2b991c7b0f0f39e',
    ],
    ['header', WormHeader, { ...header, writeLogCount: 1 }, headerHex],
    [
      'header with reserved bytes',
      WormHeader,
      { ...header, writeLogCount: 1, reserved: fromHex('00000001') },
      `${headerHex.slice(0, -8)}00000001`,
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
  const one = logOf([hello], { totalCapacityBlocks: 8n });
  const empty = new WormLog({ totalCapacityBlocks: 8, createdUtcTicks: t0 });
  const rows = [
    ['one', one, 512, 1, 'fe3bff3b9a3c514ff1ab61dca18e8cb408f47c6ae00947b4abd7ca0e813fcb7d'],
    ['one', one, 4096, 1, '4c58ba1ce92c10797df98767b67d89e878a67a5e832dbfeb6f3e6f674dc0334c'],
    ['empty', empty, 512, 1, 'fb9f701b0a0c0fe19e61b0b2643501f183fe9e2f227a34ae8aa8d61c7407a26d'],
    ['empty', empty, 4096, 1, 'f565b372ad536048c6a1e5cbb2e066b5c7961ec27881e6094cd1cb630a68cdf7'],
    ['8', syntheticLog(8), 512, 1, '517762600dfbde556f7ee0093e5eaaac2da4875b7ff41608086702d382d88c7d'],
    ['9', syntheticLog(9), 512, 2, '3fa53b0c756b55ddf5e928319771ca06605c146bfda01c126ef1577f79ab58b3'],
    ['17', syntheticLog(17), 512, 2, '5d0a2411cc769b9bf00dd83f0acfbf3df5a38ec146b07148371bf4ddaf16819f'],
    ['18', syntheticLog(18), 512, 3, 'c71afb896f84461e68b0b51087255d022bdd67bacb36facf097e4e538e64abe1'],
    ['77', syntheticLog(77), 4096, 1, '18b90e7af92c81b42ce2fb8427a0338da232a4c1775835de2e41c06d6733ba07'],
    ['78', syntheticLog(78), 4096, 2, '2508dd4c3f3740128be0d3972ce27d4fef0f3679a369879a40481541d9cc9f6b'],
    ['155', syntheticLog(155), 4096, 2, '064c117ec9fa8e006a1f1bbd0a52a7c1039a59bf4f4f9f9bcf8c05a9305921a1'],
    ['156', syntheticLog(156), 4096, 3, '3e73fe07a2d5fea48acedd84639a39dbdfe39dda0bb309af8d7d4a2c7e66a960'],
  ] as const;

  it.each(rows)('%s: SHA-256 (%#)', (_name, log, blockSize, blocks, digest) => {
    const bytes = blocksOf(log, blockSize);
    expect(bytes.length).toBe(blocks * blockSize);
    expect(toHex(sha256(bytes))).toBe(digest);
    const { state, findings } = decodeRegion(worm, bytes, { blockSize });
    expect([[...state], findings]).toEqual([[...log], []]);
  });
});

describe('packing (3.3; defect 1)', () => {
  it.each([
    [512, 8, 9],
    [4096, 77, 78],
    [65536, 1259, 1260],
  ])('block size %i holds %i, then %i a block', (blockSize, first, later) => {
    const needed = (n: number) => logBlocks(n, geometryOf(blockSize));
    const edges = [0, 1, first, first + 1, first + later, first + later + 1];
    expect(edges.map(needed)).toEqual([1, 1, 1, 2, 2, 3]);
  });

  const fails = (n: number, blockSize: number) => {
    const payload = blockSize - 16;
    const formula = n * 52 <= payload - 40 ? 1 : 1 + Math.ceil((n * 52 - (payload - 40)) / payload);
    return logBlocks(n, geometryOf(blockSize)) > formula;
  };
  const failing = (blockSize: number, upTo: number) =>
    Array.from({ length: upTo + 1 }, (_, n) => n).filter((n) => fails(n, blockSize));
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

  it.each([
    [
      512,
      99,
      [
        18,
        27,
        36,
        37,
        45,
        46,
        ...range(54, 56),
        ...range(63, 66),
        ...range(72, 75),
        ...range(81, 85),
        ...range(90, 94),
        99,
      ],
    ],
    [
      4096,
      783,
      [
        156,
        234,
        312,
        313,
        390,
        391,
        ...range(468, 470),
        ...range(546, 548),
        ...range(624, 626),
        ...range(702, 705),
        ...range(780, 783),
      ],
    ],
    [65536, 100_000, []],
  ])(
    'block size %i: counts up to %i at which the block count of the reference is too small',
    (blockSize, upTo, counts) => {
      expect(failing(blockSize, upTo)).toEqual(counts);
    },
  );

  it.each([
    [512, 18, 153],
    [1024, 38, 931],
    [2048, 390, 19_656],
    [4096, 156, 13_182],
    [8192, 628, 106_760],
    [16384, 943, 128_741],
    [32768, 1888, 468_606],
  ])('block size %i: first %i, always from %i', (blockSize, first, always) => {
    expect(failing(blockSize, first)).toEqual([first]);
    expect(fails(always - 1, blockSize)).toBe(false);
    for (let n = always; n < always + 5_000; n++) if (!fails(n, blockSize)) expect.fail(`${n} works`);
  });
});

describe('capacity of a slot (3.4)', () => {
  it.each([
    [2, 512, 1, 1],
    [2, 4096, 1, 1],
    [2, 65536, 1, 1],
    [64, 512, 57, 7],
    [64, 4096, 63, 1],
    [64, 65536, 63, 1],
    [128, 512, 115, 13],
    [128, 4096, 126, 2],
    [128, 65536, 127, 1],
    [1024, 512, 921, 103],
    [1024, 4096, 1011, 13],
    [1024, 65536, 1023, 1],
    [65536, 512, 58982, 6554],
    [65536, 4096, 64706, 830],
    [65536, 65536, 65484, 52],
  ])('%i blocks of %i: %i, and %i for the log', (blocks, blockSize, capacity, log) => {
    const geometry = geometryOf(blockSize);
    expect([capacityOf(blocks, geometry, 1), logBlocks(capacity, geometry)]).toEqual([capacity, log]);
    const twice = capacityOf(blocks, geometry);
    expect(2 * logBlocks(twice, geometry) + twice).toBeLessThanOrEqual(blocks);
    expect(2 * logBlocks(twice + 1, geometry) + twice + 1).toBeGreaterThan(blocks);
  });

  it('0 where not even one fits', () => {
    const geometry = geometryOf(4096);
    expect([0, 1, 2, 3].map((blocks) => capacityOf(blocks, geometry))).toEqual([0, 0, 0, 1]);
    expect([0, 1, 2].map((blocks) => capacityOf(blocks, geometry, 1))).toEqual([0, 0, 1]);
  });
});

it('the synthetic record of no data carries the hash of nothing', () => {
  expect(toHex(synthetic(0).contentHash)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
