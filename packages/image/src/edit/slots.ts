import {
  type AnyRegionPlugin,
  encodeRegion,
  isZero,
  type RegionPlugin,
  slotFlags,
  VdeError,
  withoutSlot,
  withRegion,
} from '@vde/format';
import type { ImageSlot } from '../disk-image.ts';
import { at, type Draft, requireWritable } from './draft.ts';
import { blocksOf } from './put-anchored.ts';
import { putRegion, requireRoom, supersede } from './put-region.ts';
import { runOf } from './runs.ts';

/** How a region is added. */
export interface AddOptions<State> {
  /** Its first state; left out: the empty one. */
  readonly state?: State;
  /** Blocks to reserve. Left out: what the state needs, and at least what an addition of existing writers gets. */
  readonly blockCount?: number;
  /** What `empty` of the plugin takes. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** One of the plugin's slot types; left out: the first. */
  readonly slotType?: string;
}

/** A region by its plugin, in the lowest slot that resolves to it, or any by its slot number. */
export type RegionTarget = AnyRegionPlugin | number;

/** Regions that an image cannot be without. */
const containerTypes = ['SUPB', 'RMAP', 'BMAP', 'INOD', 'MWAL'];

/** @internal */
export async function addRegion<State>(
  draft: Draft,
  plugin: RegionPlugin<State>,
  { state: given, blockCount: wanted, options = {}, slotType = plugin.slotTypes[0]! }: AddOptions<State>,
): Promise<void> {
  const { geometry, totalBlocks } = draft.image;
  if (!plugin.slotTypes.includes(slotType))
    throw new RangeError(`slot type "${slotType}": expected ${plugin.slotTypes.join(' or ')}`);
  const needed = given === undefined ? 1 : plugin.requiredBlocks(given, geometry);
  const blockCount = wanted ?? Math.max(needed, usualBlocks(totalBlocks));
  const state = given ?? plugin.empty(options, { geometry, blockCount, now: draft.now });
  const required = plugin.requiredBlocks(state, geometry);
  const { anchored } = plugin;
  const least = anchored ? anchored.headerBlocks(state, geometry) + anchored.dataBlocks(state) : required;
  requireRoom(plugin, least, blockCount);
  const run = draft.place(blockCount);
  const bytes = encodeRegion(plugin, state, { blockSize: geometry.blockSize, generation: 1 });
  draft.writes.push(
    { kind: 'write', block: run.start, bytes },
    { kind: 'blank', start: run.start + required, count: blockCount - required },
  );
  if (plugin.scrubOnFree) draft.guards.push(run);
  const added = withRegion(draft.pointers, {
    regionTypeId: slotType,
    flags: plugin.slotFlags ?? 0,
    startBlock: BigInt(run.start),
    blockCount: BigInt(blockCount),
    usedBlocks: BigInt(required),
  });
  draft.pointers = added.slots;
  draft.addFeatures(plugin);
}

/** What existing writers give a region that is added later (page 04, section 5). */
const usualBlocks = (totalBlocks: number): number =>
  Math.min(Math.max(64, Math.floor(totalBlocks / 1024)), Math.max(64, Math.floor(totalBlocks / 16)));

/** @internal */
export async function removeRegion(draft: Draft, target: RegionTarget): Promise<void> {
  const { slot, plugin } = await findTarget(draft, target);
  const run = runOf(slot.pointer);
  draft.claimSlot(slot);
  requireRemovable(draft, slot);
  let runs = [run];
  if (plugin !== undefined) {
    const { state, partial } = await draft.image.region(plugin, { ...at(slot.index), ...draft.call, lenient: true });
    if (plugin.requireRemovable) {
      if (partial || state === undefined)
        throw notWritable(slot, 'cannot be read, so nothing tells whether it may be removed');
      plugin.requireRemovable(state, draft.now);
    }
    if (plugin.anchored && !partial && state !== undefined)
      runs = await blocksOf(draft, plugin, plugin.anchored, state, run);
    supersede(draft, plugin, undefined, runs);
  } else {
    if ((slot.pointer.flags & slotFlags.worm) !== 0)
      throw notWritable(slot, 'is write-once, and no plugin tells until when');
    draft.frees.push(...runs);
  }
  draft.pointers = withoutSlot(draft.pointers, slot.index);
  if (plugin !== undefined) draft.dropFeatures(plugin);
}

/** Moves a region to other blocks, as the bytes that it is. @internal */
export async function moveRegion(draft: Draft, target: RegionTarget, wanted: number | undefined): Promise<void> {
  const { slot, plugin } = await findTarget(draft, target);
  requireRemovable(draft, slot);
  requireWritable(slot);
  const blockCount = wanted ?? slot.blockCount;
  if (plugin?.anchored) {
    const { state } = await draft.image.region(plugin, { ...at(slot.index), ...draft.call });
    return putRegion(draft, { plugin, state, options: { slot: slot.index, blockCount }, writes: [] });
  }
  draft.claimSlot(slot);
  const kept = Math.min(slot.blockCount, blockCount);
  await requireBlank(draft, slot, kept);
  const run = draft.place(blockCount);
  draft.writes.push(
    { kind: 'copy', from: slot.startBlock, to: run.start, count: kept },
    { kind: 'blank', start: run.start + kept, count: blockCount - kept },
  );
  const old = [runOf(slot.pointer)];
  if (plugin === undefined) draft.frees.push(...old);
  else {
    const { state } = await draft.image.region(plugin, { ...at(slot.index), ...draft.call, lenient: true });
    if (plugin.scrubOnFree) draft.guards.push(run);
    supersede(draft, plugin, state, old);
  }
  draft.setPointer(slot.index, { startBlock: BigInt(run.start), blockCount: BigInt(blockCount) });
}

/** @throws VdeError `capacityExceeded` where something stands in the blocks that a region is to lose. */
async function requireBlank({ image, call }: Draft, slot: ImageSlot, kept: number): Promise<void> {
  for (let block = kept; block < slot.blockCount; block++) {
    if (isZero(await image.readBlocks(slot.startBlock + block, 1, call))) continue;
    const message = `slot ${slot.index} (${slot.type}): block ${block} of it is written, ${kept} blocks are too few`;
    throw new VdeError('capacityExceeded', message, { details: { required: block + 1, available: kept } });
  }
}

async function findTarget(draft: Draft, target: RegionTarget) {
  if (typeof target !== 'number') return { slot: (await draft.region(target, undefined)).slot, plugin: target };
  const slot = draft.image.slots.find(({ index }) => index === target);
  if (slot === undefined) throw new VdeError('regionNotFound', `slot ${target} holds no active region`);
  return { slot, plugin: (await draft.image.resolve(slot, draft.call))?.plugin };
}

function requireRemovable({ dataSlot }: Draft, slot: ImageSlot): void {
  if (containerTypes.includes(slot.type) || slot.index === dataSlot)
    throw notWritable(slot, 'belongs to the container');
}

function notWritable({ index, type }: ImageSlot, why: string): VdeError {
  return new VdeError('notWritable', `slot ${index} (${type}) ${why}`, { details: { slot: index } });
}
