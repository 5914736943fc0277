import { type AnyRegionPlugin, blockStatus, groupTags, isVdeError, tagToString } from '@vde/format';
import type { DiskImage, ImageSlot, ScannedBlocks } from '@vde/image';
import { type AllowedTags, judgeBlock, mustBeSealed, tagsOfType } from '../check/block-rules.ts';
import type { MapState } from './model.ts';

/** Tags of blocks 0-9 (page 01, 3.2). */
const headTags = /* @__PURE__ */ [...groupTags, ...groupTags, 'RMAP', 'RMAP'];

/** Says what blocks count as. */
export class MapJudge {
  readonly #payloadSize: number;
  readonly #plugins: ReadonlyMap<ImageSlot, AnyRegionPlugin>;

  constructor(image: DiskImage, plugins: ReadonlyMap<ImageSlot, AnyRegionPlugin>) {
    this.#payloadSize = image.geometry.payloadSize;
    this.#plugins = plugins;
  }

  /** The state of the `i`th of scanned blocks, which belongs to a slot or to none. */
  stateOf({ first, statuses, bytes }: ScannedBlocks, i: number, slot: ImageSlot | undefined): MapState {
    const block = first + i;
    const status = statuses[i]!;
    if (status === blockStatus.hole) return 'hole';
    const size = this.#payloadSize + 16;
    const stored = new DataView(bytes.buffer, bytes.byteOffset + i * size + this.#payloadSize, 4).getUint32(0, true);
    const sealed = block < headTags.length || (slot !== undefined && mustBeSealed(slot.type, block - slot.startBlock));
    const kind = judgeBlock(status, stored === 0 ? '' : tagToString(stored), sealed, this.#tagsOf(slot, block, sealed));
    return kind === 'ok' && status === blockStatus.formattedEmpty ? 'empty' : kind;
  }

  #tagsOf(slot: ImageSlot | undefined, block: number, sealed: boolean): AllowedTags {
    const head = headTags[block];
    if (head !== undefined) return [head];
    if (slot === undefined || !sealed) return 'known';
    const plugin = this.#plugins.get(slot);
    return plugin ? [plugin.blockTag, ...plugin.slotTypes] : tagsOfType(slot.type);
  }
}

/** The plugins of the slots, as far as their first blocks can be read. */
export async function pluginsOf(
  image: DiskImage,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<ImageSlot, AnyRegionPlugin>> {
  const plugins = new Map<ImageSlot, AnyRegionPlugin>();
  for (const slot of image.slots) {
    if (slot.startBlock >= image.presentBlocks) continue;
    try {
      const resolved = await image.resolve(slot, { signal });
      if (resolved) plugins.set(slot, resolved.plugin);
    } catch (error) {
      if (!isVdeError(error, 'readFailed')) throw error;
    }
  }
  return plugins;
}
