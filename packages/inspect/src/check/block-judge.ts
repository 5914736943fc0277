import { blockStatus, stringToTag, tagMeanings } from '@vde/format';
import { type DiskImage, type ImageSlot, type ScannedBlocks, unreadable } from '@vde/image';
import type { Segment } from '../segments.ts';
import { type BlockKind, judgeBlock, mustBeSealed } from './block-rules.ts';
import { GenerationWatch, type WatchState } from './generation-watch.ts';
import { type BlockDemands, type OddBlock, tagText } from './odd-blocks.ts';

/** Blocks 0-9 were judged when the image was opened: they are counted here, not reported again. */
export const headBlocks = 10;

/** What is known of the blocks before `next`, all that going on from there needs. */
export interface ScanState {
  readonly next: number;
  readonly counts: Readonly<Record<BlockKind, number>>;
  readonly odd: readonly OddBlock[];
  readonly watches: readonly ({ readonly slot: number } & WatchState)[];
}

/** As signed numbers, which an engine looks up without making an object of them: this is done for every block. */
const knownTags = /* @__PURE__ */ new Set(/* @__PURE__ */ Object.keys(tagMeanings).map((tag) => stringToTag(tag) | 0));

/** Judges blocks by status and trailer, in ascending order. */
export class BlockJudge {
  readonly counts: Record<BlockKind, number>;
  readonly odd: OddBlock[];
  readonly #payloadSize: number;
  readonly #demands: BlockDemands;
  readonly #watches: Map<ImageSlot, GenerationWatch>;
  #next: number;

  /** Begins at block 0, or where a state ends. */
  constructor(image: DiskImage, demands: BlockDemands, state?: ScanState) {
    this.#payloadSize = image.geometry.payloadSize;
    this.#demands = demands;
    this.counts = { ok: 0, hole: 0, raw: 0, badTrailer: 0, wrongTag: 0, blockUnreadable: 0, ...state?.counts };
    this.odd = [...(state?.odd ?? [])];
    const slotAt = (index: number) => image.slots.find((slot) => slot.index === index)!;
    this.#watches = new Map(state?.watches.map((watch) => [slotAt(watch.slot), new GenerationWatch(watch)]));
    this.#next = state?.next ?? 0;
  }

  /** A copy, which later blocks do not change. */
  get state(): ScanState {
    const watches = [...this.#watches].map(([slot, watch]) => ({ slot: slot.index, ...watch.state }));
    return { next: this.#next, counts: { ...this.counts }, odd: [...this.odd], watches };
  }

  /** Takes blocks, as far as they belong to one of the segments. */
  take(blocks: ScannedBlocks, segments: readonly Segment[]): void {
    const { first, count } = blocks;
    for (const segment of segments) {
      if (segment.start >= first + count) break;
      if (segment.end > first) this.#takePart(blocks, segment);
    }
    this.#next = first + count;
  }

  #takePart({ first, count, statuses, bytes }: ScannedBlocks, segment: Segment): void {
    const trailers = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const blockSize = this.#payloadSize + 16;
    const end = Math.min(segment.end - first, count);
    // Behind these blocks nothing is asked of raw slots but that a trailer, where there is one, is whole.
    const plainFrom = mustBeSealed(segment.slot?.type ?? 'DATA', 1) ? end : plainStart(segment) - first;
    let [holes, ok, raw] = [0, 0, 0];
    for (let i = Math.max(segment.start - first, 0); i < end; i++) {
      const status = statuses[i]!;
      if (status === blockStatus.hole) {
        holes++;
        continue;
      }
      const trailer = (i + 1) * blockSize - 16;
      const tag = trailers.getInt32(trailer, true);
      if (i >= plainFrom && status !== unreadable) {
        const isIntact = status === blockStatus.ok || status === blockStatus.formattedEmpty;
        if (isIntact === knownTags.has(tag)) {
          if (isIntact) ok++;
          else raw++;
          continue;
        }
      }
      this.#judge(segment, first + i, status, tag >>> 0, trailers.getUint32(trailer + 4, true));
    }
    this.counts.hole += holes;
    this.counts.ok += ok;
    this.counts.raw += raw;
  }

  #judge({ slot }: Segment, block: number, status: number, tag: number, generation: number): void {
    if (block < headBlocks) {
      this.counts[judgeBlock(status, 'RMAP', true, 'any')]++;
      return;
    }
    const { sealed, tags, asked } = this.#demands.of(slot, block);
    const kind = judgeBlock(status, tagText(tag), sealed, tags);
    this.counts[kind]++;
    if (kind === 'badTrailer' || kind === 'wrongTag' || kind === 'blockUnreadable') this.odd.push({ kind, block, tag });
    if (kind !== 'ok' || slot === undefined || !sealed) return;
    const expected = asked?.generation;
    if (expected === undefined) this.#watch(slot, block, generation, { mayCount: asked === undefined });
    else if (expected !== generation)
      this.odd.push({ kind: 'oddGeneration', by: 'place', block, generation, expected });
  }

  #watch(slot: ImageSlot, block: number, generation: number, how: { readonly mayCount: boolean }): void {
    if (block - slot.startBlock < this.#demands.judgedBlocks(slot)) return;
    let watch = this.#watches.get(slot);
    if (watch === undefined) {
      watch = new GenerationWatch(how);
      this.#watches.set(slot, watch);
    }
    this.#addOdd(watch.next(block, generation));
  }

  /** Judges what waited for a next block. */
  finish(): void {
    for (const watch of this.#watches.values()) this.#addOdd(watch.end());
  }

  #addOdd(found: ReturnType<GenerationWatch['next']>): void {
    for (const odd of found) this.odd.push({ kind: 'oddGeneration', by: 'neighbours', ...odd });
  }
}

/** The block of a raw segment from which on its blocks are plain: behind the slot's first, and the image's head. */
function plainStart({ start, slot }: Segment): number {
  return Math.max(headBlocks, start, slot ? slot.startBlock + 1 : 0);
}
