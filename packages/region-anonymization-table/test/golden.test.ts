import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeRegion, encodeRegion, fromHex, geometryOf, isVdeError, toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { asGolden, goldenExtents, goldenRegions } from '../../testing/test/golden-files.ts';
import { AnonymizationTable, anonymizationTable, type Mapping } from '../src/index.ts';

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

describe('golden operations', () => {
  const file = new URL('../../../fixtures/golden/operations/anonymization-table.json', import.meta.url);
  const golden = JSON.parse(readFileSync(file, 'utf8'));
  type Row = [string, string, number, string, string, string, number];
  const mappingOf = ([mappingId, subjectId, piiType, piiHash, token, createdUtcTicks, flags]: Row): Mapping => ({
    ...{ mappingId, subjectId, piiType, flags, createdUtcTicks: BigInt(createdUtcTicks) },
    ...{ piiHash: fromHex(piiHash), anonymizedToken: fromHex(token) },
  });
  const plain = (mapping: Mapping | undefined) =>
    mapping && {
      ...mapping,
      piiHash: toHex(mapping.piiHash),
      anonymizedToken: toHex(mapping.anonymizedToken),
      createdUtcTicks: `${mapping.createdUtcTicks}`,
    };
  const added = golden.added.rows.map(mappingOf) as Mapping[];
  const table = new AnonymizationTable(added);
  const codes: string[] = [];
  const calls: Record<string, (argument: string) => unknown> = {
    eraseSubject: (id) => table.eraseSubject(id).erasedCount,
    'eraseSubject again': (id) => table.eraseSubject(id).erasedCount,
    isSubjectErased: (id) => table.isSubjectErased(id),
    'isSubjectErased of an active subject': (id) => table.isSubjectErased(id),
    'isSubjectErased of an unknown subject': (id) => table.isSubjectErased(id),
    'eraseSubject of an unknown subject': (id) => table.eraseSubject(id).erasedCount,
    'getMapping of an erased mapping': (id) => plain(table.find(id)),
    'getMappingsBySubject of an erased subject: count': (id) => table.bySubject(id).length,
    'addMapping with an id in use': (id) => {
      try {
        return table.add(added.find(({ mappingId }) => mappingId === id)!).index;
      } catch (error) {
        codes.push(isVdeError(error) ? error.code : `${error}`);
        return 'ArgumentException';
      }
    },
    'activeMappings: count': () => [...table.notErased()].length,
  };

  it('have no step that is not tried', () => {
    expect(golden.steps.map(({ op }: { op: string }) => op)).toEqual(Object.keys(calls));
  });

  it('give what the reference gave, and leave what it left, step by step', () => {
    for (const { op, argument, result, mappingsAfter } of golden.steps) {
      expect([op, calls[op]!(argument)]).toEqual([op, result]);
      const rows = [...table.mappings].map((mapping) => Object.values(plain(mapping)!));
      expect([op, rows]).toEqual([op, mappingsAfter.rows]);
    }
    expect(codes).toEqual(['duplicateKey']);
  });
});
