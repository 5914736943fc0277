// examples/load.ts
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeRegion, encodeRegion, geometryOf, ticksFromDate } from '@vde/format';
import {
  compressionDictionary,
  dictionaryAlgorithms,
  loadDictionary,
  registerDictionary,
  removeDictionary,
  storeDictionary,
} from '@vde/region-compression-dictionary';

// Where dictionary bytes are read: here an image in memory. The image layer gives the same functions.
const blockSize = 4096;
const image = gunzipSync(readFileSync(new URL('../../../fixtures/golden/images/all-regions.dwvd.gz', import.meta.url)));
const source = {
  geometry: geometryOf(blockSize),
  totalBlocks: image.length / blockSize,
  readBlocks: async (first: number, count: number) => image.subarray(first * blockSize, (first + count) * blockSize),
};

// Bare blocks of the region. In an image: const { state } = await image.region(compressionDictionary)
const blocks = await source.readBlocks(1807, 64);
const { state: directory, generation } = decodeRegion(compressionDictionary, blocks, { blockSize });
console.log(directory.dictionaries.map(({ dictId }) => dictId)); // [3, 43, 83, 123, 163, 203]

// The bytes of a dictionary, compared with the SHA-256 in its entry.
const loaded = await loadDictionary(directory, 3, source);
console.log(loaded?.bytes.length, loaded?.layout); // 11844 trailered

// A new one: blocks for free space of the image, then the directory that names them.
const stored = storeDictionary(new TextEncoder().encode('{"level":"info","path":"/api/v1/'), {
  dictId: 7,
  algorithmId: dictionaryAlgorithms.zstd,
  trainedUtcTicks: ticksFromDate(new Date('2025-03-01T00:00:00Z')),
  sampleCount: 5000n,
  blockOffset: 2900,
  blockSize,
  generation: generation + 1,
});
const registered = registerDictionary(directory, stored.entry);

// Removing one tells which blocks nothing refers to any more.
const { directory: next, superseded } = removeDictionary(registered, 203);
console.log(superseded); // { blockOffset: 2468n, blockCount: 1 }

const written = encodeRegion(compressionDictionary, next, { blockSize, generation: generation + 1 });
export const result = { layout: loaded?.layout, blocks: written.length / blockSize, free: superseded?.blockOffset };
