import { sameBytes, textOf, toHex } from './bytes.ts';
import { raisedCodes } from './container-codes.ts';
import { collectFindings, type Finding } from './finding.ts';
import { isValidBlockSize } from './geometry.ts';
import {
  compatibleFeatures,
  incompatibleFeatures,
  placeInSuperblock,
  readOnlyCompatibleFeatures,
  type Superblock,
} from './superblock.ts';

/** Major version of the format that this package reads and writes. */
export const formatMajorVersion = 2;
/** Smallest number of blocks of an image: superblocks and directory (page 02, 4.2). */
export const minTotalBlocks = 10;

/** The first four bytes of block 0, `DWVD`. A new array. */
export const formatIdentifier = (): Uint8Array => Uint8Array.of(0x44, 0x57, 0x56, 0x44);
/** Bytes 8-15 of block 0, `dw://` and three zeros. A new array. */
export const formatNamespaceAnchor = (): Uint8Array => Uint8Array.of(0x64, 0x77, 0x3a, 0x2f, 0x2f, 0, 0, 0);

/** What the superblock is compared with; what is left out is not checked. */
export interface SuperblockContext {
  /** Block size in use, bytes. */
  readonly blockSize?: number;
  /** Bytes from block 0 to the end of the file. */
  readonly fileSize?: number;
  /** Absolute block of the superblock, for the findings; 0 unless given. */
  readonly block?: number;
}

/** What a superblock allows. */
export interface SuperblockCheck {
  readonly findings: readonly Finding[];
  /** Open only for inspection: an error was found. */
  readonly refused: boolean;
  /** Open for reading only: a feature or version that this package must not write. */
  readonly readOnly: boolean;
}

/**
 * Checks the values of a superblock: signature, versions, feature bits, ranges and counters (page 02, 4.2, steps 4 and 5).
 * Never throws because of data.
 */
export function checkSuperblock(superblock: Superblock, context: SuperblockContext = {}): SuperblockCheck {
  const { findings, report } = collectFindings(raisedCodes);
  const block = context.block ?? 0;
  const reportField = (code: string, path: keyof Superblock, message: string, expected?: unknown): void =>
    report(code, message, {
      block,
      ...placeInSuperblock(path),
      path,
      ...(expected === undefined ? {} : { expected }),
      actual: superblock[path],
    });
  checkSignature(superblock, reportField);
  const readOnly = checkFeatures(superblock, reportField);
  checkRanges(superblock, context, reportField);
  checkCounters(superblock, context, reportField);
  return { findings, refused: findings.some(({ severity }) => severity === 'error'), readOnly };
}

type FieldReport = (code: string, path: keyof Superblock, message: string, expected?: unknown) => void;

/** Tells whether identifier and anchor are those of a DWVD image; the version plays no part (page 02, 3.2). */
export function hasValidMagic({ identifier, namespaceAnchor }: Superblock): boolean {
  return sameBytes(identifier, formatIdentifier()) && sameBytes(namespaceAnchor, formatNamespaceAnchor());
}

function checkSignature(superblock: Superblock, report: FieldReport): void {
  const { identifier, namespaceAnchor, majorVersion, minReaderVersion } = superblock;
  if (!sameBytes(identifier, formatIdentifier())) {
    report('badMagic', 'identifier', `superblock begins with ${toHex(identifier)}, expected DWVD`, formatIdentifier());
  } else if (!sameBytes(namespaceAnchor, formatNamespaceAnchor())) {
    const found = JSON.stringify(textOf(namespaceAnchor));
    report('badMagic', 'namespaceAnchor', `namespace anchor is ${found}, expected "dw://"`, formatNamespaceAnchor());
  }
  if (majorVersion !== formatMajorVersion) {
    report('unsupportedVersion', 'majorVersion', `major version is ${majorVersion}, expected 2`, formatMajorVersion);
  }
  if (minReaderVersion > formatMajorVersion) {
    const message = `the image needs a reader of version ${minReaderVersion}, this one reads version 2`;
    report('unsupportedVersion', 'minReaderVersion', message, formatMajorVersion);
  }
}

const maskOf = (bits: Readonly<Record<string, number>>): number =>
  Object.values(bits).reduce((all, bit) => all | bit, 0);
