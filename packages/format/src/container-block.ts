import { faultOf, tagOf } from './block-fault.ts';
import type { Report } from './finding.ts';
import { geometryOf } from './geometry.ts';
import { stringToTag } from './tag.ts';
import { type BlockClass, classOf, readTrailer } from './trailer.ts';
import { verifyBlocks } from './xxh64.ts';

/** A block at a fixed place of the container with what its trailer says. */
export interface ContainerBlock {
  /** Absolute block number. */
  readonly block: number;
  /** What the block is, compared with the tag of its place. A block past the end of the bytes is a `hole`. */
  readonly state: BlockClass;
  /** The tag that this place requires. */
  readonly expectedTag: string;
  /** The tag in the trailer; empty when it is zero. */
  readonly tag: string;
  /** The generation in the trailer; it says nothing unless the state is `ok`. */
  readonly generation: number;
  /** The whole block, a live view of the bytes given; shorter where they end. */
  readonly bytes: Uint8Array;
}

/** Classifies blocks that lie one after another from absolute block `first`. @internal */
export function inspectBlocks(
  bytes: Uint8Array,
  blockSize: number,
  expectedTags: readonly string[],
  first: number,
): ContainerBlock[] {
  geometryOf(blockSize);
  const whole = Math.min(expectedTags.length, Math.floor(bytes.length / blockSize));
  const statuses = new Uint8Array(whole);
  verifyBlocks(bytes.subarray(0, whole * blockSize), blockSize, statuses);
  return expectedTags.map((expectedTag, i) => {
    const block = first + i;
    const found = bytes.subarray(Math.min(i * blockSize, bytes.length), (i + 1) * blockSize);
    if (i >= whole) return { block, expectedTag, bytes: found, state: 'hole', tag: '', generation: 0 };
    const { tag, generation } = readTrailer(found, blockSize);
    const state = classOf(statuses[i], tag, stringToTag(expectedTag));
    return { block, expectedTag, bytes: found, state, tag: tagOf(found, blockSize), generation };
  });
}

/** Reports the damage of a block that is not `ok`. @internal */
export function reportDamage(
  found: ContainerBlock,
  blockSize: number,
  report: Report,
  more: Parameters<Report>[2],
): void {
  const { block, expectedTag } = found;
  const { code, message, ...place } = faultOf(found, geometryOf(blockSize));
  report(code, `block ${block} (${expectedTag}) ${message}`, { block, ...place, ...more });
}
