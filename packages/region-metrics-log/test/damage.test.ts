import { decodeRegion, fromHex } from '@vde/format';
import { type DamageCase, patch, punchHole, setTag, testDamage } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { metricsLogCodes } from '../src/codes.ts';
import { metricsLog } from '../src/index.ts';
import { blocksOf, syntheticLog, t0 } from './logs.ts';

const blockSize = 512;
const oneBlock = blocksOf(syntheticLog(20), blockSize);
/** 24, 26 and 10 samples. */
const threeBlocks = blocksOf(syntheticLog(60), blockSize);

const i64 = (value: bigint) => new Uint8Array(BigInt64Array.of(value).buffer);
const f64 = (value: number) => new Uint8Array(Float64Array.of(value).buffer);

type HeaderDamage = Pick<DamageCase, 'name' | 'bytes' | 'finding'> & Partial<DamageCase>;
const inHeader = (path: string, offset: number, damage: HeaderDamage): DamageCase => {
  const finding = { block: 0, offset, length: 8, path, ...damage.finding };
  return { blocks: threeBlocks, blockSize, block: 0, offset, ...damage, finding };
};
const badCount = { code: 'badCount', severity: 'error' } as const;
const badField = { code: 'badField', severity: 'error' } as const;
const count = (name: string, value: bigint, blocks = threeBlocks) =>
  inHeader('sampleCount', 0, { name, bytes: i64(value), finding: { ...badCount, actual: value }, blocks });
const capacity = (name: string, value: bigint, finding: DamageCase['finding'] = { ...badField, actual: value }) =>
  inHeader('maxCapacitySamples', 8, { name, bytes: i64(value), finding });
const threshold = (name: string, value: number, finding: DamageCase['finding'] = { ...badField, actual: value }) =>
  inHeader('compactionThreshold', 16, { name, bytes: f64(value), finding });
const trailer = (damage: HeaderDamage & { block: number; offset: number }): DamageCase => ({
  blocks: threeBlocks,
  blockSize,
  ...damage,
});

const cases: readonly DamageCase[] = [
  count('count-negative', -1n),
  count('count-beyond-blocks', 77n),
  count('count-beyond-one-block', 25n, oneBlock),
  count('count-beyond-reference', 10_000_001n),
  count('count-largest', 2n ** 63n - 1n),
  capacity('capacity-zero', 0n),
  capacity('capacity-negative', -1n),
  capacity('capacity-beyond-reference', 100_000_001n, { code: 'beyondReferenceLimits', severity: 'warning' }),
  threshold('threshold-zero', 0),
  threshold('threshold-minus-zero', -0),
  threshold('threshold-negative', -0.5),
  threshold('threshold-above-one', 1.0000001),
  threshold('threshold-infinite', Number.POSITIVE_INFINITY),
  {
    ...threshold('threshold-nan', Number.NaN),
    bytes: fromHex('000000000000f8ff'),
    finding: {
      code: 'nanThreshold',
      severity: 'warning',
      block: 0,
      offset: 16,
      length: 8,
      path: 'compactionThreshold',
    },
  },
  inHeader('reserved', 24, {
    name: 'reserved-not-zero',
    bytes: Uint8Array.of(1, 2, 3),
    finding: { code: 'reservedNotZero', severity: 'notice' },
  }),
  trailer({
    name: 'padding-of-a-full-block',
    block: 0,
    offset: 495,
    bytes: Uint8Array.of(1),
    finding: { code: 'paddingNotZero', severity: 'warning', block: 0, offset: 488, length: 8 },
  }),
  trailer({
    name: 'padding-behind-the-last-sample',
    block: 2,
    offset: 190,
    bytes: Uint8Array.of(7),
    finding: { code: 'paddingNotZero', severity: 'warning', block: 2, offset: 190, length: 306 },
  }),
  trailer({
    name: 'changed-payload',
    block: 1,
    offset: 100,
    bytes: Uint8Array.of(0xee),
    unsealed: true,
    finding: { code: 'badTrailer', severity: 'error', block: 1, offset: 0, length: 512 },
  }),
  trailer({
    name: 'no-trailer',
    block: 1,
    offset: 496,
    bytes: new Uint8Array(16),
    finding: { code: 'badTrailer', severity: 'error', block: 1, offset: 0, length: 512 },
  }),
  trailer({
    name: 'other-tag',
    block: 2,
    offset: 496,
    bytes: fromHex('4e4f4e41'),
    finding: {
      code: 'wrongTag',
      severity: 'error',
      block: 2,
      offset: 496,
      length: 4,
      expected: 'MTRK',
      actual: 'ANON',
    },
  }),
  trailer({
    name: 'directory-tag-in-the-trailer',
    block: 0,
    offset: 496,
    bytes: fromHex('474f4c4d'),
    finding: { code: 'wrongTag', severity: 'error', block: 0, offset: 496, length: 4, actual: 'MLOG' },
  }),
  trailer({
    name: 'other-generation',
    block: 1,
    offset: 500,
    bytes: Uint8Array.of(2),
    finding: { code: 'tornWrite', severity: 'error', block: 1, offset: 500, length: 4, expected: 1, actual: 2 },
  }),
];