/** Known bits of each feature field. */
export const knownFeatures = {
  incompatibleFeatures: /* @__PURE__ */ maskOf(incompatibleFeatures),
  readOnlyCompatibleFeatures: /* @__PURE__ */ maskOf(readOnlyCompatibleFeatures),
  compatibleFeatures: /* @__PURE__ */ maskOf(compatibleFeatures),
} as const;

const hex = (bits: number): string => `0x${bits.toString(16).padStart(8, '0')}`;

function checkFeatures(superblock: Superblock, report: FieldReport): boolean {
  const { minWriterVersion } = superblock;
  const refuse = (superblock.incompatibleFeatures & ~knownFeatures.incompatibleFeatures) >>> 0;
  const readOnly = (superblock.readOnlyCompatibleFeatures & ~knownFeatures.readOnlyCompatibleFeatures) >>> 0;
  if (refuse !== 0) {
    report('unknownIncompatibleFeatures', 'incompatibleFeatures', `unknown incompatible feature bits ${hex(refuse)}`);
  }
  if (readOnly !== 0) {
    const message = `unknown read-only compatible feature bits ${hex(readOnly)}`;
    report('unknownReadOnlyFeatures', 'readOnlyCompatibleFeatures', message);
  }
  if (minWriterVersion > formatMajorVersion) {
    const message = `the image needs a writer of version ${minWriterVersion}, this one writes version 2`;
    report('newerWriterNeeded', 'minWriterVersion', message, formatMajorVersion);
  }
  return readOnly !== 0 || minWriterVersion > formatMajorVersion;
}

const counters = [
  'freeBlocks',
  'expectedFileSize',
  'totalAllocatedBlocks',
  'errorMapBlockCount',
  'physicalAllocatedBlocks',
] as const satisfies readonly (keyof Superblock)[];

function checkRanges(superblock: Superblock, { blockSize }: SuperblockContext, report: FieldReport): void {
  const { totalBlocks } = superblock;
  if (!isValidBlockSize(superblock.blockSize)) {
    const message = `block size is ${superblock.blockSize}, expected a power of two from 512 to 65536`;
    report('badField', 'blockSize', message, blockSize);
  } else if (blockSize !== undefined && superblock.blockSize !== blockSize) {
    report(
      'badField',
      'blockSize',
      `block size is ${superblock.blockSize}, blocks of ${blockSize} were found`,
      blockSize,
    );
  }
  const size = BigInt(isValidBlockSize(superblock.blockSize) ? superblock.blockSize : (blockSize ?? 1));
  if (totalBlocks < BigInt(minTotalBlocks)) {
    report('badField', 'totalBlocks', `the volume has ${totalBlocks} blocks, expected at least ${minTotalBlocks}`);
  } else if (totalBlocks * size > BigInt(Number.MAX_SAFE_INTEGER)) {
    report('badField', 'totalBlocks', `the volume has ${totalBlocks} blocks: more than 2^53 - 1 bytes`);
  }
  for (const path of counters) {
    if (superblock[path] < 0n) report('badField', path, `${path} is ${superblock[path]}, expected 0 or more`);
  }
}

/** Disagreements that images of existing writers show: they never refuse an image (page 02, 4.2, step 5). */
function checkCounters(superblock: Superblock, { fileSize }: SuperblockContext, report: FieldReport): void {
  const { totalBlocks, freeBlocks, totalAllocatedBlocks, expectedFileSize } = superblock;
  if (totalAllocatedBlocks > totalBlocks) {
    const message = `${totalAllocatedBlocks} blocks are counted as allocated, the volume has ${totalBlocks}`;
    report('allocatedBeyondVolume', 'totalAllocatedBlocks', message, totalBlocks);
  }
  if (freeBlocks + totalAllocatedBlocks !== totalBlocks) {
    const message = `${freeBlocks} free and ${totalAllocatedBlocks} allocated blocks do not add up to ${totalBlocks}`;
    report('blockCountsDiffer', 'freeBlocks', message, totalBlocks - totalAllocatedBlocks);
  }
  if (fileSize !== undefined && BigInt(fileSize) !== expectedFileSize) {
    const delta = BigInt(fileSize) - expectedFileSize;
    const message = `the file has ${fileSize} bytes, the superblock expects ${expectedFileSize} (${delta > 0n ? '+' : ''}${delta})`;
    report('fileSizeDiffers', 'expectedFileSize', message, BigInt(fileSize));
  }
}
