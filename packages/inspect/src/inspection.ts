import {
  type AnyRegionPlugin,
  activeModules,
  blockStatus,
  type RegionPointer,
  slotFlags,
  slotState as stateOfPointer,
  textOf,
  verifyBlocks,
} from '@vde/format';
import { type BlockSource, type DiskImage, type ImageSlot, openImage, readBlocks } from '@vde/image';
import type { Address } from './address.ts';
import { checkBare } from './check/bare.ts';
import { type CheckOptions, checkImage } from './check/check.ts';
import { containerRegions, isContainerRegion } from './container-regions.ts';
import { createDamager } from './damage/damage.ts';
import type { Damager } from './damage/model.ts';
import { diffSpaces } from './diff/diff.ts';
import type { Difference, DiffOptions } from './diff/model.ts';
import { type FindModel, type FindOptions, findPattern } from './find/find.ts';
import type { Pattern } from './find/pattern.ts';
import { type MapOptions, mapImage } from './map/map.ts';
import type { MapModel } from './map/model.ts';
import type { CheckModel, HexModel, ImageFacts, InfoModel, ShowModel, SlotModel, SlotState } from './model.ts';
import { hexOf, showAddress } from './show.ts';
import { bareSpace, type InspectedSpace, imageSpace } from './space.ts';
import { groupStructure } from './structures.ts';

/** How an inspection opens its image. */
export interface InspectionOptions {
  readonly regions: readonly AnyRegionPlugin[];
  readonly superblock?: 'auto' | 'primary' | 'mirror';
  /** Also look at what no reader should open: unknown features, a newer version. */
  readonly lenient?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A look at an image, or at the bare blocks of a region: the model that command line and browser share. Reads only. */
export interface Inspection {
  /** `null` for bare blocks. */
  readonly facts: ImageFacts | null;
  info(options?: { readonly signal?: AbortSignal }): Promise<InfoModel>;
  /** Directory slots in use; with `all` also those that are free or in limbo. */
  slots(options?: { readonly all?: boolean }): Promise<SlotModel[]>;
  /** @throws VdeError `addressNotFound`. */
  show(address: Address): Promise<ShowModel>;
  /** Bytes with their fields; `length` outranks that of the address. @throws VdeError `addressNotFound`. */
  hex(address: Address, options?: { readonly length?: number }): Promise<HexModel>;
  check(options: CheckOptions): Promise<CheckModel>;
  /**
   * What differs in `other`, piece by piece: container fields, regions with their records, then blocks that no record explains.
   * Data that both bitmaps call free is not compared. @throws TypeError when one is an image and the other bare blocks.
   */
  diff(other: Inspection, options?: DiffOptions): AsyncGenerator<Difference>;
  /** All blocks by owner and state, while its runs are walked through. @throws TypeError for bare blocks. */
  map(options?: MapOptions): MapModel;
  /**
   * Looks for written blocks, so that damage of them can be planned; nothing is written. Takes as long as a map.
   * @throws TypeError for bare blocks.
   */
  damager(options?: MapOptions): Promise<Damager>;
  /** Searches bytes, while its hits are walked through. @throws VdeError `addressNotFound`. @throws RangeError for a bad `max`. */
  find(pattern: Pattern, options?: FindOptions): Promise<FindModel>;
  close(): Promise<void>;
}

/**
 * Opens an image to look at it. Damage is no reason not to.
 * @throws VdeError `notDwvd`, `legacyImage`, `badPreamble`; `unsupportedVersion`, `unknownIncompatibleFeatures`,
 * `unsupportedBlockSize` unless `lenient`; or what the source throws.
 */
export async function openInspection(
  source: BlockSource,
  { regions, superblock = 'auto', lenient = false, signal }: InspectionOptions,
): Promise<Inspection> {
  const image = await openImage(source, {
    regions: [...regions, ...containerRegions],
    superblock,
    lenient,
    signal,
  });
  return new ImageInspection(imageSpace(image), image);
}

/** Takes a source as the bare blocks of one region. @throws RangeError for an invalid block size. */
export async function openBareRegion(
  source: BlockSource,
  { plugin, blockSize }: { readonly plugin: AnyRegionPlugin; readonly blockSize: number },
): Promise<Inspection> {
  return new BareInspection(bareSpace(source, plugin, blockSize), plugin);
}

abstract class SpaceInspection {
  readonly facts: ImageFacts | null;
  protected readonly space: InspectedSpace;

  constructor(space: InspectedSpace) {
    this.space = space;
    this.facts = space.facts;
  }

  show(address: Address): Promise<ShowModel> {
    return showAddress(this.space, address);
  }

  hex(address: Address, { length }: { readonly length?: number } = {}): Promise<HexModel> {
    return hexOf(this.space, address, length);
  }

