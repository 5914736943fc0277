import { type AnyRegionPlugin, geometryOf, isZero } from '@vde/format';
import { type BlockSpace, readBlocks } from './read-blocks.ts';

/** Bytes of the first read of a region: most regions are wholly in it. */
const firstReadBytes = 256 * 1024;

/** Blocks `startBlock` to `startBlock + blockCount - 1` of an image. */
export interface Extent {
  readonly startBlock: number;
  readonly blockCount: number;
  /** Blocks that its slot says are used; 0 where it does not tell. */
  readonly usedBlocks?: number;
}

/**
 * The blocks of a region that `decode` needs, from its first block: those of the plugin's span, else all up to the first hole
 * (a reserved region is mostly holes). Nothing is read past the end of the source, so a huge slot costs what is there.
 */
export async function loadRegion(
  space: BlockSpace,
  { startBlock, blockCount, usedBlocks = 0 }: Extent,
  plugin: AnyRegionPlugin | undefined,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { blockSize, source, base } = space;
  const inSource = Math.max(0, Math.ceil((source.size - base) / blockSize) - startBlock);
  const available = Math.min(blockCount, inSource);
  const most = Math.max(1, firstReadBytes / blockSize);
  // A span tells for sure how many blocks there are: what the slot says may be wrong.
  const first = plugin?.span && usedBlocks > 0 ? Math.min(usedBlocks, most) : most;
  let loaded = await readBlocks(space, startBlock, Math.min(available, first), options);
  const geometry = geometryOf(blockSize);
  const span =
    loaded.length === 0 ? undefined : plugin?.span?.(new DataView(loaded.buffer, 0, geometry.payloadSize), geometry);
  if (span !== undefined)
    return spanOf(space, loaded, startBlock, Math.min(Math.max(1, Math.trunc(span) || 1), available), options);
  for (;;) {
    const count = loaded.length / blockSize;
    if (count >= available || isHole(loaded, count - 1, blockSize)) return loaded;
    const more = await readBlocks(space, startBlock + count, Math.min(count, available - count), options);
    const joined = new Uint8Array(loaded.length + more.length);
    joined.set(loaded);
    joined.set(more, loaded.length);
    loaded = joined;
  }
}

async function spanOf(
  space: BlockSpace,
  loaded: Uint8Array<ArrayBuffer>,
  startBlock: number,
  span: number,
  options: object,
) {
  const size = span * space.blockSize;
  return size <= loaded.length ? loaded.subarray(0, size) : readBlocks(space, startBlock, span, options);
}

function isHole(blocks: Uint8Array, block: number, blockSize: number): boolean {
  return isZero(blocks.subarray(block * blockSize, (block + 1) * blockSize));
}
