import { tooSmall } from './block-record.ts';
import { type ContainerBlock, inspectBlocks, reportDamage } from './container-block.ts';
import { raisedCodes } from './container-codes.ts';
import {
  type DirectoryHeader,
  decodeDirectoryHeader,
  encodeDirectoryHeader,
  reportHeader,
} from './directory-header.ts';
import { collectFindings, type Finding, type Report } from './finding.ts';
import { geometryOf, minContainerBlockSize } from './geometry.ts';
import { decodeEmergencyRecovery, type EmergencyRecovery, isEmergencyRecovery } from './recovery-blocks.ts';
import { slotCount } from './region-pointer.ts';
import {
  activeRegionCount,
  decodeRegionPointerTable,
  encodeRegionPointerTable,
  type RegionPointerTable,
} from './region-pointer-table.ts';
import { stringToTag } from './tag.ts';
import { readTrailer, verifyTrailer, writeTrailer } from './trailer.ts';

/** First block of the directory: slots in block 8, header in block 9 (page 03, 2). */
export const directoryStartBlock = 8;
export const directoryBlockCount = 2;
const directoryTag = 'RMAP';

/** The region directory: 127 slots, and what its header says of them. Reserved bytes are kept in both. */
export interface RegionDirectory extends RegionPointerTable {
  /** Generation in the trailer of block 8. */
  readonly generation: number;
  /** Block 9; absent when something else stands there. Encoding takes only its reserved bytes and computes the rest. */
  readonly header?: DirectoryHeader;
}

/** Blocks 8 and 9, decoded. */
export interface DecodedDirectory {
  /** Undefined when block 8 was never written. Look at `slotsUsable` before trusting the slots. */
  readonly directory: RegionDirectory | undefined;
  /** Block 8 is ok. When it is not, the region pointer table of the superblock group counts. */
  readonly slotsUsable: boolean;
  /** Block 9 is ok and of version 1. The slots do not need it. */
  readonly headerUsable: boolean;
  /** Generation in the trailer of block 9, which is that of block 8 unless a write was cut off. */
  readonly headerGeneration: number;
  /** An emergency recovery block that stands in place of the header (page 02, 6 #4). */
  readonly emergencyRecovery: EmergencyRecovery | undefined;
  readonly blocks: readonly ContainerBlock[];
  /** The block size is one at which no image can be created: the slots that fit were decoded (page 03, 6.1). */
  readonly nonStandard: boolean;
  /** Findings of the two blocks, with absolute block numbers. The slots are judged by `checkSlots`. */
  readonly findings: readonly Finding[];
}

/** How the directory is read. */
export interface DirectoryOptions {
  readonly blockSize: number;
  /** A damaged header is an error; otherwise a warning, as the slots do not need it (page 03, 4.2). */
  readonly strict?: boolean;
}

/**
 * Decodes blocks 8 and 9. Never throws because of data; `bytes` may be shorter, missing blocks count as never written.
 * @throws RangeError for an invalid block size.
 */
export function decodeRegionDirectory(
  bytes: Uint8Array,
  { blockSize, strict = false }: DirectoryOptions,
): DecodedDirectory {
  geometryOf(blockSize);
  const { findings, report } = collectFindings(raisedCodes);
  const nonStandard = blockSize < minContainerBlockSize;
  if (nonStandard) {
    const message = `blocks of ${blockSize} bytes: a directory needs at least ${minContainerBlockSize}; what fits is shown`;
    report('unsupportedBlockSize', message, {
      block: directoryStartBlock,
      expected: minContainerBlockSize,
      actual: blockSize,
    });
  }
  const blocks = inspectBlocks(bytes, blockSize, [directoryTag, directoryTag], directoryStartBlock);
  const [first, second] = blocks as [ContainerBlock, ContainerBlock];
  const slotsUsable = first.state === 'ok';
  if (!slotsUsable) reportDamage(first, blockSize, report, { repair: { possible: true, from: 'pointerTable' } });
  const table = first.state === 'hole' ? undefined : decodeRegionPointerTable(first.bytes, blockSize);
  const found = readHeader(second, blockSize, strict, report);
  if (found.headerUsable && found.header !== undefined) {
    reportHeader(
      found.header,
      second,
      slotsUsable && table ? { block: first, slots: table.slots } : undefined,
      blockSize,
      report,
    );
  }
  const { header, headerUsable, emergencyRecovery } = found;
  const directory = table && { ...table, generation: first.generation, ...(header === undefined ? {} : { header }) };
  const headerGeneration = second.generation;
  return { directory, slotsUsable, headerUsable, headerGeneration, emergencyRecovery, blocks, nonStandard, findings };
}

interface FoundHeader {
  readonly header?: DirectoryHeader;
  readonly headerUsable: boolean;
  readonly emergencyRecovery: EmergencyRecovery | undefined;
}

/** Block 9; the first thing wrong with it counts (page 03, 4.2). */
function readHeader(found: ContainerBlock, blockSize: number, strict: boolean, report: Report): FoundHeader {
  const severity = strict ? 'error' : 'warning';
  const repair = { possible: true, from: 'slots' };
  const { block, bytes, state } = found;
  if (isEmergencyRecovery(bytes)) {
    const message = 'block 9 holds an emergency recovery block in place of the directory header';
    report('emergencyRecoveryBlock', message, { block, offset: 0, length: 4, actual: 'ERCV' });
    const isSealed = verifyTrailer(bytes, blockSize);
    return { headerUsable: false, emergencyRecovery: isSealed ? decodeEmergencyRecovery(bytes, blockSize) : undefined };
  }
  if (state !== 'ok') {
    reportDamage(found, blockSize, report, { severity, repair });
    return { headerUsable: false, emergencyRecovery: undefined };
  }
  const header = decodeDirectoryHeader(bytes, blockSize);
  const headerUsable = header.version === 1;
  if (!headerUsable) {
    const place = { block, offset: 0, length: 2, path: 'version', expected: 1, actual: header.version };
    report('directoryVersion', `directory version is ${header.version}, expected 1`, { ...place, severity, repair });
  }
  return { header, headerUsable, emergencyRecovery: undefined };
}

/**
 * The two sealed blocks of a directory, a new array. Version, counts and hash are computed; reserved bytes are kept.
 * @throws VdeError `unsupportedBlockSize` below 4096 bytes.
 * @throws RangeError or TypeError, naming the field, for a value that does not fit, or for another number of slots than 127.
 */
export function encodeRegionDirectory(directory: RegionDirectory, blockSize: number): Uint8Array<ArrayBuffer> {
  if (blockSize < minContainerBlockSize) throw tooSmall('region directory', minContainerBlockSize - 16, blockSize);
  const { generation } = directory;
  const tag = stringToTag(directoryTag);
  const first = encodeRegionPointerTable(directory, blockSize);
  writeTrailer(first, blockSize, tag, generation);
  const second = encodeDirectoryHeader(
    {
      ...directory.header,
      version: 1,
      slotCount,
      activeCount: activeRegionCount(directory.slots),
      block0Hash: readTrailer(first, blockSize).checksum,
    },
    blockSize,
  );
  writeTrailer(second, blockSize, tag, generation);
  const blocks = new Uint8Array(directoryBlockCount * blockSize);
  blocks.set(first);
  blocks.set(second, blockSize);
  return blocks;
}
