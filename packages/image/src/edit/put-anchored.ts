import {
  type AnchoredData,
  type AnyRegionPlugin,
  type BlockRun,
  encodeRegion,
  findBlock,
  type RegionPlugin,
  readTrailer,
  sealBlocks,
  stringToTag,
  tagToString,
  VdeError,
  verifyTrailer,
} from '@vde/format';
import type { Draft, KnownRegion } from './draft.ts';
import { at } from './draft.ts';
import { nextGeneration, type RegionPut, requireRoom, supersede } from './put-region.ts';
import { claimedRuns, overlaps, runOf } from './runs.ts';

/** Where the header of an anchored region goes, and where its slot ends then. */
interface Place {
  readonly start: number;
  readonly end: number;
  /** The region is copied to new blocks: data come along, the old blocks are freed. */
  readonly isCopy: boolean;
}

/**
 * Puts the state of a region whose data blocks are counted from the end of its slot: the header is written into the other of two places
 * in front of them, and the slot begins there. A region without another place is copied once into a longer one. @internal
 */
export async function putAnchored<State>(
  draft: Draft,
  { plugin, state, options, writes }: RegionPut<State>,
  known: KnownRegion,
  anchored: AnchoredData<State>,
): Promise<void> {
  const { geometry } = draft.image;
  const previous = known.form === 'uninitialised' || known.partial ? undefined : await stateOf(draft, plugin, known);
  requireSuccessor(plugin, anchored, previous, state);
  const { index } = known.slot;
  const dataBlocks = anchored.dataBlocks(state);
  const room = anchored.headerBlocks(state, geometry);
  const required = requireRoom(plugin, plugin.requiredBlocks(state, geometry), room);
  requireData(plugin, anchored, state, writes);
  const blocking = previous === undefined ? [] : writes.filter((write) => anchored.isLive(previous, write.index));
  if (blocking.length > 0) draft.releases.push(releaseOf(plugin, anchored, previous!, state, index, blocking));
  const now = runOf(draft.pointers[index]!);
  const place = await placeFor(draft, plugin, now, { dataBlocks, room, wanted: options.blockCount });
  const generation = nextGeneration(known);
  const bytes = encodeRegion(plugin, state, { blockSize: geometry.blockSize, generation, blockCount: required });
  draft.writes.push(
    { kind: 'write', block: place.start, bytes },
    { kind: 'blank', start: place.start + required, count: room - required },
  );
  const blockCount = place.end - place.start;
  const firstData = place.end - dataBlocks;
  if (place.isCopy) {
    const old = now.start + now.count - dataBlocks;
    const between = place.start + room;
    draft.writes.push({ kind: 'blank', start: between, count: firstData - between });
    if (previous === undefined) draft.writes.push({ kind: 'blank', start: firstData, count: dataBlocks });
    else draft.writes.push({ kind: 'copy', from: old, to: firstData, count: dataBlocks });
    supersede(draft, plugin, state, await blocksOf(draft, plugin, anchored, state, now));
  }
  for (const write of writes) {
    const block = blockCount - dataBlocks + write.index;
    const stamp = plugin.expect?.(state, block, { geometry, blockCount });
    const sealed = new Uint8Array(geometry.blockSize);
    if (write.payload.length > geometry.payloadSize)
      throw new RangeError(
        `${plugin.title}: ${write.payload.length} bytes for a data block, which holds ${geometry.payloadSize}`,
      );
    sealed.set(write.payload);
    sealBlocks(sealed, geometry.blockSize, stringToTag(stamp?.tag ?? plugin.blockTag), stamp?.generation ?? generation);
    draft.writes.push({ kind: 'write', block: place.start + block, bytes: sealed });
  }
  draft.setPointer(index, {
    startBlock: BigInt(place.start),
    blockCount: BigInt(blockCount),
    usedBlocks: BigInt(required),
  });
}

/** @throws RangeError for a data block that the state does not refer to. */
function requireData<State>(
  { title }: RegionPlugin<State>,
  anchored: AnchoredData<State>,
  state: State,
  writes: RegionPut['writes'],
): void {
  const count = anchored.dataBlocks(state);
  for (const { index } of writes) {
    const isBlock = Number.isInteger(index) && index >= 0 && index < count;
    if (!isBlock || !anchored.isLive(state, index))
      throw new RangeError(`${title}: data block ${index} is none that the new state refers to`);
  }
}

async function stateOf<State>(draft: Draft, plugin: RegionPlugin<State>, { slot }: KnownRegion): Promise<State> {
  const { state } = await draft.image.region(plugin, { ...at(slot.index), ...draft.call });
  return state;
}

