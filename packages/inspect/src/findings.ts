import type { Finding } from '@vde/format';
import type { DiskImage, ImageSlot } from '@vde/image';
import type { ImageFinding, SlotRef } from './model.ts';

/** Where damage of these kinds can be put right from, when the finding itself does not say. */
const repairSources: Readonly<Record<string, string>> = {
  wrongTag: 'directory',
  tornWrite: 'neighbours',
  generationAnomaly: 'neighbours',
  mirrorDiffers: 'primary',
  generationsDiffer: 'checkpointSequence',
  slotTablesDiffer: 'pointerTable',
  block0Hash: 'directory',
  slotCount: 'directory',
  activeCount: 'directory',
  bitmapMissing: 'directory',
  bitmapCountDiffers: 'bitmap',
};

/** Where a region's finding stands: the slot, and its plugin if any. */
export interface RegionPlace {
  readonly slot: ImageSlot;
  readonly id: string | null;
}

/** The finding of a container structure or of a region (blocks then relative to it), placed in the image file. */
export function placeFinding(
  image: Pick<DiskImage, 'base' | 'blockSize'>,
  finding: Finding,
  region?: RegionPlace,
): ImageFinding {
  const { code, severity, message, path, expected, actual } = finding;
  const block = finding.block === undefined ? undefined : finding.block + (region?.slot.startBlock ?? 0);
  const ref: SlotRef | undefined = region && { slot: region.slot.index, type: region.slot.type, id: region.id };
  const from = finding.repair?.from ?? repairSources[code] ?? (region?.slot.type === 'BMAP' ? 'directory' : undefined);
  const isPossible = finding.repair?.possible ?? from !== undefined;
  return {
    code,
    severity,
    message,
    address: block === undefined ? (region ? `s:${region.slot.index}` : 'sb') : `b:${block}`,
    ...(block !== undefined && { block, range: rangeOf(image, finding, block) }),
    ...(ref && { region: ref }),
    ...(path !== undefined && { path }),
    ...(expected !== undefined && { expected }),
    ...(actual !== undefined && { actual }),
    repair: { possible: isPossible, ...(isPossible && from !== undefined && { from }) },
  };
}

function rangeOf(
  { base, blockSize }: Pick<DiskImage, 'base' | 'blockSize'>,
  { offset = 0, length }: Finding,
  block: number,
) {
  return { offset: base + block * blockSize + offset, length: length ?? blockSize - offset };
}

/** Leaves out findings that say again what an earlier one said of the same block: the heaviest of them has to come first. */
export function withoutRepeats(findings: readonly ImageFinding[]): ImageFinding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    if (finding.block === undefined) return true;
    const key = `${finding.code} ${finding.block} ${finding.path ?? ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

const ranks = { error: 0, warning: 1, notice: 2 } as const;

/** Findings in the order of their weight, then of their place. */
export function inOrder(findings: readonly ImageFinding[]): ImageFinding[] {
  return [...findings].sort((a, b) => ranks[a.severity] - ranks[b.severity] || (a.block ?? -1) - (b.block ?? -1));
}
