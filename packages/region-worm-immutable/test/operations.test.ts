import { createHash } from 'node:crypto';
import { geometryOf, isVdeError, toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { requireExtension, WormLog, type WriteRecord, worm } from '../src/index.ts';
import { blocksOf, logOf, synthetic, syntheticLog, t0 } from './logs.ts';

const blockSize = 512;
const options = { now: t0, blockSize };
const newLog = (totalCapacityBlocks: number, retentionPeriodTicks = 0n) =>
  new WormLog({ totalCapacityBlocks, createdUtcTicks: t0, retentionPeriodTicks });
const coded = (code: string) => expect.objectContaining({ code });

describe('appending', () => {
  it('logs index, time, length and hash', () => {
    const log = newLog(8);
    expect(log.append(new TextEncoder().encode('hello worm'), { now: t0 + 5n, blockSize })).toBe(0);
    expect(log.append(new Uint8Array(), { now: t0 + 6n, blockSize })).toBe(1);
    expect([log.highWaterMark, log.freeBlocks, log.writeCount]).toEqual([2n, 6n, 2]);
    expect(log.at(0)).toMatchObject({ blockIndex: 0n, timestampUtcTicks: t0 + 5n, dataLength: 10 });
    expect(toHex(log.at(1).contentHash)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('a full region comes first, then data that are too long', () => {
    const log = newLog(1);
    expect(() => log.append(new Uint8Array(497), options)).toThrow(coded('recordTooLarge'));
    expect(log.append(new Uint8Array(496), options)).toBe(0);
    expect(() => log.append(new Uint8Array(497), options)).toThrow(coded('capacityExceeded'));
    expect(log.writeCount).toBe(1);
  });

  it('many at once: all or none', () => {
    const log = newLog(5);
    expect(
      log.appendMany(
        [1, 2].map((n) => new Uint8Array(n)),
        options,
      ),
    ).toBe(0);
    expect(() =>
      log.appendMany(
        [1, 497].map((n) => new Uint8Array(n)),
        options,
      ),
    ).toThrow(coded('recordTooLarge'));
    expect(() => log.appendMany(Array(4).fill(new Uint8Array()), options)).toThrow(coded('capacityExceeded'));
    expect(() => log.append(new Uint8Array(), { now: 2n ** 63n, blockSize })).toThrow(RangeError);
    expect(() => log.append(new Uint8Array(), { now: t0, blockSize: 500 })).toThrow(RangeError);
    expect([log.highWaterMark, log.writeCount]).toEqual([2n, 2]);
    expect(
      log.appendMany(
        [3, 4, 5].map((n) => new Uint8Array(n)),
        options,
      ),
    ).toBe(2);
    expect([...log].map(({ dataLength }) => dataLength)).toEqual([1, 2, 3, 4, 5]);
    expect(log.appendMany([], options)).toBe(5);
  });

  it('refuses to overwrite, to leave gaps and negative indices (defects 3 and 10)', () => {
    const log = newLog(8);
    expect(() => log.write(-1, new Uint8Array(), options)).toThrow(coded('badIndex'));
    expect(() => log.write(1, new Uint8Array(), options)).toThrow(coded('wormViolation'));
    expect(() => log.write(0.5, new Uint8Array(), options)).toThrow(RangeError);
    expect(log.write(0, Uint8Array.of(1), options)).toBeUndefined();
    let thrown: unknown;
    try {
      log.write(0, Uint8Array.of(2), options);
    } catch (error) {
      thrown = error;
    }
    expect(isVdeError(thrown, 'wormViolation') && thrown.details).toEqual({ rule: 'overwrite', index: 0 });
    expect(log.writeCount).toBe(1);
  });

  it.each([
    [-1, true],
    [0, true],
    [1, true],
    [2, false],
    [3n, false],
  ])('block %s of two is immutable: %s', (index, isImmutable) => {
    expect(syntheticLog(2).isImmutable(index)).toBe(isImmutable);
  });

  it('gives records out as copies (defect 12), and takes a clone apart', () => {
    const log = syntheticLog(2);
    (log.at(1).contentHash as Uint8Array).fill(0);
    expect(log.at(1)).toEqual(synthetic(1));
    const other = log.clone();
    other.append(new Uint8Array(), options);
    expect([log.writeCount, other.writeCount]).toEqual([2, 3]);
    expect(() => log.at(2)).toThrow(RangeError);
    const dataLength = log.reader('dataLength');
    expect([dataLength(0), dataLength(1)]).toEqual([0, 1]);
  });

  it.each([
    [{ totalCapacityBlocks: 0, createdUtcTicks: t0 }],
    [{ totalCapacityBlocks: -1n, createdUtcTicks: t0 }],
    [{ totalCapacityBlocks: 2n ** 63n, createdUtcTicks: t0 }],
    [{ totalCapacityBlocks: 1, createdUtcTicks: t0, retentionPeriodTicks: -1n }],
  ])('refuses to make %o', (settings) => expect(() => new WormLog(settings)).toThrow(RangeError));

  it('is as large as its slot allows when it is made empty', () => {
    const place = (blockCount: number) => ({ geometry: geometryOf(4096), blockCount });
    const capacity = (blockCount: number) => worm.empty({}, place(blockCount)).totalCapacityBlocks;
    expect([1, 2, 3, 64, 128].map(capacity)).toEqual([1n, 1n, 1n, 62n, 124n]);
    const asked = worm.empty({ totalCapacityBlocks: 5, createdUtcTicks: t0, retentionPeriodTicks: 9n }, place(64));
    expect([asked.totalCapacityBlocks, asked.createdUtcTicks, asked.retentionPeriodTicks]).toEqual([5n, t0, 9n]);
  });
});

describe('retention (5.2)', () => {
  it.each([
    [0n, 10n, 'retentionShortened'],
    [10n, 5n, 'retentionShortened'],
    [10n, 20n, undefined],
    [10n, 10n, undefined],
    [10n, 0n, undefined],
    [0n, 0n, undefined],
  ])('%i to %i: %s', (from, to, code) => {
    const log = newLog(1, from);
    if (code === undefined) log.extendRetention(to);
    else expect(() => log.extendRetention(to)).toThrow(coded(code));
    expect(log.retentionPeriodTicks).toBe(code === undefined ? to : from);
  });

  it('a negative period is refused, and counts as forever where one was read', () => {
    expect(() => newLog(1, 10n).extendRetention(-1n)).toThrow(RangeError);
    const log = syntheticLog(1, { retentionPeriodTicks: -1n });
    expect([log.retainedUntil, log.canRelease(2n ** 62n), log.isConsistent]).toEqual(['forever', false, true]);
    expect(() => log.extendRetention(5n)).toThrow(coded('retentionShortened'));
    log.extendRetention(0n);
    expect(log.retainedUntil).toBe('forever');
  });

  it('counts from the latest write, or from the creation', () => {
    const log = newLog(9, 10n);
    expect([log.canRelease(t0 + 9n), log.canRelease(t0 + 10n)]).toEqual([false, true]);
    log.append(new Uint8Array(), { now: t0 + 100n, blockSize });
    log.append(new Uint8Array(), { now: t0 + 50n, blockSize });
    expect(log.retainedUntil).toBe(t0 + 110n);
    expect([log.canRelease(t0 + 109n), log.canRelease(t0 + 110n)]).toEqual([false, true]);
    expect(newLog(1).canRelease(2n ** 63n)).toBe(false);
  });

  it('is not cut off at 64 bits', () => {
    const log = syntheticLog(1, { retentionPeriodTicks: 2n ** 63n - 1n });
    expect(log.retainedUntil).toBe(t0 + 2n ** 63n - 1n);
  });
});

describe('a log in the place of another', () => {
  const old = syntheticLog(12, { retentionPeriodTicks: 100n });
  const records = [...old];
  const changed = (i: number, change: Partial<WriteRecord>) =>
    records.map((one, k) => (k === i ? { ...one, ...change } : one));
  const period = { retentionPeriodTicks: 100n };
  const more = [...records, synthetic(12)];
  const rows: readonly (readonly [string, WormLog, string | undefined, number?])[] = [
    ['the same', old.clone(), undefined],
    ['longer', logOf(more, period), undefined],
    ['kept longer', logOf(more, { retentionPeriodTicks: 0n }), undefined],
    ['kept shorter', logOf(more, { retentionPeriodTicks: 99n }), 'retentionShortened'],
    ['shorter', logOf(records.slice(0, 11), period), 'wormViolation'],
    ['empty', logOf([], period), 'wormViolation'],
    ['another hash', logOf(changed(7, { contentHash: new Uint8Array(32) }), period), 'wormViolation', 7],
    ['another time', logOf(changed(11, { timestampUtcTicks: t0 }), period), 'wormViolation', 11],
    [
      'another length, and longer',
      logOf([...changed(0, { dataLength: 1 }), synthetic(12)], period),
      'wormViolation',
      0,
    ],
    ['another creation', logOf(more, { ...period, createdUtcTicks: t0 - 1n }), 'wormViolation'],
    ['another capacity', logOf(more, { ...period, totalCapacityBlocks: 2000n }), 'wormViolation'],
    ['a lowered mark', logOf(more, { ...period, highWaterMark: 5n }), 'wormInconsistent'],
    ['a record out of order', logOf([...records, synthetic(13)], period), 'wormInconsistent'],
  ];

  const cases = rows.map(([name, next, code, index]) => ({ name, next, code, index }));

  it.each(cases)('$name', ({ next, code, index }) => {
    if (code === undefined) return requireExtension(old, next);
    let thrown: unknown;
    try {
      requireExtension(old, next);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
    if (index !== undefined) expect(isVdeError(thrown, 'wormViolation') && thrown.details.index).toBe(index);
  });

  it('in place of a damaged one that has more records than its mark says', () => {
    const damaged = logOf(records, { highWaterMark: 3n });
    expect(() => requireExtension(damaged, logOf(records.slice(0, 3)))).toThrow(coded('wormViolation'));
  });

  it('a digest tells each of them apart (5.1)', () => {
    const digests = rows.map(([, log]) => toHex(log.digest()));
    expect(new Set(digests).size).toBe(rows.length);
    const reserved = syntheticLog(12, { ...period, reserved: Uint8Array.of(1, 2, 3, 4) });
    expect(toHex(reserved.digest())).toBe(digests[0]);
    const blocks = blocksOf(old, 4096);
    const stored = createHash('sha256').update(blocks.subarray(0, 40 + 12 * 52));
    expect(digests[0]).toBe(stored.digest('hex'));
  });
});
