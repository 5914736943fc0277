import type { AnyRegionPlugin } from '@vde/format';
import { mustBeSealed } from '../check/block-rules.ts';
import { bitmapDifferences, isBitmap } from './bitmap.ts';
import { type BlockPairing, type BlockRange, differentBlocks } from './blocks.ts';
import { countDecoded, decodeSide, maxDecodedBytes } from './decode.ts';
import { reportBroken } from './findings.ts';
import type { DiffCall, Difference, DiffPart } from './model.ts';
import { type BothRegions, entryDifferences, partOf, type RegionPair, type RegionRef } from './pairs.ts';
import { commonRanges, intersect, UsedBlocks } from './ranges.ts';
import { RunCollector } from './runs.ts';
import { decodedDifferences, ExplainedBlocks } from './tables.ts';

/** What differs in a region: its slot's entry, its records as its plugin decodes them, then blocks that this does not explain. */
export async function* regionDifferences(call: DiffCall, pair: RegionPair): AsyncGenerator<Difference> {
  const part = partOf(pair);
  yield* entryDifferences(pair, part);
  const { a, b } = pair;
  if (a === undefined || b === undefined || isHead(a) || isHead(b)) return;
  const both = { a, b };
  if (isBitmap(a) && isBitmap(b) && call.a.blockSize === call.b.blockSize) {
    yield* bitmapDifferences(call, both, part, wholePairing(both));
    return;
  }
  const { count, explained, found } = await decodedPart(call, both, part);
  yield* found;
  if (call.a.blockSize === call.b.blockSize) yield* blockDifferences(call, both, part, count, explained);
}

/** Superblock group and directory have slots, too; they are compared field by field. */
const isHead = ({ slot }: RegionRef): boolean => ['SUPB', 'RMAP'].includes(slot.type) && slot.startBlock < 10;

const wholePairing = ({ a: { slot: a }, b: { slot: b } }: BothRegions): BlockPairing => ({
  startA: a.startBlock,
  startB: b.startBlock,
  endA: a.startBlock + a.blockCount,
  endB: b.startBlock + b.blockCount,
});

interface DecodedPart {
  /** Blocks from the first one that were decoded. */
  readonly count: number;
  readonly explained: ExplainedBlocks;
  readonly found: Iterable<Difference>;
}

/** Decodes both regions where their payloads are not the same: they are read twice then, but held only when it is worth it. */
async function decodedPart(call: DiffCall, both: BothRegions, part: DiffPart): Promise<DecodedPart> {
  const nothing = { count: 0, explained: new ExplainedBlocks(0), found: [] };
  const plugin = commonPlugin(both);
  if (plugin === undefined) return nothing;
  const { signal, consequences = false } = call.options;
  const countA = await countDecoded(call.a, both.a.slot, plugin, signal);
  const countB = await countDecoded(call.b, both.b.slot, plugin, signal);
  const largest = Math.max(countA * call.a.blockSize, countB * call.b.blockSize);
  if (largest > maxDecodedBytes) return nothing;
  const count = Math.max(countA, countB);
  const explained = new ExplainedBlocks(count);
  if (!(await havePayloadsChanged(call, both, count))) return { count, explained, found: [] };
  const room = new Uint8Array(largest);
  const a = await decodeSide(call, 'a', { slot: both.a.slot, plugin, count: countA, room });
  const b = await decodeSide(call, 'b', { slot: both.b.slot, plugin, count: countB, room });
  const geometry = { a: call.a.geometry, b: call.b.geometry };
  return { count, explained, found: decodedDifferences({ a, b, part, geometry, explained, consequences }) };
}

/** What decodes both. Where the bytes of one are too damaged to tell, the other tells for it. */
function commonPlugin({ a, b }: BothRegions): AnyRegionPlugin | undefined {
  if (a.plugin !== undefined && b.plugin !== undefined) return a.plugin.id === b.plugin.id ? a.plugin : undefined;
  return a.slot.type === b.slot.type ? (a.plugin ?? b.plugin) : undefined;
}

async function havePayloadsChanged(call: DiffCall, both: BothRegions, count: number): Promise<boolean> {
  if (call.a.blockSize !== call.b.blockSize) return true;
  const silent = { ...call, advance: () => {} };
  for await (const { isTrailerOnly } of differentBlocks(silent, wholePairing(both), [{ from: 0, to: count }]))
    if (!isTrailerOnly) return true;
  return false;
}

/** The blocks of a region that differ for no reason that its records tell. */
async function* blockDifferences(
  call: DiffCall,
  both: BothRegions,
  part: DiffPart,
  count: number,
  explained: ExplainedBlocks,
): AsyncGenerator<Difference> {
  const { type } = both.a.slot;
  for (const { pairing, from, to } of pairingsOf(both, count)) {
    const runs = new RunCollector(part, pairing, part.path);
    const used = new UsedBlocks(call, pairing);
    const common = commonRanges(call, pairing, { a: both.a.slot, b: both.b.slot });
    const ranges = intersect(common, [{ from, to }]);
    const isData = type === 'DATA' && count === 0;
    for await (const block of differentBlocks(call, pairing, isData ? used.within(ranges) : ranges)) {
      const { index } = block;
      const isExplained = explained.has(index) && !block.isTrailerOnly;
      if ((isData && !used.has(index)) || (isExplained && call.options.consequences !== true)) continue;
      const isSealed = index < count || mustBeSealed(type, index);
      if (isSealed && index >= count) reportBroken(call, both, pairing, block);
      yield* runs.take(isExplained ? { ...block, isTrailerOnly: true } : block, isSealed);
    }
    yield* runs.end();
  }
}

/** Data blocks that are addressed from the end of the slot are compared from there; what is decoded stands at its start. */
function pairingsOf(both: BothRegions, count: number): (BlockRange & { readonly pairing: BlockPairing })[] {
  const pairing = wholePairing(both);
  const moved = both.b.slot.blockCount - both.a.slot.blockCount;
  if (count === 0 || moved === 0 || both.a.plugin?.anchored === undefined)
    return [{ pairing, from: 0, to: Number.POSITIVE_INFINITY }];
  const fromEnd = { ...pairing, startB: pairing.startB + moved };
  return [
    { pairing, from: 0, to: count },
    { pairing: fromEnd, from: Math.max(count, count - moved), to: Number.POSITIVE_INFINITY },
  ];
}
