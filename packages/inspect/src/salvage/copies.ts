import {
  type DecodedDirectory,
  type DecodedGroup,
  decodeEmergencyRecovery,
  decodeGroup,
  decodeRecoveryControl,
  decodeRegionDirectory,
  decodeSuperblock,
  directoryStartBlock,
  type EmergencyRecovery,
  type ExtendedMetadata,
  formatMajorVersion,
  hasValidMagic,
  type IntegrityAnchor,
  type RecoveryControl,
  type RegionPointer,
  type Superblock,
} from '@vde/format';
import { type BlockSpace, readBlocks } from '@vde/image';
import type { SalvageScan, TaggedRun } from './scan.ts';

/** What is left of the container's structures, and where it stands. */
export interface Copies {
  readonly group: DecodedGroup;
  readonly directory: DecodedDirectory;
  readonly extendedMetadata?: ExtendedMetadata;
  readonly integrityAnchor?: IntegrityAnchor;
  /** A superblock of this volume, and the block that it stands in. */
  readonly superblock?: { readonly value: Superblock; readonly block: number };
  /** The slots, of the directory or of a pointer table. */
  readonly slots?: { readonly pointers: readonly RegionPointer[]; readonly from: 'directory' | 'pointerTable' };
  readonly recoveryControl?: { readonly value: RecoveryControl; readonly block: number };
  readonly emergencyRecovery?: { readonly value: EmergencyRecovery; readonly block: number };
  /** Volumes inside this one: their regions are not regions of this image. */
  readonly nested: readonly { readonly start: number; readonly count: number }[];
}

const headBlocks = 10;
/** Superblocks away from their place that are read: more are no image but an attack on the time of its reader. */
const maxStraySuperblocks = 256;

type Call = { readonly superblock?: 'auto' | 'primary' | 'mirror'; readonly signal?: AbortSignal | undefined };

/** Reads blocks 0-9, and the superblocks and recovery blocks that the scan saw elsewhere. */
export async function findCopies(scan: SalvageScan, call: Call): Promise<Copies> {
  const { space, blocks } = scan;
  const { blockSize } = space;
  const head = await readBlocks(space, 0, headBlocks, call);
  const whole = head.subarray(0, Math.max(0, Math.floor((space.source.size - space.base) / blockSize)) * blockSize);
  const use = call.superblock ?? 'auto';
  const group = decodeGroup(whole.subarray(0, directoryStartBlock * blockSize), { blockSize, use });
  const directory = decodeRegionDirectory(whole.subarray(directoryStartBlock * blockSize), { blockSize });
  const stray = await straySuperblocks(scan, call);
  const superblock = ofGroup(group, blockSize) ?? stray.find(({ value }) => value.totalBlocks === BigInt(blocks));
  const isOther = (block: number, count: number) => block !== superblock?.block && block + count <= blocks;
  const nested = stray
    .map(({ value, block }) => ({ start: block, count: Number(value.totalBlocks) }))
    .filter(({ start, count }) => count > 0 && isOther(start, count));
  return {
    group,
    directory,
    ...(superblock && { superblock }),
    ...partsOf(group),
    ...slotsOf(group, directory),
    ...(await recoveryBlocks(scan, directory, nested, call)),
    nested,
  };
}

/** The superblock of the group. */
function ofGroup(group: DecodedGroup, blockSize: number) {
  const value = usable(group, 0, group.parts.superblock);
  return value && isSuperblock(value, blockSize) ? { value, block: group.sources[0]!.block } : undefined;
}

/** A part of the group; a copy that the caller asked for may be damaged, and then nothing is built on it. */
function usable<T>({ sources }: DecodedGroup, index: number, part: T | undefined): T | undefined {
  const state = sources[index]?.state;
  return state === 'ok' || state === 'unsealed' ? part : undefined;
}

function partsOf(group: DecodedGroup): Pick<Copies, 'extendedMetadata' | 'integrityAnchor'> {
  const extendedMetadata = usable(group, 2, group.parts.extendedMetadata);
  const integrityAnchor = usable(group, 3, group.parts.integrityAnchor);
  return { ...(extendedMetadata && { extendedMetadata }), ...(integrityAnchor && { integrityAnchor }) };
}

function isSuperblock(value: Superblock, blockSize: number): boolean {
  return hasValidMagic(value) && value.majorVersion === formatMajorVersion && value.blockSize === blockSize;
}

function slotsOf(group: DecodedGroup, { directory, slotsUsable }: DecodedDirectory): Pick<Copies, 'slots'> {
  if (directory && slotsUsable) return { slots: { pointers: directory.slots, from: 'directory' } };
  const table = usable(group, 1, group.parts.regionPointers);
  return table ? { slots: { pointers: table.slots, from: 'pointerTable' } } : {};
}

/** Superblocks behind block 9: a recovery footer, a block that was moved, or those of images inside the image. */
async function straySuperblocks(scan: SalvageScan, call: Call) {
  const { blockSize } = scan.space;
  const runs = runsOf(scan, 'SUPB').filter(({ start }) => start >= headBlocks);
  const found: { value: Superblock; block: number }[] = [];
  for (const { start } of runs.slice(0, maxStraySuperblocks)) {
    const value = decodeSuperblock(await readBlocks(scan.space, start, 1, call), blockSize);
    if (isSuperblock(value, blockSize)) found.push({ value, block: start });
  }
  return found;
}

async function recoveryBlocks(
  scan: SalvageScan,
  directory: DecodedDirectory,
  nested: Copies['nested'],
  call: Call,
): Promise<Pick<Copies, 'recoveryControl' | 'emergencyRecovery'>> {
  const { space } = scan;
  const isOwn = ({ start }: TaggedRun) => !nested.some((one) => start >= one.start && start < one.start + one.count);
  const firstOf = async <T>(tag: string, decode: (block: Uint8Array) => T | undefined) => {
    const run = runsOf(scan, tag).find(isOwn);
    const value = run && decode(await readBlocks(space, run.start, 1, call));
    return run && value !== undefined ? { value, block: run.start } : undefined;
  };
  const control = await firstOf('RCVR', (bytes) => decodeRecoveryControl(payloadOf(bytes, space)));
  const emergency = directory.emergencyRecovery
    ? { value: directory.emergencyRecovery, block: directoryStartBlock + 1 }
    : await firstOf('ERCV', (bytes) => decodeEmergencyRecovery(bytes, space.blockSize));
  return { ...(control && { recoveryControl: control }), ...(emergency && { emergencyRecovery: emergency }) };
}

function runsOf({ runs }: SalvageScan, wanted: string): TaggedRun[] {
  return runs.filter(({ tag, kind }) => tag === wanted && kind === 'sealed');
}

const payloadOf = (block: Uint8Array, { blockSize }: BlockSpace): Uint8Array => block.subarray(0, blockSize - 16);
