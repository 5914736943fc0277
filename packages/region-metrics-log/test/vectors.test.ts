import { createHash } from 'node:crypto';
import { decodeRegion, encodeRegion, fromHex, geometryOf, toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { blocksNeeded as blocksOfCount, MetricsLogHeader, metricsLog, Sample } from '../src/index.ts';
import { blocksOf, logOf, syntheticLog, t0 } from './logs.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const oneSample: Sample = { metricId: 1, timestampUtcTicks: t0, value: 42.5, aggregationType: 0 };
const blocksNeeded = (n: number, blockSize: number) => {
  const blocks = metricsLog.requiredBlocks({ samples: { length: n } } as never, geometryOf(blockSize));
  if (blocks !== blocksOfCount(n, geometryOf(blockSize)))
    expect.fail(`${n} samples: ${blocks} blocks, says the plugin`);
  return blocks;
};
/** The block count of the reference (defect 1). */
const referenceBlocks = (n: number, payload: number) =>
  n * 19 <= payload - 32 ? 1 : 1 + Math.ceil((n * 19 - (payload - 32)) / payload);

describe('records of the page', () => {
  const header = { sampleCount: 1n, maxCapacitySamples: 1000n, compactionThreshold: 0.8 };
  const rows = [
    ['sample', Sample, oneSample, '01000040313cf729dd08000000000040454000'],
    ['header', MetricsLogHeader, header, '0100000000000000e8030000000000009a9999999999e93f0000000000000000'],
    [
      'sample of an unknown aggregation',
      Sample,
      { ...oneSample, aggregationType: 200 },
      '01000040313cf729dd080000000000404540c8',
    ],
    [
      'sample of negative ticks and NaN (5.3)',
      Sample,
      { metricId: 65535, timestampUtcTicks: -1n, value: Number.NaN, aggregationType: 2 },
      'ffffffffffffffffffff000000000000f8ff02',
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
  const rows = [
    ['empty', logOf([]), 512, 1, 'b64f1eb1fafff8e77e5b2e323a0695c58709dd9d3568142debc6dbda504c2757'],
    ['empty', logOf([]), 4096, 1, '5f120b150959ac5c8319f2c7048e1296b8c32a57072aed3857262b294f46a4b8'],
    ['one', logOf([oneSample]), 512, 1, '140d18df67fa4278daad7c51c2bd8bd2c4062a7aa0bd10c2c77eae8720f92b04'],
    ['one', logOf([oneSample]), 4096, 1, '2b6abdda7044e246f7c63f472438a14d22cecb3796a2f161237f793784397c87'],
    ['24', syntheticLog(24), 512, 1, '631adf652d86e8479a6368c37b8f73ae8184eb1bad64597111eb567d648ae6b3'],
    ['25', syntheticLog(25), 512, 2, 'e10255f1da66507ad506fcfa579f364e6fcf5b48c06585c640cad5bbcd76e372'],
    ['180', syntheticLog(180), 512, 7, '1fe2a6103210dc6401a7187ea7d96698ec380c15ad2c76dc816ddb3c5effc417'],
    ['181', syntheticLog(181), 512, 8, 'a8b7cc599f3db29f5e4ef93296f36ebf71940a5747e4a00251a2db134fe81205'],
    ['213', syntheticLog(213), 4096, 1, '72bdb8b3bc1a5150b3736f944048606cd771f55f95afcd3c4753cc72d07fe67a'],
    ['214', syntheticLog(214), 4096, 2, 'a57093605b339ce6b814451905922b5e4ccc83ebe9a05df935cfa4f61e0429b2'],
    ['641', syntheticLog(641), 4096, 3, '32eee59c69c533acff2670e08183d47f552bf7e634aa1c7fbbd8be2181d4194b'],
    ['642', syntheticLog(642), 4096, 4, '1610916a1a0201f1ffcf76603e6b3161df2c98fc51c18bfabc191bff93d48da1'],
  ] as const;

  it.each(rows)('%s samples: SHA-256 (%#)', (_name, log, blockSize, blocks, digest) => {
    const bytes = blocksOf(log, blockSize);
    expect(bytes.length).toBe(blocks * blockSize);
    expect(sha256(bytes)).toBe(digest);
    const { state, findings } = decodeRegion(metricsLog, bytes, { blockSize });
    expect([[...state.samples], findings]).toEqual([[...log.samples], []]);
  });

  it('empty at 512 has the trailer checksum of the page', () => {
    expect(new DataView(blocksOf(logOf([]), 512).buffer).getBigUint64(504, true)).toBe(0xcd50fe0257749a6cn);
  });

  it('a fresh block of the creator reads as an empty log of the capacity of its slot', () => {
    const blocks = new Uint8Array(64 * 512);
    blocks.set(fromHex('474f4c4d0100000002ea755369d099b0'), 496);
    const decoded = decodeRegion(metricsLog, blocks, { blockSize: 512 });
    expect(decoded).toMatchObject({ form: 'formattedEmpty', generation: 1, findings: [] });
    expect(decoded.state).toMatchObject({ maxCapacitySamples: 1662n, compactionThreshold: 0.8 });
    expect(decoded.state.samples.length).toBe(0);
  });

  it('a NaN keeps its payload bits', () => {
    const blocks = blocksOf(logOf([oneSample]), 512);
    new DataView(blocks.buffer).setBigUint64(42, 0x7ff0000000000001n, true);
    const { state } = decodeRegion(metricsLog, blocks, { blockSize: 512, lenient: true });
    const again = encodeRegion(metricsLog, state!, { blockSize: 512, generation: 1 });
    expect(toHex(again.subarray(42, 50))).toBe('010000000000f07f');
    expect(state!.samples.at(0).value).toBeNaN();
  });
});

describe('packing (3.3)', () => {
  it.each([
    [512, 24, 26, 1_662],
    [4096, 213, 214, 13_695],
    [65536, 3446, 3448, 220_670],
  ])('block size %i holds %i, then %i a block', (blockSize, first, later, in64) => {
    const needed = (n: number) => blocksNeeded(n, blockSize);
    expect([0, 1, first, first + 1, first + later, first + later + 1].map(needed)).toEqual([1, 1, 1, 2, 2, 3]);
    expect([in64, in64 + 1].map(needed)).toEqual([64, 65]);
  });
});

describe('defect 1: counts at which the block count of the reference is too small', () => {
  const fails = (n: number, blockSize: number) => blocksNeeded(n, blockSize) > referenceBlocks(n, blockSize - 16);
  const failing = (blockSize: number, upTo: number) =>
    Array.from({ length: upTo + 1 }, (_, n) => n).filter((n) => fails(n, blockSize));

  it.each([
    [512, 259, [181, 207, 233, 259]],
    [4096, 1501, [642, 856, 857, 1070, 1071, 1072, 1284, 1285, 1286, 1498, 1499, 1500, 1501]],
    [65536, 13792, [6895, 10343, 13791, 13792]],
  ])('block size %i, up to %i', (blockSize, upTo, counts) => {
    expect(failing(blockSize, upTo)).toEqual(counts);
  });

  it.each([
    [512, 181, 6_343],
    [1024, 688, 53_052],
    [2048, 212, 11_978],
    [4096, 642, 62_488],
    [8192, 1289, 585_229],
    [16384, 1721, 1_564_436],
    [32768, 5169, 3_763_032],
    [65536, 6895, 9_999_199],
  ])('block size %i: first %i, always from %i up to what the reference reads', (blockSize, first, always) => {
    expect(failing(blockSize, first)).toEqual([first]);
    expect(fails(always - 1, blockSize)).toBe(false);
    const end = Math.min(always + 10_000, 10_000_000);
    for (let n = always; n <= end; n++) if (!fails(n, blockSize)) expect.fail(`${n} works`);
  });

  it('is never too large', () => {
    for (let n = 0; n < 20_000; n++) if (blocksNeeded(n, 512) < referenceBlocks(n, 496)) expect.fail(`${n}`);
  });
});
