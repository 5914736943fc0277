import {
  type AllocationBitmap,
  type AnyRegionPlugin,
  type BlockRun,
  findDataRegion,
  hasModule,
  modules,
  type RegionPlugin,
  type RegionPointer,
  slotFlags,
  superblockModuleCount,
  VdeError,
  withSlot,
} from '@vde/format';
import type { DiskImage, ImageRegion, ImageSlot, ReadCall } from '../disk-image.ts';
import type { BlockWrite } from './block-writes.ts';
import { FreeSpace } from './free-space.ts';
import { claimedRuns } from './runs.ts';

/** What is known of a region before a transaction changes it. @internal */
export type KnownRegion = Pick<ImageRegion<unknown>, 'slot' | 'generation' | 'form' | 'partial'>;

/** A region whose data are overwritten: the state that has to be committed first. @internal */
export interface Release {
  readonly plugin: AnyRegionPlugin;
  readonly slot: number;
  readonly state: unknown;
}

/** What a draft starts from. @internal */
export interface DraftBase {
  readonly image: DiskImage;
  readonly bitmap: AllocationBitmap;
  /** Blocks that the transaction has handed out already. */
  readonly taken: readonly BlockRun[];
  readonly known: Map<string, KnownRegion>;
  /** Time of the change, ticks. */
  readonly now: bigint;
  readonly signal?: AbortSignal | undefined;
}

/** The next state of an image while it is worked out. Nothing is written before all of it is known. @internal */
export class Draft {
  readonly image: DiskImage;
  readonly now: bigint;
  readonly call: ReadCall;
  /** The bitmap of the present state. */
  readonly bitmap: AllocationBitmap;
  readonly space: FreeSpace;
  /** Blocks that come into use, and blocks that no longer are. */
  readonly claims: BlockRun[] = [];
  readonly frees: BlockRun[] = [];
  /** New blocks that get what must not stay behind after a crash, and old ones that hold it. */
  readonly guards: BlockRun[] = [];
  readonly scrubs: BlockRun[] = [];
  readonly writes: BlockWrite[] = [];
  readonly releases: Release[] = [];
  pointers: readonly RegionPointer[];
  incompatibleFeatures: number;
  moduleManifest: number;
  readonly dataSlot: number | undefined;
  readonly #known: Map<string, KnownRegion>;
  readonly #changed = new Set<number>();

  constructor({ image, bitmap, taken, known, now, signal }: DraftBase) {
    this.image = image;
    this.bitmap = bitmap;
    this.now = now;
    this.call = { signal };
    this.pointers = image.pointers;
    this.incompatibleFeatures = image.superblock!.incompatibleFeatures;
    this.moduleManifest = image.superblock!.moduleManifest;
    this.dataSlot = dataSlotOf(image);
    const claimed = claimedRuns(image.pointers, { ...image, dataSlot: this.dataSlot });
    this.space = new FreeSpace(bitmap, [...claimed, ...taken, ...this.#lastOfData()]);
    this.claims.push(...taken);
    this.#known = known;
  }

  /** Blocks for a region, in front of what the data region holds where that is possible: its slot then starts behind them. */
  place(count: number): BlockRun {
    const run = this.placeSlot(count);
    this.claims.push(run);
    return run;
  }

  /** The same for blocks that count as in use because a slot lists them, and no longer than that. */
  placeSlot(count: number): BlockRun {
    const run = { start: this.space.take(count), count };
    this.#yieldFront(run);
    return run;
  }

  /** What opening the region of a plugin found out: it is read once for a transaction. */
  async region<State>(plugin: RegionPlugin<State>, slot: number | undefined): Promise<KnownRegion> {
    const key = knownKey(plugin, slot);
    const known =
      this.#known.get(key) ?? (await this.image.region(plugin, { ...at(slot), ...this.call, lenient: true }));
    this.#known.set(key, known);
    return known;
  }

  /** @throws RangeError for a slot that another change of this edit is about. */
  claimSlot({ index, type }: ImageSlot): void {
    if (this.#changed.has(index)) throw new RangeError(`slot ${index} (${type}) is changed twice in one edit`);
    this.#changed.add(index);
  }

  setPointer(index: number, changed: Partial<RegionPointer>): void {
    this.pointers = withSlot(this.pointers, index, { ...this.pointers[index]!, ...changed });
  }

  /** Feature bits and modules that a new region of this type needs (page 02, 3.3). */
  addFeatures({ incompatibleFeatures = 0, module }: AnyRegionPlugin): void {
    this.incompatibleFeatures = (this.incompatibleFeatures | incompatibleFeatures) >>> 0;
    // Inodes of a module that has fields in them would have to be written anew.
    const isFree = module !== undefined && module < superblockModuleCount && modules[module]?.inodeFieldBytes === 0;
    if (isFree && !hasModule(this.moduleManifest, module))
      this.moduleManifest = (this.moduleManifest | (1 << module)) >>> 0;
  }

  /** Feature bits that nothing needs any more once a region of this type is gone. */
  dropFeatures({ incompatibleFeatures = 0, slotTypes }: AnyRegionPlugin): void {
    const isLast = !this.pointers.some(
      ({ regionTypeId, flags }) => (flags & slotFlags.active) !== 0 && slotTypes.includes(regionTypeId),
    );
    if (isLast) this.incompatibleFeatures = (this.incompatibleFeatures & ~incompatibleFeatures) >>> 0;
  }

  /** The data region keeps its last block: no region is to lie in it because nothing else is left of it. */
  #lastOfData(): BlockRun[] {
    const data = this.dataSlot === undefined ? undefined : this.image.pointers[this.dataSlot]!;
    const last = data === undefined ? -1 : Number(data.startBlock + data.blockCount) - 1;
    return last >= 0 && last < this.image.totalBlocks ? [{ start: last, count: 1 }] : [];
  }

  #yieldFront({ start, count }: BlockRun): void {
    const data = this.dataSlot === undefined ? undefined : this.pointers[this.dataSlot]!;
    if (data === undefined || data.usedBlocks !== 0n) return;
    const end = BigInt(start + count);
    const dataEnd = data.startBlock + data.blockCount;
    // All of the run was free: nothing of the data region stands in front of its end.
    const isFront = BigInt(start) <= data.startBlock && end > data.startBlock;
    if (isFront) this.setPointer(this.dataSlot!, { startBlock: end, blockCount: dataEnd - end });
  }
}

/** The slot of the data region. @internal */
export const dataSlotOf = ({ pointers, superblock, totalBlocks }: DiskImage): number | undefined =>
  findDataRegion(pointers, { manifest: superblock!.moduleManifest, totalBlocks })?.index;

/** @internal */
export const knownKey = ({ id }: AnyRegionPlugin, slot: number | undefined): string => `${id} ${slot ?? ''}`;

/** The option for a slot that may not be given. @internal */
export const at = (slot: number | undefined) => (slot === undefined ? {} : { slot });

const closedFlags = slotFlags.encrypted | slotFlags.compressed | slotFlags.readOnly;

/** @throws VdeError `notWritable` for a region that its slot calls encrypted, compressed or read-only. @internal */
export function requireWritable({ index, type, pointer }: ImageSlot): void {
  if ((pointer.flags & closedFlags) === 0) return;
  const message = `slot ${index} (${type}) is flagged as encrypted, compressed or read-only; it is not written`;
  throw new VdeError('notWritable', message, { details: { slot: index, flags: pointer.flags } });
}
