import type { BytePatch, RepairPlan, RepairStep } from '@vde/image';
import { placeFinding } from './findings.ts';
import type { ByteRange, ImageFinding } from './model.ts';

/** Bytes that a repair replaces, placed in the image. */
export interface RepairPatch extends Pick<BytePatch, 'before' | 'after'> {
  /** Such as `b:3` or `b:3+0xE00`. */
  readonly address: string;
  readonly block: number;
  readonly range: ByteRange;
}

/** What a repair would do to an image, or did. */
export interface RepairModel {
  /** For messages: its path. */
  readonly source: string;
  readonly size: number;
  readonly base: number;
  readonly blockSize: number;
  readonly volumeUuid: string | undefined;
  /** It was done; where nothing was to do, nothing was written either. */
  readonly applied: boolean;
  /** The file that takes it back. */
  readonly undo: string | undefined;
  readonly steps: readonly RepairStep[];
  readonly patches: readonly RepairPatch[];
  /** What cannot be repaired. */
  readonly lost: readonly ImageFinding[];
}

/** The plan of a repair for people and programs; `undo` names the file with which it was done. */
export function repairModel(
  plan: RepairPlan,
  { source, undo }: { readonly source: string; readonly undo?: string | undefined },
): RepairModel {
  const { base, blockSize, volumeUuid, sizeBefore, steps } = plan;
  return {
    source,
    size: sizeBefore,
    base,
    blockSize,
    volumeUuid,
    applied: undo !== undefined,
    undo,
    steps,
    patches: plan.patches.map((patch) => placePatch(patch, plan)),
    lost: plan.lost.map((finding) => placeFinding(plan, finding)),
  };
}

function placePatch(
  { offset, before, after }: BytePatch,
  { base, blockSize }: Pick<RepairPlan, 'base' | 'blockSize'>,
): RepairPatch {
  const block = Math.floor((offset - base) / blockSize);
  const inBlock = offset - base - block * blockSize;
  const address = inBlock === 0 ? `b:${block}` : `b:${block}+0x${inBlock.toString(16).toUpperCase()}`;
  return { address, block, range: { offset, length: after.length }, before, after };
}

/** Exit code of a repair (`cli.md`): 3 where something stays lost, 2 where a repair is possible and was not done. */
export function exitCodeOfRepair({ lost, steps, applied }: RepairModel): 0 | 2 | 3 {
  if (lost.length > 0) return 3;
  return steps.length > 0 && !applied ? 2 : 0;
}
