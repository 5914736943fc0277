import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeRegion, encodeRegion, fromHex, geometryOf } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { asGolden, type GoldenRegion, goldenExtents, goldenRegions } from '../../testing/test/golden-files.ts';
import { logBlocks, WormLog, worm } from '../src/index.ts';

/** The first writes with their data, as the reference appended them. */
type GoldenLog = GoldenRegion & {
  readonly firstAppends: readonly { readonly data: string; readonly returned: string }[];
};

const cases = goldenRegions('worm-immutable') as GoldenLog[];

describe('golden write-once regions', () => {
  it('are all there', () => expect(cases.length).toBe(17));

  it.each(cases)('$name reads as its values and writes as its bytes', (golden) => {
    const { blockSize, blocks, generation, blockCount, sha256 } = golden;
    const decoded = decodeRegion(worm, blocks, { blockSize });
    expect(decoded).toMatchObject({ generation, form: 'written', partial: false, findings: [] });
    expect(asGolden(worm.describe(decoded.state), golden)).toEqual({ summary: golden.summary, tables: golden.tables });
    const geometry = geometryOf(blockSize);
    expect(worm.requiredBlocks(decoded.state, geometry)).toBe(blockCount);
    expect(worm.span!(new DataView(blocks.buffer), geometry)).toBe(blockCount);
    expect(logBlocks(decoded.state.writeCount, geometry)).toBe(blockCount);
    const written = encodeRegion(worm, decoded.state, { blockSize, generation });
    expect(createHash('sha256').update(written).digest('hex')).toBe(sha256);
    expect(Buffer.compare(written, blocks)).toBe(0);
  });

  it.each(cases)('$name: the same appends make the same records', ({ blockSize, blocks, firstAppends }) => {
    const { state } = decodeRegion(worm, blocks, { blockSize });
    const log = new WormLog(state);
    for (const [i, { data, returned }] of firstAppends.entries()) {
      const now = state.at(i).timestampUtcTicks;
      expect(log.append(fromHex(data), { now, blockSize })).toBe(Number(returned));
      expect(log.at(i)).toEqual(state.at(i));
    }
  });
});

describe.each(['all-regions', 'seed-regions-16k'])('the write-once region in %s', (image) => {
  const [extent, ...others] = goldenExtents(image).filter(({ id }) => id === 'worm-immutable');

  it('is there once', () => expect([extent?.id, others.length]).toEqual(['worm-immutable', 0]));

  it('reads as its values, data blocks behind it, and writes as its bytes', () => {
    const { blockSize, blocks, codecBlocks, summary, tables } = extent!;
    const decoded = decodeRegion(worm, blocks, { blockSize });
    expect(decoded).toMatchObject({ form: 'written', partial: false, findings: [] });
    expect(asGolden(worm.describe(decoded.state), { summary, tables })).toEqual({ summary, tables });
    expect(worm.requiredBlocks(decoded.state, geometryOf(blockSize))).toBe(codecBlocks);
    const written = encodeRegion(worm, decoded.state, { blockSize, generation: decoded.generation });
    expect(Buffer.compare(written, blocks.subarray(0, codecBlocks * blockSize))).toBe(0);
  });
});

describe('golden operations', () => {
  const file = new URL('../../../fixtures/golden/operations/worm-immutable.json', import.meta.url);
  const golden = JSON.parse(readFileSync(file, 'utf8'));
  const blockSize = 512;
  /** What a call gives: its result as text, or `InvalidOperationException` where ours throws one of the codes. */
  const resultOf = (call: () => unknown, codes: string[]) => {
    try {
      const result = call();
      return typeof result === 'boolean' ? result : `${result ?? 'ok'}`;
    } catch (error) {
      codes.push((error as { code: string }).code);
      return 'InvalidOperationException';
    }
  };
  const rowsOf = (log: WormLog) =>
    [...log].map(({ blockIndex, timestampUtcTicks, dataLength, contentHash }) => [
      `${blockIndex}`,
      `${timestampUtcTicks}`,
      dataLength,
      Buffer.from(contentHash).toString('hex'),
    ]);
  const newLog = (totalCapacityBlocks: number) => new WormLog({ totalCapacityBlocks, createdUtcTicks: 0n });

  it('gives what the reference gave, step by step', () => {
    const log = newLog(6);
    const codes: string[] = [];
    for (const step of golden.steps) {
      const next = golden.writes.rows[log.writeCount];
      const options = { now: BigInt(next?.[1] ?? 0), blockSize };
      const append = (data: Uint8Array) => () => log.append(data, options);
      const hex =
        typeof step.argument === 'string' && step.op.startsWith('append') ? fromHex(step.argument) : new Uint8Array();
      const write = () => log.write(Number(step.argument), Uint8Array.of(1), options);
      const calls: Record<string, () => unknown> = {
        append: append(hex),
        'append nothing': () => void append(new Uint8Array())(),
        'append 496 bytes at 512': () => void append(hex)(),
        'append 497 bytes at 512': append(new Uint8Array(497)),
        'append until full': append(Uint8Array.of(1)),
        'write below the mark': write,
        'write at the mark': write,
        'write above the mark': write,
        isImmutable: () => log.isImmutable(Number(step.argument)),
      };
      expect([step.op, resultOf(calls[step.op]!, codes)]).toEqual([step.op, step.result]);
      expect(`${log.highWaterMark}`).toBe(step.highWaterMark);
      expect(`${log.highWaterMark}`).toBe(step.usedBlocks);
      expect(`${log.freeBlocks}`).toBe(step.freeBlocks);
      expect(log.writeCount).toBe(step.logLength);
    }
    expect(codes).toEqual([
      'capacityExceeded',
      'capacityExceeded',
      'wormViolation',
      'capacityExceeded',
      'wormViolation',
    ]);
    expect(rowsOf(log)).toEqual(golden.writes.rows);
  });

  it('writes at given indices as the reference did', () => {
    const log = newLog(100);
    const codes: string[] = [];
    for (const { blockIndex, data, result, highWaterMark } of golden.writes2Steps) {
      const now = BigInt(golden.writes2.rows[log.writeCount]?.[1] ?? 0);
      const call = () => log.write(Number(blockIndex), fromHex(data), { now, blockSize });
      expect(resultOf(call, codes)).toBe(result);
      expect(`${log.highWaterMark}`).toBe(highWaterMark);
    }
    expect(codes).toEqual(['wormViolation', 'wormViolation']);
    expect(rowsOf(log)).toEqual(golden.writes2.rows);
  });
});
