import {
  decodeGroup,
  decodeRegionDirectory,
  encodeEmergencyRecovery,
  encodeGroup,
  encodeGroupWithMirror,
  encodeRegionDirectory,
  encodeRegionPointerTable,
  type RegionPointer,
  type SuperblockGroup,
  slotFlags,
  trailerSize,
  withRegion,
} from '@vde/format';
import { createImage, memoryDevice } from '@vde/image';

export const blockSize = 4096;
export const payloadSize = blockSize - trailerSize;
/** Only superblocks, directory and a few more blocks: nothing else matters here, and states are made quickly. */
const shownBlocks = 14;
const identity = { volumeUuid: '00112233-4455-6677-8899-aabbccddeeff', now: 638396640000000000n };

export type Bytes = Uint8Array<ArrayBuffer>;

export const blockOf = (bytes: Uint8Array, block: number) => bytes.subarray(block * blockSize, (block + 1) * blockSize);

/** The start of an image, and one whose mirror is of another state: a reader that changes from copy to copy is found out. */
export async function headImages(): Promise<Readonly<Record<'alike' | 'differing', Bytes>>> {
  const device = memoryDevice();
  await createImage(device, { ...identity, profile: 'minimal', totalBlocks: 1100 });
  const alike = device.bytes.slice(0, shownBlocks * blockSize);
  const fresh = decodeGroup(alike, { blockSize }).group!;
  const slots = withFarSlots(fresh.regionPointers.slots);
  const group = marked({ ...fresh, regionPointers: { slots } }, 3);
  alike.set(encodeGroupWithMirror(group, blockSize));
  alike.set(encodeRegionDirectory({ slots, generation: 1 }, blockSize), 8 * blockSize);
  const differing = alike.slice();
  differing.set(encodeGroup(changed(group), blockSize), 4 * blockSize);
  return { alike, differing };
}

/** A table of which several sectors hold something, the last one too. */
function withFarSlots(slots: readonly RegionPointer[]): RegionPointer[] {
  const pointer = { regionTypeId: 'XREF', flags: slotFlags.active, blockCount: 1n, usedBlocks: 0n };
  return slots.map((slot, i) => ([20, 110, 126].includes(i) ? { ...pointer, startBlock: BigInt(900 + i) } : slot));
}

/** Blocks 2 and 3 of a fresh image are all zero but for their trailers. */
function marked({ extendedMetadata, integrityAnchor, ...rest }: SuperblockGroup, byte: number): SuperblockGroup {
  return {
    ...rest,
    extendedMetadata: { ...extendedMetadata, namespaceSignature: new Uint8Array(64).fill(byte) },
    integrityAnchor: { ...integrityAnchor, formatFingerprint: new Uint8Array(32).fill(byte) },
  };
}

/** Another state, in every block. */
function changed({ superblock, regionPointers, ...rest }: SuperblockGroup): SuperblockGroup {
  const checkpointSequence = superblock.checkpointSequence + 1n;
  const slots = regionPointers.slots.with(4, { ...regionPointers.slots[4]!, usedBlocks: 9n });
  return marked({ ...rest, superblock: { ...superblock, checkpointSequence }, regionPointers: { slots } }, 7);
}

/** What other writers leave when they add a region in place: block 1 without a trailer, the directory, and the mirror as it was. */
export function withRegionInPlace(image: Bytes): Bytes {
  const bytes = image.slice();
  const { directory } = decodeRegionDirectory(bytes.subarray(8 * blockSize), { blockSize });
  const pointer = { regionTypeId: 'SNAP', flags: slotFlags.active, startBlock: 1090n, blockCount: 10n, usedBlocks: 0n };
  const { slots } = withRegion(directory!.slots, pointer);
  bytes.set(encodeRegionPointerTable({ slots }, blockSize), blockSize);
  bytes.set(encodeRegionDirectory({ slots, generation: 1 }, blockSize), 8 * blockSize);
  return bytes;
}

/** An emergency recovery block in place of the directory's header. */
export function withEmergencyBlock(image: Bytes): Bytes {
  const bytes = image.slice();
  const recovery = {
    magic: new Uint8Array(4),
    volumeUuid: identity.volumeUuid,
    creationTimestamp: identity.now,
    volumeLabel: new Uint8Array(64),
    contactInfo: new Uint8Array(128).fill(0x41),
    majorVersion: 2,
    minorVersion: 0,
    specRevision: 1,
    errorCount: 0n,
    mountCount: 0n,
  };
  bytes.set(encodeEmergencyRecovery(recovery, blockSize), 9 * blockSize);
  return bytes;
}

/** What may become of a block. */
export const damages: Readonly<Record<string, (block: Uint8Array) => void>> = {
  corrupt: (block) => {
    block[100]! ^= 1;
  },
  zero: (block) => void block.fill(0),
  unsealed: (block) => void block.fill(0, payloadSize),
  wrongTag: (block) => void block.fill(0x41, payloadSize, payloadSize + 4),
};

/** A copy of an image with damaged blocks. */
export function damaged(image: Bytes, blocks: readonly number[], damage: string): Bytes {
  const bytes = image.slice();
  for (const block of blocks) damages[damage]!(blockOf(bytes, block));
  return bytes;
}
