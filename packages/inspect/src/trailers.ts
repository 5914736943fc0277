import { blockStatus, readTrailer, tagToString, verifyBlocks } from '@vde/format';
import type { HexModel } from './model.ts';
import type { InspectedSpace } from './space.ts';

const statusNames = {
  [blockStatus.ok]: 'ok',
  [blockStatus.formattedEmpty]: 'ok',
  [blockStatus.hole]: 'hole',
  [blockStatus.unsealed]: 'unsealed',
} as const;

/** The trailers of whole blocks that lie one after another from block `first`. */
export function trailersOf(
  { base, blockSize, geometry }: InspectedSpace,
  first: number,
  blocks: Uint8Array,
): HexModel['trailers'] {
  const count = Math.floor(blocks.length / blockSize);
  const statuses = new Uint8Array(count);
  verifyBlocks(blocks.subarray(0, count * blockSize), blockSize, statuses);
  return Array.from(statuses, (status, i) => {
    const { tag, generation, checksum } = readTrailer(blocks.subarray(i * blockSize, (i + 1) * blockSize), blockSize);
    return {
      block: first + i,
      range: { offset: base + (first + i) * blockSize + geometry.payloadSize, length: 16 },
      tag: tag === 0 ? '' : tagToString(tag),
      generation,
      checksum,
      status: statusNames[status as keyof typeof statusNames] ?? 'corrupt',
    };
  });
}
