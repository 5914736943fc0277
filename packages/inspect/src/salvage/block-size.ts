import {
  blockStatus,
  formatIdentifier,
  maxBlockSize,
  minBlockSize,
  sameBytes,
  stringToTag,
  tagMeanings,
  trailerSize,
  verifyTrailer,
} from '@vde/format';
import { type BlockSource, type ScannedBlocks, scanBlocks, unreadable } from '@vde/image';

/** Blocks that verify under a known tag, by block size. */
export interface BlockSizeVotes {
  /** The size with the most of them. */
  readonly blockSize: number;
  readonly votes: readonly { readonly blockSize: number; readonly blocks: number }[];
  /** Bytes looked at. */
  readonly sampled: number;
  /** Offset of the first superblock that verifies. */
  readonly superblockAt: number | undefined;
}

/** A checksum of 64 bits under a known tag does not come about by chance; several outvote an image inside the image. */
const enoughVotes = 16;
/** Windows of the largest block size that are read before the votes are counted: 16 MiB. */
const windowsAtOnce = 256;

const smallerSizes: readonly number[] = [32768, 16384, 8192, 4096, 2048, 1024, minBlockSize];
const superblockTag = /* @__PURE__ */ stringToTag('SUPB');
const knownTags: ReadonlySet<number> = /* @__PURE__ */ new Set(Object.keys(tagMeanings).map(stringToTag));

/**
 * Finds the block size by the blocks themselves: from the front, every place where a block of any size could end is tried until
 * one size has enough. `undefined` when no block of the source verifies under a known tag at any size.
 */
export async function detectBlockSize(
  source: BlockSource,
  base: number,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<BlockSizeVotes | undefined> {
  const poll = new Poll(base);
  const windows = Math.ceil(Math.max(0, source.size - base) / maxBlockSize);
  let first = 0;
  while (first < windows && !poll.isDecided) {
    const count = Math.min(windowsAtOnce, windows - first);
    const range = { base, blockSize: maxBlockSize, first, count, signal: options.signal };
    await scanBlocks(source, { ...range, onBlocks: (blocks) => poll.take(blocks) });
    first += count;
  }
  return poll.result(Math.min(first * maxBlockSize, source.size - base));
}

class Poll {
  readonly #base: number;
  readonly #votes = new Map<number, number>();
  #superblockAt: number | undefined;

  constructor(base: number) {
    this.#base = base;
  }

  get isDecided(): boolean {
    return Math.max(0, ...this.#votes.values()) >= enoughVotes;
  }

  take({ first, count, statuses, bytes }: ScannedBlocks): void {
    for (let i = 0; i < count; i++) {
      const status = statuses[i]!;
      if (status === blockStatus.hole || status === unreadable) continue;
      const window = bytes.subarray(i * maxBlockSize, (i + 1) * maxBlockSize);
      const offset = this.#base + (first + i) * maxBlockSize;
      if (status === blockStatus.ok || status === blockStatus.formattedEmpty)
        this.#vote(window, new DataView(window.buffer, window.byteOffset, window.length), maxBlockSize, 0, offset);
      else this.#takeParts(window, offset);
    }
  }

  #takeParts(window: Uint8Array, offset: number): void {
    const view = new DataView(window.buffer, window.byteOffset, window.length);
    for (const size of smallerSizes) {
      for (let at = 0; at < maxBlockSize; at += size) this.#vote(window, view, size, at, offset + at);
    }
  }

  #vote(window: Uint8Array, view: DataView, size: number, at: number, offset: number): void {
    const tag = view.getUint32(at + size - trailerSize, true);
    if (!knownTags.has(tag)) return;
    const block = window.subarray(at, at + size);
    if (!verifyTrailer(block, size)) return;
    this.#votes.set(size, (this.#votes.get(size) ?? 0) + 1);
    if (tag === superblockTag && sameBytes(block.subarray(0, 4), formatIdentifier())) this.#superblockAt ??= offset;
  }

  result(sampled: number): BlockSizeVotes | undefined {
    const votes = Array.from(this.#votes, ([blockSize, blocks]) => ({ blockSize, blocks }));
    votes.sort((a, b) => b.blocks - a.blocks || b.blockSize - a.blockSize);
    const [best] = votes;
    return best && { blockSize: best.blockSize, votes, sampled, superblockAt: this.#superblockAt };
  }
}
