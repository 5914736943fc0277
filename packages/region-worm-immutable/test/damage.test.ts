import { decodeRegion, fromHex, geometryOf } from '@vde/format';
import { type DamageCase, patch, punchHole, testDamage } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { wormLogCodes } from '../src/codes.ts';
import { worm } from '../src/index.ts';
import { blocksOf, syntheticLog, t0 } from './logs.ts';

const blockSize = 512;
/** 8, 9 and 3 records; record 9 stands in block 1 at offset 52, record 19 in block 2 at 104. */
const threeBlocks = blocksOf(syntheticLog(20), blockSize);
const fiveRecords = blocksOf(syntheticLog(5), blockSize);

const i32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
const i64 = (value: bigint) => new Uint8Array(BigInt64Array.of(value).buffer);
const at = (damage: Omit<DamageCase, 'blocks' | 'blockSize'> & { blocks?: Uint8Array }): DamageCase => ({
  blocks: threeBlocks,
  blockSize,
  ...damage,
});
const count = (name: string, value: number, blocks = threeBlocks): DamageCase =>
  at({
    name,
    blocks,
    block: 0,
    offset: 32,
    bytes: i32(value),
    finding: {
      code: 'badCount',
      severity: 'error',
      block: 0,
      offset: 32,
      length: 4,
      path: 'writeLogCount',
      actual: value,
    },
  });
const header = (name: string, offset: number, value: bigint, finding: DamageCase['finding'], others: string[] = []) =>
  at({ name, block: 0, offset, bytes: i64(value), finding: { block: 0, offset, length: 8, ...finding }, others });
const inconsistent = { code: 'wormInconsistent', severity: 'error' } as const;
const mark = { ...inconsistent, path: 'highWaterMark' };

