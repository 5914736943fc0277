import {
  activeRegionCount,
  decodeDirectoryHeader,
  decodeRegionPointerTable,
  directoryStartBlock,
  encodeDirectoryHeader,
  isUsableSlot,
  RegionPointer,
  readTrailer,
  sameBytes,
  sealBlocks,
  slotFlags,
  verifyTrailer,
} from '@vde/format';
import { struck } from './blocks.ts';
import { below, type Draw, offsetOf, oneOf, type Random, readBlock } from './draw.ts';
import type { Damage, DamagePatch } from './model.ts';

/** Which copies of a slot's entry are changed. Block 9 follows block 8: it holds its hash. */
const victims = [
  { name: 'the pointer table', blocks: [1] },
  { name: 'the directory', blocks: [8] },
  { name: 'every copy', blocks: [1, 5, 8] },
] as const;

/** A field of a slot's entry is changed, and what holds it sealed again: no checksum tells. */
export async function changedSlot(draw: Draw, slot?: number): Promise<Damage | undefined> {
  const { random, space } = draw;
  const entries = (space.image?.pointers ?? []).flatMap((pointer, index) =>
    isUsableSlot(pointer) && (slot ?? index) === index ? [{ pointer, index }] : [],
  );
  if (entries.length === 0) return undefined;
  const { pointer, index } = oneOf(random, entries);
  const { name, blocks } = oneOf(random, victims);
  const field = oneOf(random, fieldNames);
  const changed = { ...pointer, [field]: changes[field](random, pointer) };
  if (!fits(changed) || changed[field] === pointer[field]) return undefined;
  const patches = await patchesOf(draw, blocks, pointer, changed);
  const first = patches[0];
  if (first === undefined) return undefined;
  const { type, offset } = RegionPointer.field(field);
  const block = (first.offset - space.base) / space.blockSize;
  const entry = indexOf(decodeRegionPointerTable(first.before, space.blockSize).slots, pointer);
  return struck(draw, 'slot', block, patches, {
    address: `s:${index}.${field}`,
    range: { offset: first.offset + entry * RegionPointer.size + offset, length: type.size },
    description: `slot ${index} (${pointer.regionTypeId}) in ${name}: ${field} ${pointer[field]} made ${changed[field]}, sealed again`,
  });
}

type SlotField = keyof RegionPointer;

const changes: Readonly<Record<SlotField, (random: Random, pointer: RegionPointer) => string | number | bigint>> = {
  regionTypeId(random, { regionTypeId: type }) {
    const at = below(random, type.length);
    return `${type.slice(0, at)}${String.fromCharCode(65 + below(random, 26))}${type.slice(at + 1)}`;
  },
  flags: (random, { flags }) => (flags ^ oneOf(random, Object.values(slotFlags))) >>> 0,
  startBlock: (random, { startBlock }) => changedNumber(random, startBlock),
  blockCount: (random, { blockCount }) => changedNumber(random, blockCount),
  usedBlocks: (random, { blockCount, usedBlocks }) =>
    random() < 0.5 ? BigInt(below(random, Number(blockCount) + 1)) : changedNumber(random, usedBlocks),
};
const fieldNames = Object.keys(changes) as SlotField[];

/** A little more or less, or one bit turned over. */
function changedNumber(random: Random, value: bigint): bigint {
  if (random() < 0.25) return BigInt.asIntN(64, value ^ (1n << BigInt(below(random, 64))));
  const step = BigInt(1 + below(random, random() < 0.5 ? 1 : 64));
  return random() < 0.5 ? value + step : value - step;
}

function fits({ startBlock, blockCount, usedBlocks }: RegionPointer): boolean {
  return [startBlock, blockCount, usedBlocks].every((value) => value === BigInt.asIntN(64, value));
}

const indexOf = (slots: readonly RegionPointer[], { regionTypeId, startBlock }: RegionPointer): number =>
  slots.findIndex((slot) => slot.regionTypeId === regionTypeId && slot.startBlock === startBlock);

/** Where a copy is damaged already, or does not list the region, it is left as it is. */
async function patchesOf(
  draw: Draw,
  blocks: readonly number[],
  pointer: RegionPointer,
  changed: RegionPointer,
): Promise<DamagePatch[]> {
  const patches: DamagePatch[] = [];
  for (const block of blocks) {
    const before = await readBlock(draw, block);
    const index = indexOf(decodeRegionPointerTable(before, before.length).slots, pointer);
    if (index < 0 || !verifyTrailer(before, before.length)) continue;
    const after = before.slice();
    RegionPointer.set(new DataView(after.buffer), index * RegionPointer.size, changed);
    seal(after, before);
    patches.push({ offset: offsetOf(draw, block), before, after });
    if (block === directoryStartBlock) patches.push(...(await headerFor(draw, after)));
  }
  return patches;
}

/** The header of block 9 as it belongs to another block 8. */
async function headerFor(draw: Draw, slots: Uint8Array): Promise<DamagePatch[]> {
  const { blockSize } = draw.space;
  const before = await readBlock(draw, directoryStartBlock + 1);
  if (!verifyTrailer(before, blockSize)) return [];
  const activeCount = activeRegionCount(decodeRegionPointerTable(slots, blockSize).slots);
  const block0Hash = readTrailer(slots, blockSize).checksum;
  const after = encodeDirectoryHeader(
    { ...decodeDirectoryHeader(before, blockSize), activeCount, block0Hash },
    blockSize,
  );
  seal(after, before);
  return sameBytes(before, after) ? [] : [{ offset: offsetOf(draw, directoryStartBlock + 1), before, after }];
}

/** Seals a block with the tag and generation of another. */
function seal(block: Uint8Array, like: Uint8Array): void {
  const { tag, generation } = readTrailer(like, like.length);
  sealBlocks(block, block.length, tag, generation);
}
