import { creatorsOrder, regionTypeOf } from '@vde/format';
import { type Found, unwritten } from './found.ts';

/** A region in the order in which creators place them, by its type. */
interface LayoutItem {
  readonly type: string;
  readonly blocks: number;
  /** Bit of the module that asks for it; every image has those without one. */
  readonly module?: number;
  /** Its size follows from that of the volume, which may have been another than that of the file. */
  readonly elastic: boolean;
}

/** What is known of the modules: set, not set, or `undefined` where nothing tells. */
export type ModuleHint = (module: number) => boolean | undefined;

export interface LayoutMatch {
  /** First block behind the last region of the layout; `undefined` where no region lies as creators place them. */
  readonly end: number | undefined;
  /** Regions that must lie between others, although nothing of them was found. */
  readonly inferred: readonly Found[];
  /** The same, of types of which a first block was found elsewhere: either they were moved, or that block was. */
  readonly vacated: readonly Found[];
  /** Room between regions that several sets of regions would fill. */
  readonly gaps: readonly { readonly start: number; readonly count: number }[];
}

/** First block behind superblocks and directory. */
export const firstRegionBlock = 10;
/** Superblocks and directory, which lie in front of it. */
const headRegions = 3;

/** Types whose size is taken from the next region rather than from the volume. */
const elastic = ['BMAP', 'INOD'];

/** Types that the existing implementation files under DATA (page 04, 3.7). */
const filedAsData = ['CMAL', 'WALS', 'ZNSM', 'OPJR'];

function itemsOf(totalBlocks: number, blockSize: number): LayoutItem[] {
  return creatorsOrder(totalBlocks, blockSize)
    .slice(headRegions)
    .map(({ name, blockCount: blocks, ...module }) => {
      const type = regionTypeOf(name)!;
      return { type, blocks, ...module, elastic: elastic.includes(type) };
    });
}

/** Tells whether a found region may be the one of an item; MTRK blocks are told apart by their place where no header does. */
function mayBe({ type, head, tag }: Found, item: LayoutItem): boolean {
  if (type === item.type) return true;
  if (type === 'DATA') return filedAsData.includes(item.type);
  return item.type === 'MLOG' && tag === 'MTRK' && (head === 'missing' || head === 'damaged' || head === 'foreign');
}

/**
 * Lays the found regions along the order of creators: each begins where the one before it ends, or behind room that regions
 * of which nothing was found fill exactly. Those that fit get their place and size; others were added or moved later.
 */
export function matchLayout(
  found: readonly Found[],
  volume: { readonly totalBlocks: number; readonly blockSize: number; readonly hint: ModuleHint },
): LayoutMatch {
  const walk = new LayoutWalk(found, volume.hint);
  for (const item of itemsOf(volume.totalBlocks, volume.blockSize)) walk.next(item);
  return walk.finish(volume.totalBlocks);
}

class LayoutWalk {
  readonly #found: readonly Found[];
  readonly #hint: ModuleHint;
  readonly #placedModules = new Set<number>();
  /** Types of which a first block was found somewhere. */
  readonly #foundTypes: ReadonlySet<string>;
  /** Where headers that decode stand, in ascending order. */
  readonly #headers: readonly number[];
  readonly #inferred: Found[] = [];
  readonly #vacated: Found[] = [];
  readonly #gaps: { start: number; count: number }[] = [];
  #cursor = firstRegionBlock;
  #skipped: LayoutItem[] = [];
  #last: { readonly region: Found; readonly item: LayoutItem } | undefined;

  constructor(found: readonly Found[], hint: ModuleHint) {
    this.#found = found;
    this.#hint = hint;
    const isHeader = ({ head, type }: Found) => head === 'decodes' || (head === 'fresh' && type !== 'DATA');
    this.#headers = found.filter(isHeader).map(({ startBlock }) => startBlock);
    this.#foundTypes = new Set(found.filter(({ head }) => head !== 'missing').map(({ type }) => type));
  }

  next(item: LayoutItem): void {
    for (const region of this.#found) {
      if (region.place !== undefined || !mayBe(region, item)) continue;
      const start = this.#startFor(region, item);
      if (start === undefined) continue;
      this.#place(region, item, start);
      return;
    }
    this.#skipped.push(item);
  }

  /** Where the layout puts a region: at its first block, or in front of the first block that is left of it. */
  #startFor({ startBlock, head, type }: Found, item: LayoutItem): number | undefined {
    const atOnce = this.#cursor + sumOf(this.#skipped.filter((one) => this.#isActive(one)));
    // Any block tagged DATA may be one of the data region: only the very place tells.
    const isStart = startBlock === atOnce || (type !== 'DATA' && this.#isBehindRoom(startBlock));
    if (head !== 'missing' && isStart) return startBlock;
    if (head === 'decodes' || head === 'fresh') return undefined;
    return atOnce <= startBlock && startBlock < atOnce + item.blocks ? atOnce : undefined;
  }

