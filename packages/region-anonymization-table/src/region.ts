import { defineRegion, type PackedRecords, packedTable } from '@vde/format';
import { AnonymizationTable } from './anonymization-table.ts';
import { checkMappings } from './check.ts';
import { anonymizationTableCodes } from './codes.ts';
import { searchErased } from './erased-search.ts';
import { flagsAt } from './packed-mapping.ts';
import { isActive, isErased, type Mapping } from './records.ts';
import { rows } from './rows.ts';
import { SubjectIndex } from './subject-index.ts';
import { anonymizationCommands } from './verbs.ts';

/** The anonymization table region, tag `ANON` (page region-anonymization-table). */
export const anonymizationTable = /* @__PURE__ */ defineRegion<AnonymizationTable>({
  id: 'anonymization-table',
  title: 'Anonymization table',
  blockTag: 'ANON',
  slotTypes: ['ANON'],
  module: 14,
  scrubOnFree: true,
  codes: anonymizationTableCodes,
  empty: () => new AnonymizationTable(),
  decode(reader): AnonymizationTable {
    const { header, items } = rows.read(reader);
    return AnonymizationTable.ofStored(items, header.reserved);
  },
  requiredBlocks: ({ mappings }, geometry) => rows.requiredBlocks(mappings, geometry),
  encode({ mappings, reserved }, writer) {
    rows.write({ header: { ...(reserved && { reserved }) }, items: mappings }, writer);
  },
  trace: rows.trace,
  verify: checkMappings,
  residues: searchErased,
  describe({ mappings }) {
    const { active, erased } = countMappings(mappings);
    const subjects = new SubjectIndex(mappings).countStatuses();
    return {
      summary: [
        { id: 'mappingCount', kind: 'i32', value: mappings.length },
        { id: 'activeCount', kind: 'u32', value: active },
        { id: 'erasedCount', kind: 'u32', value: erased },
        { id: 'subjectCount', kind: 'u32', value: subjects.active + subjects.partiallyErased + subjects.erased },
        { id: 'erasedSubjectCount', kind: 'u32', value: subjects.erased },
        { id: 'partiallyErasedSubjectCount', kind: 'u32', value: subjects.partiallyErased },
      ],
      tables: [packedTable('mappings', mappings, rows.locate)],
      counts: [
        { id: 'statuses', title: 'Mappings by status', table: 'mappings', by: 'flags' },
        { id: 'types', title: 'Mappings by type', table: 'mappings', by: 'piiType' },
      ],
    };
  },
  verbs: { prefix: 'anon', commands: anonymizationCommands },
});

function countMappings(mappings: PackedRecords<Mapping>): { readonly active: number; readonly erased: number } {
  let active = 0;
  let erased = 0;
  for (let i = 0; i < mappings.length; i++) {
    const flags = flagsAt(mappings, i);
    if (isErased({ flags })) erased++;
    else if (isActive({ flags })) active++;
  }
  return { active, erased };
}
