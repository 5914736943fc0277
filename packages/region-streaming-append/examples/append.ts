// examples/append.ts
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeRegion, encodeRegion, geometryOf } from '@vde/format';
import {
  advanceReadTail,
  encodeEntry,
  planAppend,
  readEntries,
  slotBlockOf,
  streamingAppend,
} from '@vde/region-streaming-append';

// Where entries are read: here an image in memory, and the slot of the ring. The image layer gives the same.
const blockSize = 4096;
const image = gunzipSync(readFileSync(new URL('../../../fixtures/golden/images/all-regions.dwvd.gz', import.meta.url)));
const source = {
  geometry: geometryOf(blockSize),
  startBlock: 2255,
  blockCount: 128,
  readBlocks: async (first: number, count: number) => image.subarray(first * blockSize, (first + count) * blockSize),
};

// Bare blocks of the region; the header block is enough. In an image: const { state } = await image.region(streamingAppend)
const { state: ring, generation } = decodeRegion(streamingAppend, await source.readBlocks(2255, 1), { blockSize });
console.log(ring.readTail, ring.writeHead, ring.allocatedBlocks); // 1n 37n 48n

// The live entries, from the oldest to the newest.
const texts: string[] = [];
for await (const { bytes } of readEntries(ring, source, { framed: true })) texts.push(new TextDecoder().decode(bytes));
console.log(texts.length, texts[0]); // 36 event 1: key slot 5 ...

// An entry more: a plan first, without I/O. This one grows nothing, moves nothing and discards nothing.
const entry = new TextEncoder().encode('event 37: key slot 6 rotated');
const plan = planAppend(ring, entry.length, { blockSize, framed: true });
console.log([...plan.relocations], plan.discarded); // [] undefined

// The block of the entry goes to its place in the slot; then, after a flush, the header.
const block = slotBlockOf(plan.ring, plan.position, source.blockCount);
image.set(encodeEntry(entry, plan.position, { blockSize, framed: true }), (source.startBlock + block) * blockSize);
const header = encodeRegion(streamingAppend, plan.ring, { blockSize, generation: generation + 1 });

// Entries that were consumed make room for new ones.
const consumed = advanceReadTail(plan.ring, 10);
export const result = { read: texts.length, block, header: header.length, left: consumed.entryCount };
