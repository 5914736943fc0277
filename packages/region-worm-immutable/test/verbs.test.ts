import { geometryOf, sealBlocks, stringToTag, toHex, type VerbArgs } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { verifyBlock, WormLog, worm } from '../src/index.ts';
import { logOf, synthetic, syntheticLog, t0 } from './logs.ts';

const { prefix, commands } = worm.verbs!;
const { append, 'extend-retention': extend } = commands;
const blockSize = 512;
const now = t0 + 100n;
const allocate = () => expect.fail('blocks were reserved');
const context = { now, generation: 2, geometry: geometryOf(blockSize), blockCount: 64, allocate };
const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7);

it('the commands say what they do, what each argument means, and which is a file', () => {
  expect([prefix, Object.keys(commands)]).toEqual(['worm', ['append', 'extend-retention']]);
  const summary = expect.stringMatching(/\w+ \w+/);
  expect(append).toMatchObject({ summary, args: { data: { summary, required: true, bytes: true } } });
  expect(extend).toMatchObject({ summary, args: { ticks: { summary, required: true } } });
});

describe('appending', () => {
  it.each([
    [0, [0]],
    [10, [10]],
    [496, [496]],
    [497, [496, 1]],
    [1488, [496, 496, 496]],
  ])('takes blocks for %i bytes: %j', (length, lengths) => {
    const log = syntheticLog(2);
    const before = toHex(log.digest());
    const data = bytes(length);
    const { state, writes, ...rest } = append!.run(log, { data }, context);
    expect([toHex(log.digest()), log.writeCount, rest]).toEqual([before, 2, {}]);
    expect(writes!.map(({ index, payload }) => [index, payload.length])).toEqual(lengths.map((n, i) => [2 + i, n]));
    expect(Buffer.concat(writes!.map(({ payload }) => payload)).equals(data)).toBe(true);
    expect([...state].slice(2).map(({ dataLength, timestampUtcTicks }) => [dataLength, timestampUtcTicks])).toEqual(
      lengths.map((n) => [n, now]),
    );
    worm.requireNext!(log, state);
  });

  it('gives blocks that the log confirms, apart from the bytes given', () => {
    const data = Buffer.from(bytes(600));
    const { state, writes } = append!.run(syntheticLog(0), { data }, context);
    data.fill(0);
    for (const { index, payload } of writes!) {
      const block = new Uint8Array(blockSize);
      block.set(payload);
      sealBlocks(block, blockSize, stringToTag('WORM'), 2);
      expect(verifyBlock(state, index, block, blockSize)).toBe('ok');
    }
  });

  it('writes all blocks or none', () => {
    const log = new WormLog({ totalCapacityBlocks: 2, createdUtcTicks: t0 });
    expect(() => append!.run(log, { data: bytes(993) }, context)).toThrow(
      expect.objectContaining({ code: 'capacityExceeded', details: { required: 3, available: 2n } }),
    );
    expect(log.writeCount).toBe(0);
    const torn = logOf([synthetic(0)], { highWaterMark: 0n });
    expect(() => append!.run(torn, { data: bytes(1) }, context)).toThrow(
      expect.objectContaining({ code: 'wormInconsistent' }),
    );
  });

  it.each([{}, { data: 'text' }])('refuses %j', (args) => {
    expect(() => append!.run(syntheticLog(0), args as VerbArgs, context)).toThrow(RangeError);
    expect(() => append!.run(syntheticLog(0), args as VerbArgs, context)).toThrow('data is missing');
  });
});

describe('extending the retention', () => {
  const log = () => new WormLog({ totalCapacityBlocks: 1, createdUtcTicks: t0, retentionPeriodTicks: 10n });

  it.each([20n, 10n, 0n, 2n ** 63n - 1n])('to %i ticks gives a copy', (period) => {
    const given = log();
    const { state, ...rest } = extend!.run(given, { ticks: `${period}` }, context);
    expect([state.retentionPeriodTicks, given.retentionPeriodTicks, rest]).toEqual([period, 10n, {}]);
  });

  it.each(['-1', 'x20', '20x', '', ' 20', '9'.repeat(20), `${2n ** 63n}`, '2025-01-01T00:00:00Z', undefined])(
    'to "%s" is refused',
    (ticks) => {
      expect(() => extend!.run(log(), { ticks }, context)).toThrow(RangeError);
      expect(() => extend!.run(log(), { ticks }, context)).toThrow(/\bticks\b/);
    },
  );

  it('to less is refused', () => {
    expect(() => extend!.run(log(), { ticks: '5' }, context)).toThrow(
      expect.objectContaining({ code: 'retentionShortened' }),
    );
  });
});
