import type { BlockSource } from './source.ts';

/** The blocks of an image: a source, the offset of block 0 in it, and the block size. */
export interface BlockSpace {
  readonly source: BlockSource;
  /** Offset of block 0 in the source: not 0 behind a boot preamble. */
  readonly base: number;
  readonly blockSize: number;
}

/** Reads whole blocks into a new array. Bytes past the end of the source are zero. */
export async function readBlocks(
  { source, base, blockSize }: BlockSpace,
  first: number,
  count: number,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(count * blockSize);
  const offset = base + first * blockSize;
  const there = Math.max(0, Math.min(bytes.length, source.size - offset));
  if (there > 0) await source.read(offset, bytes.subarray(0, there), options);
  return bytes;
}