/** What may not take the place of the state before; data that are counted from the end of the slot would be others in a region of another size. */
function requireSuccessor<State>(
  { title, requireNext }: RegionPlugin<State>,
  anchored: AnchoredData<State>,
  previous: State | undefined,
  next: State,
): void {
  if (previous === undefined) return;
  requireNext?.(previous, next);
  const [was, is] = [anchored.dataBlocks(previous), anchored.dataBlocks(next)];
  if (was === is) return;
  const message = `${title}: ${is} data blocks, expected ${was}: the number of a region's data blocks is not changed`;
  throw new VdeError('capacityExceeded', message, { details: { required: is, available: was } });
}

function releaseOf<State>(
  plugin: RegionPlugin<State>,
  anchored: AnchoredData<State>,
  previous: State,
  next: State,
  slot: number,
  blocking: readonly { readonly index: number }[],
) {
  const state = anchored.release?.(previous, next);
  const kept = state === undefined ? blocking[0] : blocking.find(({ index }) => anchored.isLive(state, index));
  if (kept !== undefined) {
    const message = `${plugin.title}: data block ${kept.index} holds what the region refers to; it is not overwritten`;
    throw new VdeError('liveBlock', message, { details: { index: kept.index } });
  }
  return { plugin, slot, state };
}

async function placeFor(
  draft: Draft,
  plugin: AnyRegionPlugin,
  { start, count }: BlockRun,
  {
    dataBlocks,
    room,
    wanted,
  }: { readonly dataBlocks: number; readonly room: number; readonly wanted: number | undefined },
): Promise<Place> {
  const end = start + count;
  const isOther = wanted !== undefined && wanted !== count && wanted !== count + room;
  if (!isOther) {
    const front = await frontPlace(draft, plugin, { start, count }, room);
    const hasInner = count >= dataBlocks + 2 * room;
    if (front?.isSure || (front && !hasInner)) return { start: front.start, end, isCopy: false };
    if (hasInner) return { start: start + room, end, isCopy: false };
  }
  const needed = dataBlocks + 2 * room;
  const run = draft.place(requireAtLeast(plugin, needed, wanted ?? Math.max(count, needed)));
  return { start: run.start, end: run.start + run.count, isCopy: true };
}

function requireAtLeast(plugin: AnyRegionPlugin, needed: number, blockCount: number): number {
  requireRoom(plugin, needed, blockCount);
  return blockCount;
}

/** The blocks of an anchored region: its slot, and the place of its header in front of that. @internal */
export async function blocksOf<State>(
  draft: Draft,
  plugin: RegionPlugin<State>,
  anchored: AnchoredData<State>,
  state: State,
  now: BlockRun,
): Promise<BlockRun[]> {
  const room = anchored.headerBlocks(state, draft.image.geometry);
  const front = await frontPlace(draft, plugin, now, room);
  const isOurs = front?.isSure || now.count < anchored.dataBlocks(state) + 2 * room;
  return front && isOurs ? [{ start: front.start, count: now.count + room }] : [now];
}

/**
 * The place in front of the slot, where it can be the region's own: in use and claimed by nobody. It is for sure when it holds a header of such a
 * region, the one before; a crash may have cut that off, but then nothing of anybody else stands there.
 */
async function frontPlace(
  draft: Draft,
  { blockTag }: AnyRegionPlugin,
  { start: end }: BlockRun,
  room: number,
): Promise<{ readonly start: number; readonly isSure: boolean } | undefined> {
  const { image, bitmap, dataSlot } = draft;
  const front = { start: end - room, count: room };
  if (front.start < 0 || findBlock(bitmap, front.start, false) < end) return undefined;
  if (claimedRuns(image.pointers, { ...image, dataSlot }).some((run) => overlaps(run, front))) return undefined;
  const { blockSize } = image;
  const first = await image.readBlocks(front.start, 1, draft.call);
  if (tagOf(first, blockSize) === blockTag) return { start: front.start, isSure: true };
  const blocks = await image.readBlocks(front.start, room, draft.call);
  const tags = Array.from({ length: room }, (_, i) =>
    tagOf(blocks.subarray(i * blockSize, (i + 1) * blockSize), blockSize),
  );
  const isData = dataSlot !== undefined && overlaps(runOf(image.pointers[dataSlot]!), front);
  const isForeign = tags.some((tag) => tag !== undefined && tag !== blockTag);
  return isData || isForeign ? undefined : { start: front.start, isSure: false };
}

/** The tag of a block whose checksum holds. */
const tagOf = (block: Uint8Array, blockSize: number): string | undefined =>
  verifyTrailer(block, blockSize) ? tagToString(readTrailer(block, blockSize).tag) : undefined;
