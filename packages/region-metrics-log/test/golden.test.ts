import { createHash } from 'node:crypto';
import { decodeRegion, encodeRegion, geometryOf } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { asGolden, goldenExtents, goldenRegions } from '../../testing/test/golden-files.ts';
import { metricsLog } from '../src/index.ts';

const cases = goldenRegions('metrics-log');

describe('golden metrics logs', () => {
  it('are all there', () => expect(cases.length).toBe(17));

  it.each(cases)('$name reads as its values and writes as its bytes', (golden) => {
    const { blockSize, blocks, generation, blockCount, sha256 } = golden;
    const decoded = decodeRegion(metricsLog, blocks, { blockSize });
    expect(decoded).toMatchObject({ generation, form: 'written', partial: false, findings: [] });
    expect(asGolden(metricsLog.describe(decoded.state), golden)).toEqual({
      summary: golden.summary,
      tables: golden.tables,
    });
    expect(metricsLog.requiredBlocks(decoded.state, geometryOf(blockSize))).toBe(blockCount);
    const written = encodeRegion(metricsLog, decoded.state, { blockSize, generation });
    expect(createHash('sha256').update(written).digest('hex')).toBe(sha256);
    expect(Buffer.compare(written, blocks)).toBe(0);
  });
});

describe.each(['all-regions', 'seed-regions-16k'])('the metrics log in %s', (image) => {
  const [extent, ...others] = goldenExtents(image).filter(({ id }) => id === 'metrics-log');

  it('is there once', () => expect([extent?.id, others.length]).toEqual(['metrics-log', 0]));

  it('reads as its values, holes behind it included, and writes as its bytes', () => {
    const { blockSize, blocks, codecBlocks } = extent!;
    const decoded = decodeRegion(metricsLog, blocks, { blockSize });
    expect(decoded).toMatchObject({ form: 'written', partial: false, findings: [] });
    const { summary, tables } = extent!;
    expect(asGolden(metricsLog.describe(decoded.state), extent!)).toEqual({ summary, tables });
    expect(metricsLog.requiredBlocks(decoded.state, geometryOf(blockSize))).toBe(codecBlocks);
    const written = encodeRegion(metricsLog, decoded.state, { blockSize, generation: decoded.generation });
    expect(Buffer.compare(written, blocks.subarray(0, codecBlocks * blockSize))).toBe(0);
  });
});
