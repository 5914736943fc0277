import { isZero, type ResidueSearch } from '@vde/format';
import type { AnonymizationTable } from './anonymization-table.ts';
import { flagsAt, mappingFields } from './packed-mapping.ts';
import { isErased } from './records.ts';
import { createNeedleSearch } from './residue-search.ts';

const { subjectId, piiHash, createdUtcTicks } = mappingFields;
/** Both ids of a mapping stand in front of it, and tell which one a copy is of. */
const idBytes = subjectId.offset + subjectId.type.size;
/** Type, hash and token stand behind them; hash and token are what must be gone. */
const recordBytes = createdUtcTicks.offset;

/**
 * Searches for copies of erased mappings that still hold hash or token: by their ids, which stay in the table, so that a copy is found
 * wherever it lies, in a block with a trailer or without.
 */
export function searchErased({ mappings }: AnonymizationTable): ResidueSearch | undefined {
  const ids: Uint8Array[] = [];
  const indices: number[] = [];
  for (let i = 0; i < mappings.length; i++) {
    if (!isErased({ flags: flagsAt(mappings, i) })) continue;
    const needle = mappings.bytes(i, 1).subarray(0, idBytes);
    // Two nil ids stand wherever nothing was ever written.
    if (isZero(needle)) continue;
    ids.push(needle);
    indices.push(i);
  }
  if (ids.length === 0) return undefined;
  const search = createNeedleSearch(ids);
  return {
    recordCount: ids.length,
    recordBytes,
    *find(bytes) {
      for (const { needleIndex, byteOffset } of search(bytes, { end: bytes.length - recordBytes + 1 })) {
        const secrets = bytes.subarray(byteOffset + piiHash.offset, byteOffset + recordBytes);
        const first = secrets.findIndex((byte) => byte !== 0);
        if (first < 0) continue;
        const length = secrets.findLastIndex((byte) => byte !== 0) + 1 - first;
        const offset = byteOffset + piiHash.offset + first;
        yield { offset, length, path: `mappings[${indices[needleIndex]}]` };
      }
    },
  };
}
