import type { DiskImage, ImageSlot } from '@vde/image';
import type { ImageFinding } from '../model.ts';
import { BlockJudge, type ScanState } from './block-judge.ts';
import { BlockDemands } from './odd-blocks.ts';
import type { CheckedRegion } from './regions.ts';
import type { ScanPlan } from './scan-plan.ts';

/** Blocks by what they count as, and what was found in them. */
export interface BlockTally {
  readonly blocks: Readonly<Record<string, number>>;
  readonly findings: readonly ImageFinding[];
}

interface ScanCall {
  onProgress?(progress: { readonly done: number; readonly total: number }): void;
  readonly signal?: AbortSignal | undefined;
  /** Where an earlier scan of the same plan ended. */
  readonly from?: ScanState | undefined;
  /** Called before the first block, with the judge whose state can be kept from then on. */
  onBegin?(judge: BlockJudge): void;
}

/** Reads the blocks of a plan front to back and judges each by its trailer. */
export async function scanPlan(
  image: DiskImage,
  plan: ScanPlan,
  regions: ReadonlyMap<ImageSlot, CheckedRegion>,
  { from, signal, onProgress, onBegin }: ScanCall,
): Promise<BlockTally> {
  const demands = new BlockDemands(image, regions);
  const judge = new BlockJudge(image, demands, from);
  onBegin?.(judge);
  const left = bytesOf(image, plan, from?.next);
  const total = from === undefined ? left : bytesOf(image, plan);
  let done = total - left;
  for (const { first, end, segments } of plan.runs(from?.next)) {
    await image.scan({ first, count: end - first, signal }, (blocks) => {
      judge.take(blocks, segments);
      done += blocks.bytes.length;
      onProgress?.({ done, total });
    });
  }
  judge.finish();
  return { blocks: judge.counts, findings: demands.findings(judge.odd, plan) };
}

/** Bytes that a plan reads from a block on. */
function bytesOf(image: DiskImage, plan: ScanPlan, from?: number): number {
  let blocks = 0;
  for (const { first, end } of plan.runs(from)) blocks += end - first;
  return blocks * image.blockSize;
}
