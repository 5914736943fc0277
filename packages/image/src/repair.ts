import { type Finding, sameBytes, VdeError } from '@vde/format';
import type { DeviceSpace } from './commit.ts';
import type { BlockDevice } from './device.ts';
import type { DiskImage } from './disk-image.ts';
import { requireWritable } from './edit/open-for-edit.ts';
import { openImage } from './open-image.ts';
import { overlayDevice } from './overlay-device.ts';
import { replayCalls } from './recording-device.ts';
import { repairBitmap } from './repair-bitmap.ts';
import { type RepairStep, repairHead } from './repair-head.ts';
import { readPadded, sectorPatches } from './sector-patches.ts';
import type { BlockSource } from './source.ts';
import type { Undo } from './undo.ts';

/** What a repair of an image would do. As an {@link Undo} it says how to take it back. */
export interface RepairPlan extends Undo {
  /** What is put right; nothing where the image needs no repair, or where none helps. */
  readonly steps: readonly RepairStep[];
  /** Errors in superblocks and directory that stay: a salvage may find what they held. */
  readonly lost: readonly Finding[];
  /**
   * Does it, in an order in which a crash at any moment leaves a reader what it saw before, or more.
   * @throws VdeError `imageChanged` where the device is not as it was planned for: nothing is written then. @throws VdeError `writeFailed`.
   */
  apply(device: BlockDevice): Promise<void>;
}

type Repair = (space: DeviceSpace, options: { readonly signal?: AbortSignal | undefined }) => Promise<RepairStep[]>;

/** The repairs, in the order in which they are done. Each sees what those before it have written. */
const repairs: readonly Repair[] = [repairHead, repairBitmap];

/**
 * Works out how to repair an image, and writes nothing: not to the source, and to a device only with `apply`.
 * @throws VdeError `notWritable` for an image of a newer writer or with features that forbid writing, and what `openImage` throws.
 */
export async function planRepair(
  source: BlockSource,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<RepairPlan> {
  const device = overlayDevice(source);
  const image = await openImage(device, options);
  requireWritable(image);
  const { base, blockSize } = image;
  const steps: RepairStep[] = [];
  for (const repair of repairs) {
    options.signal?.throwIfAborted();
    steps.push(...(await repair({ source: device, base, blockSize }, options)));
  }
  const repaired = await openImage(device, options);
  const patches = await sectorPatches(source, device.calls, { base, blockSize });
  const plan = { base, blockSize, sizeBefore: source.size, sizeAfter: device.size, patches };
  return {
    ...plan,
    ...(uuidOf(repaired) ?? {}),
    steps,
    lost: repaired.findings.filter(({ severity }) => severity === 'error'),
    async apply(target) {
      await requireUnchanged(target, plan);
      if (patches.length > 0) await replayCalls(target, device.calls);
    },
  };
}

const uuidOf = ({ superblock }: DiskImage) => superblock && { volumeUuid: superblock.volumeUuid };

async function requireUnchanged(device: BlockDevice, { sizeBefore, patches }: Pick<Undo, 'sizeBefore' | 'patches'>) {
  let isSame = device.size === sizeBefore;
  for (const { offset, before } of patches) {
    if (isSame) isSame = sameBytes(await readPadded(device, offset, before.length), before);
  }
  if (!isSame) throw new VdeError('imageChanged', `${device.name}: is not as it was when the repair was planned`);
}
