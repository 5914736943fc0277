import {
  type AllocationBitmap,
  type AnyRegionPlugin,
  bitmapBlockCount,
  bitmapOfBlocks,
  findBlock,
  getActiveRegions,
  isAllocated,
  moduleRegionBlocks,
  openRegion,
  type RegionPointer,
  slotCount,
} from '@vde/format';
import { readBlocks, resolveRegion } from '@vde/image';
import type { Copies } from './copies.ts';
import { endOfRuns, type Found, unwritten } from './found.ts';
import { firstRegionBlock, type ModuleHint, matchLayout, nextOf, sizeFromEnd } from './layout.ts';
import type { SalvageScan } from './scan.ts';

/** What the regions of the image are, as far as can be told. */
export interface Conclusion {
  /** In the order of their slots: by start, the larger of two first. */
  readonly regions: readonly Found[];
  /** Room of the layout that several sets of regions would fill. */
  readonly gaps: readonly { readonly start: number; readonly count: number }[];
  /** How many more were left out than are told. */
  readonly untold: number;
}

interface Context {
  readonly scan: SalvageScan;
  readonly copies: Copies;
  readonly plugins: readonly AnyRegionPlugin[];
  readonly hint: ModuleHint;
  readonly signal?: AbortSignal | undefined;
}

/** Of these an image has one. */
const single = ['BMAP', 'INOD', 'MWAL', 'DWAL'];
/** Both superblock groups and the directory take slots, too. */
const freeSlots = slotCount - 3;
/** Regions that are left out and told of: a file can look as if it had any number of them. */
const toldLeftOut = 1000;

/** Gives every found region its place and size: by the slots that survive, else by the creator's layout and what blocks and bitmap say. */
export async function conclude(found: readonly Found[], context: Context): Promise<Conclusion> {
  const { regions, gaps } = context.copies.slots
    ? { regions: bySlots(found, context.copies.slots.pointers, context), gaps: [] }
    : await byLayout(found, context);
  for (const region of regions) region.plugin ??= region.runs.length === 0 ? pluginOf(region.type, context) : undefined;
  clip(regions, context.scan.blocks);
  limit(regions);
  const sorted = regions.toSorted(bySlotOrder);
  const leftOut = sorted.filter((region) => region.leftOut !== undefined);
  const untold = new Set(leftOut.slice(toldLeftOut));
  return { regions: sorted.filter((region) => !untold.has(region)), gaps, untold: untold.size };
}

const bySlotOrder = (a: Found, b: Found): number => a.startBlock - b.startBlock || b.blockCount - a.blockCount;

/** The plugin of a region that was never written, as a directory's reader would choose it. */
function pluginOf(type: string, { plugins, scan }: Context): AnyRegionPlugin | undefined {
  const { blockSize } = scan.space;
  return resolveRegion(plugins, type, (plugin) => openRegion(plugin, new Uint8Array(0), { blockSize, lenient: true }))
    ?.plugin;
}

function bySlots(found: readonly Found[], pointers: readonly RegionPointer[], context: Context): Found[] {
  const listed = getActiveRegions(pointers)
    .map(({ pointer }) => pointer)
    .filter(({ startBlock }) => startBlock >= BigInt(firstRegionBlock))
    .map((pointer) => listedRegion(found, pointer, context));
  const others = found.filter((region) => !listed.includes(region) && region.type !== 'DATA');
  for (const region of others) {
    region.blockCount = Math.max(1, endOfRuns(region) - region.startBlock);
    region.leftOut = reasonOutside(region, context) ?? 'the surviving directory does not list it';
  }
  return [...listed, ...others];
}

function listedRegion(found: readonly Found[], pointer: RegionPointer, { scan }: Context): Found {
  const { regionTypeId: type, flags } = pointer;
  const [startBlock, blockCount] = [Number(pointer.startBlock), Number(pointer.blockCount)];
  const isListed = (region: Found): boolean =>
    region.startBlock === startBlock && region.place === undefined && (region.type === type || region.tag === type);
  const region = found.find(isListed) ?? unwritten(type, startBlock, blockCount);
  if (region.runs.length === 0 && scan.written.has(startBlock))
    region.head = scan.sealed.has(startBlock) ? 'foreign' : 'damaged';
  return Object.assign(region, { type, blockCount, flags, place: 'directory', sizeBy: 'by its slot' } as const);
}

async function byLayout(found: readonly Found[], context: Context) {
  const { scan, copies, hint } = context;
  const outside = new Map(found.map((region) => [region, reasonOutside(region, context)]));
  const inside = found.filter((region) => outside.get(region) === undefined);
  const totalBlocks = Number(copies.superblock?.value.totalBlocks ?? scan.blocks);
  const { end, inferred, vacated, gaps } = matchLayout(inside, { totalBlocks, blockSize: scan.space.blockSize, hint });
  const placed = [...inside.filter(({ place }) => place !== undefined), ...inferred];
  // Blocks tagged DATA head a region only where the layout has one of those that are filed as DATA.
  const others = found.filter((region) => region.place === undefined && region.type !== 'DATA');
  const bitmap = await loadBitmap(scan, placed, context.signal);
  for (const region of others) region.leftOut = outside.get(region) ?? reasonLeftOut(region, placed, bitmap);
  const added = others.filter(({ leftOut }) => leftOut === undefined);
  placed.push(...vacated.filter(({ type }) => !added.some((region) => region.type === type)));
  const listed = [...placed, ...added];
  const starts = listed.map(({ startBlock }) => startBlock).sort((a, b) => a - b);
  for (const region of others) estimateSize(region, nextOf(starts, region.startBlock), scan.blocks, bitmap);
  const furthest = listed.reduce((most, one) => Math.max(most, one.startBlock + one.blockCount), firstRegionBlock);
  const dataStart = end ?? furthest;
  if (dataStart < scan.blocks) {
    const data = unwritten('DATA', dataStart, scan.blocks - dataStart);
    others.push({ ...data, place: end === undefined ? undefined : 'layout', sizeBy: 'to the end of the file' });
  }
  return { regions: [...placed, ...others], gaps };
}

