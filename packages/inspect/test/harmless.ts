import type { AnyRegionPlugin } from '@vde/format';
import type { GoldenImage, GoldenRegion, GoldenSlot } from './golden-images.ts';
import { writtenBlocks } from './golden-images.ts';

/** The kinds of `docs/damage.md`: a changed bit that no rule of the format lets a check see. */
export type HarmlessKind = 'oneBlock' | 'noNeighbours' | 'data' | 'logRewrite';

/** A part of a block: the payload, or a field of its trailer. */
export type BlockPart = 'payload' | 'tag' | 'generation' | 'checksum';

export function partOf(offset: number, blockSize: number): BlockPart {
  const inTrailer = offset - (blockSize - 16);
  if (inTrailer < 0) return 'payload';
  if (inTrailer < 4) return 'tag';
  return inTrailer < 8 ? 'generation' : 'checksum';
}

/**
 * Tells which bits of a golden image nobody can see change, by the list of `docs/damage.md` and by nothing else: from the
 * golden file, the trailers of the bytes, and the names of the regions that have a plugin.
 */
export function harmlessBits(golden: GoldenImage, bytes: Uint8Array, plugins: readonly AnyRegionPlugin[]) {
  const { blockSize } = golden;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const generation = (block: number): number => view.getUint32((block + 1) * blockSize - 12, true);
  const written = new Set(writtenBlocks(golden));

  function ownerOf(block: number): GoldenSlot {
    const owners = golden.slots.filter(
      (slot) => block >= Number(slot.startBlock) && block < Number(slot.startBlock) + Number(slot.blockCount),
    );
    return owners.sort((a, b) => Number(a.blockCount) - Number(b.blockCount))[0]!;
  }

  /** The region that a plugin decodes, with the blocks of its one write. */
  function decodedRegion(slot: GoldenSlot): GoldenRegion | undefined {
    const region = golden.regions?.find(
      ({ startBlock }) => startBlock === Number(slot.startBlock) && slot.type !== 'DATA',
    );
    return plugins.some(({ id }) => id === region?.id) ? region : undefined;
  }

  /** A block of the ring in which a live entry stands: it carries the position. */
  function isLiveEntry({ id, summary }: GoldenRegion, relative: number): boolean {
    const position = relative - 1;
    return (
      id === 'streaming-append' && position >= Number(summary['readTail']) && position < Number(summary['writeHead'])
    );
  }

  /** Both neighbours are data blocks of the region and agree; or count up, where no plugin says that they do not. */
  function hasAgreeingNeighbours(block: number, slot: GoldenSlot, region: GoldenRegion | undefined): boolean {
    const [before, after] = [block - 1, block + 1];
    if (
      before < Number(slot.startBlock) + (region?.codecBlocks ?? 0) ||
      !written.has(before) ||
      !written.has(after) ||
      ownerOf(after).index !== slot.index
    )
      return false;
    return generation(before) === generation(after) || (!region && generation(after) - generation(before) === 2);
  }

  return function harmlessKind(block: number, offset: number, bit: number): HarmlessKind | undefined {
    if (partOf(offset, blockSize) !== 'generation' || block < 10) return undefined;
    const slot = ownerOf(block);
    const relative = block - Number(slot.startBlock);
    if (slot.type === 'DATA') return 'data';
    if (slot.type === 'MWAL') {
      const changed = (generation(block) ^ (1 << (8 * (offset - (blockSize - 12)) + bit))) >>> 0;
      const sequenceEnd = view.getUint32(block * blockSize + 14, true);
      return changed === sequenceEnd || changed === 1 ? 'logRewrite' : undefined;
    }
    const region = decodedRegion(slot);
    if (region !== undefined && relative < region.codecBlocks) return region.codecBlocks > 1 ? undefined : 'oneBlock';
    if (region !== undefined && isLiveEntry(region, relative)) return undefined;
    if (!written.has(block - 1) && !written.has(block + 1)) return 'oneBlock';
    return hasAgreeingNeighbours(block, slot, region) ? undefined : 'noNeighbours';
  };
}
