import {
  encodeGroup,
  encodeSuperblock,
  type Finding,
  groupGeneration,
  isZero,
  type RegionPointer,
  type SuperblockGroup,
} from '@vde/format';
import type { Head } from '../commit.ts';
import type { DiskImage } from '../disk-image.ts';
import { computeSeal } from '../integrity.ts';
import { newDirectory } from '../recover.ts';

/** What changes in superblock and pointer table. @internal */
export interface HeadChange {
  readonly pointers: readonly RegionPointer[];
  readonly allocatedBlocks: number;
  readonly incompatibleFeatures: number;
  readonly moduleManifest: number;
  /** Time of the change, ticks. */
  readonly now: bigint;
  readonly sessionId: string;
  readonly sealKey?: Uint8Array | undefined;
}

/** A head, and what of the old one it could not keep. @internal */
export interface NextHead {
  readonly head: Head;
  readonly findings: readonly Finding[];
}

/** The superblock group and the directory of the next state (page 02, 3.4). @internal */
export function nextHead(image: DiskImage, change: HeadChange): NextHead {
  const { blockSize } = image;
  const group = image.group.group!;
  const findings: Finding[] = [];
  const { integrityAnchor } = group;
  const hasChain = !isZero(integrityAnchor.metadataChainHash);
  if (hasChain) findings.push(cleared('chainHashCleared', 'the metadata chain hash', 3, 'metadataChainHash'));
  const next: SuperblockGroup = {
    ...group,
    superblock: superblockOf(group, image.totalBlocks, change),
    regionPointers: { ...group.regionPointers, slots: change.pointers },
    integrityAnchor: hasChain ? { ...integrityAnchor, metadataChainHash: new Uint8Array(32) } : integrityAnchor,
  };
  const isSealed = !isZero(group.superblock.headerIntegritySeal);
  const sealed = isSealed && change.sealKey ? sealWith(next, blockSize, change.sealKey) : next;
  if (isSealed && !change.sealKey) findings.push(cleared('sealCleared', 'the header seal', 0, 'headerIntegritySeal'));
  const directory = newDirectory(change.pointers, groupGeneration(sealed.superblock), image.directory, blockSize);
  return { head: { group: encodeGroup(sealed, blockSize), directory }, findings };
}

function superblockOf({ superblock }: SuperblockGroup, totalBlocks: number, change: HeadChange) {
  const { allocatedBlocks, incompatibleFeatures, moduleManifest, now, sessionId } = change;
  return {
    ...superblock,
    incompatibleFeatures,
    moduleManifest,
    totalAllocatedBlocks: BigInt(allocatedBlocks),
    freeBlocks: BigInt(totalBlocks - allocatedBlocks),
    checkpointSequence: superblock.checkpointSequence + 1n,
    modifiedTimestamp: now,
    lastWriterTimestamp: now,
    lastWriterSessionId: sessionId,
    headerIntegritySeal: new Uint8Array(superblock.headerIntegritySeal.length),
  };
}

function sealWith(group: SuperblockGroup, blockSize: number, key: Uint8Array): SuperblockGroup {
  const headerIntegritySeal = computeSeal(encodeSuperblock(group.superblock, blockSize), key);
  return { ...group, superblock: { ...group.superblock, headerIntegritySeal } };
}

function cleared(code: string, what: string, block: number, path: string): Finding {
  const message = `${what} was of the state before and was cleared`;
  return { code, severity: 'notice', message, block, path };
}
