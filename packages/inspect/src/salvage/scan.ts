import { blockStatus, isKnownTag, tagToString, trailerSize } from '@vde/format';
import { type BlockSpace, type ScannedBlocks, scanBlocks, unreadable } from '@vde/image';
import { BlockSet } from './block-set.ts';

/**
 * Neighbouring blocks of one tag whose generations are equal, or count up by one (a ring numbers its entries). `fresh`: the first has a zero
 * payload. `damaged`: the checksum does not hold, but a known tag stands where the trailer has it.
 */
export interface TaggedRun {
  readonly start: number;
  count: number;
  readonly tag: string;
  /** Of the first block. */
  readonly generation: number;
  readonly kind: 'sealed' | 'fresh' | 'damaged';
}

/** What one pass over all blocks found. */
export interface SalvageScan {
  readonly space: BlockSpace;
  /** Blocks that the source has bytes for, a cut one included. */
  readonly blocks: number;
  /** Blocks that are not all zero. */
  readonly written: BlockSet;
  /** Those of them that verify. */
  readonly sealed: BlockSet;
  /** In ascending order. Of blocks tagged DATA those that hold data are not here: an image may have any number of them. */
  readonly runs: readonly TaggedRun[];
  /** From this block on runs were no longer kept: there are more than any image has. */
  readonly runsEnd: number | undefined;
  readonly unreadable: readonly number[];
  readonly partialBlock: number | undefined;
}

/** Runs that are kept: an image has at most 127 regions. They bound the memory that a hostile file can take. */
const maxRuns = 1 << 16;
const maxUnreadable = 1024;

/** Reads every block once and keeps what its trailer says. */
export async function scanForRegions(
  space: BlockSpace,
  call: { onProgress?(progress: { done: number; total: number }): void; readonly signal?: AbortSignal | undefined },
): Promise<SalvageScan> {
  const { source, base, blockSize } = space;
  const total = Math.max(0, source.size - base);
  const blocks = Math.ceil(total / blockSize);
  const collector = new Collector(blocks, blockSize);
  const range = { base, blockSize, first: 0, count: blocks, signal: call.signal };
  const { partialBlock } = await scanBlocks(source, {
    ...range,
    onBlocks(scanned) {
      collector.take(scanned);
      call.onProgress?.({ done: Math.min(total, (scanned.first + scanned.count) * blockSize), total });
    },
  });
  const { written, sealed, runs, runsEnd, unreadableBlocks } = collector;
  return { space, blocks, written, sealed, runs, runsEnd, unreadable: unreadableBlocks, partialBlock };
}

class Collector {
  readonly written: BlockSet;
  readonly sealed: BlockSet;
  readonly runs: TaggedRun[] = [];
  readonly unreadableBlocks: number[] = [];
  runsEnd: number | undefined;
  readonly #blockSize: number;
  readonly #texts = new TagTexts();
  #lastGeneration = 0;
  #lastKind: TaggedRun['kind'] = 'sealed';
  #step = 0;

  constructor(blocks: number, blockSize: number) {
    this.written = new BlockSet(blocks);
    this.sealed = new BlockSet(blocks);
    this.#blockSize = blockSize;
  }

  take({ first, count, statuses, bytes }: ScannedBlocks): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    addRuns(this.written, first, count, (i) => statuses[i] !== blockStatus.hole && statuses[i] !== unreadable);
    addRuns(this.sealed, first, count, (i) => isSealed(statuses[i]!));
    for (let i = 0; i < count; i++) {
      const status = statuses[i]!;
      if (status === blockStatus.hole) continue;
      if (status === unreadable) {
        if (this.unreadableBlocks.length < maxUnreadable) this.unreadableBlocks.push(first + i);
        continue;
      }
      const trailer = (i + 1) * this.#blockSize - trailerSize;
      const tag = this.#texts.of(view.getUint32(trailer, true));
      if (tag !== '') this.#add(first + i, status, tag, view.getUint32(trailer + 4, true));
    }
  }

  #add(block: number, status: number, tag: string, generation: number): void {
    const kind = isSealed(status) ? (status === blockStatus.ok ? 'sealed' : 'fresh') : 'damaged';
    // Raw data may spell a known tag once in 10^8 blocks; an unknown one says nothing unless the checksum holds.
    if (kind === 'damaged' && !isKnownTag(tag)) return;
    if (tag === 'DATA' && kind === 'sealed') return;
    this.#splitPair(block, tag, kind, generation);
    if (this.#continues(block, tag, kind, generation)) {
      this.runs.at(-1)!.count++;
    } else if (this.runs.length < maxRuns) {
      this.runs.push({ start: block, count: 1, tag, generation, kind });
    } else this.runsEnd ??= block;
    this.#lastGeneration = generation;
    this.#lastKind = kind;
  }

  /** Of generations 4 5 5 the first stands alone, although 4 5 count up. */
  #splitPair(block: number, tag: string, kind: TaggedRun['kind'], generation: number): void {
    const last = this.runs.at(-1);
    if (last?.count !== 2 || this.#step !== 1 || generation !== this.#lastGeneration) return;
    if (last.tag !== tag || last.start + 2 !== block || kind === 'damaged' || this.runs.length >= maxRuns) return;
    last.count = 1;
    this.runs.push({ start: block - 1, count: 1, tag, generation, kind: this.#lastKind });
  }

  #continues(block: number, tag: string, kind: TaggedRun['kind'], generation: number): boolean {
    const last = this.runs.at(-1);
    if (last === undefined || this.runsEnd !== undefined) return false;
    if (last.tag !== tag || last.start + last.count !== block) return false;
    if (kind === 'damaged' || last.kind === 'damaged') return kind === last.kind;
    const step = (generation - this.#lastGeneration) >>> 0;
    if (last.count === 1) this.#step = step;
    return step <= 1 && step === this.#step;
  }
}

const isSealed = (status: number): boolean => status === blockStatus.ok || status === blockStatus.formattedEmpty;

function addRuns(set: BlockSet, first: number, count: number, isMember: (i: number) => boolean): void {
  for (let i = 0; i < count; i++) {
    if (!isMember(i)) continue;
    const start = i;
    while (i < count && isMember(i)) i++;
    set.add({ start: first + start, count: i - start });
  }
}

/** Texts of tags; empty for a number that spells none. Neighbours mostly share their tag. */
class TagTexts {
  #number = 0;
  #text = '';

  of(tag: number): string {
    if (tag !== this.#number) {
      const text = tagToString(tag);
      this.#text = /^[\x20-\x7e]{4}$/.test(text) && !hasHighByte(tag) ? text : '';
      this.#number = tag;
    }
    return this.#text;
  }
}

/** `tagToString` writes bytes above 0x7F as question marks. */
const hasHighByte = (tag: number): boolean => (tag & 0x80808080) !== 0;
