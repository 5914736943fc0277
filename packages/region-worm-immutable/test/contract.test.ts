import { decodeRegion, type Finding, geometryOf, incompatibleFeatures, isVdeError, slotFlags } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { logBlocks, requireExtension, WormLog, worm } from '../src/index.ts';
import { blocksOf, logOf, synthetic, syntheticLog, t0 } from './logs.ts';

const blockSize = 512;
const options = { now: t0, blockSize };
const newLog = (totalCapacityBlocks: number, retentionPeriodTicks = 0n) =>
  new WormLog({ totalCapacityBlocks, createdUtcTicks: t0, retentionPeriodTicks });

/** Code and details of what a call throws. */
function failureOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return isVdeError(error) ? [error.code, error.details] : error;
  }
  return undefined;
}

describe('the region tells the container', () => {
  it('its tag, its flag and its feature', () => {
    expect(worm).toMatchObject({
      id: 'worm-immutable',
      blockTag: 'WORM',
      slotTypes: ['WORM'],
      slotFlags: slotFlags.worm,
      incompatibleFeatures: incompatibleFeatures.wormRegionActive,
    });
  });

  it('how many data blocks stay in their places, and how long its log can get in front of them', () => {
    const { dataBlocks, headerBlocks } = worm.anchored!;
    const [small, page] = [geometryOf(512), geometryOf(4096)];
    for (const [capacity, blocks, blocksOfPage] of [
      [1, 1, 1],
      [8, 1, 1],
      [9, 2, 1],
      [115, 13, 2],
    ] as const) {
      for (const log of [newLog(capacity), logOf([synthetic(0)], { totalCapacityBlocks: BigInt(capacity) })]) {
        expect(dataBlocks(log)).toBe(capacity);
        expect([small, page].map((geometry) => headerBlocks(log, geometry))).toEqual([blocks, blocksOfPage]);
      }
    }
  });

  it('which of them must not be overwritten, and that none is ever released', () => {
    const { isLive, release } = worm.anchored!;
    expect([0, 1, 2, 999].map((index) => isLive(syntheticLog(2), index))).toEqual([true, true, false, false]);
    expect([isLive(newLog(1), 0), release]).toEqual([false, undefined]);
  });

  it('what may take the place of a log', () => {
    worm.requireNext!(syntheticLog(2), syntheticLog(3));
    expect(failureOf(() => worm.requireNext!(syntheticLog(3), syntheticLog(2)))).toEqual([
      'wormViolation',
      { rule: 'notAnExtension' },
    ]);
  });
});

describe('the region may be removed', () => {
  it.each([
    ['once its retention has ended', newLog(1, 10n), t0 + 10n, undefined],
    ['not before', newLog(1, 10n), t0 + 10n - 1n, 'the region must be kept until 2025-01-01T00:00:00.000001Z'],
    ['never where that is forever', newLog(1), 2n ** 63n, 'the region must be kept forever'],
    ['not before an end that is no date', newLog(1, 2n ** 62n), t0, `the region must be kept until ${t0 + 2n ** 62n}`],
  ])('%s', (_name, log, now, message) => {
    const remove = () => worm.requireRemovable!(log, now);
    expect(failureOf(remove)).toEqual(message && ['wormViolation', { rule: 'retention' }]);
    if (message !== undefined) expect(remove).toThrow(message);
  });

  it('when its last write is old enough', () => {
    const log = logOf([synthetic(0), synthetic(5)], { retentionPeriodTicks: 10n });
    expect(failureOf(() => worm.requireRemovable!(log, t0 + 15n))).toBeUndefined();
    expect(failureOf(() => worm.requireRemovable!(log, t0 + 14n))).toEqual(['wormViolation', { rule: 'retention' }]);
  });
});

describe('errors carry what a program needs', () => {
  it.each([
    [10n, 5n],
    [0n, 10n],
  ])('a retention of %i ticks that shrinks to %i: both', (from, to) => {
    expect(failureOf(() => newLog(1, from).extendRetention(to))).toEqual(['retentionShortened', { from, to }]);
  });

  it('a gap: the rule and the block', () => {
    const failure = failureOf(() => newLog(8).write(3, new Uint8Array(), options));
    expect(failure).toEqual(['wormViolation', { rule: 'notSequential', index: 3 }]);
  });

  it('a full region: what was asked for, and what is left', () => {
    const log = newLog(2);
    log.append(new Uint8Array(), options);
    const failure = failureOf(() => log.appendMany([new Uint8Array(), new Uint8Array()], options));
    expect(failure).toEqual(['capacityExceeded', { required: 2, available: 1n }]);
  });

  it('data that are too long: how long', () => {
    const failure = failureOf(() => newLog(2).append(new Uint8Array(497), options));
    expect(failure).toEqual(['recordTooLarge', { size: 497 }]);
  });

  const rule = 'notAnExtension';
  it.each([
    ['a shorter log', logOf([synthetic(0)]), syntheticLog(0), { rule }],
    ['a log that ends too early', logOf([synthetic(0)], { highWaterMark: 0n }), syntheticLog(0), { rule, index: 0 }],
    ['another record', logOf([synthetic(0)]), logOf([{ ...synthetic(0), dataLength: 7 }]), { rule, index: 0 }],
    ['another creation', syntheticLog(1), syntheticLog(1, { createdUtcTicks: t0 - 1n }), { rule }],
  ])('%s in the place of another: the rule and the record', (_name, previous, next, details) => {
    expect(failureOf(() => requireExtension(previous, next))).toEqual(['wormViolation', details]);
  });
});

