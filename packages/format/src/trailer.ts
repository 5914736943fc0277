import { blockStatus, verifyBlocks, xxh64 } from './xxh64.ts';
import { trailerSize } from './xxh64-status.ts';

export { trailerSize };

/** What the last 16 bytes of a block say (page 01, 3.3). */
export interface Trailer {
  /** The tag as a u32, its first letter in the most significant byte. */
  readonly tag: number;
  /** A number of the writer's choice, u32. */
  readonly generation: number;
  /** XXH64 of the payload. It covers neither the tag nor the generation. */
  readonly checksum: bigint;
}

/** What a block is, in the order of the tests of page 01, 4. */
export type BlockClass = 'hole' | 'unsealed' | 'corrupt' | 'wrongTag' | 'ok';

/** A {@link BlockClass}, and what is worth knowing beside it. */
export interface BlockVerdict {
  readonly state: BlockClass;
  /** The block is `ok` with a zero payload and a tag: formatted, nothing written yet. */
  readonly formattedEmpty: boolean;
}

const maxU32 = 0xffffffff;
const status = /* @__PURE__ */ new Uint8Array(1);

/**
 * The trailer of the block in the first `blockSize` bytes. The checksum is not compared.
 * @throws RangeError for a block size below 16 or a block shorter than it.
 */
export function readTrailer(block: Uint8Array, blockSize: number): Trailer {
  checkBlock(block, blockSize);
  const view = trailerView(block, blockSize);
  return { tag: view.getUint32(0, true), generation: view.getUint32(4, true), checksum: view.getBigUint64(8, true) };
}

/**
 * Seals the block in the first `blockSize` bytes: its last 16 bytes become the trailer of the payload as it is now.
 * @throws RangeError for a block size below 16, a block shorter than it, or a tag or generation that is no u32; nothing is
 * written then.
 */
export function writeTrailer(block: Uint8Array, blockSize: number, tag: number, generation: number): void {
  checkBlock(block, blockSize);
  const trailer = createTrailer(tag, generation, block.subarray(0, blockSize - trailerSize));
  const view = trailerView(block, blockSize);
  view.setUint32(0, trailer.tag, true);
  view.setUint32(4, trailer.generation, true);
  view.setBigUint64(8, trailer.checksum, true);
}

/** Tells whether the checksum of the block in the first `blockSize` bytes fits. Never throws; looks at no tag and no generation. */
export function verifyTrailer(block: Uint8Array, blockSize: number): boolean {
  if (!isBlock(block, blockSize)) return false;
  const payload = block.subarray(0, blockSize - trailerSize);
  return trailerView(block, blockSize).getBigUint64(8, true) === xxh64(payload);
}

/** The trailer that a payload gets. @throws RangeError for a tag or generation that is no u32. */
export function createTrailer(tag: number, generation: number, payload: Uint8Array): Trailer {
  checkU32('tag', tag);
  checkU32('generation', generation);
  return { tag, generation, checksum: xxh64(payload) };
}

/**
 * Says what the block in the first `blockSize` bytes is. Without `expectTag` any tag is right.
 * @throws RangeError for a block size outside 16-65536 or a block shorter than it.
 */
export function classifyBlock(
  block: Uint8Array,
  blockSize: number,
  options: { expectTag?: number } = {},
): BlockVerdict {
  checkBlock(block, blockSize);
  verifyBlocks(block.subarray(0, blockSize), blockSize, status);
  const state = classOf(status[0], trailerView(block, blockSize).getUint32(0, true), options.expectTag);
  return { state, formattedEmpty: state === 'ok' && status[0] === blockStatus.formattedEmpty };
}

/** What a block is by its {@link blockStatus} and the tag in its trailer. Without `expectTag` any tag is right. @internal */
export function classOf(found: number | undefined, tag: number, expectTag: number | undefined): BlockClass {
  switch (found) {
    case blockStatus.hole:
      return 'hole';
    case blockStatus.unsealed:
      return 'unsealed';
    case blockStatus.corrupt:
      return 'corrupt';
    default:
      return expectTag === undefined || tag === expectTag ? 'ok' : 'wrongTag';
  }
}

function isBlock(block: Uint8Array, blockSize: number): boolean {
  return (
    ArrayBuffer.isView(block) && Number.isInteger(blockSize) && blockSize >= trailerSize && block.length >= blockSize
  );
}

function checkBlock(block: Uint8Array, blockSize: number): void {
  if (isBlock(block, blockSize)) return;
  if (!ArrayBuffer.isView(block)) throw new TypeError('block: expected a Uint8Array');
  throw new RangeError(
    `block of ${block.length} bytes, block size ${blockSize}: expected a size from ${trailerSize} and as many bytes`,
  );
}

function checkU32(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > maxU32) throw new RangeError(`${name} ${value}: expected a u32`);
}

function trailerView(block: Uint8Array, blockSize: number): DataView {
  return new DataView(block.buffer, block.byteOffset + blockSize - trailerSize, trailerSize);
}
