import {
  type AnyRegionPlugin,
  checkSlots,
  checkSuperblock,
  compareSlotTables,
  type DecodedDirectory,
  type DecodedGroup,
  decodeGroup,
  decodeRegionDirectory,
  directoryStartBlock,
  type Finding,
  sameBytes,
  VdeError,
} from '@vde/format';
import type { DiskImage, ReadCall } from './disk-image.ts';
import { ImageReader } from './image-reader.ts';
import { slotsOf, totalBlocksOf } from './image-slots.ts';
import { locateImage } from './locate-image.ts';
import { type BlockSpace, readBlocks } from './read-blocks.ts';
import { headBlockCount } from './read-head.ts';
import type { BlockSource } from './source.ts';

/** How an image is opened. */
export interface OpenOptions {
  /** The region plugins to decode with. */
  readonly regions?: readonly AnyRegionPlugin[];
  /** Which superblock copy to use: `auto` (default) follows the rule of page 02, 4.2. */
  readonly superblock?: 'auto' | 'primary' | 'mirror';
  /** Open also what the format tells to refuse (unknown features, a newer version), to look at it. */
  readonly lenient?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Findings that forbid opening unless the caller only wants to look. Damage never does. */
const refusals = ['unsupportedVersion', 'unknownIncompatibleFeatures', 'unsupportedBlockSize'];

/**
 * Opens an image for reading (page 02, 4.2): finds the block size, chooses the superblock copy, compares directory and pointer
 * table. Damage never throws here: everything still readable is opened, and the rest stands in `findings`.
 * @throws VdeError `notDwvd` (and `legacyImage`, `badPreamble`), `unsupportedVersion`, `unknownIncompatibleFeatures`,
 * `unsupportedBlockSize` unless `lenient`, or what the source throws.
 */
export async function openImage(source: BlockSource, options: OpenOptions = {}): Promise<DiskImage> {
  const { base, blockSize } = await locateImage(source, options);
  const space = { source, base, blockSize };
  return imageOf(space, await readStable(space, headBlockCount, options), options);
}

/** The image of which blocks 0-9 were read. @throws as {@link openImage}. @internal */
export function imageOf(space: BlockSpace, head: Uint8Array, options: OpenOptions): DiskImage {
  const { source, base, blockSize } = space;
  // A block that the end of the file cuts is no block without trailer: its payload is not all there.
  const whole = head.subarray(0, Math.max(0, Math.floor((source.size - base) / blockSize)) * blockSize);
  const group = decodeGroup(whole.subarray(0, directoryStartBlock * blockSize), {
    blockSize,
    use: options.superblock ?? 'auto',
  });
  const directory = decodeRegionDirectory(whole.subarray(directoryStartBlock * blockSize), { blockSize, strict: true });
  const { findings, readOnly } = findingsOf(space, group, directory);
  const refusal = findings.find(({ code, severity }) => severity === 'error' && refusals.includes(code));
  if (refusal !== undefined && options.lenient !== true) {
    throw new VdeError(refusal.code, `${source.name}: ${refusal.message}`, { details: refusal });
  }
  return new ImageReader({ ...space, group, directory, findings, readOnly, regions: options.regions ?? [] });
}

/** Commits beside which one tries to read. */
const mostAttempts = 100;

/**
 * The first blocks as they stood at one moment, also beside a writer: what is read twice alike was there in between.
 * @throws VdeError `imageChanged` where that never happens.
 */
async function readStable(space: BlockSpace, count: number, options: ReadCall): Promise<Uint8Array> {
  let last = await readBlocks(space, 0, count, options);
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const again = await readBlocks(space, 0, count, options);
    if (sameBytes(last, again)) return last;
    last = again;
  }
  throw new VdeError('imageChanged', `${space.source.name}: the superblocks change faster than they can be read`);
}

function findingsOf({ source, base, blockSize }: BlockSpace, group: DecodedGroup, directory: DecodedDirectory) {
  const size = source.size - base;
  const { superblock, regionPointers } = group.parts;
  const checked =
    superblock && checkSuperblock(superblock, { blockSize, fileSize: size, block: group.sources[0]?.block ?? 0 });
  const { pointers, from } = slotsOf(group, directory);
  const totalBlocks = totalBlocksOf(group, size, blockSize);
  const findings: Finding[] = [
    ...group.findings.map((finding) => (from === 'directory' && !regionPointers ? fromDirectory(finding) : finding)),
    ...(checked?.findings ?? []),
    ...directory.findings.map((finding) => (regionPointers ? finding : withoutTable(finding))),
    ...checkSlots(pointers, {
      totalBlocks,
      manifest: superblock?.moduleManifest ?? 0,
      block: from === 'directory' ? directoryStartBlock : 1,
    }),
    ...(from === 'directory' && regionPointers ? compareSlotTables(pointers, regionPointers.slots).findings : []),
  ];
  return { findings, readOnly: superblock === undefined || checked?.readOnly === true || checked?.refused === true };
}

const pointerTableBlocks = [1, 5];

/** A pointer table lost in both copies is written again from the directory, which lists the same slots. */
function fromDirectory(finding: Finding): Finding {
  const isTable = finding.block !== undefined && pointerTableBlocks.includes(finding.block);
  return isTable && finding.repair?.possible === false
    ? { ...finding, repair: { possible: true, from: 'directory' } }
    : finding;
}

/** Block 8 is written again from the pointer table, unless that is lost, too. */
function withoutTable(finding: Finding): Finding {
  return finding.repair?.from === 'pointerTable' ? { ...finding, repair: { possible: false } } : finding;
}
