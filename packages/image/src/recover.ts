import {
  type DecodedDirectory,
  directoryStartBlock,
  encodeRegionDirectory,
  groupBlockCount,
  groupGeneration,
  isEmergencyRecovery,
  type RegionPointer,
  sameBytes,
  VdeError,
} from '@vde/format';
import { type DeviceSpace, type Head, rollBack } from './commit.ts';
import { slotsOf } from './image-slots.ts';
import { type FoundHead, hasNewerTable, intactCopy, readHead } from './read-head.ts';

/**
 * What recovery did: nothing was wanting; a commit was rolled back (the mirror was written again), or finished (the primary group was
 * written again); only the directory was written again.
 */
export type Recovery = 'none' | 'rolledBack' | 'finished' | 'directoryRebuilt';

/**
 * Finishes or rolls back a commit that was cut off: the mirror is made like the primary group if its four blocks hold, else the other way round.
 * Writes the directory again where it is damaged, or that of the state before. It may itself be cut off and repeated. With `dryRun` it only tells.
 * @throws VdeError `needsRepair` where neither copy is complete, or the mirror lacks what another writer changed: nothing is written
 * then. @throws VdeError `writeFailed`.
 */
export async function recoverHead(
  space: DeviceSpace,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Recovery> {
  const { blockSize } = space;
  const found = await readHead(space);
  const part = (first: number, end?: number) => found.bytes.subarray(first * blockSize, end && end * blockSize);
  const copy = intactCopy(found);
  const { group } = found.group;
  if (group === undefined || copy === undefined)
    throw needsRepair(space, 'neither copy of the superblock group is complete');
  if (hasNewerTable(found, space))
    throw needsRepair(space, 'the pointer table was changed in place, without a trailer');
  const primary = part(0, groupBlockCount);
  const mirror = part(groupBlockCount, directoryStartBlock);
  const listed = part(directoryStartBlock);
  // A directory that others changed alone is believed; one that a commit did not get to is not.
  const { pointers } = slotsOf(found.group, found.directory);
  const directory = directoryFor(pointers, groupGeneration(group.superblock), found.directory, blockSize);
  if (copy === 'mirror') {
    if (!dryRun) await restorePrimary(space, found, { group: mirror, directory });
    return 'finished';
  }
  const isMirrored = sameBytes(primary, mirror);
  const isListed = sameBytes(directory, listed);
  if (!isMirrored && !dryRun) await rollBack(space, { group: primary });
  if (!isListed && !dryRun) await writeDirectory(space, directory);
  if (!isMirrored) return 'rolledBack';
  return isListed ? 'none' : 'directoryRebuilt';
}

function needsRepair({ source }: DeviceSpace, why: string): VdeError {
  return new VdeError('needsRepair', `${source.name}: ${why}`);
}

/** Writes a damaged block last: until it holds the mirror counts, and the other three may be old or new. */
async function restorePrimary(
  { source, base, blockSize }: DeviceSpace,
  { group: { blocks } }: FoundHead,
  { group, directory }: Head,
): Promise<void> {
  const last = blocks.slice(0, groupBlockCount).findLastIndex(({ state }) => state !== 'ok');
  const write = (block: number) =>
    source.write(base + block * blockSize, group.subarray(block * blockSize, (block + 1) * blockSize));
  for (let block = 0; block < groupBlockCount; block++) if (block !== last) await write(block);
  await source.write(base + directoryStartBlock * blockSize, directory);
  await source.sync();
  await write(last);
  await source.sync();
}

async function writeDirectory({ source, base, blockSize }: DeviceSpace, directory: Uint8Array): Promise<void> {
  await source.write(base + directoryStartBlock * blockSize, directory);
  await source.sync();
}

/** The blocks of the directory: those that were found where they list these slots, else new ones, of `generation`. @internal */
export function directoryFor(
  slots: readonly RegionPointer[],
  generation: number,
  found: DecodedDirectory,
  blockSize: number,
): Uint8Array {
  const { directory, slotsUsable, headerUsable, blocks } = found;
  const header = headerUsable && directory?.header ? { header: directory.header } : {};
  const { header: _, ...kept } = directory ?? { generation };
  const listed = slotsUsable && encodeRegionDirectory({ ...kept, slots, ...header }, blockSize);
  const isListed = listed && sameBytes(listed.subarray(0, blockSize), blocks[0]!.bytes);
  return isListed ? withEmergencyBlock(listed, found, blockSize) : newDirectory(slots, generation, found, blockSize);
}

/** The blocks of a directory that takes the place of another: what is reserved in that is kept. @internal */
export function newDirectory(
  slots: readonly RegionPointer[],
  generation: number,
  found: DecodedDirectory,
  blockSize: number,
): Uint8Array {
  const { directory, headerUsable } = found;
  const header = headerUsable && directory?.header ? { header: directory.header } : {};
  return withEmergencyBlock(encodeRegionDirectory({ slots, generation, ...header }, blockSize), found, blockSize);
}

/** Other writers put an emergency recovery block over the header, which the slots do not need (page 02, 6 #4): it stays. */
function withEmergencyBlock(blocks: Uint8Array, found: DecodedDirectory, blockSize: number): Uint8Array {
  const second = found.blocks[1]!.bytes;
  if (isEmergencyRecovery(second)) blocks.set(second, blockSize);
  return blocks;
}
