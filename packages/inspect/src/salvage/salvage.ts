import { type AnyRegionPlugin, fileStartSize, locateBlock0, VdeError } from '@vde/format';
import { type BlockSource, readBlocks } from '@vde/image';
import { containerRegions } from '../container-regions.ts';
import { inOrder } from '../findings.ts';
import type { ImageFinding } from '../model.ts';
import { type BlockSizeVotes, detectBlockSize } from './block-size.ts';
import { type Copies, findCopies } from './copies.ts';
import { pieceTogether } from './found.ts';
import { findTraces, identityOf, manifestFrom, moduleHint } from './identity.ts';
import type { SalvageModel } from './model.ts';
import { type RebuildOptions, type RebuiltImage, rebuildImage, type SalvageSink } from './rebuild.ts';
import { type Conclusion, conclude } from './regions.ts';
import { reportCopies, reportFindings, reportRegions } from './report.ts';
import { scanForRegions } from './scan.ts';

/** How an image is searched. */
export interface SalvageOptions {
  readonly regions: readonly AnyRegionPlugin[];
  /** Which superblock copy to trust where both are left; `auto` follows the rule of page 02, 4.2. */
  readonly superblock?: 'auto' | 'primary' | 'mirror';
  /** Called now and then with bytes read and to be read. */
  onProgress?(progress: { readonly done: number; readonly total: number }): void;
  readonly signal?: AbortSignal | undefined;
}

/** What was found in a source, and the means to build an image of it. */
export interface Salvage {
  readonly model: SalvageModel;
  /**
   * Writes an image with a new superblock group, mirror and directory over the blocks as they are; damaged ones are copied, not mended.
   * @throws VdeError `unsupportedBlockSize` for blocks below 4096 bytes, before anything is written, or what source and sink throw.
   */
  rebuild(sink: SalvageSink, options: RebuildOptions): Promise<RebuiltImage>;
}

/**
 * Searches a source for what is left of an image: nothing in it needs to be intact. The block size is found by blocks that verify, regions
 * by their trailers, what their first blocks decode as, and the layout that creators follow; surviving copies of superblock and directory
 * are used where they are. Reads every block once, and the first ones twice.
 * @throws VdeError `notDwvd` when no block verifies under a known tag at any block size, or what the source throws.
 */
export async function salvageImage(source: BlockSource, options: SalvageOptions): Promise<Salvage> {
  const { base, votes } = await findBlocks(source, options);
  const scan = await scanForRegions({ source, base, blockSize: votes.blockSize }, options);
  const copies = await findCopies(scan, options);
  const plugins = [...options.regions, ...containerRegions];
  const found = await pieceTogether(scan, plugins, options);
  const traces = await findTraces(scan, found, options);
  const hint = moduleHint(copies, traces);
  const conclusion = await conclude(found, { scan, copies, plugins, hint, signal: options.signal });
  const identity = identityOf(copies, traces, manifestFrom(conclusion.regions, hint));
  const regions = reportRegions(conclusion, scan);
  const findings = inOrder(reportFindings(regions, { conclusion, scan, copies }));
  const model: SalvageModel = {
    source: source.name,
    size: source.size,
    base,
    blockSize: { blockSize: votes.blockSize, votes: votes.votes, sampled: votes.sampled },
    blocks: scan.blocks,
    copies: reportCopies(copies),
    identity,
    regions,
    findings,
    lost: findings.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    verdict: verdictOf(findings, copies),
  };
  const features = featuresOf(conclusion);
  return { model, rebuild: (sink, how) => rebuildImage({ model, scan, copies, features }, sink, how) };
}

/** A reader that knows nothing of a write-once region must not write to the image (page 02, 3.3). */
function featuresOf({ regions }: Conclusion): number {
  const listed = regions.filter(({ leftOut }) => leftOut === undefined);
  return listed.reduce((bits, { plugin }) => bits | (plugin?.incompatibleFeatures ?? 0), 0);
}

function verdictOf(findings: readonly ImageFinding[], { group, directory }: Copies): SalvageModel['verdict'] {
  if (findings.some(({ severity }) => severity === 'error')) return 'lost';
  const isWhole = [...group.blocks, ...directory.blocks].every(({ state }) => state === 'ok');
  return isWhole && findings.every(({ severity }) => severity === 'notice') ? 'clean' : 'damaged';
}

/** Exit code of a salvage (`cli.md`). */
export function exitCodeOfSalvage({ verdict }: Pick<SalvageModel, 'verdict'>): 0 | 2 | 3 {
  return { clean: 0, damaged: 2, lost: 3 }[verdict] as 0 | 2 | 3;
}

/** Where block 0 is and how large blocks are. A preamble that points nowhere is passed by: the first superblock counts. */
async function findBlocks(
  source: BlockSource,
  options: SalvageOptions,
): Promise<{ readonly base: number; readonly votes: BlockSizeVotes }> {
  const start = await readBlocks({ source, base: 0, blockSize: fileStartSize }, 0, 1, options);
  const file = locateBlock0(start.subarray(0, Math.min(fileStartSize, source.size)), { fileSize: source.size });
  const base = file.offset ?? 0;
  const votes = await detectBlockSize(source, base, options);
  if (votes === undefined) {
    const message = `${source.name}: no block verifies under a known tag at any block size`;
    throw new VdeError('notDwvd', message, { details: { size: source.size } });
  }
  const isLost = file.kind === 'preamble' && file.offset === undefined;
  return { base: isLost ? (votes.superblockAt ?? 0) : base, votes };
}
