import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeRegion, encodeRegion, geometryOf, type PackedRecords } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { asGolden, goldenExtents, goldenRegions } from '../../testing/test/golden-files.ts';
import { MetricsLog, metricsLog, type Sample } from '../src/index.ts';
import { bitsOf, bytesOf } from './shadow.ts';

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

describe('golden operations', () => {
  type Rows = { readonly rows: readonly (readonly [number, string, number | string, number])[] };
  const file = new URL('../../../fixtures/golden/operations/metrics-log.json', import.meta.url);
  const golden = JSON.parse(readFileSync(file, 'utf8'));

  const samplesOf = ({ rows }: Rows): Sample[] =>
    rows.map(([metricId, ticks, value, aggregationType]) => {
      return { metricId, timestampUtcTicks: BigInt(ticks), value: Number(value), aggregationType };
    });
  const batchOf = (samples: readonly Sample[]) => ({
    metricId: Uint16Array.from(samples, ({ metricId }) => metricId),
    timestampUtcTicks: BigInt64Array.from(samples, ({ timestampUtcTicks }) => timestampUtcTicks),
    value: Float64Array.from(samples, ({ value }) => value),
    aggregationType: Uint8Array.from(samples, ({ aggregationType }) => aggregationType),
  });
  /** The bytes of the rows: values bit for bit, NaN as the reference writes it. */
  const rowBytes = ({ rows }: Rows) =>
    bytesOf(
      rows.map(([metricId, ticks, value, type]) => {
        return { metricId, time: BigInt(ticks), bits: bitsOf(Number(value)), type };
      }),
    );
  const expectRows = (actual: PackedRecords<Sample>, expected: Rows) => {
    expect(actual.length).toBe(expected.rows.length);
    expect(Buffer.compare(actual.bytes(), rowBytes(expected))).toBe(0);
  };

  it('are all there', () => expect([golden.compaction.length, golden.queries.length]).toEqual([11, 1]));

  it.each(golden.compaction as { name: string }[])('$name: the list of the reference', (step) => {
    const { maxCapacitySamples, compactionThreshold, explicitCompact, recorded, samples, result } = step as never;
    const settings = { maxCapacitySamples: BigInt(maxCapacitySamples), compactionThreshold } as const;
    const log = new MetricsLog({ ...settings, compaction: 'consecutive' });
    const batched = log.clone();
    for (const sample of samplesOf(recorded)) log.record(sample);
    batched.recordBatch(batchOf(samplesOf(recorded)));
    for (const one of [log, batched]) {
      if (explicitCompact) one.compact();
      expectRows(one.samples, samples);
    }
    expect(result).toBe('ok');
  });

  it('answers queries as the reference did, in the order of recording', () => {
    const [{ recorded, range, latest }] = golden.queries;
    const log = new MetricsLog({ maxCapacitySamples: 1000 });
    log.recordBatch(batchOf(samplesOf(recorded)));
    expect([range.length, latest.length]).toEqual([5, 4]);
    for (const { metricId, fromTicks, toTicks, samples } of range)
      expectRows(log.samplesBetween(metricId, BigInt(fromTicks), BigInt(toTicks)), samples);
    for (const { metricId, count, samples } of latest) expectRows(log.latest(metricId, count), samples);
  });
});
