import {
  bitmapBlockCount,
  blockStatus,
  type Finding,
  isKnownTag,
  readTrailer,
  tagToString,
  verifyBlocks,
} from '@vde/format';
import type { DiskImage, ImageSlot } from '@vde/image';
import { mustBeSealed, tagsOfType } from './block-rules.ts';

/**
 * Types whose page has the blocks of a write follow each other, as far as no plugin decodes them: packed records, and a tree
 * written node by node.
 */
const gaplessTypes = new Set(['INTE', 'XREF', 'CLOG', 'CODE', 'SNAP', 'ALOG', 'TAGI']);

/** Container structures that creators write at once (page 04, 3.6), so that they are never all zero. */
const alwaysWritten = new Set(['INOD', 'MWAL']);

interface SealedBlock {
  readonly block: number;
  readonly tag: string;
  readonly generation: number;
}

/** What the blocks of a slot without a decoder say by being there or not; `blocks` are those from its first one on. */
export function undecodedFindings({ blockSize }: DiskImage, slot: ImageSlot, blocks: Uint8Array): Finding[] {
  const tags = tagsOfType(slot.type);
  const own = sealedBlocks(blocks, blockSize).filter(({ tag }) =>
    typeof tags === 'string' ? !isKnownTag(tag) : tags.includes(tag),
  );
  return [
    ...(mustBeSealed(slot.type, 0) ? lostHeader(slot, blocks, own, blockSize) : []),
    ...(gaplessTypes.has(slot.type) ? gaps(slot, own) : []),
  ];
}

/** The first block of a region whose plugin found it never written: the blocks behind it may know better. */
export function lostHeaderFindings(
  { blockSize }: DiskImage,
  slot: ImageSlot,
  tags: readonly string[],
  blocks: Uint8Array,
): Finding[] {
  const own = sealedBlocks(blocks, blockSize).filter(({ tag }) => tags.includes(tag));
  return lostHeader(slot, blocks, own, blockSize);
}

/** A container structure that no writer leaves out, and is all zero. */
export function missingStructure(
  { totalBlocks, blockSize }: DiskImage,
  slot: ImageSlot,
  writtenBlocks: number,
): Finding[] {
  const needed = slot.type === 'BMAP' ? bitmapBlockCount(totalBlocks, blockSize) : alwaysWritten.has(slot.type) ? 1 : 0;
  if (writtenBlocks >= Math.min(needed, slot.blockCount)) return [];
  const message = `${slot.name}: block ${writtenBlocks} is all zero, but whoever makes an image writes it`;
  return [truncated(message, writtenBlocks)];
}

/** The blocks whose checksum holds, by their number among those given. */
export function sealedBlocks(blocks: Uint8Array, blockSize: number): SealedBlock[] {
  const statuses = new Uint8Array(blocks.length / blockSize);
  verifyBlocks(blocks, blockSize, statuses);
  return Array.from(statuses, (status, block) => ({ status, block }))
    .filter(({ status }) => status === blockStatus.ok || status === blockStatus.formattedEmpty)
    .map(({ block }) => {
      const { tag, generation } = readTrailer(blocks.subarray(block * blockSize, (block + 1) * blockSize), blockSize);
      return { block, tag: tagToString(tag), generation };
    });
}

const truncated = (message: string, block: number): Finding => ({
  code: 'truncated',
  severity: 'error',
  message,
  block,
});

/** A hole in front of blocks that the region sealed is a lost header, not a region that was never written. */
function lostHeader(
  { name }: ImageSlot,
  blocks: Uint8Array,
  own: readonly SealedBlock[],
  blockSize: number,
): Finding[] {
  const [next] = own;
  if (next === undefined || next.block === 0 || blocks.subarray(0, blockSize).some((byte) => byte !== 0)) return [];
  return [truncated(`${name}: block 0 is all zero, but block ${next.block} holds data of this region`, 0)];
}

/** Blocks that are missing between two that one write made. */
function gaps({ name }: ImageSlot, own: readonly SealedBlock[]): Finding[] {
  const findings: Finding[] = [];
  own.forEach(({ block, generation }, i) => {
    const before = own[i - 1];
    if (before === undefined || before.generation !== generation) return;
    for (let missing = before.block + 1; missing < block; missing++)
      findings.push(truncated(`${name}: block ${missing} is missing between blocks of one write`, missing));
  });
  return findings;
}
