import type { ImageFinding } from '../model.ts';

/**
 * How sure a salvaged region is. `high`: its first block verifies, and something independent agrees: its header decodes as this type, creators place this
 * type there, or a surviving directory lists it. `medium`: one of the two. `low`: its first block is damaged or missing, and the place follows from the
 * layout or from later blocks.
 */
export type Confidence = 'high' | 'medium' | 'low';

/** A region that was found, or that must be there. Block numbers count from block 0 of the image. */
export interface SalvagedRegion {
  /** Type of its slot. */
  readonly type: string;
  /** Id of the plugin that reads it. */
  readonly id: string | null;
  readonly startBlock: number;
  readonly blockCount: number;
  /** Blocks of it that are not all zero; of the data region those that no other region owns. */
  readonly writtenBlocks: number;
  /** Written blocks that do not verify although blocks of this region must. */
  readonly damagedBlocks: number;
  /** In the trailer of its first block. */
  readonly generation: number;
  readonly confidence: Confidence;
  readonly why: readonly string[];
  /** The rebuilt directory lists it. */
  readonly listed: boolean;
  /** Flags of its slot. */
  readonly flags: number;
}

/** A block that is written twice or describes the whole, as it was found. */
export interface ContainerCopy {
  readonly structure: 'superblock' | 'pointerTable' | 'extendedMetadata' | 'integrityAnchor' | 'directory' | 'recovery';
  readonly block: number;
  readonly state: 'ok' | 'hole' | 'unsealed' | 'corrupt' | 'wrongTag';
  /** Something of the rebuilt image comes from it. */
  readonly used: boolean;
}

/** A value that tells the volume from others, and where it comes from; `value` is `null` where nothing tells. */
export interface IdentityValue {
  readonly field: 'volumeUuid' | 'volumeLabel' | 'createdTimestamp' | 'moduleManifest' | 'inodeSize';
  readonly value: string | bigint | number | null;
  /** Such as `superblock in block 4`; `null` where nothing tells. */
  readonly from: string | null;
}

/** How the block size was found. */
export interface BlockSizeDecision {
  readonly blockSize: number;
  /** Blocks that verify under a known tag, by block size, most first. */
  readonly votes: readonly { readonly blockSize: number; readonly blocks: number }[];
  /** Bytes that were looked at. */
  readonly sampled: number;
}

/** What can be saved of an image. */
export interface SalvageModel {
  readonly source: string;
  /** Bytes of the source, and the offset of block 0 in it. */
  readonly size: number;
  readonly base: number;
  readonly blockSize: BlockSizeDecision;
  /** Blocks of the source, a cut one included: the volume of a rebuilt image. */
  readonly blocks: number;
  readonly copies: readonly ContainerCopy[];
  readonly identity: readonly IdentityValue[];
  readonly regions: readonly SalvagedRegion[];
  readonly findings: readonly ImageFinding[];
  /** What is lost, in words: the errors among the findings. */
  readonly lost: readonly string[];
  /** `clean`: nothing is wrong. `damaged`: everything can be rebuilt. `lost`: something cannot. */
  readonly verdict: 'clean' | 'damaged' | 'lost';
}