/** Why blocks belong to no region of this image, wherever regions lie. */
function reasonOutside({ startBlock, leftOut }: Found, { copies }: Context): string | undefined {
  if (leftOut !== undefined) return leftOut;
  if (startBlock < firstRegionBlock) return 'it lies in blocks 0-9, the place of superblocks and directory';
  const outer = copies.nested.find(({ start, count }) => startBlock >= start && startBlock < start + count);
  return outer && `it belongs to an image inside the image, at block ${outer.start}`;
}

function reasonLeftOut(
  region: Found,
  placed: readonly Found[],
  bitmap: AllocationBitmap | undefined,
): string | undefined {
  const { type, startBlock, runs, head } = region;
  if (single.includes(type) && placed.some((one) => one.type === type)) return `an image has one ${type}`;
  const isHead = head === 'decodes' || head === 'fresh' || head === 'doubtful';
  if (!isHead && placed.some((one) => one.type === type)) return `a part of ${type}, which lies elsewhere`;
  const outer = placed.find((one) => startBlock >= one.startBlock && startBlock < one.startBlock + one.blockCount);
  if (outer) return `it stands inside ${outer.type} at block ${outer.startBlock}`;
  if (bitmap && startBlock < bitmap.totalBlocks && !isAllocated(bitmap, startBlock))
    return 'the allocation bitmap calls its blocks free: an older copy';
  return runs.every(({ kind }) => kind === 'damaged') ? 'no block of it verifies' : undefined;
}

/** Size of a region that lies where no layout puts it: its header's word, the bitmap's, else what creators reserve. */
function estimateSize(
  region: Found,
  nextStart: number | undefined,
  totalBlocks: number,
  bitmap: AllocationBitmap | undefined,
): void {
  const { startBlock } = region;
  const span = endOfRuns(region) - startBlock;
  const next = nextStart ?? totalBlocks;
  const counted = region.size?.whole ?? sizeFromEnd(region);
  const isUsed = bitmap && startBlock < bitmap.totalBlocks && isAllocated(bitmap, startBlock);
  const run = isUsed ? findBlock(bitmap, startBlock, false) - startBlock : Number.POSITIVE_INFINITY;
  const usual = Math.max(moduleRegionBlocks, span);
  const choices: [number, string][] = [
    [counted ?? usual, counted === undefined ? 'as usual' : 'by its header'],
    [counted === undefined ? Math.max(span, run) : Number.POSITIVE_INFINITY, 'by the bitmap'],
    [next - startBlock, next === totalBlocks ? 'to the end of the file' : 'up to the next region'],
  ];
  const [count, how] = choices.reduce((least, choice) => (choice[0] < least[0] ? choice : least));
  region.blockCount = Math.max(1, count);
  region.sizeBy = how;
}

/** No two regions share blocks but those inside the data region, and none goes beyond the file. */
function clip(regions: readonly Found[], totalBlocks: number): void {
  const listed = regions.filter(({ leftOut }) => leftOut === undefined).toSorted(bySlotOrder);
  for (const [i, region] of listed.entries()) {
    const next = region.place === 'directory' ? undefined : listed[i + 1];
    const end = Math.min(totalBlocks, isDataRegion(region) ? totalBlocks : (next?.startBlock ?? totalBlocks));
    if (region.startBlock + region.blockCount <= end) continue;
    region.sizeBy = end === totalBlocks ? 'to the end of the file' : 'up to the next region';
    region.blockCount = Math.max(0, end - region.startBlock);
    if (region.blockCount === 0) region.leftOut = 'its blocks lie behind the end of the file';
  }
}

/** The region that holds whatever no other one does: it has no header of its own. */
export function isDataRegion({ type, head, runs }: Found): boolean {
  return type === 'DATA' && head !== 'fresh' && runs.length === 0;
}

const headRank = ['decodes', 'fresh', 'doubtful', 'foreign', 'damaged', 'missing'];

/** Of more regions than the directory has slots for, those with the poorer heads are left out. */
function limit(regions: readonly Found[]): void {
  const rank = (region: Found): number =>
    (isDataRegion(region) ? -2 : region.place === undefined ? 0 : -1) * headRank.length + headRank.indexOf(region.head);
  const listed = regions.filter(({ leftOut }) => leftOut === undefined).toSorted((a, b) => rank(a) - rank(b));
  for (const region of listed.slice(freeSlots)) region.leftOut = 'all slots of the directory are taken';
}

/** The allocation bitmap where all of its blocks verify. */
async function loadBitmap(
  { space, sealed, blocks }: SalvageScan,
  placed: readonly Found[],
  signal: AbortSignal | undefined,
): Promise<AllocationBitmap | undefined> {
  const region = placed.find(({ type }) => type === 'BMAP');
  const count = bitmapBlockCount(blocks, space.blockSize);
  if (region === undefined || sealed.count(region.startBlock, region.startBlock + count) < count) return undefined;
  const bytes = await readBlocks(space, region.startBlock, count, { signal });
  return bitmapOfBlocks(bytes, space.blockSize, blocks);
}
