import { type Finding, tagToString } from '@vde/format';
import type { DiskImage, ImageSlot, ScannedBlocks } from '@vde/image';
import { type AllowedTags, type BlockKind, judgeBlock, mustBeSealed, tagsOfType } from './block-rules.ts';
import type { CheckedRegion } from './check-regions.ts';
import { placeFinding } from './findings.ts';
import { GenerationWatch, type OddGeneration } from './generation-watch.ts';
import type { ImageFinding } from './model.ts';
import type { Segment } from './segments.ts';

/** Blocks by what they count as, and what was found in them. */
export interface BlockTally {
  readonly blocks: Readonly<Record<string, number>>;
  readonly findings: readonly ImageFinding[];
}

interface ScanCall {
  onProgress?(progress: { readonly done: number; readonly total: number }): void;
  readonly signal?: AbortSignal | undefined;
}

/** Blocks 0-9 were judged when the image was opened: they are counted here, not reported again. */
const headBlocks = 10;

/** Gaps between segments up to this are read along: a read of its own costs more. */
const gapBytes = 64 * 1024;

/** Reads the segments front to back and judges every block by its trailer. */
export async function scanSegments(
  image: DiskImage,
  segments: readonly Segment[],
  regions: ReadonlyMap<ImageSlot, CheckedRegion>,
  call: ScanCall,
): Promise<BlockTally> {
  const judge = new BlockJudge(image, regions);
  const runs = runsOf(segments, gapBytes / image.blockSize);
  const total = runs.reduce((sum, run) => sum + (run.at(-1)!.end - run[0]!.start) * image.blockSize, 0);
  let done = 0;
  for (const run of runs) {
    const first = run[0]!.start;
    await image.scan({ first, count: run.at(-1)!.end - first, signal: call.signal }, (blocks) => {
      judge.take(blocks, run);
      done += blocks.bytes.length;
      call.onProgress?.({ done, total });
    });
  }
  return judge.finish();
}

/** Segments in rows with no gap of more than `gap` blocks between two of them. */
function runsOf(segments: readonly Segment[], gap: number): Segment[][] {
  const runs: Segment[][] = [];
  for (const segment of segments) {
    if (segment.end <= segment.start) continue;
    const last = runs.at(-1);
    if (last !== undefined && segment.start - last.at(-1)!.end <= gap) last.push(segment);
    else runs.push([segment]);
  }
  return runs;
}

const betweenOthers = 'stands between blocks that ask for';

class BlockJudge {
  readonly counts: Record<BlockKind, number> = {
    ok: 0,
    hole: 0,
    raw: 0,
    badTrailer: 0,
    wrongTag: 0,
    blockUnreadable: 0,
  };
  readonly findings: ImageFinding[] = [];
  readonly #image: DiskImage;
  readonly #regions: ReadonlyMap<ImageSlot, CheckedRegion>;
  readonly #watches = new Map<ImageSlot, GenerationWatch>();

  constructor(image: DiskImage, regions: ReadonlyMap<ImageSlot, CheckedRegion>) {
    this.#image = image;
    this.#regions = regions;
  }

