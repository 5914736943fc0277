import { type Finding, tagToString } from '@vde/format';
import type { DiskImage, ImageSlot } from '@vde/image';
import { placeFinding } from '../findings.ts';
import type { ImageFinding } from '../model.ts';
import type { Segment } from '../segments.ts';
import { type AllowedTags, mustBeSealed, tagsOfType } from './block-rules.ts';
import type { OddGeneration } from './generation-watch.ts';
import type { CheckedRegion } from './regions.ts';
import type { ScanPlan } from './scan-plan.ts';

/** Kinds of blocks that are findings. */
export const damagedKinds = ['badTrailer', 'wrongTag', 'blockUnreadable'] as const;

/** A block that stands out, and what its trailer says: with the image, all that a finding is made of. */
export type OddBlock =
  | { readonly kind: (typeof damagedKinds)[number]; readonly block: number; readonly tag: number }
  | ({ readonly kind: 'oddGeneration'; readonly by: 'place' | 'neighbours' } & OddGeneration);

/** What the slots of an image ask of their blocks. */
export class BlockDemands {
  readonly #image: DiskImage;
  readonly #regions: ReadonlyMap<ImageSlot, CheckedRegion>;

  constructor(image: DiskImage, regions: ReadonlyMap<ImageSlot, CheckedRegion>) {
    this.#image = image;
    this.#regions = regions;
  }

  /** Blocks from the first of a slot whose generation decoding compared. */
  judgedBlocks(slot: ImageSlot): number {
    return this.#regions.get(slot)?.judgedBlocks ?? 0;
  }

  /** Tags that a block may carry, and the generation that the plugin asks of it where decoding did not look. */
  of(slot: ImageSlot | undefined, block: number) {
    const relative = slot ? block - slot.startBlock : block;
    const sealed = slot !== undefined && mustBeSealed(slot.type, relative);
    if (!sealed) return { sealed, tags: 'known' as AllowedTags, asked: undefined };
    const region = this.#regions.get(slot);
    const asked = region && relative >= region.judgedBlocks ? region.expect(relative) : undefined;
    const plugin = region?.plugin;
    const own = plugin ? [plugin.blockTag, ...plugin.slotTypes] : tagsOfType(slot.type);
    return { sealed, tags: asked ? [asked.tag] : own, asked };
  }

  /** The findings that blocks of a plan are. */
  findings(odd: readonly OddBlock[], plan: ScanPlan): ImageFinding[] {
    return odd.map((found) => {
      const part = plan.partAt(found.block)!;
      const id = (part.slot && this.#regions.get(part.slot)?.plugin.id) ?? null;
      const finding = found.kind === 'oddGeneration' ? this.#oddGeneration(found, part) : this.#damaged(found, part);
      return placeFinding(this.#image, finding, part.slot && { slot: part.slot, id });
    });
  }

  /** Whether nothing refers to a block, free ones included: what a write that was cut off left in it is no damage. */
  #isUnused({ slot, isFree }: Segment, block: number): boolean {
    if (isFree) return true;
    if (slot !== undefined) return this.#regions.get(slot)?.isUnused(block - slot.startBlock) ?? false;
    return [...this.#regions].some(
      ([{ startBlock }, { headerRoom }]) => block >= startBlock - headerRoom && block < startBlock,
    );
  }

  #oddGeneration({ block, generation, expected, by }: OddBlock & { kind: 'oddGeneration' }, part: Segment): Finding {
    const why = by === 'place' ? 'is to carry' : 'stands between blocks that ask for';
    const isUnused = this.#isUnused(part, block);
    const message = `block ${block} has generation ${generation}, but ${why} ${expected}${isUnused ? '; it is in no use' : ''}`;
    const place = { block: block - part.slot!.startBlock, offset: this.#image.geometry.payloadSize + 4, length: 4 };
    const severity = isUnused ? 'notice' : 'warning';
    return { code: 'generationAnomaly', severity, message, ...place, expected, actual: generation };
  }

  #damaged({ kind, block, tag: stored }: Exclude<OddBlock, { kind: 'oddGeneration' }>, part: Segment): Finding {
    const { slot, isFree } = part;
    const { blockSize, payloadSize } = this.#image.geometry;
    const isUnused = this.#isUnused(part, block);
    const severity = isUnused ? 'notice' : 'error';
    const use = isUnused ? ', in no use' : '';
    const owner = isFree ? 'free space' : slot ? `slot ${slot.index}, ${slot.name}${use}` : `no region${use}`;
    const relative = slot ? block - slot.startBlock : block;
    if (kind === 'wrongTag') {
      const { tags } = this.of(slot, block);
      const expected = typeof tags === 'string' ? undefined : tags[0];
      const tag = tagText(stored);
      const message = `block ${block} (${owner}) has tag ${JSON.stringify(tag)}, expected ${expected ?? 'a known one'}`;
      return { code: kind, severity, message, block: relative, offset: payloadSize, length: 4, expected, actual: tag };
    }
    const what = kind === 'badTrailer' ? 'does not match its checksum' : 'could not be read from the medium';
    const message = `block ${block} (${owner}) ${what}`;
    return { code: kind, severity, message, block: relative, offset: 0, length: blockSize };
  }
}

/** A tag as it stands in a trailer; none where nothing stands there. */
export const tagText = (stored: number): string => (stored === 0 ? '' : tagToString(stored));
