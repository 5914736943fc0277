import { isZero, type RegionReader } from '@vde/format';
import type { AnonymizationTable } from './anonymization-table.ts';
import { differingFields, mappingFields } from './packed-mapping.ts';
import { Mapping, mappingFlags } from './records.ts';
import { conflict } from './refusals.ts';
import { rows } from './rows.ts';

/** The rules of section 4 that a table can break and still be read. */
export function checkMappings(table: AnonymizationTable, reader: RegionReader): void {
  reportDuplicates(table, reader);
  reportUnscrubbed(table, reader);
}

/** Both are kept, a look-up gives the last one (6, row 5). */
function reportDuplicates({ mappings, ids }: AnonymizationTable, reader: RegionReader): void {
  if (ids.keyCount === mappings.length) return;
  for (let i = 0; i < mappings.length; i++) {
    const earlier = ids.previous(i);
    if (earlier < 0) continue;
    const { mappingId } = mappings.at(i);
    const differing = differingFields(mappings.bytes(earlier, 1), mappings.bytes(i, 1));
    const message = `mappings ${earlier} and ${i} share the mappingId ${mappingId}, ${conflict(differing)}`;
    reader.report('duplicateKey', message, { ...placeOf(reader, i, 'mappingId'), actual: mappingId });
  }
}

/** Personal data that stay although the mapping counts as erased (6, row 3). */
function reportUnscrubbed({ mappings }: AnonymizationTable, reader: RegionReader): void {
  const { view, length } = mappings;
  const { offset } = mappingFields.flags;
  for (let i = 0, at = offset; i < length; i++, at += Mapping.size) {
    if ((view.getUint16(at, true) & mappingFlags.erased) !== 0) reportSecrets(mappings.bytes(i, 1), i, reader);
  }
}

function reportSecrets(stored: Uint8Array, index: number, reader: RegionReader): void {
  for (const name of ['piiHash', 'anonymizedToken'] as const) {
    const { offset, type } = mappingFields[name];
    if (isZero(stored.subarray(offset, offset + type.size))) continue;
    const message = `mapping ${index} is erased, but its ${name} is not zero`;
    reader.report('erasedButNotScrubbed', message, placeOf(reader, index, name));
  }
}

/** The range of a field of one mapping. */
function placeOf({ geometry }: RegionReader, index: number, name: keyof Mapping & string) {
  const { block, offset } = rows.locate(index, geometry);
  const field = mappingFields[name];
  return { block, offset: offset + field.offset, length: field.type.size, path: `mappings[${index}].${name}` };
}
