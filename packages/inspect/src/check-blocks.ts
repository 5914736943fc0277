import { type Finding, tagToString } from '@vde/format';
import type { DiskImage, ImageSlot, Resolution, ScannedBlocks } from '@vde/image';
import { type BlockKind, judgeBlock, mustBeSealed } from './block-rules.ts';
import { isContainerRegion } from './container-regions.ts';
import { placeFinding } from './findings.ts';
import { GenerationWatch } from './generation-watch.ts';
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

/** Reads the segments front to back and judges every block by its trailer. */
export async function scanSegments(image: DiskImage, segments: readonly Segment[], call: ScanCall): Promise<BlockTally> {
  const judge = new BlockJudge(image, await resolveSlots(image, call));
  const total = segments.reduce((sum, { start, end }) => sum + (end - start) * image.blockSize, 0);
  let done = 0;
  for (const run of contiguousRuns(segments)) {
    const first = run[0]!.start;
    await image.scan({ first, count: run.at(-1)!.end - first, signal: call.signal }, (blocks) => {
      judge.take(blocks, run);
      done += blocks.bytes.length;
      call.onProgress?.({ done, total });
    });
  }
  return { blocks: judge.counts, findings: judge.findings };
}

async function resolveSlots(image: DiskImage, call: ScanCall): Promise<Map<ImageSlot, Resolution>> {
  const resolved = new Map<ImageSlot, Resolution>();
  for (const slot of image.slots) {
    if (slot.startBlock >= image.presentBlocks) continue;
    const resolution = await image.resolve(slot, { signal: call.signal });
    if (resolution) resolved.set(slot, resolution);
  }
  return resolved;
}

function contiguousRuns(segments: readonly Segment[]): Segment[][] {
  const runs: Segment[][] = [];
  for (const segment of segments) {
    if (segment.end <= segment.start) continue;
    const last = runs.at(-1);
    if (last?.at(-1)?.end === segment.start) last.push(segment);
    else runs.push([segment]);
  }
  return runs;
}

class BlockJudge {
  readonly counts: Record<BlockKind, number> = { ok: 0, hole: 0, raw: 0, badTrailer: 0, wrongTag: 0, blockUnreadable: 0 };
  readonly findings: ImageFinding[] = [];
  readonly #image: DiskImage;
  readonly #plugins: Map<ImageSlot, Resolution>;
  readonly #watches = new Map<ImageSlot, GenerationWatch>();

  constructor(image: DiskImage, plugins: Map<ImageSlot, Resolution>) {
    this.#image = image;
    this.#plugins = plugins;
  }

  take({ first, count, statuses, bytes }: ScannedBlocks, run: readonly Segment[]): void {
    const { blockSize, payloadSize } = this.#image.geometry;
    const trailers = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = run.findIndex(({ end }) => end > first);
    for (let i = 0; i < count; i++) {
      const block = first + i;
      while (run[at]!.end <= block) at++;
      const trailer = i * blockSize + payloadSize;
      const stored = trailers.getUint32(trailer, true);
      this.#judge(run[at]!.slot, block, statuses[i]!, stored === 0 ? '' : tagToString(stored), trailers.getUint32(trailer + 4, true));
    }
  }

  #judge(slot: ImageSlot | undefined, block: number, status: number, tag: string, generation: number): void {
    const relative = slot ? block - slot.startBlock : block;
    const sealed = slot !== undefined && mustBeSealed(slot.type, relative);
    const tags = slot && this.#tagsOf(slot, relative, sealed);
    const kind = block < headBlocks ? headKind(status) : judgeBlock(status, tag, sealed, tags);
    this.counts[kind]++;
    if (block < headBlocks) return;
    if (kind === 'badTrailer' || kind === 'wrongTag' || kind === 'blockUnreadable') this.#report(kind, slot, block, tag, tags);
    if (kind === 'ok' && slot !== undefined && sealed && !this.#plugins.has(slot)) this.#watch(slot, block, generation);
  }

  /** Tags that may stand in a block; undefined: any known one. */
  #tagsOf(slot: ImageSlot, relative: number, sealed: boolean): readonly string[] | undefined {
    const plugin = this.#plugins.get(slot)?.plugin;
    if (plugin === undefined || !sealed) return undefined;
    if (isContainerRegion(plugin) && relative > 0 && slot.type !== 'BMAP') return undefined;
    return [plugin.blockTag, ...plugin.slotTypes];
  }

  #watch(slot: ImageSlot, block: number, generation: number): void {
    let watch = this.#watches.get(slot);
    if (watch === undefined) {
      watch = new GenerationWatch();
      this.#watches.set(slot, watch);
    }
    const odd = watch.next(block, generation);
    if (odd === undefined) return;
    const message = `block ${odd.block} has generation ${odd.generation} between blocks that ask for ${odd.expected}`;
    const place = { block: odd.block - slot.startBlock, offset: this.#image.geometry.payloadSize + 4, length: 4 };
    this.#add({ code: 'generationAnomaly', severity: 'warning', message, ...place, expected: odd.expected, actual: odd.generation }, slot);
  }

  #report(kind: 'badTrailer' | 'wrongTag' | 'blockUnreadable', slot: ImageSlot | undefined, block: number, tag: string, tags: readonly string[] | undefined): void {
    const { blockSize, payloadSize } = this.#image.geometry;
    const owner = slot ? `slot ${slot.index}, ${slot.name}` : 'no region';
    const relative = slot ? block - slot.startBlock : block;
    if (kind === 'wrongTag') {
      const message = `block ${block} (${owner}) has tag ${JSON.stringify(tag)}, expected ${tags?.[0] ?? 'a known one'}`;
      const place = { block: relative, offset: payloadSize, length: 4, expected: tags?.[0], actual: tag };
      this.#add({ code: 'wrongTag', severity: 'error', message, ...place }, slot);
      return;
    }
    const what = kind === 'badTrailer' ? 'does not match its checksum' : 'could not be read from the medium';
    this.#add({ code: kind, severity: 'error', message: `block ${block} (${owner}) ${what}`, block: relative, offset: 0, length: blockSize }, slot);
  }

  #add(finding: Finding, slot: ImageSlot | undefined): void {
    const id = (slot && this.#plugins.get(slot)?.plugin.id) ?? null;
    this.findings.push(placeFinding(this.#image, finding, slot && { slot, id }));
  }
}

function headKind(status: number): BlockKind {
  const kind = judgeBlock(status, 'RMAP', true, undefined);
  return kind === 'wrongTag' ? 'ok' : kind;
}
