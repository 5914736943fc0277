import type { AnyRegionPlugin, BlockRun, DataWrite, RegionChange, RegionPlugin } from '@vde/format';
import { findBlock, geometryOf, isAllocated, withoutRuns } from '@vde/format';
import type { DiskImage } from '../disk-image.ts';
import { at, Draft, type DraftBase, dataSlotOf, type KnownRegion, knownKey } from './draft.ts';
import { FreeSpace } from './free-space.ts';
import { nextGeneration, type PutOptions, putRegion, type RegionPut } from './put-region.ts';
import { claimedRuns, overlaps } from './runs.ts';
import { type AddOptions, addRegion, moveRegion, type RegionTarget, removeRegion } from './slots.ts';

/** What an edit changes. Nothing is written before the function that was given to `edit` has ended; then all of it is, or nothing. */
export interface Transaction {
  /** The image as it is before the edit. */
  readonly image: DiskImage;
  /** Time of the edit, ticks. */
  readonly now: bigint;
  /** The state of a region, decoded anew: yours to change and to put back. @throws VdeError as `image.region`. */
  region<State>(plugin: RegionPlugin<State>, options?: { readonly slot?: number }): Promise<State>;
  /** The generation with which a region is written by this edit. */
  generationOf(plugin: AnyRegionPlugin, options?: { readonly slot?: number }): Promise<number>;
  /** Gives a region another state. It is encoded when the edit is committed; of several for a region the last one counts. */
  put<State>(plugin: RegionPlugin<State>, state: State, options?: PutOptions): void;
  /** Writes a data block of an anchored region whose state is put, too: the payload is padded and sealed. */
  writeBlock(plugin: AnyRegionPlugin, index: number, payload: Uint8Array, options?: { readonly slot?: number }): void;
  /** Carries out what an editing command of a plugin gives. What it frees inside a region is left to that. */
  apply<State>(plugin: RegionPlugin<State>, change: RegionChange<State>, options?: PutOptions): void;
  /** Adds a region in the lowest free slot. */
  add<State>(plugin: RegionPlugin<State>, options?: AddOptions<State>): void;
  /** Removes a region and frees its blocks. */
  remove(target: RegionTarget): void;
  /** Moves a region to other blocks, byte for byte; with `blockCount` it grows or shrinks. */
  move(target: RegionTarget, options?: { readonly blockCount?: number }): void;
  /** Reserves blocks for what a region refers to and gives the first: the last that are free. @throws VdeError `noSpace`. */
  allocate(blockCount: number): number;
  /** Writes whole blocks at a place that `allocate` gave. They are taken over. */
  store(block: number, bytes: Uint8Array): void;
  /** Frees blocks that belong to no region. @throws RangeError for blocks that do, or that are free. */
  free(run: BlockRun): void;
}

type Change = (draft: Draft) => Promise<void> | void;

/** Collects what an edit changes, and works it out against a state of the image. @internal */
export class OpenTransaction implements Transaction {
  readonly image: DiskImage;
  readonly now: bigint;
  readonly #base: Omit<DraftBase, 'taken' | 'known'>;
  readonly #changes: Change[] = [];
  readonly #puts = new Map<string, { put: RegionPut | undefined; writes: DataWrite[] }>();
  readonly #taken: BlockRun[] = [];
  readonly #known = new Map<string, KnownRegion>();
  #space: FreeSpace | undefined;
  #isOpen = true;

  constructor(base: Omit<DraftBase, 'taken' | 'known'>) {
    this.#base = base;
    this.image = base.image;
    this.now = base.now;
  }

