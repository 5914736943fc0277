import { type AnyRegionPlugin, moduleRegionBlocks, slotFlags } from '@vde/format';
import { type Head, judgeHead } from './heads.ts';
import type { SalvageScan, TaggedRun } from './scan.ts';

/** A region while it is pieced together: what was found of it, then what is concluded. */
export interface Found {
  type: string;
  readonly tag: string;
  plugin: AnyRegionPlugin | undefined;
  startBlock: number;
  generation: number;
  /** What is known of the first block; `missing`: no block of it was recognised, only later ones, or none at all. */
  head: Head['kind'] | 'damaged' | 'missing';
  size: Head['size'];
  /** Data are not in front of this block: an older copy of the header is. */
  dataFrom: number;
  /** Runs of its tag, in ascending order. */
  readonly runs: TaggedRun[];
  blockCount: number;
  /** How the number of blocks is known, in words. */
  sizeBy: string;
  /** Flags of its slot. */
  flags: number;
  /** Bit of the module whose region the layout has at this place. */
  module: number | undefined;
  /** Why the place is believed besides the trailer of the first block. */
  place: 'layout' | 'directory' | undefined;
  /** Why the rebuilt directory leaves it out. */
  leftOut: string | undefined;
  readonly why: string[];
}

/** Tags of blocks that are no regions: the container's own, raw data, structures inside data, and what nobody files in a directory. */
const noRegions = new Set(['SUPB', 'RMAP', 'EXMD', 'IANT', 'FREE', 'EXTN', 'ERCV', 'RCVR', 'TRLR', 'COMP', 'MCHK']);

/** Header blocks at most between the first and the second place of an anchored region's header. */
const headerPlaces = 2;

/**
 * Puts runs together to regions. A run whose first block is a header begins one; a run that is none belongs to the last region of its tag,
 * as far as that may reach: a ring behind its header, blocks behind a damaged one, what an older and longer write left.
 */
export async function pieceTogether(
  scan: SalvageScan,
  plugins: readonly AnyRegionPlugin[],
  options: { readonly signal?: AbortSignal | undefined },
): Promise<Found[]> {
  const found: Found[] = [];
  const lastOf = new Map<string, Found>();
  for (const run of scan.runs) {
    options.signal?.throwIfAborted();
    if (noRegions.has(run.tag)) continue;
    const last = lastOf.get(run.tag);
    const open = last && run.start < last.startBlock + reachOf(last) ? last : undefined;
    const head = await judgeHead(scan, run, plugins, options);
    if (open === undefined || (head.kind === 'decodes' && !isHeaderCopy(open, run))) {
      const region = begin(run, head);
      found.push(region);
      lastOf.set(run.tag, region);
    } else {
      open.runs.push(run);
      if (head.kind !== 'decodes') continue;
      if (isNewer(run.generation, open.generation)) moveHeader(open, run, head);
      else open.dataFrom = run.start + (head.size?.own ?? 1);
    }
  }
  return found;
}

function begin(run: TaggedRun, head: Head): Found {
  const isDamaged = run.kind === 'damaged';
  return {
    type: head.type,
    tag: run.tag,
    plugin: head.plugin,
    startBlock: run.start,
    generation: run.generation,
    head: isDamaged ? 'damaged' : head.kind === 'none' ? 'missing' : head.kind,
    size: head.size,
    dataFrom: run.start,
    runs: [run],
    blockCount: 0,
    sizeBy: '',
    flags: slotFlags.active | (head.plugin?.slotFlags ?? 0),
    module: undefined,
    place: undefined,
    leftOut: head.noRegion,
    why: [],
  };
}

/** A region of which nothing was found but the room for it. */
export function unwritten(type: string, startBlock: number, blockCount: number): Found {
  const unknown = { plugin: undefined, size: undefined, module: undefined, place: undefined, leftOut: undefined };
  const known = { type, tag: type, startBlock, dataFrom: startBlock, blockCount, sizeBy: '', flags: slotFlags.active };
  return { ...known, ...unknown, generation: 0, head: 'missing', runs: [], why: [] };
}

/** Blocks from the first within which a run of the same tag is taken for a part of the region. */
function reachOf({ size }: Found): number {
  const counted = (size?.whole ?? 0) + (size?.fromEnd ?? 0) + headerPlaces * (size?.own ?? 0);
  return Math.max(moduleRegionBlocks, counted);
}

/** The header of a region with data behind it alternates between two places in front of the data. */
function isHeaderCopy({ size, startBlock }: Found, run: TaggedRun): boolean {
  return size?.fromEnd !== undefined && run.start - startBlock <= size.own;
}

const isNewer = (generation: number, than: number): boolean => ((generation - than) | 0) > 0;

function moveHeader(found: Found, run: TaggedRun, head: Head): void {
  found.startBlock = run.start;
  found.generation = run.generation;
  found.size = head.size;
  found.why.push('an older header stands in front of it');
}

/** Blocks behind the last one that carries the tag of a region. */
export function endOfRuns({ runs, startBlock }: Found): number {
  const last = runs.at(-1);
  return last === undefined ? startBlock : Math.max(startBlock, last.start + last.count);
}
