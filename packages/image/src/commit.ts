import { directoryStartBlock, groupBlockCount, trailerSize, VdeError, xxh64 } from '@vde/format';
import type { BlockDevice } from './device.ts';

/** Where an image lies on a device. */
export interface DeviceSpace {
  readonly source: BlockDevice;
  /** Offset of block 0, bytes. */
  readonly base: number;
  readonly blockSize: number;
}

/** Whole, sealed blocks and the number of the first. */
export interface SealedBlocks {
  readonly block: number;
  readonly bytes: Uint8Array;
}

/** What makes a state of an image the current one: the four blocks of the superblock group, and the two of the directory. */
export interface Head {
  readonly group: Uint8Array;
  readonly directory: Uint8Array;
}

/** Blocks 0-9 after a commit. @internal */
export function blocksOfHead({ group, directory }: Head): Uint8Array<ArrayBuffer> {
  const blocks = new Uint8Array(2 * group.length + directory.length);
  blocks.set(group);
  blocks.set(group, group.length);
  blocks.set(directory, 2 * group.length);
  return blocks;
}

/** The last block of the primary group: its trailer decides which copy counts. */
const decider = groupBlockCount - 1;
const checksumBytes = 8;

/**
 * Takes an image from one state to the next. After a crash at any moment a reader finds the one or the other, and `recover` finishes or
 * rolls back. Both copies of the group must be complete and alike before, as `recover` leaves them; `blocks` must lie where nothing
 * of the present state stands.
 * @throws VdeError `writeFailed`: the old state stands. @throws VdeError `outcomeUnknown`: the old state stands or the new one.
 */
export async function commitHead(space: DeviceSpace, head: Head, blocks: readonly SealedBlocks[] = []): Promise<void> {
  const { source } = space;
  await writeBlocks(space, blocks);
  // The mirror counts from the commit point on only: it needs no sync between it and the blocks that it refers to.
  await write(space, groupBlockCount, head.group);
  const [spoiled] = await Promise.all([spoiledDecider(space), source.sync()]);
  try {
    await source.write(spoiled.offset, spoiled.checksum);
    await source.sync();
    await finishHead(space, head);
  } catch (cause) {
    const message = `${source.name}: a write failed at the commit or behind it: only opening the image again tells its state`;
    throw new VdeError('outcomeUnknown', message, { cause });
  }
}

/** Writes blocks that no state refers to yet. @internal */
export async function writeBlocks(
  space: DeviceSpace,
  blocks: Iterable<SealedBlocks> | AsyncIterable<SealedBlocks>,
): Promise<void> {
  for await (const { block, bytes } of blocks) await write(space, block, bytes);
}

/** The commit point: with another checksum in block 3 the primary group is incomplete, and the mirror counts. */
async function spoiledDecider({ source, base, blockSize }: DeviceSpace) {
  const offset = base + (decider + 1) * blockSize - checksumBytes;
  const checksum = new Uint8Array(checksumBytes);
  await source.read(offset, checksum);
  return { offset, checksum: checksum.map((byte) => byte ^ 0xff) };
}

/** Whether the checksum of a block was complemented, if only in part, as the commit point does it. @internal */
export function isSpoiled(block: Uint8Array): boolean {
  const checksum = new DataView(new ArrayBuffer(checksumBytes));
  checksum.setBigUint64(0, xxh64(block.subarray(0, Math.max(0, block.length - trailerSize))), true);
  const stored = block.subarray(-checksumBytes);
  const differences = Array.from(stored, (byte, i) => byte ^ checksum.getUint8(i));
  return differences.includes(0xff) && differences.every((difference) => difference === 0 || difference === 0xff);
}

/** What follows the commit point: primary group and directory, block 3 last. It may be repeated. @internal */
export async function finishHead(space: DeviceSpace, { group, directory }: Head): Promise<void> {
  const { source, blockSize } = space;
  await write(space, 0, group.subarray(0, decider * blockSize));
  await write(space, directoryStartBlock, directory);
  await source.sync();
  await write(space, decider, group.subarray(decider * blockSize));
  await source.sync();
}

/** Makes the mirror that of the primary group again: an interrupted commit before its commit point. @internal */
export async function rollBack(space: DeviceSpace, { group }: Pick<Head, 'group'>): Promise<void> {
  await write(space, groupBlockCount, group);
  await space.source.sync();
}

const write = ({ source, base, blockSize }: DeviceSpace, block: number, bytes: Uint8Array): Promise<void> =>
  source.write(base + block * blockSize, bytes);
