import {
  decodeGroup,
  decodeRegionDirectory,
  directoryBlockCount,
  directoryStartBlock,
  encodeRegionDirectory,
  groupBlockCount,
  groupGeneration,
  type SuperblockGroup,
  sameBytes,
  VdeError,
} from '@vde/format';
import { type DeviceSpace, finishHead, rollBack } from './commit.ts';
import { readBlocks } from './read-blocks.ts';

/**
 * What recovery did: nothing was wanting; a commit was rolled back (the mirror was written again), or finished (the primary group was
 * written again); only the directory was written again.
 */
export type Recovery = 'none' | 'rolledBack' | 'finished' | 'directoryRebuilt';

const headBlocks = directoryStartBlock + directoryBlockCount;

/**
 * Finishes or rolls back a commit that was cut off, and makes mirror and directory agree with the group that counts: the primary if its
 * four blocks hold, else the mirror if its four do. It may itself be cut off and repeated. With `dryRun` it only tells.
 * @throws VdeError `needsRepair` where neither copy is complete: nothing is written then. @throws VdeError `writeFailed`.
 */
export async function recoverHead(
  space: DeviceSpace,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Recovery> {
  const { blockSize } = space;
  const bytes = await readBlocks(space, 0, headBlocks);
  const part = (first: number, count: number) => bytes.subarray(first * blockSize, (first + count) * blockSize);
  const primary = part(0, groupBlockCount);
  const mirror = part(groupBlockCount, groupBlockCount);
  const { copyUsed, group } = decodeGroup(part(0, directoryStartBlock), { blockSize });
  if (group === undefined || (copyUsed !== 'primary' && copyUsed !== 'mirror')) {
    const message = `${space.source.name}: neither copy of the superblock group is complete`;
    throw new VdeError('needsRepair', message);
  }
  const listed = part(directoryStartBlock, directoryBlockCount);
  const head = {
    group: copyUsed === 'primary' ? primary : mirror,
    directory: directoryOf(group, listed, blockSize),
  };
  if (copyUsed === 'mirror') {
    if (!dryRun) await finishHead(space, head);
    return 'finished';
  }
  const isMirrored = sameBytes(primary, mirror);
  const isListed = sameBytes(head.directory, listed);
  if (!isMirrored && !dryRun) await rollBack(space, head);
  if (!isListed && !dryRun) await finishHead(space, head);
  if (!isMirrored) return 'rolledBack';
  return isListed ? 'none' : 'directoryRebuilt';
}

/** The blocks of the directory: those that stand there if they list what the group lists, else new ones. */
function directoryOf({ superblock, regionPointers }: SuperblockGroup, old: Uint8Array, blockSize: number): Uint8Array {
  const { slots } = regionPointers;
  const { directory, headerUsable } = decodeRegionDirectory(old, { blockSize });
  const listed = directory && encodeRegionDirectory({ ...directory, slots }, blockSize);
  if (headerUsable && listed && sameBytes(listed, old)) return old;
  const header = headerUsable && directory?.header ? { header: directory.header } : {};
  return encodeRegionDirectory({ slots, generation: groupGeneration(superblock), ...header }, blockSize);
}