  take({ first, count, statuses, bytes }: ScannedBlocks, run: readonly Segment[]): void {
    const { blockSize, payloadSize } = this.#image.geometry;
    const trailers = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = run.findIndex(({ end }) => end > first);
    for (let i = 0; i < count; i++) {
      const block = first + i;
      while (run[at]!.end <= block) at++;
      if (block < run[at]!.start) continue;
      const trailer = i * blockSize + payloadSize;
      const stored = trailers.getUint32(trailer, true);
      this.#judge(
        run[at]!,
        block,
        statuses[i]!,
        stored === 0 ? '' : tagToString(stored),
        trailers.getUint32(trailer + 4, true),
      );
    }
  }

  #judge({ slot, isFree }: Segment, block: number, status: number, tag: string, generation: number): void {
    const relative = slot ? block - slot.startBlock : block;
    const sealed = slot !== undefined && mustBeSealed(slot.type, relative);
    const asked = slot && sealed ? this.#expected(slot, relative) : undefined;
    const tags = asked ? [asked.tag] : this.#tagsOf(slot, sealed);
    const kind = block < headBlocks ? headKind(status) : judgeBlock(status, tag, sealed, tags);
    this.counts[kind]++;
    if (block < headBlocks) return;
    if (kind === 'badTrailer' || kind === 'wrongTag' || kind === 'blockUnreadable')
      this.#report(kind, slot, block, tag, tags, isFree ? 'notice' : 'error');
    if (kind !== 'ok' || slot === undefined || !sealed) return;
    if (asked?.generation === undefined) this.#watch(slot, block, generation, { mayCount: asked === undefined });
    else if (asked.generation !== generation)
      this.#oddGeneration(slot, { block, generation, expected: asked.generation }, 'is to carry');
  }

  /** What the plugin asks of a block that decoding did not look at. */
  #expected(slot: ImageSlot, relative: number) {
    const region = this.#regions.get(slot);
    return region && relative >= region.judgedBlocks ? region.expect(relative) : undefined;
  }

  #tagsOf(slot: ImageSlot | undefined, sealed: boolean): AllowedTags {
    if (slot === undefined || !sealed) return 'known';
    const plugin = this.#regions.get(slot)?.plugin;
    return plugin ? [plugin.blockTag, ...plugin.slotTypes] : tagsOfType(slot.type);
  }

  #watch(slot: ImageSlot, block: number, generation: number, how: { readonly mayCount: boolean }): void {
    if (block - slot.startBlock < (this.#regions.get(slot)?.judgedBlocks ?? 0)) return;
    let watch = this.#watches.get(slot);
    if (watch === undefined) {
      watch = new GenerationWatch(how);
      this.#watches.set(slot, watch);
    }
    for (const odd of watch.next(block, generation)) this.#oddGeneration(slot, odd, betweenOthers);
  }

  /** Judges what waited for a next block. */
  finish(): BlockTally {
    for (const [slot, watch] of this.#watches)
      for (const odd of watch.end()) this.#oddGeneration(slot, odd, betweenOthers);
    return { blocks: this.counts, findings: this.findings };
  }

  #oddGeneration(slot: ImageSlot, { block, generation, expected }: OddGeneration, why: string): void {
    const message = `block ${block} has generation ${generation}, but ${why} ${expected}`;
    const place = { block: block - slot.startBlock, offset: this.#image.geometry.payloadSize + 4, length: 4 };
    this.#add(
      { code: 'generationAnomaly', severity: 'warning', message, ...place, expected, actual: generation },
      slot,
    );
  }

  #report(
    kind: 'badTrailer' | 'wrongTag' | 'blockUnreadable',
    slot: ImageSlot | undefined,
    block: number,
    tag: string,
    tags: AllowedTags,
    severity: 'error' | 'notice',
  ): void {
    const { blockSize, payloadSize } = this.#image.geometry;
    const owner = severity === 'notice' ? 'free space' : slot ? `slot ${slot.index}, ${slot.name}` : 'no region';
    const relative = slot ? block - slot.startBlock : block;
    if (kind === 'wrongTag') {
      const expected = typeof tags === 'string' ? undefined : tags[0];
      const message = `block ${block} (${owner}) has tag ${JSON.stringify(tag)}, expected ${expected ?? 'a known one'}`;
      const place = { block: relative, offset: payloadSize, length: 4, expected, actual: tag };
      this.#add({ code: 'wrongTag', severity, message, ...place }, slot);
      return;
    }
    const what = kind === 'badTrailer' ? 'does not match its checksum' : 'could not be read from the medium';
    this.#add(
      {
        code: kind,
        severity,
        message: `block ${block} (${owner}) ${what}`,
        block: relative,
        offset: 0,
        length: blockSize,
      },
      slot,
    );
  }

  #add(finding: Finding, slot: ImageSlot | undefined): void {
    const id = (slot && this.#regions.get(slot)?.plugin.id) ?? null;
    this.findings.push(placeFinding(this.#image, finding, slot && { slot, id }));
  }
}

function headKind(status: number): BlockKind {
  return judgeBlock(status, 'RMAP', true, 'any');
}