  /** Whether a block follows the last region, at once or behind room that missing regions, or the rest of an elastic one, may fill. */
  #isBehindRoom(block: number): boolean {
    const gap = block - this.#cursor;
    if (gap === 0) return true;
    const elastic = this.#last?.item.elastic && this.#skipped.length === 0 ? this.#last.region : undefined;
    if (gap < 0) return elastic !== undefined && block > elastic.startBlock;
    const isEmpty = (nextOf(this.#headers, this.#cursor - 1) ?? block) >= block;
    return isEmpty && (elastic !== undefined || fillGap(gap, this.#skipped, this.#isActive) !== undefined);
  }

  #place(region: Found, item: LayoutItem, start: number): void {
    const gap = start - this.#cursor;
    const filling = gap === 0 ? [] : fillGap(gap, this.#skipped, this.#isActive);
    if (filling === undefined) this.#last!.region.blockCount += gap;
    else if (filling === 'ambiguous') this.#gaps.push({ start: this.#cursor, count: gap });
    else for (const missing of filling) this.#infer(missing);
    if (item.type === 'MLOG') region.type = 'MLOG';
    region.place = 'layout';
    region.module = item.module;
    if (start !== region.startBlock) region.head = 'missing';
    region.startBlock = start;
    const counted = region.size?.whole ?? layoutSize(region, item.blocks) ?? sizeFromEnd(region);
    region.blockCount = counted ?? item.blocks;
    region.sizeBy = counted === undefined ? 'by layout' : 'by its header';
    if (item.module !== undefined) this.#placedModules.add(item.module);
    this.#cursor = start + region.blockCount;
    this.#skipped = [];
    this.#last = { region, item };
  }

  #infer({ type, blocks, module }: LayoutItem): void {
    // Logs that are filed as data are written under the tag of their own kind.
    const isHere = ({ place, startBlock }: Found) => place === undefined && startBlock === this.#cursor;
    const here = filedAsData.includes(type) ? this.#found.find(isHere) : undefined;
    const region = here ?? unwritten(type, this.#cursor, blocks);
    Object.assign(region, {
      type,
      module,
      blockCount: blocks,
      place: 'layout',
      sizeBy: 'by layout',
    } satisfies Partial<Found>);
    if (here === undefined) (this.#foundTypes.has(type) ? this.#vacated : this.#inferred).push(region);
    this.#cursor += blocks;
  }

  readonly #isActive = ({ module, type }: LayoutItem): boolean | undefined => {
    if (module === undefined) return true;
    const known = this.#placedModules.has(module) || this.#hint(module);
    // Found at another place, it may have left room here, or was never here.
    return known === true && this.#foundTypes.has(type) ? undefined : known;
  };

  /** Behind the last region that was found, those that the modules ask for follow. */
  finish(totalBlocks: number): LayoutMatch {
    if (this.#last === undefined) return { end: undefined, inferred: [], vacated: [], gaps: [] };
    for (const item of this.#skipped) {
      if (this.#isActive(item) && !this.#foundTypes.has(item.type) && this.#cursor + item.blocks <= totalBlocks)
        this.#infer(item);
    }
    return { end: this.#cursor, inferred: this.#inferred, vacated: this.#vacated, gaps: this.#gaps };
  }
}

/** The first of sorted numbers that is above another. */
export function nextOf(sorted: readonly number[], than: number): number | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! > than) high = middle;
    else low = middle + 1;
  }
  return sorted[low];
}

const sumOf = (items: readonly LayoutItem[]): number => items.reduce((sum, { blocks }) => sum + blocks, 0);

/** The usual size where header and data allow it: blocks at the start of the data may be lost, and then these seem to begin later. */
function layoutSize(region: Found, usual: number): number | undefined {
  const { own = 0, fromEnd } = region.size ?? {};
  const most = sizeFromEnd(region);
  return fromEnd !== undefined && most !== undefined && own + fromEnd <= usual && usual <= most ? usual : undefined;
}

/** Blocks of a region whose data are counted from its end, by the first block behind its header that holds some. */
export function sizeFromEnd({ size, runs, startBlock, dataFrom }: Found): number | undefined {
  if (size?.fromEnd === undefined) return undefined;
  const behind = Math.max(startBlock + size.own, dataFrom);
  const run = runs.find(({ start, count }) => start + count > behind);
  // A run of the header's own generation may go on into the data.
  return run && Math.max(run.start, behind) - startBlock + size.fromEnd;
}

/**
 * The items that fill a gap exactly: all that are active, and of those of which it is unknown the only set that fits. A module
 * has all of its regions or none. `undefined` when no set fits.
 */
function fillGap(
  gap: number,
  skipped: readonly LayoutItem[],
  isActive: (item: LayoutItem) => boolean | undefined,
): LayoutItem[] | 'ambiguous' | undefined {
  const sure = skipped.filter((item) => isActive(item) === true);
  const unknown = skipped.filter((item) => isActive(item) === undefined);
  const units = [...new Set(unknown.map(({ module }) => module))].map((module) =>
    unknown.filter((item) => item.module === module),
  );
  // Sums that some set of units reaches, with the set, or `null` where several do.
  const sums = new Map<number, readonly LayoutItem[] | null>([[sumOf(sure), sure]]);
  for (const unit of units) {
    for (const [sum, items] of [...sums]) {
      const next = sum + sumOf(unit);
      if (next <= gap) sums.set(next, sums.has(next) || items === null ? null : [...items, ...unit]);
    }
  }
  const filling = sums.get(gap);
  if (filling === undefined) return undefined;
  return filling === null ? 'ambiguous' : skipped.filter((item) => filling.includes(item));
}
