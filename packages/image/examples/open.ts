// examples/open.ts
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { blockStatus } from '@vde/format';
import { memorySource, openImage } from '@vde/image';
import { metricsLog } from '@vde/region-metrics-log';

// This image is unpacked into memory. For a file: await openFileSource(path), from '@vde/image/node'.
const file = new URL('../../../fixtures/golden/images/all-regions.dwvd.gz', import.meta.url);
const image = await openImage(memorySource(gunzipSync(readFileSync(file))));
console.log(image.group.why); // Blocks 0-3 are intact, so the primary copy is used.
console.log(image.totalBlocks, image.blockSize); // 3000 4096
for (const { code, severity, message } of image.findings) console.log(code, severity, message); // overlap notice ...

// The directory: one slot for each region.
for (const { index, type, name, startBlock, blockCount } of image.slots) {
  console.log(index, type, name, startBlock, blockCount); // 23 MLOG MetricsLogRegion 2127 64
}

// One region, found and decoded by its plugin.
const { state: log, resolvedBy } = await image.region(metricsLog);
console.log(log.samples.length, resolvedBy); // 3000 slot-type

// Every block, verified in place.
export const counts = { sealed: 0, holes: 0, others: 0 };
await image.scan({ first: 0, count: image.presentBlocks }, ({ statuses }) => {
  for (const status of statuses) {
    if (status === blockStatus.hole) counts.holes++;
    else if (status === blockStatus.ok || status === blockStatus.formattedEmpty) counts.sealed++;
    else counts.others++; // damaged, or data, which has no trailers
  }
});
console.log(counts); // { sealed: 183, holes: 2817, others: 0 }
await image.close();
