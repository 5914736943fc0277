import type { Geometry } from './geometry.ts';
import { stringToTag, tagToString } from './tag.ts';
import { type BlockClass, classifyBlock, readTrailer } from './trailer.ts';

/** What keeps the payload of a block from being used. */
export interface BlockFault {
  readonly code: 'truncated' | 'badTrailer' | 'wrongTag';
  /** In words, to be put behind `block 3`. */
  readonly message: string;
  /** The bytes of the block that it is about. */
  readonly offset: number;
  readonly length: number;
  readonly expected?: string;
  readonly actual?: string;
}

/**
 * What is wrong with a whole block that must be sealed under a tag; `undefined` when its payload is what was sealed. Looks at no
 * generation. @throws RangeError for a block that is too short, or a tag that is not four characters.
 */
export function findBlockFault(block: Uint8Array, geometry: Geometry, expectedTag: string): BlockFault | undefined {
  const { state } = classifyBlock(block, geometry.blockSize, { expectTag: stringToTag(expectedTag) });
  if (state === 'ok') return undefined;
  return faultOf({ state, tag: tagOf(block, geometry.blockSize), expectedTag }, geometry);
}

/** The tag in the trailer of a block; empty when it is zero. */
export function tagOf(block: Uint8Array, blockSize: number): string {
  const { tag } = readTrailer(block, blockSize);
  return tag === 0 ? '' : tagToString(tag);
}

interface Classified {
  readonly state: BlockClass;
  /** The tag in the trailer. */
  readonly tag: string;
  readonly expectedTag: string;
}

/** What is wrong with a block, to be put behind `block 3`. */
export function damageOf({ state, tag, expectedTag }: Classified): string {
  if (state === 'hole') return 'is all zero or past the end';
  if (state === 'unsealed') return 'has no trailer';
  if (state === 'corrupt') return 'does not match its checksum';
  return `has tag ${JSON.stringify(tag)}, expected ${expectedTag}`;
}

/** The fault of a block that was classified, and not as `ok`. */
export function faultOf(found: Classified, { blockSize, payloadSize }: Geometry): BlockFault {
  const { state, tag, expectedTag } = found;
  const message = damageOf(found);
  if (state === 'wrongTag')
    return { code: state, message, offset: payloadSize, length: 4, expected: expectedTag, actual: tag };
  return { code: state === 'hole' ? 'truncated' : 'badTrailer', message, offset: 0, length: blockSize };
}
