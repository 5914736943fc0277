import { tooSmall } from './block-record.ts';
import { type ContainerBlock, inspectBlocks } from './container-block.ts';
import { raisedCodes } from './container-codes.ts';
import { decodeExtendedMetadata, type ExtendedMetadata, encodeExtendedMetadata } from './extended-metadata.ts';
import { collectFindings, type Finding } from './finding.ts';
import { geometryOf, minContainerBlockSize } from './geometry.ts';
import { chooseBlocks, type GroupChoice } from './group-choice.ts';
import { reportGroup } from './group-findings.ts';
import { decodeIntegrityAnchor, encodeIntegrityAnchor, type IntegrityAnchor } from './integrity-anchor.ts';
import { decodeRegionPointerTable, encodeRegionPointerTable, type RegionPointerTable } from './region-pointer-table.ts';
import { decodeSuperblock, encodeSuperblock, groupGeneration, type Superblock } from './superblock.ts';
import { stringToTag } from './tag.ts';
import { writeTrailer } from './trailer.ts';

/** Blocks of one copy of the group: the primary in blocks 0-3, the mirror in blocks 4-7 (page 02, 2). */
export const groupBlockCount = 4;
/** Trailer tags of the four blocks, in order. */
export const groupTags = ['SUPB', 'RMAP', 'EXMD', 'IANT'] as const;

/** The four structures of a group. Reserved bytes are kept in each. */
export interface SuperblockGroup {
  readonly superblock: Superblock;
  readonly regionPointers: RegionPointerTable;
  readonly extendedMetadata: ExtendedMetadata;
  readonly integrityAnchor: IntegrityAnchor;
}

/** Blocks 0-7, decoded from the copy that the rule of page 02, 4.2 chooses. */
export interface DecodedGroup extends GroupChoice {
  /** The structures; one is undefined where neither copy of its block serves. */
  readonly parts: { readonly [Part in keyof SuperblockGroup]: SuperblockGroup[Part] | undefined };
  /** The whole group, undefined unless all four blocks were read. */
  readonly group: SuperblockGroup | undefined;
  /** All eight blocks as found. */
  readonly blocks: readonly ContainerBlock[];
  /** The block size is one at which no image can be created: what fits was decoded (page 03, 6.1). */
  readonly nonStandard: boolean;
  readonly findings: readonly Finding[];
}

/** How the copy is chosen. */
export interface GroupOptions {
  readonly blockSize: number;
  /**
   * `auto` (default) follows the rule. `primary` and `mirror` take that copy block by block, damaged blocks too: for looking
   * at what stands there.
   */
  readonly use?: 'auto' | 'primary' | 'mirror';
}

/**
 * Decodes the superblock group and its mirror from the first eight blocks of an image. Never throws because of data; `bytes` may
 * be shorter, missing blocks count as never written. The values are not judged: see `checkSuperblock`, `checkSlots`.
 * @throws RangeError for an invalid block size.
 */
export function decodeGroup(bytes: Uint8Array, { blockSize, use = 'auto' }: GroupOptions): DecodedGroup {
  geometryOf(blockSize);
  const { findings, report } = collectFindings(raisedCodes);
  const nonStandard = blockSize < minContainerBlockSize;
  if (nonStandard) {
    const message = `blocks of ${blockSize} bytes: an image needs at least ${minContainerBlockSize}; what fits is shown`;
    report('unsupportedBlockSize', message, { block: 0, expected: minContainerBlockSize, actual: blockSize });
  }
  const blocks = inspectBlocks(bytes, blockSize, [...groupTags, ...groupTags], 0);
  const choice = chooseBlocks(blocks, use);
  reportGroup(blocks, blockSize, report);
  const read = <T>(index: number, decode: (block: Uint8Array, blockSize: number) => T): T | undefined => {
    const found = choice.sources[index];
    return found === undefined ? undefined : decode(found.bytes, blockSize);
  };
  const parts = {
    superblock: read(0, decodeSuperblock),
    regionPointers: read(1, decodeRegionPointerTable),
    extendedMetadata: read(2, decodeExtendedMetadata),
    integrityAnchor: read(3, decodeIntegrityAnchor),
  };
  return { ...choice, parts, group: isWhole(parts) ? parts : undefined, blocks, nonStandard, findings };
}

function isWhole(parts: DecodedGroup['parts']): parts is SuperblockGroup {
  return Object.values(parts).every((part) => part !== undefined);
}

/** How a group is sealed. */
export interface EncodeGroupOptions {
  /** Generation of all blocks, a u32. Left out: the low 32 bits of `checkpointSequence` (page 02, 2). */
  readonly generation?: number;
}

/**
 * The four sealed blocks of a group, a new array.
 * @throws VdeError `unsupportedBlockSize` below 4096 bytes.
 * @throws RangeError or TypeError, naming the field, for a value that does not fit.
 */
export function encodeGroup(
  group: SuperblockGroup,
  blockSize: number,
  { generation = groupGeneration(group.superblock) }: EncodeGroupOptions = {},
): Uint8Array<ArrayBuffer> {
  if (blockSize < minContainerBlockSize) throw tooSmall('superblock group', minContainerBlockSize - 16, blockSize);
  const encoded = [
    encodeSuperblock(group.superblock, blockSize),
    encodeRegionPointerTable(group.regionPointers, blockSize),
    encodeExtendedMetadata(group.extendedMetadata, blockSize),
    encodeIntegrityAnchor(group.integrityAnchor, blockSize),
  ];
  const blocks = new Uint8Array(groupBlockCount * blockSize);
  encoded.forEach((block, i) => {
    writeTrailer(block, blockSize, stringToTag(groupTags[i]!), generation);
    blocks.set(block, i * blockSize);
  });
  return blocks;
}

/** The eight sealed blocks of a group and its mirror, a new array. @throws as {@link encodeGroup}. */
export function encodeGroupWithMirror(
  group: SuperblockGroup,
  blockSize: number,
  options: EncodeGroupOptions = {},
): Uint8Array<ArrayBuffer> {
  const primary = encodeGroup(group, blockSize, options);
  const blocks = new Uint8Array(2 * primary.length);
  blocks.set(primary);
  blocks.set(primary, primary.length);
  return blocks;
}