  diff(other: Inspection, options: DiffOptions = {}): AsyncGenerator<Difference> {
    if (!(other instanceof SpaceInspection) || (this.facts === null) !== (other.facts === null))
      throw new TypeError('an image is compared with an image, bare blocks with bare blocks');
    return diffSpaces(this.space, other.space, options);
  }

  find(pattern: Pattern, options: FindOptions = {}): Promise<FindModel> {
    return findPattern(this.space, pattern, options);
  }

  async close(): Promise<void> {
    await this.space.source.close?.();
  }

  async slots({ all = false }: { readonly all?: boolean } = {}): Promise<SlotModel[]> {
    const active: SlotModel[] = [];
    for (const slot of this.space.slots) active.push(await slotModel(this.space, slot));
    if (!all) return active;
    const others = (this.space.image?.pointers ?? []).flatMap((pointer, index) =>
      active.some((slot) => slot.index === index) ? [] : [pointerModel(pointer, index)],
    );
    return [...active, ...others].sort((a, b) => a.index - b.index);
  }
}

class ImageInspection extends SpaceInspection implements Inspection {
  readonly #image: DiskImage;

  constructor(space: InspectedSpace, image: DiskImage) {
    super(space);
    this.#image = image;
  }

  async info({ signal }: { readonly signal?: AbortSignal } = {}): Promise<InfoModel> {
    const image = this.#image;
    const { superblock, group } = image;
    const used = group.sources[0]?.block === 4 ? 'mirror' : 'primary';
    return {
      facts: this.facts!,
      label: superblock ? textOf(superblock.volumeLabel) : '',
      copyReason: group.why,
      superblock: superblock ? [...(await groupStructure(this.space, used).fields(0, 1))] : [],
      modules: superblock ? activeModules(superblock.moduleManifest).map(({ name }) => name) : [],
      integrity: await image.checkIntegrity({ signal }),
      slots: await this.slots(),
      check: await this.check({ level: 'quick', signal }),
    };
  }

  check(options: CheckOptions): Promise<CheckModel> {
    return checkImage(this.#image, this.facts!, options);
  }

  map(options: MapOptions = {}): MapModel {
    return mapImage(this.#image, this.facts!, options);
  }

  damager(options: MapOptions = {}): Promise<Damager> {
    return createDamager(this.space, options);
  }
}

class BareInspection extends SpaceInspection implements Inspection {
  readonly #plugin: AnyRegionPlugin;

  constructor(space: InspectedSpace, plugin: AnyRegionPlugin) {
    super(space);
    this.#plugin = plugin;
  }

  info(): Promise<InfoModel> {
    return Promise.reject(new TypeError('bare region blocks have no superblock to describe'));
  }

  map(): MapModel {
    throw new TypeError('bare region blocks have no directory to map them by');
  }

  damager(): Promise<Damager> {
    return Promise.reject(new TypeError('bare region blocks have no directory to choose blocks by'));
  }

  check(options: CheckOptions): Promise<CheckModel> {
    return checkBare(this.space, this.#plugin, options);
  }
}

const flagNames = (bits: number): string[] =>
  Object.entries(slotFlags).flatMap(([name, bit]) => ((bits & bit) !== 0 ? [name] : []));

async function slotModel(space: InspectedSpace, slot: ImageSlot): Promise<SlotModel> {
  const resolution = await space.resolve(slot);
  const isRegion = resolution !== undefined && !isContainerRegion(resolution.plugin);
  return {
    index: slot.index,
    type: slot.type,
    name: slot.name,
    id: isRegion ? resolution.plugin.id : null,
    resolvedBy: isRegion ? resolution.by : null,
    flags: flagNames(slot.pointer.flags),
    startBlock: BigInt(slot.startBlock),
    blockCount: BigInt(slot.blockCount),
    usedBlocks: BigInt(slot.usedBlocks),
    state: await slotState(space, slot),
    address: `s:${slot.index}`,
  };
}

/** What the first block of a slot says. */
async function slotState(space: InspectedSpace, slot: ImageSlot): Promise<SlotState> {
  const status = new Uint8Array([blockStatus.hole]);
  if (slot.blockCount > 0) verifyBlocks(await readBlocks(space, slot.startBlock, 1), space.blockSize, status);
  if (status[0] === blockStatus.hole) return 'hole';
  if (status[0] === blockStatus.formattedEmpty) return 'empty';
  return status[0] === blockStatus.ok || slot.type === 'DATA' ? 'written' : 'damaged';
}

function pointerModel(pointer: RegionPointer, index: number): SlotModel {
  const { regionTypeId: type, flags, startBlock, blockCount, usedBlocks } = pointer;
  const name = stateOfPointer(pointer);
  return {
    index,
    type,
    name,
    id: null,
    resolvedBy: null,
    flags: flagNames(flags),
    startBlock,
    blockCount,
    usedBlocks,
    state: 'hole',
    address: `dir/${index}`,
  };
}
