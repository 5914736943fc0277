import { type CodeRegistry, type Finding, isZero } from '@vde/format';
import { inspectCodes, mustBeSealed } from '../check/block-rules.ts';
import { placeFinding } from '../findings.ts';
import type { ImageFinding } from '../model.ts';
import { salvageCodes } from './codes.ts';
import type { Copies } from './copies.ts';
import type { Found } from './found.ts';
import type { Confidence, ContainerCopy, SalvagedRegion } from './model.ts';
import { type Conclusion, isDataRegion } from './regions.ts';
import type { SalvageScan } from './scan.ts';

/** The regions of a conclusion with what the blocks of each count to. */
export function reportRegions({ regions }: Conclusion, scan: SalvageScan): SalvagedRegion[] {
  return regions.map((region) => {
    const { type, plugin, startBlock, blockCount, generation, flags, leftOut } = region;
    return {
      type,
      id: plugin && !isContainerType(plugin.id) ? plugin.id : null,
      startBlock,
      blockCount,
      ...countBlocks(region, regions, scan),
      generation,
      confidence: confidenceOf(region),
      why: reasonsOf(region, scan),
      listed: leftOut === undefined,
      flags,
    };
  });
}

const containerIds = ['allocation-bitmap', 'inode-table', 'metadata-wal', 'data-wal'];
const isContainerType = (id: string): boolean => containerIds.includes(id);

function countBlocks(region: Found, regions: readonly Found[], { written, sealed }: SalvageScan) {
  const { type, startBlock, blockCount } = region;
  const end = startBlock + blockCount;
  const inner = isDataRegion(region) ? regions.filter((one) => one !== region && isInside(one, region)) : [];
  const ofOthers = inner.reduce((sum, one) => sum + written.count(one.startBlock, one.startBlock + one.blockCount), 0);
  // Where blocks may be raw only the first of them must verify.
  const checked = mustBeSealed(type, 1) ? end : startBlock + (mustBeSealed(type, 0) ? 1 : 0);
  const damaged = written.count(startBlock, checked) - sealed.count(startBlock, checked);
  return { writtenBlocks: written.count(startBlock, end) - ofOthers, damagedBlocks: damaged };
}

function isInside({ startBlock, blockCount, leftOut }: Found, outer: Found): boolean {
  return (
    leftOut === undefined &&
    startBlock >= outer.startBlock &&
    startBlock + blockCount <= outer.startBlock + outer.blockCount
  );
}

function confidenceOf(region: Found): Confidence {
  const { head, place, runs } = region;
  if (isDataRegion(region)) return place === 'directory' ? 'high' : place === 'layout' ? 'medium' : 'low';
  if (place === 'directory' && head !== 'damaged') return 'high';
  if (head === 'damaged' || head === 'missing') return place === 'directory' && runs.length > 0 ? 'medium' : 'low';
  return head === 'decodes' || place !== undefined ? 'high' : 'medium';
}

/** Why a region is believed, in a few words each, the weightiest first. `layout`: it lies where creators place it. */
function reasonsOf(region: Found, scan: SalvageScan): string[] {
  const { place, why, sizeBy, blockCount, leftOut } = region;
  return [
    ...(leftOut === undefined ? [] : [leftOut]),
    ...(place === 'directory' ? ['listed in a surviving slot'] : []),
    headReason(region, scan),
    ...(place === 'layout' ? ['layout'] : []),
    ...why,
    ...(sizeBy === '' ? [] : [`${blockCount === 1 ? '1 block' : `${blockCount} blocks`} ${sizeBy}`]),
  ];
}

function headReason(region: Found, { written }: SalvageScan): string {
  const { head, plugin, tag, runs, startBlock } = region;
  if (isDataRegion(region)) return 'data, without header';
  switch (head) {
    case 'decodes':
      return 'header decodes';
    case 'doubtful':
      return plugin === undefined ? 'header has the shape of one' : 'header decodes, with warnings';
    case 'fresh':
      return 'formatted, empty';
    case 'foreign':
      return 'tag verifies';
    case 'damaged':
      return 'first block damaged';
    default:
      if (runs.length > 0) return `header lost, blocks tagged ${tag} remain`;
      return written.has(startBlock) ? 'first block not recognised' : 'never written';
  }
}

/** What is wrong, as findings placed in the file. */
export function reportFindings(
  regions: readonly SalvagedRegion[],
  parts: { readonly conclusion: Conclusion; readonly scan: SalvageScan; readonly copies: Copies },
): ImageFinding[] {
  const { conclusion, scan, copies } = parts;
  const findings = [
    ...containerFindings(copies),
    ...conclusion.regions.flatMap((region, i) => regionFindings(region, regions[i]!, scan)),
    ...conclusion.gaps.map(({ start, count }) =>
      finding('unknownRoom', `blocks ${start} to ${start + count - 1} have room for regions of unknown types`, start),
    ),
    ...(conclusion.untold === 0
      ? []
      : [finding('tooFragmented', `${conclusion.untold} more places look like regions and are left out`, 0)]),
    ...strayBlocks(conclusion, scan),
    ...scanFindings(scan, copies),
  ];
  return findings.map((one) => placeFinding(scan.space, one));
}

const codes: CodeRegistry = { ...inspectCodes, ...salvageCodes };

function finding(code: string, message: string, block: number): Finding {
  const severity = codes[code]?.severity ?? 'error';
  return { code, severity, message, block, ...(severity === 'error' && { repair: { possible: false } }) };
}

