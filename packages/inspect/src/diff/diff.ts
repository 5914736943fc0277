import type { DiskImage } from '@vde/image';
import { loadBitmap } from '@vde/image';
import type { InspectedSpace } from '../space.ts';
import { type BlockPairing, differentBlocks } from './blocks.ts';
import { containerDifferences } from './container.ts';
import { reportHead } from './findings.ts';
import type { DiffCall, Difference, DiffOptions, DiffPart } from './model.ts';
import { pairRegions, type RegionPair, regionsOf } from './pairs.ts';
import { commonRanges, UsedBlocks } from './ranges.ts';
import { regionDifferences } from './region.ts';
import { RunCollector } from './runs.ts';

/**
 * What differs between two images, or between the bare blocks of two regions: container fields, regions in slot order of A with
 * their records and then their blocks, regions that only B has, blocks of no region.
 */
export async function* diffSpaces(
  a: InspectedSpace,
  b: InspectedSpace,
  options: DiffOptions,
): AsyncGenerator<Difference> {
  const regions = pairRegions(await regionsOf(a), await regionsOf(b));
  const call = await callOf(a, b, regions, options);
  if (a.image && b.image) {
    reportHead(call, 'a', a.image);
    reportHead(call, 'b', b.image);
    yield* preambleDifferences(call);
    yield* withoutConsequences(call, containerDifferences(call, { a: a.image, b: b.image }));
  }
  for (const pair of regions) {
    options.signal?.throwIfAborted();
    yield* withoutConsequences(call, regionDifferences(call, pair));
  }
  if (a.image && b.image) yield* unownedDifferences(call, a.image, b.image);
}

async function callOf(
  a: InspectedSpace,
  b: InspectedSpace,
  regions: readonly RegionPair[],
  options: DiffOptions,
): Promise<DiffCall> {
  const total = regions.reduce(
    (sum, { a: mine, b: other }) => sum + (mine && other ? presentBlocks(a, mine.slot) : 0),
    0,
  );
  let done = 0;
  return {
    a,
    b,
    bitmapA: a.image && (await loadBitmap(a.image))?.bitmap,
    bitmapB: b.image && (await loadBitmap(b.image))?.bitmap,
    options,
    advance(blocks) {
      done += blocks;
      options.onProgress?.({ done: Math.min(done, total) * a.blockSize, total: total * a.blockSize });
    },
  };
}

function presentBlocks(
  { presentBlocks: present }: InspectedSpace,
  { startBlock, blockCount }: { startBlock: number; blockCount: number },
): number {
  return Math.max(0, Math.min(blockCount, present - startBlock));
}

/** Runs of trailers that are kept until it is known whether anything else differs. */
const maxHeld = 1000;

/** The differences of one structure, without its trailers where anything else differs: who writes a block seals it anew. */
async function* withoutConsequences(
  { options }: DiffCall,
  differences: AsyncGenerator<Difference>,
): AsyncGenerator<Difference> {
  const held: Difference[] = [];
  let state: 'holding' | 'dropping' | 'passing' = options.consequences === true ? 'passing' : 'holding';
  for await (const difference of differences) {
    const isSealing = difference.what === 'trailers' && followsFromWriting(difference);
    if (!isSealing || state === 'passing') {
      if (!isSealing && state === 'holding') state = 'dropping';
      yield difference;
    } else if (state === 'holding') {
      held.push(difference);
      if (held.length < maxHeld) continue;
      state = 'passing';
      yield* held.splice(0);
    }
  }
  if (state === 'holding') yield* held;
}

/** A write gives its blocks another generation, but no other tag, and no checksum that does not fit. */
function followsFromWriting({ a, b }: Extract<Difference, { what: 'trailers' }>): boolean {
  return a?.checksum === undefined && b?.checksum === undefined && (a === null || b === null || a.tag === b.tag);
}

/** What stands in front of block 0: a boot preamble. */
async function* preambleDifferences(call: DiffCall): AsyncGenerator<Difference> {
  const { a, b } = call;
  if (a.base === b.base && (a.base === 0 || (await isSameStart(call)))) return;
  const part: DiffPart = {
    path: '0x0',
    title: 'Preamble',
    addressA: a.base > 0 ? '0x0' : null,
    addressB: b.base > 0 ? '0x0' : null,
  };
  const kind = a.base === 0 ? 'added' : b.base === 0 ? 'removed' : 'changed';
  const rangeOf = ({ base }: InspectedSpace) => (base === 0 ? null : { offset: 0, length: base });
  const path = `0x0:${Math.max(a.base, b.base)}`;
  yield {
    what: 'bytes',
    part,
    path,
    kind,
    addressA: part.addressA,
    addressB: part.addressB,
    a: rangeOf(a),
    b: rangeOf(b),
  };
}

/** Block 0 stands at a multiple of 512 bytes: what is in front of it is whole blocks of that size. */
async function isSameStart(call: DiffCall): Promise<boolean> {
  const bare = (space: InspectedSpace) => ({ ...space, base: 0, blockSize: 512 });
  const count = call.a.base / 512;
  const pairing = { startA: 0, startB: 0, endA: count, endB: count };
  const bytes = { ...call, a: bare(call.a), b: bare(call.b), advance: () => {} };
  for await (const _ of differentBlocks(bytes, pairing, [{ from: 0, to: count }])) return false;
  return true;
}

/** Blocks that neither image has in a region; what both bitmaps call free is left out. */
async function* unownedDifferences(call: DiffCall, a: DiskImage, b: DiskImage): AsyncGenerator<Difference> {
  if (a.blockSize !== b.blockSize) return;
  const limit = (image: DiskImage) => Math.max(image.totalBlocks, image.presentBlocks);
  const pairing: BlockPairing = { startA: 0, startB: 0, endA: limit(a), endB: limit(b) };
  const part: DiffPart = { path: 'b:10', title: 'Blocks of no region', addressA: null, addressB: null };
  const runs = new RunCollector(part, pairing);
  const used = new UsedBlocks(call, pairing);
  const ranges = used.within(commonRanges(call, pairing, { a: undefined, b: undefined }));
  for await (const block of differentBlocks({ ...call, advance: () => {} }, pairing, ranges)) {
    if (used.has(block.index)) yield* runs.take(block, false);
  }
  yield* runs.end();
}
