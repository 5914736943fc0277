// A large image that takes little disk: the golden fresh image, its bitmap and data region grown to the wanted size.
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { built } from './measure.mjs';

const golden = new URL('../fixtures/golden/images/fresh-standard.dwvd.gz', import.meta.url);
const blockSize = 4096;
const headBlocks = 10;

/** Writes a valid image of `size` bytes, of which only the metadata are stored. */
export async function writeSparseImage(path, size) {
  const format = await built('packages/format/dist/index.js');
  const small = new Uint8Array(gunzipSync(readFileSync(golden)));
  const { group } = format.decodeGroup(small, { blockSize });
  const { directory } = format.decodeRegionDirectory(small.subarray(8 * blockSize), { blockSize });
  const totalBlocks = size / blockSize;
  const bitmap = group.regionPointers.slots.find(({ regionTypeId }) => regionTypeId === 'BMAP');
  const bitmapStart = Number(bitmap.startBlock);
  const bitmapBlocks = format.bitmapBlockCount(totalBlocks, blockSize);
  const shift = bitmapBlocks - Number(bitmap.blockCount);
  const slots = group.regionPointers.slots.map((slot) =>
    moved(slot, { bitmapStart, bitmapBlocks, shift, totalBlocks }),
  );
  const metadataBlocks = Number(slots.find(({ regionTypeId }) => regionTypeId === 'DATA').startBlock);

  const file = openSync(path, 'wx');
  try {
    ftruncateSync(file, size);
    const superblock = {
      ...group.superblock,
      totalBlocks: BigInt(totalBlocks),
      expectedFileSize: BigInt(size),
      freeBlocks: BigInt(totalBlocks - metadataBlocks),
      totalAllocatedBlocks: BigInt(metadataBlocks),
    };
    const regionPointers = { ...group.regionPointers, slots };
    writeSync(file, format.encodeGroupWithMirror({ ...group, superblock, regionPointers }, blockSize), 0, undefined, 0);
    writeSync(file, encodedDirectory(format, { ...directory, slots }), 0, undefined, 8 * blockSize);
    writeSync(
      file,
      bitmapOf(format, { bitmapBlocks, totalBlocks, metadataBlocks }),
      0,
      undefined,
      bitmapStart * blockSize,
    );
    for (let block = headBlocks; block < small.length / blockSize; block++) {
      const bytes = small.subarray(block * blockSize, (block + 1) * blockSize);
      if (block === bitmapStart || format.isZero(bytes)) continue;
      writeSync(file, bytes, 0, undefined, (block > bitmapStart ? block + shift : block) * blockSize);
    }
  } finally {
    closeSync(file);
  }
}

/** A slot of the grown image: the bitmap is longer, all behind it stands later, the data region ends with the volume. */
function moved(slot, { bitmapStart, bitmapBlocks, shift, totalBlocks }) {
  if (slot.regionTypeId === 'BMAP') return { ...slot, blockCount: BigInt(bitmapBlocks) };
  if (slot.regionTypeId === '' || slot.startBlock < bitmapStart) return slot;
  const startBlock = slot.startBlock + BigInt(shift);
  return { ...slot, startBlock, ...(slot.regionTypeId === 'DATA' && { blockCount: BigInt(totalBlocks) - startBlock }) };
}

function encodedDirectory(format, directory) {
  return format.encodeRegionDirectory(directory, blockSize);
}

function bitmapOf(format, { bitmapBlocks, totalBlocks, metadataBlocks }) {
  const blocks = new Uint8Array(bitmapBlocks * blockSize);
  const payloads = Array.from({ length: bitmapBlocks }, (_, i) =>
    blocks.subarray(i * blockSize, (i + 1) * blockSize - 16),
  );
  format.setAllocated(format.allocationBitmap(payloads, totalBlocks), { start: 0, count: metadataBlocks }, true);
  format.sealBlocks(blocks, blockSize, format.stringToTag('BMAP'), 1);
  return blocks;
}