function containerFindings({ superblock, slots, extendedMetadata, integrityAnchor }: Copies): Finding[] {
  const isStamped = (bytes: Uint8Array | undefined): boolean => bytes !== undefined && !isZero(bytes);
  const stamps = [
    ...(isStamped(superblock?.value.headerIntegritySeal) ? ['header seal'] : []),
    ...(isStamped(integrityAnchor?.metadataChainHash) ? ['metadata chain hash'] : []),
  ];
  const lost = (what: string, block: number): Finding =>
    finding('containerLost', `${what} is lost: neither block ${block} nor its mirror can be used`, block);
  return [
    ...(superblock ? [] : [lost('the superblock', 0)]),
    ...(extendedMetadata ? [] : [lost('the extended metadata', 2)]),
    ...(integrityAnchor ? [] : [lost('the integrity anchor', 3)]),
    ...(slots ? [] : [finding('slotsLost', 'no list of the regions is left', 8)]),
    ...stamps.map((what) => finding('stampDropped', `the ${what} cannot hold for a rebuilt image`, 0)),
  ];
}

function regionFindings(found: Found, region: SalvagedRegion, scan: SalvageScan): Finding[] {
  const { type, startBlock, blockCount, damagedBlocks, listed, why } = region;
  const name = `${region.id ?? type} at block ${startBlock}`;
  if (!listed) return [finding('regionLeftOut', `${name}: ${why[0]}`, startBlock)];
  if (isDataRegion(found)) return [];
  const isUnwritten = found.runs.length === 0 && !scan.written.has(startBlock);
  const isHeadless = (found.head === 'missing' && !isUnwritten) || found.head === 'damaged';
  return [
    ...(isHeadless ? [finding('headerLost', `${name}: its first block is damaged or missing`, startBlock)] : []),
    ...(isUnwritten && found.place === 'layout'
      ? [finding('regionInferred', `${name}: ${blockCount} blocks that were never written`, startBlock)]
      : []),
    ...(damagedBlocks > 0 ? [damageOf(found, region, name, scan)] : []),
  ];
}

function damageOf(
  found: Found,
  { damagedBlocks, writtenBlocks, blockCount }: SalvagedRegion,
  name: string,
  scan: SalvageScan,
) {
  const { startBlock } = found;
  let block = startBlock;
  for (const run of scan.written.runs(startBlock, startBlock + blockCount)) {
    block = scan.sealed.next(run.start, false);
    if (block < run.start + run.count) break;
  }
  const message = `${name}: ${damagedBlocks} of ${writtenBlocks} written blocks do not match their checksum`;
  return finding('badTrailer', message, block);
}

/** Blocks that verify under the tag of another region than the one they stand in. */
function strayBlocks({ regions }: Conclusion, { runs }: SalvageScan): Finding[] {
  const listed = regions.filter((region) => region.leftOut === undefined && !isDataRegion(region));
  const own = new Set(regions.flatMap((region) => region.runs));
  return runs
    .filter((run) => !own.has(run) && run.kind === 'sealed')
    .flatMap(({ start, count, tag }) => {
      const outer = listed.find((one) => start >= one.startBlock && start < one.startBlock + one.blockCount);
      const what = count === 1 ? `block ${start}` : `blocks ${start} to ${start + count - 1}`;
      return outer
        ? [finding('strayBlock', `${what} tagged ${tag} inside ${outer.type} at block ${outer.startBlock}`, start)]
        : [];
    });
}

function scanFindings(scan: SalvageScan, { superblock }: Copies): Finding[] {
  const { runsEnd, unreadable, partialBlock, blocks } = scan;
  const stated = superblock?.value.totalBlocks;
  return [
    ...unreadable.map((block) => finding('blockUnreadable', `block ${block} could not be read from the medium`, block)),
    ...(partialBlock === undefined
      ? []
      : [finding('lostToTruncation', `the file ends in the midst of block ${partialBlock}`, partialBlock)]),
    ...(stated !== undefined && stated > BigInt(blocks)
      ? [finding('lostToTruncation', `the file ends at block ${blocks}, the superblock counts ${stated}`, blocks)]
      : []),
    ...(runsEnd === undefined
      ? []
      : [finding('tooFragmented', `more runs of tagged blocks than are kept, from block ${runsEnd} on`, runsEnd)]),
  ];
}

/** The copies of the container's structures, and which of them serve. */
export function reportCopies({ group, directory, superblock, slots, ...others }: Copies): ContainerCopy[] {
  const names = ['superblock', 'pointerTable', 'extendedMetadata', 'integrityAnchor'] as const;
  const isUsed = (block: number): boolean => {
    if (block % 4 === 0) return superblock?.block === block;
    if (block % 4 === 1) return slots?.from === 'pointerTable' && group.sources[1]?.block === block;
    return group.sources[block % 4]?.block === block;
  };
  const stray = [others.recoveryControl, others.emergencyRecovery].filter((one) => one !== undefined);
  return [
    ...group.blocks.map(({ block, state }) => ({ structure: names[block % 4]!, block, state, used: isUsed(block) })),
    ...directory.blocks.map(({ block, state }, i) => {
      const used = i === 0 && slots?.from === 'directory';
      return { structure: 'directory' as const, block, state, used };
    }),
    ...(superblock && superblock.block > 9
      ? [{ structure: 'superblock' as const, block: superblock.block, state: 'ok' as const, used: true }]
      : []),
    ...stray.map(({ block }) => ({ structure: 'recovery' as const, block, state: 'ok' as const, used: !superblock })),
  ];
}