  async region<State>(plugin: RegionPlugin<State>, { slot }: { readonly slot?: number } = {}): Promise<State> {
    const { state, ...known } = await this.image.region(plugin, { ...at(slot), signal: this.#base.signal });
    this.#known.set(knownKey(plugin, slot), known);
    return state;
  }

  async generationOf(plugin: AnyRegionPlugin, { slot }: { readonly slot?: number } = {}): Promise<number> {
    const key = knownKey(plugin, slot);
    const known = this.#known.get(key) ?? (await this.image.region(plugin, { ...at(slot), lenient: true }));
    return nextGeneration(known);
  }

  put<State>(plugin: RegionPlugin<State>, state: State, options: PutOptions = {}): void {
    this.#putOf(plugin, options.slot).put = { plugin: plugin as AnyRegionPlugin, state, options, writes: [] };
  }

  writeBlock(
    plugin: AnyRegionPlugin,
    index: number,
    payload: Uint8Array,
    { slot }: { readonly slot?: number } = {},
  ): void {
    this.#putOf(plugin, slot).writes.push({ index, payload: payload.slice() });
  }

  apply<State>(plugin: RegionPlugin<State>, change: RegionChange<State>, options: PutOptions = {}): void {
    const { state, writes = [], stores = [], frees = [] } = change;
    this.put(plugin, state, options);
    for (const { index, payload } of writes) this.writeBlock(plugin, index, payload, at(options.slot));
    for (const { block, bytes } of stores) this.store(block, bytes);
    for (const run of frees.flatMap((each) => withoutRuns(each, this.#claimed()))) this.free(run);
  }

  add<State>(plugin: RegionPlugin<State>, options: AddOptions<State> = {}): void {
    this.#change((draft) => addRegion(draft, plugin, options));
  }

  remove(target: RegionTarget): void {
    this.#change((draft) => removeRegion(draft, target));
  }

  move(target: RegionTarget, { blockCount }: { readonly blockCount?: number } = {}): void {
    this.#change((draft) => moveRegion(draft, target, blockCount));
  }

  allocate(blockCount: number): number {
    this.#requireOpen();
    if (!Number.isSafeInteger(blockCount) || blockCount < 1)
      throw new RangeError(`${blockCount} blocks: expected an integer from 1`);
    this.#space ??= new FreeSpace(this.#base.bitmap, this.#claimed());
    const start = this.#space.take(blockCount, 'back');
    this.#taken.push({ start, count: blockCount });
    return start;
  }

  store(block: number, bytes: Uint8Array): void {
    const { blockSize } = geometryOf(this.image.blockSize);
    const end = block + bytes.length / blockSize;
    const isTaken = this.#taken.some(({ start, count }) => block >= start && end <= start + count);
    if (!isTaken || !Number.isInteger(end))
      throw new RangeError(`blocks ${block} to ${end}: expected whole blocks that allocate gave`);
    this.#change((draft) => void draft.writes.push({ kind: 'write', block, bytes }));
  }

  free(run: BlockRun): void {
    const { bitmap } = this.#base;
    const isInside =
      Number.isSafeInteger(run.start) &&
      Number.isSafeInteger(run.count) &&
      run.start >= 0 &&
      run.count > 0 &&
      run.start + run.count <= bitmap.totalBlocks;
    const isOwned = isInside && this.#claimed().some((other) => overlaps(other, run));
    const isFree =
      isInside && (!isAllocated(bitmap, run.start) || findBlock(bitmap, run.start, false) < run.start + run.count);
    if (!isInside || isOwned || isFree)
      throw new RangeError(`blocks ${run.start} + ${run.count}: expected blocks in use that belong to no region`);
    this.#change((draft) => void draft.frees.push(run));
  }

  /** Ends the collecting. */
  close(): void {
    this.#isOpen = false;
  }

  get isEmpty(): boolean {
    return this.#changes.length === 0;
  }

  /** What the changes make of a state of the image: the one that the transaction was opened on, or one after it. */
  async workOut(base: Omit<DraftBase, 'taken' | 'known'>): Promise<Draft> {
    const known = base.image === this.image ? this.#known : new Map<string, KnownRegion>();
    const draft = new Draft({ ...base, taken: this.#taken, known });
    for (const change of this.#changes) await change(draft);
    return draft;
  }

  #claimed(): BlockRun[] {
    const { image } = this.#base;
    return claimedRuns(image.pointers, { ...image, dataSlot: dataSlotOf(image) });
  }

  #change(change: Change): void {
    this.#requireOpen();
    this.#changes.push(change);
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new TypeError('the edit has ended: its transaction takes no more changes');
  }

  #putOf(plugin: AnyRegionPlugin, slot: number | undefined) {
    const key = knownKey(plugin, slot);
    const found = this.#puts.get(key);
    if (found !== undefined) {
      this.#requireOpen();
      return found;
    }
    const made: { put: RegionPut | undefined; writes: DataWrite[] } = { put: undefined, writes: [] };
    this.#change((draft) => {
      if (made.put === undefined)
        throw new RangeError(`${plugin.title}: data blocks are written with a state that refers to them`);
      return putRegion(draft, { ...made.put, writes: made.writes });
    });
    this.#puts.set(key, made);
    return made;
  }
}
