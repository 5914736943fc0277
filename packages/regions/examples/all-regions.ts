// examples/all-regions.ts
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeRegion } from '@vde/format';
import { allRegions } from '@vde/regions';

for (const { id, title, slotTypes } of allRegions) console.log(id, title, slotTypes);

// Bare blocks of any region, by its id. In an image: openImage(source, { regions: allRegions })
function countRows(id: string): string[] {
  const plugin = allRegions.find((region) => region.id === id)!;
  const file = new URL(`../../../fixtures/golden/regions/${id}/many.512.bin.gz`, import.meta.url);
  const { state } = decodeRegion(plugin, gunzipSync(readFileSync(file)), { blockSize: 512 });
  return plugin.describe(state).tables.map((table) => `${table.id}: ${table.rowCount}`);
}

export const counts = ['anonymization-table', 'metrics-log'].flatMap(countRows);
console.log(counts); // [ 'mappings: 42', 'samples: 271' ]