testDamage(metricsLog, cases);

describe('damage that spans more than one place', () => {
  const lenient = (blocks: Uint8Array, blockCount?: number) =>
    decodeRegion(metricsLog, blocks, { blockSize, lenient: true, ...(blockCount !== undefined && { blockCount }) });

  it('keeps the samples before a hole', () => {
    const { state, findings, partial } = lenient(punchHole(threeBlocks, blockSize, 1));
    expect(findings).toMatchObject([{ code: 'truncated', block: 1, path: 'samples[24]', expected: 60, actual: 24 }]);
    expect([state?.samples.length, partial]).toEqual([24, true]);
  });

  it('reports a header that was lost, and only then', () => {
    expect(lenient(punchHole(threeBlocks, blockSize, 0)).findings).toMatchObject([{ code: 'truncated', block: 0 }]);
    expect(lenient(new Uint8Array(3 * blockSize)).findings).toEqual([]);
  });

  it('keeps all samples of a torn write', () => {
    const torn = threeBlocks.slice();
    torn[blockSize + 500] = 9;
    const { state, partial } = lenient(torn);
    expect([[...(state?.samples ?? [])], partial]).toEqual([[...syntheticLog(60).samples], true]);
  });

  it('takes a count that reserved blocks could hold as truncated', () => {
    const blocks = patch(threeBlocks, blockSize, { block: 0, offset: 0 }, i64(77n));
    const { findings, state } = lenient(blocks, 4);
    expect(findings).toMatchObject([{ code: 'truncated', block: 3, path: 'samples[76]', expected: 77, actual: 76 }]);
    expect(state?.samples.length).toBe(76);
  });

  it('allocates no more than the blocks at hand, whatever is reserved, and names the limit of the reference', () => {
    const blocks = patch(threeBlocks, blockSize, { block: 0, offset: 0 }, i64(10_000_001n));
    const { findings } = lenient(blocks, 400_000);
    expect(findings).toMatchObject([
      { code: 'truncated', block: 3 },
      { code: 'beyondReferenceLimits', severity: 'warning', offset: 0, length: 8, path: 'sampleCount' },
    ]);
  });

  it.each([
    [8, i64(0n)],
    [8, i64(-(2n ** 63n))],
    [8, i64(2n ** 63n - 1n)],
    [16, f64(Number.NaN)],
    [16, f64(Number.NEGATIVE_INFINITY)],
    [16, f64(1e300)],
  ])('a log with a damaged setting at offset %i goes on recording', (offset, bytes) => {
    const { state } = lenient(patch(threeBlocks, blockSize, { block: 0, offset }, bytes));
    for (const whenFull of ['grow', 'dropOldest'] as const) {
      const log = state!.clone({ whenFull });
      const last = { ...log.samples.at(59), timestampUtcTicks: t0 };
      log.record(last);
      log.recordBatch({ metricId: 1, timestampUtcTicks: new BigInt64Array(50), value: new Float64Array(50) });
      expect(log.samples.length).toBeGreaterThan(0);
      expect([...log.latest(1, 1)]).toMatchObject([{ metricId: 1, timestampUtcTicks: 0n, aggregationType: 0 }]);
    }
  });

  it('a threshold above 1 does not keep the oldest from leaving a full log', () => {
    const { state } = lenient(patch(threeBlocks, blockSize, { block: 0, offset: 16 }, f64(2)));
    const [one, batched] = [0, 1].map(() => state!.clone({ maxCapacitySamples: 20, whenFull: 'dropOldest' }));
    for (let i = 0; i < 50; i++) one!.record({ metricId: 1, timestampUtcTicks: 0n, value: 0 });
    batched!.recordBatch({ metricId: 1, timestampUtcTicks: new BigInt64Array(50), value: new Float64Array(50) });
    expect([one!.samples.length, batched!.samples.length]).toEqual([20, 20]);
  });

  it('names the sibling format by its magic, and reads nothing of it', () => {
    const magic = patch(threeBlocks, blockSize, { block: 0, offset: 0 }, fromHex('005343495254454d'));
    const sibling = setTag(magic, blockSize, 0, 'MLOG');
    const { state, findings, partial } = lenient(sibling);
    expect([state, partial]).toEqual([undefined, true]);
    expect(findings).toMatchObject([{ code: 'siblingFormat', severity: 'error', block: 0, offset: 496, length: 4 }]);
    expect(() => decodeRegion(metricsLog, sibling, { blockSize })).toThrow(/other metrics format/);
  });

  it('does not take the tag MTRK with the magic for the sibling', () => {
    const magic = patch(threeBlocks, blockSize, { block: 0, offset: 0 }, fromHex('005343495254454d'));
    expect(lenient(magic).findings.map(({ code }) => code)).toEqual(['badCount']);
  });
});

it('has a damage for every code of the metrics log', () => {
  const covered = new Set([...cases.map(({ finding }) => finding.code), 'siblingFormat']);
  expect(Object.keys(metricsLogCodes).filter((code) => !covered.has(code))).toEqual([]);
});
