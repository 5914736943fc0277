import { fileStartSize, isValidBlockSize, locateBlock0, tagToString, VdeError, verifyTrailer } from '@vde/format';
import { readBlocks } from './read-blocks.ts';
import type { BlockSource } from './source.ts';

/** Where an image begins in its source, and how large its blocks are. */
export interface ImagePlace {
  /** Offset of block 0. */
  readonly base: number;
  readonly blockSize: number;
  /** `superblock`: read from block 0; `probed`: found by intact blocks, because block 0 does not tell. */
  readonly by: 'superblock' | 'probed';
}

/** Block sizes in the order in which they are probed (page 02, 4.2): those of images, then those of extracts. */
const probedSizes = [4096, 65536, 32768, 16384, 8192, 2048, 1024, 512];
/** Blocks whose tags tell an image: both superblock groups and the directory. */
const headTags = ['SUPB', 'RMAP', 'EXMD', 'IANT', 'SUPB', 'RMAP', 'EXMD', 'IANT', 'RMAP', 'RMAP'];
const blockSizeOffset = 0x34;
const headerBytes = 512;

/**
 * Finds block 0 and the block size: from the superblock when its trailer holds at that size, else from any intact block at
 * its fixed place, else from the superblock's bare word.
 * @throws VdeError `notDwvd` when nothing looks like an image, `legacyImage` for version 1, `badPreamble`.
 */
export async function locateImage(
  source: BlockSource,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ImagePlace> {
  const header = await readBlocks({ source, base: 0, blockSize: headerBytes }, 0, 1, options);
  const start = locateBlock0(header.subarray(0, Math.min(fileStartSize, source.size)), { fileSize: source.size });
  const badPreamble = start.kind === 'preamble' && start.offset === undefined ? start.findings[0] : undefined;
  if (badPreamble)
    throw new VdeError('badPreamble', `${source.name}: ${badPreamble.message}`, { details: badPreamble });
  const base = start.offset ?? 0;
  const isImage = start.kind === 'dwvd-v2' || start.kind === 'preamble';
  const stated = isImage ? await statedBlockSize(source, base, header, options) : undefined;
  if (stated?.verified) return { base, blockSize: stated.blockSize, by: 'superblock' };
  const probed = await probeBlockSize(source, base, options);
  if (probed !== undefined) return { base, blockSize: probed, by: 'probed' };
  if (stated !== undefined) return { base, blockSize: stated.blockSize, by: 'superblock' };
  // Last: one flipped bit makes a version 0 of 2, and intact blocks of version 2 tell better.
  if (start.kind === 'legacy-v1')
    throw new VdeError('legacyImage', `${source.name}: a DWVD image of version 1, expected version 2`);
  throw new VdeError('notDwvd', `${source.name}: not a DWVD image, and no intact block of one at any block size`, {
    details: { firstBytes: header.slice(0, Math.min(16, source.size)), size: source.size },
  });
}

/** `header` are the first bytes of the source, which are those of block 0 unless a preamble stands in front of it. */
async function statedBlockSize(source: BlockSource, base: number, header: Uint8Array<ArrayBuffer>, options: object) {
  const start = base === 0 ? header : await readBlocks({ source, base, blockSize: headerBytes }, 0, 1, options);
  const blockSize = new DataView(start.buffer).getInt32(blockSizeOffset, true);
  if (!isValidBlockSize(blockSize)) return undefined;
  const block = await readBlocks({ source, base, blockSize }, 0, 1, options);
  return { blockSize, verified: verifyTrailer(block, blockSize) };
}

/** The size at which a block of the head, or the last block of the file, is intact and carries the tag of its place. */
async function probeBlockSize(source: BlockSource, base: number, options: object): Promise<number | undefined> {
  for (const blockSize of probedSizes) {
    const space = { source, base, blockSize };
    const head = await readBlocks(space, 0, headTags.length, options);
    if (headTags.some((tag, i) => isTagged(head.subarray(i * blockSize, (i + 1) * blockSize), blockSize, tag)))
      return blockSize;
    const last = Math.floor((source.size - base) / blockSize) - 1;
    if (last > 0 && isTagged(await readBlocks(space, last, 1, options), blockSize, 'SUPB')) return blockSize;
  }
  return undefined;
}

function isTagged(block: Uint8Array, blockSize: number, tag: string): boolean {
  const stored = new DataView(block.buffer, block.byteOffset + blockSize - 16, 4).getUint32(0, true);
  return stored !== 0 && tagToString(stored) === tag && verifyTrailer(block, blockSize);
}
