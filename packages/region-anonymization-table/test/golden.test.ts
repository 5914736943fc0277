import { createHash } from 'node:crypto';
import { decodeRegion, encodeRegion, geometryOf } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { asGolden, goldenExtents, goldenRegions } from '../../testing/test/golden-files.ts';
import { type AnonymizationTable, anonymizationTable } from '../src/index.ts';

const cases = goldenRegions('anonymization-table');

describe('golden anonymization tables', () => {
  it('are all there', () => expect(cases.length).toBe(18));

  it.each(cases)('$name reads as its values and writes as its bytes', (golden) => {
    const { blockSize, blocks, generation, blockCount, sha256 } = golden;
    const decoded = decodeRegion(anonymizationTable, blocks, { blockSize });
    const form = golden.summary['mappingCount'] === 0 ? 'formattedEmpty' : 'written';
    expect(decoded).toMatchObject({ generation, form, partial: false, findings: [] });
    expect(asGolden(anonymizationTable.describe(decoded.state), golden)).toEqual({
      summary: golden.summary,
      tables: golden.tables,
    });
    expect(anonymizationTable.requiredBlocks(decoded.state, geometryOf(blockSize))).toBe(blockCount);
    const written = encodeRegion(anonymizationTable, decoded.state, { blockSize, generation });
    expect(createHash('sha256').update(written).digest('hex')).toBe(sha256);
    expect(Buffer.compare(written, blocks)).toBe(0);
  });
});

describe.each(['all-regions', 'seed-regions-16k'])('the anonymization table in %s', (image) => {
  const [extent, ...others] = goldenExtents(image).filter(({ id }) => id === 'anonymization-table');

  it('is there once', () => expect([extent?.id, others.length]).toEqual(['anonymization-table', 0]));

  it('reads as its values, holes behind it included, and writes as its bytes', () => {
    const { blockSize, blocks, codecBlocks } = extent!;
    const decoded = decodeRegion(anonymizationTable, blocks, { blockSize });
    expect(decoded).toMatchObject({ form: 'written', partial: false, findings: [] });
    const { tables } = extent!;
    const { erasedSubjects, ...summary } = extent!.summary;
    expect(asGolden(anonymizationTable.describe(decoded.state), { summary, tables })).toEqual({ summary, tables });
    expect(subjectsErasedIn(decoded.state)).toEqual(erasedSubjects);
    expect(anonymizationTable.requiredBlocks(decoded.state, geometryOf(blockSize))).toBe(codecBlocks);
    const written = encodeRegion(anonymizationTable, decoded.state, { blockSize, generation: decoded.generation });
    expect(Buffer.compare(written, blocks.subarray(0, codecBlocks * blockSize))).toBe(0);
  });
});

/** Subjects whose mappings are all flagged erased, sorted. */
function subjectsErasedIn({ mappings }: AnonymizationTable): string[] {
  const all = [...mappings];
  const kept = new Set(all.filter(({ flags }) => (flags & 2) === 0).map(({ subjectId }) => subjectId));
  return [...new Set(all.map(({ subjectId }) => subjectId))].filter((subject) => !kept.has(subject)).sort();
}
