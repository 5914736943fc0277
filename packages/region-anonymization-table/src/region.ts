import { defineRegion, isZero, PackedRecords, packedTable, type RegionReader, table } from '@vde/format';
import { anonymizationTableCodes } from './codes.ts';
import { AnonymizationTableHeader, Mapping, mappingFlags } from './records.ts';

/** The state of an anonymization table. Mappings stand in the order in which they were added, erased ones included. */
export interface AnonymizationTable {
  readonly mappings: PackedRecords<Mapping>;
  /** Reserved header bytes, when they are not zero. */
  readonly reserved?: Uint8Array;
}

const rows = /* @__PURE__ */ table({
  id: 'mappings',
  header: AnonymizationTableHeader,
  item: Mapping,
  count: 'mappingCount',
}).packed();

/** The anonymization table region, tag `ANON` (page region-anonymization-table). */
export const anonymizationTable = /* @__PURE__ */ defineRegion<AnonymizationTable>({
  id: 'anonymization-table',
  title: 'Anonymization table',
  blockTag: 'ANON',
  slotTypes: ['ANON'],
  module: 14,
  scrubOnFree: true,
  codes: anonymizationTableCodes,
  empty: () => ({ mappings: new PackedRecords(Mapping) }),
  decode(reader): AnonymizationTable {
    const { header, items } = rows.read(reader);
    return { mappings: items, ...(header.reserved && { reserved: header.reserved }) };
  },
  requiredBlocks: ({ mappings }, geometry) => rows.requiredBlocks(mappings, geometry),
  encode({ mappings, ...header }, writer) {
    rows.write({ header, items: mappings }, writer);
  },
  trace: rows.trace,
  verify({ mappings }, reader) {
    reportDuplicates(mappings, reader);
    reportUnscrubbed(mappings, reader);
  },
  describe({ mappings }) {
    const counts = countStates(mappings);
    return {
      summary: [
        { id: 'mappingCount', kind: 'i32', value: mappings.length },
        { id: 'activeCount', kind: 'u32', value: counts.active },
        { id: 'erasedCount', kind: 'u32', value: counts.erased },
        { id: 'subjectCount', kind: 'u32', value: counts.subjects },
      ],
      tables: [packedTable('mappings', mappings, rows.locate)],
    };
  },
});

/** The range of a field of one mapping, for findings. */
function placeOf(reader: RegionReader, index: number, name: keyof Mapping & string) {
  const { block, offset } = rows.locate(index, reader.geometry);
  const field = Mapping.field(name);
  return { block, offset: offset + field.offset, length: field.type.size, path: `mappings[${index}].${name}` };
}

/** Both are kept, a lookup gives the last one (6, row 5). */
function reportDuplicates(mappings: PackedRecords<Mapping>, reader: RegionReader): void {
  const mappingId = mappings.reader('mappingId');
  const seen = new Map<string, number>();
  for (let i = 0; i < mappings.length; i++) {
    const id = mappingId(i);
    const earlier = seen.get(id);
    if (earlier !== undefined) {
      reader.report('duplicateKey', `mappings ${earlier} and ${i} share the mappingId ${id}`, {
        ...placeOf(reader, i, 'mappingId'),
        actual: id,
      });
    }
    seen.set(id, i);
  }
}

/** Personal data that stays although the record counts as erased (6, row 3). */
function reportUnscrubbed(mappings: PackedRecords<Mapping>, reader: RegionReader): void {
  const flags = mappings.reader('flags');
  const { size } = Mapping;
  for (let i = 0; i < mappings.length; i++) {
    if ((flags(i) & mappingFlags.erased) === 0) continue;
    for (const name of ['piiHash', 'anonymizedToken'] as const) {
      const { offset, type } = Mapping.field(name);
      const stored = mappings.bytes(i, 1).subarray(offset, Math.min(offset + type.size, size));
      if (!isZero(stored)) {
        reader.report(
          'erasedButNotScrubbed',
          `mapping ${i} is erased, but its ${name} is not zero`,
          placeOf(reader, i, name),
        );
      }
    }
  }
}

function countStates(mappings: PackedRecords<Mapping>) {
  const flags = mappings.reader('flags');
  const subjectId = mappings.reader('subjectId');
  const subjects = new Set<string>();
  let active = 0;
  let erased = 0;
  for (let i = 0; i < mappings.length; i++) {
    const bits = flags(i);
    if ((bits & mappingFlags.erased) !== 0) erased++;
    else if ((bits & mappingFlags.active) !== 0) active++;
    subjects.add(subjectId(i));
  }
  return { active, erased, subjects: subjects.size };
}
