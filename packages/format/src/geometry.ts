import { trailerSize } from './trailer.ts';

/** Smallest and largest block size of the format, bytes (page 01, 3.1). */
export const minBlockSize = 512;
export const maxBlockSize = 65536;
/** Smallest block size at which an image can exist: 127 slots must fit into one payload (page 03, 6.1). */
export const minContainerBlockSize = 4096;

/** The sizes every codec needs. `payloadSize` is `blockSize - 16`. */
export interface Geometry {
  readonly blockSize: number;
  readonly payloadSize: number;
}

/** Tells whether `blockSize` is a power of two in 512..65536 (page 01, 3.1). */
export function isValidBlockSize(blockSize: number): boolean {
  return (
    Number.isInteger(blockSize) &&
    blockSize >= minBlockSize &&
    blockSize <= maxBlockSize &&
    (blockSize & (blockSize - 1)) === 0
  );
}

/** The geometry of a block size. @throws RangeError when it is not a power of two in 512..65536. */
export function geometryOf(blockSize: number): Geometry {
  if (!isValidBlockSize(blockSize)) {
    throw new RangeError(`block size ${blockSize}: expected a power of two from ${minBlockSize} to ${maxBlockSize}`);
  }
  return { blockSize, payloadSize: blockSize - trailerSize };
}

/** Byte offset of a block. @throws RangeError for a negative number or one beyond 2^53 - 1 bytes. */
export function blockToByteOffset(block: number, blockSize: number): number {
  geometryOf(blockSize);
  const offset = block * blockSize;
  if (!Number.isSafeInteger(block) || block < 0 || !Number.isSafeInteger(offset)) {
    throw new RangeError(`block ${block}: expected 0 to ${Math.floor(Number.MAX_SAFE_INTEGER / blockSize)}`);
  }
  return offset;
}

/** Block number of an aligned byte offset. @throws RangeError when it is negative or not a multiple of the block size. */
export function byteOffsetToBlock(offset: number, blockSize: number): number {
  geometryOf(blockSize);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % blockSize !== 0) {
    throw new RangeError(`byte offset ${offset}: expected a multiple of ${blockSize} from 0 up`);
  }
  return offset / blockSize;
}
