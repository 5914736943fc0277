import {
  type ContainerBlock,
  compareSlotTables,
  type DecodedDirectory,
  type DecodedGroup,
  decodeGroup,
  decodeRegionDirectory,
  decodeRegionPointerTable,
  directoryBlockCount,
  directoryStartBlock,
  groupBlockCount,
} from '@vde/format';
import { type BlockSpace, readBlocks } from './read-blocks.ts';

/** Blocks of the superblock group, its mirror and the directory. @internal */
export const headBlockCount = directoryStartBlock + directoryBlockCount;

/** Blocks 0-9 as found: whole ones, fewer where the file ends. @internal */
export interface FoundHead {
  readonly bytes: Uint8Array;
  readonly group: DecodedGroup;
  readonly directory: DecodedDirectory;
}

/** Reads blocks 0-9. One that the end of the file cuts counts as missing: its payload is not all there. @internal */
export async function readHead(
  space: BlockSpace,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<FoundHead> {
  const { source, base, blockSize } = space;
  const read = await readBlocks(space, 0, headBlockCount, options);
  const bytes = read.subarray(0, Math.max(0, Math.floor((source.size - base) / blockSize)) * blockSize);
  const group = decodeGroup(bytes.subarray(0, directoryStartBlock * blockSize), { blockSize });
  const directory = decodeRegionDirectory(bytes.subarray(directoryStartBlock * blockSize), { blockSize });
  return { bytes, group, directory };
}

/** The copy that counts: the primary if its four blocks hold, else the mirror if its four do. @internal */
export function intactCopy({ group: { blocks } }: FoundHead): 'primary' | 'mirror' | undefined {
  const isIntact = (first: number) => blocks.slice(first, first + groupBlockCount).every(({ state }) => state === 'ok');
  if (isIntact(0)) return 'primary';
  return isIntact(groupBlockCount) ? 'mirror' : undefined;
}

/**
 * Whether block 1 was changed in place, without a trailer, together with the directory: other writers do so and leave the mirror
 * as it was (page 02, 6 #9), so that its table lacks regions. A mirror of another generation is that of a commit. @internal
 */
export function hasNewerTable({ group, directory }: FoundHead, { blockSize }: Pick<BlockSpace, 'blockSize'>): boolean {
  const [, primary, extended, anchor, , mirror] = group.blocks;
  if (primary?.state !== 'unsealed' || mirror?.state !== 'ok' || !directory.slotsUsable) return false;
  if (![extended, anchor].some((block) => block?.state === 'ok' && block.generation === mirror.generation))
    return false;
  const slotsOf = (block: ContainerBlock) => decodeRegionPointerTable(block.bytes, blockSize).slots;
  const slots = slotsOf(primary);
  return compareSlotTables(directory.directory!.slots, slots).same && !compareSlotTables(slots, slotsOf(mirror)).same;
}
