import { blockStatus, type Finding, readTrailer, verifyBlocks } from '@vde/format';
import type { DiskImage, Recovery } from '@vde/image';
import { isContainerRegion } from './container-regions.ts';
import { placeFinding } from './findings.ts';
import type { ImageFacts, ImageFinding } from './model.ts';
import { factsOf } from './space.ts';

/** A region in its slot, at one moment. */
export interface SlotMoment {
  readonly slot: number;
  readonly type: string;
  /** Id of its plugin, where one knows it. */
  readonly id: string | null;
  readonly startBlock: number;
  readonly blockCount: number;
  /** Generation of its first block; `null` where that is a hole, or damaged. */
  readonly generation: number | null;
}

/** What an edit did to a region. */
export interface Edited {
  readonly facts: ImageFacts;
  /** The words of the command. */
  readonly did: string;
  /** `undefined` for a region that was added. */
  readonly before: SlotMoment | undefined;
  /** `undefined` for a region that was removed. */
  readonly after: SlotMoment | undefined;
  /** What opening the image had to recover first. */
  readonly recovery: Recovery;
  readonly findings: readonly ImageFinding[];
}

/** The region of a slot as it is now, `undefined` where the slot holds none. */
export async function slotMoment(image: DiskImage, index: number): Promise<SlotMoment | undefined> {
  const slot = image.slots.find((candidate) => candidate.index === index);
  if (slot === undefined) return undefined;
  const { type, startBlock, blockCount } = slot;
  const resolution = await image.resolve(slot);
  const id = resolution === undefined || isContainerRegion(resolution.plugin) ? null : resolution.plugin.id;
  return { slot: index, type, id, startBlock, blockCount, generation: await firstGeneration(image, startBlock) };
}

async function firstGeneration(image: DiskImage, block: number): Promise<number | null> {
  const bytes = await image.readBlocks(block, 1);
  const status = Uint8Array.of(blockStatus.hole);
  verifyBlocks(bytes, image.blockSize, status);
  const isSealed = status[0] === blockStatus.ok || status[0] === blockStatus.formattedEmpty;
  return isSealed ? readTrailer(bytes, image.blockSize).generation : null;
}

/** The result of an edit; `image` as it is after it. */
export function editedModel(
  image: DiskImage,
  { findings, ...edit }: Omit<Edited, 'facts' | 'findings'> & { readonly findings: readonly Finding[] },
): Edited {
  return { ...edit, facts: factsOf(image), findings: findings.map((finding) => placeFinding(image, finding)) };
}
