import { type AnyRegionPlugin, decodeRegion, type Finding, isVdeError } from '@vde/format';
import type { DiskImage, ImageSlot, Resolution } from '@vde/image';
import type { InodeTable } from '../container-regions.ts';
import { placeFinding } from '../findings.ts';
import type { ImageFinding } from '../model.ts';
import { auditRegion } from './audit-region.ts';
import type { CheckOptions } from './check.ts';
import { slotFlagFindings, slotTypeFindings } from './claims.ts';
import { lostHeaderFindings, missingStructure, undecodedFindings } from './holes.ts';
import { checkInodeLayout } from './inode-check.ts';
import { checkWalGeneration } from './wal.ts';

/** What is known about the region of a slot when its blocks are judged one by one. */
export interface CheckedRegion {
  readonly plugin: AnyRegionPlugin;
  /** Blocks from the first of the slot whose generation decoding compared; 0 where nothing was decoded. */
  readonly judgedBlocks: number;
  /** Blocks in front of the slot that hold its header at other times: the slot then begins there. */
  readonly headerRoom: number;
  /** Whether nothing refers to a block of the slot: the other place of a header, or data that no commit names. */
  isUnused(block: number): boolean;
  /** What the plugin asks of a block behind them. */
  expect(block: number): { readonly tag: string; readonly generation?: number } | undefined;
}

/** The regions of an image by slot, and what was found in them. */
export interface RegionCheck {
  readonly regions: ReadonlyMap<ImageSlot, CheckedRegion>;
  readonly findings: readonly ImageFinding[];
}

/** How regions are checked. */
export type RegionCheckOptions = Pick<CheckOptions, 'level' | 'keys' | 'signal'>;

/** Finds the plugin of every slot. From level `full` on each region is decoded and verified, at level `deep` audited. */
export async function checkRegions(image: DiskImage, options: RegionCheckOptions): Promise<RegionCheck> {
  const { level, signal } = options;
  const regions = new Map<ImageSlot, CheckedRegion>();
  const findings: ImageFinding[] = [];
  for (const slot of image.slots) {
    signal?.throwIfAborted();
    if (slot.startBlock >= image.presentBlocks) continue;
    try {
      const resolved = await image.resolve(slot, { signal });
      if (resolved === undefined) {
        if (level !== 'quick') findings.push(...(await undecodedRegion(image, slot, signal)));
        continue;
      }
      const { region, found } =
        level === 'quick' ? undecoded(resolved) : await checkRegion(image, slot, resolved, options);
      regions.set(slot, region);
      findings.push(...slotFlagFindings(image, slot, resolved.plugin).map((finding) => placeFinding(image, finding)));
      findings.push(...found.map((finding) => placeFinding(image, finding, { slot, id: resolved.plugin.id })));
    } catch (error) {
      // The scan names the blocks that the medium does not give; the other regions are still checked.
      if (!isVdeError(error, 'readFailed')) throw error;
    }
  }
  return { regions, findings };
}

/** A region that nobody decodes, as far as it is loaded: what its blocks tell without a codec. */
async function undecodedRegion(image: DiskImage, slot: ImageSlot, signal: AbortSignal | undefined) {
  if (slot.type === 'DATA') return [];
  const blocks = await image.readRegion(slot, undefined, { signal });
  return [
    ...slotTypeFindings(image, slot, blocks).map((finding) => placeFinding(image, finding)),
    ...undecodedFindings(image, slot, blocks).map((finding) => placeFinding(image, finding, { slot, id: null })),
  ];
}

function undecoded({ plugin }: Resolution): { region: CheckedRegion; found: readonly Finding[] } {
  return {
    region: { plugin, judgedBlocks: 0, headerRoom: 0, isUnused: () => false, expect: () => undefined },
    found: [],
  };
}

async function checkRegion(image: DiskImage, slot: ImageSlot, { plugin }: Resolution, options: RegionCheckOptions) {
  const { blockSize, geometry } = image;
  const { signal } = options;
  const blocks = await image.readRegion(slot, plugin, { signal });
  const decoded = decodeRegion(plugin, blocks, { blockSize, blockCount: slot.blockCount, lenient: true });
  const { state, generation } = decoded;
  const judgedBlocks = state === undefined ? 0 : (ask(() => plugin.requiredBlocks(state, geometry)) ?? 0);
  const found = [
    ...placeTornWrite(decoded.findings, plugin, { judgedBlocks, generation, offset: geometry.payloadSize + 4 }),
  ];
  if (decoded.form === 'uninitialised')
    found.push(
      ...lostHeaderFindings(image, slot, [plugin.blockTag], await image.readRegion(slot, undefined, { signal })),
    );
  found.push(...missingStructure(image, slot, decoded.form === 'uninitialised' ? 0 : judgedBlocks));
  if (plugin.id === 'inode-table' && state) found.push(...checkInodeLayout(image, state as InodeTable));
  if (plugin.id === 'metadata-wal' && state) found.push(...checkWalGeneration(state, generation, geometry));
  if (state !== undefined && options.level === 'deep')
    found.push(...(await auditRegion(image, slot, plugin, state, options)));
  const expect: CheckedRegion['expect'] = (block) =>
    state === undefined
      ? undefined
      : ask(() => plugin.expect?.(state, block, { geometry, blockCount: slot.blockCount }));
  const headerRoom = state === undefined ? 0 : (ask(() => plugin.anchored?.headerBlocks(state, geometry)) ?? 0);
  const isUnused = (block: number): boolean => {
    const { anchored } = plugin;
    if (state === undefined || anchored === undefined || block < judgedBlocks) return false;
    const first = ask(() => slot.blockCount - anchored.dataBlocks(state));
    if (first === undefined || first < judgedBlocks) return false;
    return block < first || ask(() => anchored.isLive(state, block - first)) === false;
  };
  return { region: { plugin, judgedBlocks, headerRoom, isUnused, expect }, found };
}

/** An answer of a plugin about a state that may be damaged; that its code fails was said when it decoded. */
function ask<T>(question: () => T): T | undefined {
  try {
    return question();
  } catch {
    return undefined;
  }
}

/**
 * Where every block of a region differs from block 0 and all agree with each other, block 0 is the one that stands out: one
 * finding says so. Of two blocks both are named, as nothing tells which is wrong.
 */
function placeTornWrite(
  findings: readonly Finding[],
  plugin: AnyRegionPlugin,
  first: { readonly judgedBlocks: number; readonly generation: number; readonly offset: number },
): readonly Finding[] {
  const torn = findings.filter(({ code }) => code === 'tornWrite');
  const [one] = torn;
  if (one === undefined || torn.length !== first.judgedBlocks - 1 || torn.some(({ actual }) => actual !== one.actual))
    return findings;
  const others = torn.length === 1 ? `block ${one.block}` : `all ${torn.length} others`;
  const message = `${plugin.title}: block 0 has generation ${first.generation}, ${others} ${one.actual}`;
  const place = { block: 0, offset: first.offset, length: 4, expected: one.actual, actual: first.generation };
  const atFirst: Finding = { ...one, message, ...place };
  return torn.length === 1 ? [...findings, atFirst] : [...findings.filter(({ code }) => code !== 'tornWrite'), atFirst];
}
