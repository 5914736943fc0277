import {
  type DecodedDirectory,
  type DecodedGroup,
  getActiveRegions,
  groupBlockCount,
  type RegionPointer,
  regionTypeOf,
  resolveRegionNames,
} from '@vde/format';
import { isSpoiled } from './commit.ts';
import type { ImageSlot } from './disk-image.ts';

/**
 * The slots in use: the directory's when its block 8 serves, else those of the pointer table; also those of the pointer table when a commit
 * was cut off behind its commit point, so that the directory may be that of the state before.
 */
export function slotsOf(group: DecodedGroup, { directory, slotsUsable }: DecodedDirectory) {
  if (directory && slotsUsable && !isCutOff(group)) return { pointers: directory.slots, from: 'directory' as const };
  const table = group.parts.regionPointers;
  return table ? { pointers: table.slots, from: 'pointerTable' as const } : { pointers: [], from: 'nowhere' as const };
}

/** Whether the mirror counts because a commit has begun to make the primary group another one. */
function isCutOff({ copyUsed, blocks }: DecodedGroup): boolean {
  const decider = blocks[groupBlockCount - 1];
  return copyUsed === 'mirror' && decider !== undefined && isSpoiled(decider.bytes);
}

/** Blocks of the volume: the superblock's word where it is a possible one, else what the source has. */
export function totalBlocksOf(group: DecodedGroup, size: number, blockSize: number): number {
  const stated = group.parts.superblock?.totalBlocks ?? 0n;
  const isPossible = stated >= 10n && stated * BigInt(blockSize) <= BigInt(Number.MAX_SAFE_INTEGER);
  return isPossible ? Number(stated) : Math.ceil(size / blockSize);
}

/** The active slots at possible places, with the names their creator knows them by. */
export function namedSlots(pointers: readonly RegionPointer[], manifest: number, totalBlocks: number): ImageSlot[] {
  const names = resolveRegionNames(pointers, { manifest, totalBlocks });
  return getActiveRegions(pointers).map(({ index, pointer }) => ({
    index,
    type: pointer.regionTypeId,
    startBlock: Number(pointer.startBlock),
    blockCount: Number(pointer.blockCount),
    usedBlocks: Number(pointer.usedBlocks),
    name: names[index] ?? pointer.regionTypeId,
    pointer,
  }));
}

/** Names left out of the metadata chain hash (page 02, 3.10). */
const unchained = ['PrimarySuperblock', 'MirrorSuperblock', 'DataRegion'];

const isExcluded = ({ name }: ImageSlot): boolean => unchained.includes(name);

/** Ways of choosing the regions whose first blocks are chained (page 02, 3.10; 6, row 3); the first is canonical. */
export const chainChoices: readonly {
  readonly name: string;
  choose(slots: readonly ImageSlot[]): readonly ImageSlot[];
}[] = [
  {
    name: 'region names',
    choose: (slots) => slots.filter((slot) => regionTypeOf(slot.name) !== undefined && !isExcluded(slot)),
  },
  { name: 'all slots', choose: (slots) => slots.filter((slot) => !isExcluded(slot)) },
  {
    name: 'tag names',
    choose: (slots) => slots.filter((slot, i) => slots.findIndex(({ type }) => type === slot.type) === i),
  },
];
