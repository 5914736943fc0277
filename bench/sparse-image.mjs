// A large image that takes little disk: a golden fresh image, grown to the wanted size as its creator lays it out (page 04, 3.5).
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { built } from './measure.mjs';

const blockSize = 4096;
const directoryBlock = 8;
const slabBlocks = 512;

/** Blocks of the regions that grow with the volume of `n` blocks; the data region is what is left. */
const grown = {
  INOD: (n) => Math.max(1024, Math.floor(n / 256)),
  MWAL: (n) => Math.max(64, Math.ceil(n / 200)),
  DWAL: (n) => Math.max(128, Math.ceil(n / 100)),
  STRE: (n) => Math.max(128, Math.floor(n / 100)),
};

/**
 * Writes a valid image of `size` bytes as the reference's creator does, of which only the metadata are stored. `profile` is that of a
 * golden image; `data` lists runs of data blocks, counted from the start of the data region, that get contents and are marked as used.
 */
export async function writeSparseImage(path, size, { profile = 'standard', data = [] } = {}) {
  const format = await built('packages/format/dist/index.js');
  const golden = new URL(`../fixtures/golden/images/fresh-${profile}.dwvd.gz`, import.meta.url);
  const small = new Uint8Array(gunzipSync(readFileSync(golden)));
  const { group } = format.decodeGroup(small, { blockSize });
  const { directory } = format.decodeRegionDirectory(small.subarray(directoryBlock * blockSize), { blockSize });
  const totalBlocks = size / blockSize;
  const before = group.regionPointers.slots;
  const slots = placed(before, totalBlocks, format.bitmapBlockCount(totalBlocks, blockSize));
  const dataStart = Number(slots.find((slot) => isData(slot, slots)).startBlock);
  const used = [
    { start: 0, count: dataStart },
    ...data.map(({ start, count }) => ({ start: dataStart + start, count })),
  ];
  const allocated = used.reduce((sum, { count }) => sum + count, 0);

  const file = openSync(path, 'wx');
  const put = (bytes, block) => writeSync(file, bytes, 0, undefined, block * blockSize);
  try {
    ftruncateSync(file, size);
    const superblock = {
      ...group.superblock,
      totalBlocks: BigInt(totalBlocks),
      expectedFileSize: BigInt(size),
      freeBlocks: BigInt(totalBlocks - allocated),
      totalAllocatedBlocks: BigInt(allocated),
    };
    const regionPointers = { ...group.regionPointers, slots };
    put(format.encodeGroupWithMirror({ ...group, superblock, regionPointers }, blockSize), 0);
    put(format.encodeRegionDirectory({ ...directory, slots }, blockSize), directoryBlock);
    for (const [i, slot] of slots.entries()) {
      const { regionTypeId: type, startBlock } = slot;
      if (type === '' || startBlock < directoryBlock + 2) continue;
      const from = Number(before[i].startBlock) * blockSize;
      const first = small.slice(from, from + blockSize);
      if (type === 'BMAP') put(bitmapOf(format, slot, totalBlocks, used), Number(startBlock));
      else if (!format.isZero(first)) put(fitted(format, first, slot), Number(startBlock));
    }
    for (const run of used.slice(1)) writeData(put, run);
  } finally {
    closeSync(file);
  }
}

/** The slots back to back in their order, each as long as the volume asks for. */
function placed(slots, totalBlocks, bitmapBlocks) {
  let next = 0;
  return slots.map((slot) => {
    const { regionTypeId: type } = slot;
    if (type === '') return slot;
    const rest = isData(slot, slots) ? totalBlocks - next : undefined;
    const count = type === 'BMAP' ? bitmapBlocks : (grown[type]?.(totalBlocks) ?? rest ?? Number(slot.blockCount));
    const moved = { ...slot, startBlock: BigInt(next), blockCount: BigInt(count) };
    next += count;
    return moved;
  });
}

/** The data region is the last slot of its type: the creator files other regions under it, too. */
const isData = (slot, slots) =>
  slot.regionTypeId === 'DATA' && slot === slots.findLast(({ regionTypeId }) => regionTypeId === 'DATA');

/** The header of a log counts the blocks of its slot. */
function fitted(format, block, { regionTypeId: type, blockCount }) {
  if (type !== 'MWAL' && type !== 'DWAL') return block;
  block.set(format.encodeWalHeader({ ...format.decodeWalHeader(block), maxBlocks: blockCount }));
  format.sealBlocks(block, blockSize, format.stringToTag(type), 1);
  return block;
}

function bitmapOf(format, { blockCount }, totalBlocks, used) {
  const blocks = new Uint8Array(Number(blockCount) * blockSize);
  const bitmap = format.bitmapOfBlocks(blocks, blockSize, totalBlocks);
  for (const run of used) format.setAllocated(bitmap, run, true);
  format.sealBlocks(blocks, blockSize, format.stringToTag('BMAP'), 1);
  return blocks;
}

/** Bytes that differ from block to block, without trailers, as data are. */
function writeData(put, { start, count }) {
  const slab = new Uint8Array(Math.min(count, slabBlocks) * blockSize).map((_, i) => i * 31 + (i >>> 12));
  for (let done = 0; done < count; done += slabBlocks) {
    const blocks = Math.min(slabBlocks, count - done);
    for (let i = 0; i < blocks; i++) slab[i * blockSize] = start + done + i;
    put(slab.subarray(0, blocks * blockSize), start + done);
  }
}
