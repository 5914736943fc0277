// examples/count.ts
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeRegion, toHex } from '@vde/format';
import { anonymizationTable } from '@vde/region-anonymization-table';

// Bare blocks of a region. In an image: const { state } = await image.region(anonymizationTable)
const file = new URL('../../../fixtures/golden/regions/anonymization-table/many.512.bin.gz', import.meta.url);
const blocks = gunzipSync(readFileSync(file));
const { state, findings } = decodeRegion(anonymizationTable, blocks, { blockSize: 512 });
const { mappings } = state;
console.log(findings); // []: every erased mapping is really zero

// One mapping as an object.
const { subjectId, piiType, anonymizedToken } = mappings.at(0);
console.log(subjectId, piiType, toHex(anonymizedToken));

// One field of all mappings, without an object for each. Bit 1 of the flags: erased.
const flags = mappings.reader('flags');
let erased = 0;
for (let i = 0; i < mappings.length; i++) if ((flags(i) & 2) !== 0) erased++;
console.log(mappings.length, erased); // 42 5

// The figures that every viewer shows.
export const summary = anonymizationTable.describe(state).summary.map(({ id, value }) => [id, value]);
console.log(summary);