const cases: readonly DamageCase[] = [
  count('count-negative', -1),
  count('count-beyond-blocks', 27),
  count('count-beyond-one-block', 9, fiveRecords),
  count('count-largest', 0x7fff_ffff),
  header('mark-above-the-log', 0, 21n, { ...mark, expected: 20n, actual: 21n }),
  header('mark-lowered', 0, 3n, { ...mark, expected: 20n, actual: 3n }),
  header('mark-zero-reopens-all-blocks', 0, 0n, { ...mark, actual: 0n }),
  header('mark-beyond-the-capacity', 0, 1001n, { ...mark, expected: '0 to 1000' }, ['wormInconsistent']),
  header('mark-negative', 0, -1n, { ...mark, expected: '0 to 1000' }, ['wormInconsistent']),
  header('capacity-zero', 8, 0n, { code: 'badField', severity: 'error', path: 'totalCapacityBlocks' }, [
    'wormInconsistent',
  ]),
  header('capacity-negative', 8, -1n, { code: 'badField', severity: 'error', path: 'totalCapacityBlocks' }, [
    'wormInconsistent',
  ]),
  header('retention-negative', 16, -1n, { ...inconsistent, severity: 'warning', path: 'retentionPeriodTicks' }),
  at({
    name: 'created-after-the-first-write',
    block: 0,
    offset: 40 + 8,
    bytes: i64(t0 - 1n),
    finding: {
      ...inconsistent,
      severity: 'warning',
      path: 'writes[0].timestampUtcTicks',
      expected: t0,
      actual: t0 - 1n,
    },
  }),
  at({
    name: 'time-runs-backwards',
    block: 1,
    offset: 52 + 8,
    bytes: i64(t0 + 7n),
    finding: { ...inconsistent, severity: 'warning', path: 'writes[9].timestampUtcTicks', expected: t0 + 8n },
  }),
  at({
    name: 'record-of-another-block',
    block: 0,
    offset: 40 + 52,
    bytes: i64(7n),
    finding: { ...inconsistent, path: 'writes[1].blockIndex', expected: 1n, actual: 7n },
  }),
  at({
    name: 'length-negative',
    block: 2,
    offset: 104 + 16,
    bytes: i32(-1),
    finding: { ...inconsistent, block: 2, path: 'writes[19].dataLength', actual: -1 },
  }),
  at({
    name: 'length-above-the-payload',
    block: 2,
    offset: 104 + 16,
    bytes: i32(497),
    finding: { ...inconsistent, block: 2, path: 'writes[19].dataLength', actual: 497 },
  }),
  at({
    name: 'reserved-not-zero',
    block: 0,
    offset: 39,
    bytes: Uint8Array.of(1),
    finding: { code: 'reservedNotZero', severity: 'notice', block: 0, offset: 36, length: 4, path: 'reserved' },
  }),
  at({
    name: 'padding-of-a-full-block',
    block: 0,
    offset: 495,
    bytes: Uint8Array.of(1),
    finding: { code: 'paddingNotZero', severity: 'warning', block: 0, offset: 456, length: 40 },
  }),
  at({
    name: 'padding-behind-the-last-record',
    block: 2,
    offset: 156,
    bytes: Uint8Array.of(1),
    finding: { code: 'paddingNotZero', severity: 'warning', block: 2, offset: 156, length: 340 },
  }),
  at({
    name: 'changed-payload',
    block: 1,
    offset: 100,
    bytes: Uint8Array.of(0xee),
    unsealed: true,
    finding: { code: 'badTrailer', severity: 'error', block: 1, offset: 0, length: 512 },
  }),
  at({
    name: 'other-tag',
    block: 1,
    offset: 496,
    bytes: fromHex('54564d43'),
    finding: {
      code: 'wrongTag',
      severity: 'error',
      block: 1,
      offset: 496,
      length: 4,
      expected: 'WORM',
      actual: 'CMVT',
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

testDamage(worm, cases);

const lenient = (blocks: Uint8Array, blockCount?: number) =>
  decodeRegion(worm, blocks, { blockSize, lenient: true, ...(blockCount !== undefined && { blockCount }) });

describe('damage that spans more than one place', () => {
  it('keeps the records before a hole; nothing can be appended to them', () => {
    const { state, findings, partial } = lenient(punchHole(threeBlocks, blockSize, 1));
    expect(findings).toMatchObject([
      { code: 'truncated', block: 1, path: 'writes[8]', expected: 20, actual: 8 },
      { code: 'wormInconsistent', path: 'highWaterMark', expected: 8n, actual: 20n },
    ]);
    expect([state?.writeCount, partial, state?.isConsistent]).toEqual([8, true, false]);
  });

  it('takes a count that reserved blocks could hold as truncated, and allocates for the blocks at hand', () => {
    const damaged = patch(threeBlocks, blockSize, { block: 0, offset: 32 }, i32(0x7fff_ffff));
    const { findings, state } = lenient(damaged, 600_000_000);
    expect(findings[0]).toMatchObject({ code: 'truncated', block: 3, actual: 26 });
    expect(state?.writeCount).toBe(26);
  });

  it('a log below the mark and a mark below the log both make it read-only', () => {
    for (const value of [3n, 21n]) {
      const { state } = lenient(patch(fiveRecords, blockSize, { block: 0, offset: 0 }, i64(value)));
      const append = () => state!.append(new Uint8Array(), { now: t0, blockSize });
      expect(append).toThrow(expect.objectContaining({ code: 'wormInconsistent' }));
      expect(append).toThrow('contradict');
    }
  });

  it.each([
    [-1, 1],
    [0, 1],
    [8, 1],
    [9, 2],
    [17, 2],
    [18, 3],
    [0x7fff_ffff, 238_609_295],
  ])('a count of %i asks for %i blocks', (value, blocks) => {
    const damaged = patch(threeBlocks, blockSize, { block: 0, offset: 32 }, i32(value));
    expect(worm.span!(new DataView(damaged.buffer), geometryOf(blockSize))).toBe(blocks);
  });

  it('a data block must carry the tag, whatever its generation', () => {
    expect(worm.expect!(syntheticLog(1), 7, { geometry: geometryOf(blockSize), blockCount: 64 })).toEqual({
      tag: 'WORM',
    });
  });
});

it('has a test for every code of the region', () => {
  const covered = new Set(cases.map(({ finding }) => finding.code));
  const audited = ['hashMismatch', 'nonZeroPadding', 'uncommitted', 'dataNotLocated'];
  const thrown = ['wormViolation', 'retentionShortened', 'notWritten', 'badIndex'];
  const missing = Object.keys(wormLogCodes).filter((code) => !covered.has(code));
  expect(missing.toSorted()).toEqual([...audited, ...thrown].toSorted());
});
