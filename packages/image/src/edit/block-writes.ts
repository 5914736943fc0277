import { isZero } from '@vde/format';
import type { SealedBlocks } from '../commit.ts';
import { type BlockSpace, readBlocks } from '../read-blocks.ts';

/** What is to be done to blocks that the present state does not refer to. @internal */
export type BlockWrite =
  | { readonly kind: 'write'; readonly block: number; readonly bytes: Uint8Array }
  /** Zeros where something else stands: holes of a file stay holes. */
  | { readonly kind: 'blank'; readonly start: number; readonly count: number }
  | { readonly kind: 'copy'; readonly from: number; readonly to: number; readonly count: number };

const chunkBytes = 1024 * 1024;

/** The blocks to write, in order. What is copied or blanked is read in parts. @internal */
export async function* blocksToWrite(
  space: BlockSpace,
  writes: readonly BlockWrite[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<SealedBlocks, void, undefined> {
  for (const write of writes) {
    options.signal?.throwIfAborted();
    if (write.kind === 'write') yield write;
    else if (write.kind === 'copy') yield* copied(space, write, options);
    else yield* blanked(space, write, options);
  }
}

interface Part {
  readonly at: number;
  readonly count: number;
}

/** Parts of `count` blocks, each of a chunk at most. */
function* partsOf(count: number, blockSize: number): Generator<Part, void, undefined> {
  const most = Math.max(1, Math.floor(chunkBytes / blockSize));
  for (let at = 0; at < count; at += most) yield { at, count: Math.min(most, count - at) };
}

async function* copied(
  space: BlockSpace,
  { from, to, count }: { from: number; to: number; count: number },
  options: object,
) {
  for (const part of partsOf(count, space.blockSize)) {
    const there = await readBlocks(space, to + part.at, part.count, options);
    const bytes = await readBlocks(space, from + part.at, part.count, options);
    // A hole over a hole stays one.
    yield* runsOf(bytes, there, space.blockSize, to + part.at);
  }
}

async function* blanked(space: BlockSpace, { start, count }: { start: number; count: number }, options: object) {
  for (const part of partsOf(count, space.blockSize)) {
    const there = await readBlocks(space, start + part.at, part.count, options);
    if (!isZero(there)) yield* runsOf(new Uint8Array(there.length), there, space.blockSize, start + part.at);
  }
}

/** The runs of blocks in which `bytes` or what is there is not zero. */
function* runsOf(
  bytes: Uint8Array,
  there: Uint8Array,
  blockSize: number,
  first: number,
): Generator<SealedBlocks, void, undefined> {
  const isNeeded = (block: number) =>
    !isZero(bytes.subarray(block * blockSize, (block + 1) * blockSize)) ||
    !isZero(there.subarray(block * blockSize, (block + 1) * blockSize));
  const count = bytes.length / blockSize;
  for (let block = 0; block < count; block++) {
    if (!isNeeded(block)) continue;
    let end = block + 1;
    while (end < count && isNeeded(end)) end++;
    yield { block: first + block, bytes: bytes.subarray(block * blockSize, end * blockSize) };
    block = end;
  }
}