describe('limits', () => {
  it('a retention may be 0, forever, or more, from the start', () => {
    expect([newLog(1).retentionPeriodTicks, newLog(1, 1n).retentionPeriodTicks]).toEqual([0n, 1n]);
    expect(() => newLog(1, -1n)).toThrow(RangeError);
    expect(newLog(1, 10n).canRelease(t0 - 1n)).toBe(false);
  });

  it('a log of fewer than no records takes one block, like one of none', () => {
    expect([-1000, -1, 0, 1].map((writes) => logBlocks(writes, geometryOf(blockSize)))).toEqual([1, 1, 1, 1]);
  });
});

describe('reserved header bytes', () => {
  const reserved = Uint8Array.of(1, 2, 3, 4);

  it('are handed out as copies, and go with a clone', () => {
    const log = syntheticLog(1, { reserved: reserved.slice() });
    log.reserved!.fill(9);
    log.header.reserved!.fill(9);
    expect([log.reserved, log.clone().reserved]).toEqual([reserved, reserved]);
    expect([syntheticLog(1).reserved, 'reserved' in syntheticLog(1).header]).toEqual([undefined, false]);
  });
});

describe('the description', () => {
  const summaryOf = (log: WormLog) =>
    Object.fromEntries(worm.describe(log).summary.map(({ id, value }) => [id, value]));

  it('lists the header, what is free, and until when all is kept', () => {
    const log = logOf([synthetic(0), synthetic(5)], { totalCapacityBlocks: 10n, retentionPeriodTicks: 100n });
    expect(worm.describe(log).summary.map(({ id, kind }) => [id, kind])).toEqual([
      ['highWaterMark', 'i64'],
      ['totalCapacityBlocks', 'i64'],
      ['retentionPeriodTicks', 'i64'],
      ['createdUtcTicks', 'ticks'],
      ['writeLogCount', 'i32'],
      ['freeBlocks', 'i64'],
      ['retainedUntil', 'ticks'],
    ]);
    expect(summaryOf(log)).toMatchObject({ writeLogCount: 2, freeBlocks: 8n, retainedUntil: t0 + 105n });
  });

  it('has no date where everything is kept forever', () => {
    expect(summaryOf(syntheticLog(1))['retainedUntil']).toBeNull();
  });

  it('shows how much of the capacity is written', () => {
    const { gauges } = worm.describe(syntheticLog(3));
    expect(gauges).toEqual([{ id: 'written', title: 'Written', value: 3n, max: 1000n, unit: 'blocks' }]);
  });

  it('draws charts from columns that its table has', () => {
    const { tables, charts } = worm.describe(syntheticLog(1));
    const columns = tables.find(({ id }) => id === 'writes')!.columns.map(({ id }) => id);
    expect(charts).toMatchObject([{ id: 'lengths', table: 'writes', x: 'timestampUtcTicks', y: 'dataLength' }]);
    expect(columns).toEqual(expect.arrayContaining(['timestampUtcTicks', 'dataLength']));
  });
});

it('a finding names block, field, what was found and what was expected', () => {
  const findingOf = (header: Parameters<typeof logOf>[1]): Finding | undefined =>
    decodeRegion(worm, blocksOf(logOf([], header), blockSize), { blockSize, lenient: true }).findings[0];
  expect(findingOf({ totalCapacityBlocks: 0n })).toMatchObject({
    code: 'badField',
    block: 0,
    offset: 8,
    length: 8,
    path: 'totalCapacityBlocks',
    expected: 'at least 1',
    actual: 0n,
  });
  expect(findingOf({ retentionPeriodTicks: -5n })).toMatchObject({
    code: 'wormInconsistent',
    severity: 'warning',
    path: 'retentionPeriodTicks',
    actual: -5n,
  });
});
