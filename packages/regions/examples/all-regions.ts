// examples/all-regions.ts
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { memorySource, openImage } from '@vde/image';
import { allRegions } from '@vde/regions';

const file = new URL('../../../fixtures/golden/images/all-regions.dwvd.gz', import.meta.url);
const image = await openImage(memorySource(gunzipSync(readFileSync(file))), { regions: allRegions });

// Whatever regions the image holds: found, decoded and described in one way.
export const counts: string[] = [];
for (const slot of image.slots) {
  const resolved = await image.resolve(slot);
  if (resolved === undefined) continue;
  const { state } = await image.region(resolved.plugin, { slot: slot.index });
  for (const table of resolved.plugin.describe(state).tables) counts.push(`${table.id}: ${table.rowCount}`);
}
console.log(counts);
// [ 'passports: 25', 'dictionaries: 6', 'mappings: 500', 'samples: 3000', 'writes: 40' ]
