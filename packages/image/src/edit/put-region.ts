import {
  type AnyRegionPlugin,
  type BlockRun,
  encodeRegion,
  type RegionPlugin,
  VdeError,
  withoutRuns,
} from '@vde/format';
import type { ImageSlot } from '../disk-image.ts';
import type { Draft, KnownRegion } from './draft.ts';
import { at, requireWritable } from './draft.ts';
import { putAnchored } from './put-anchored.ts';
import { runOf } from './runs.ts';

/** How a state is put into its region. */
export interface PutOptions {
  /** Slot number; left out: the lowest slot that resolves to the plugin. */
  readonly slot?: number;
  /** Blocks to reserve. Left out: as many as now, or as many as the state needs. */
  readonly blockCount?: number;
  /** Put a state in the place of a region of which not everything could be read. */
  readonly acceptLoss?: boolean;
}

/** A state to put, with the data blocks that belong to it. @internal */
export interface RegionPut<State = unknown> {
  readonly plugin: RegionPlugin<State>;
  readonly state: State;
  readonly options: PutOptions;
  readonly writes: readonly { readonly index: number; readonly payload: Uint8Array }[];
}

/** @internal */
export async function putRegion<State>(draft: Draft, put: RegionPut<State>): Promise<void> {
  const { plugin, state, options } = put;
  const known = await draft.region(plugin, options.slot);
  draft.claimSlot(known.slot);
  requireWritable(known.slot);
  if (known.partial && options.acceptLoss !== true) throw lossError(plugin, known.slot);
  if (plugin.anchored) return putAnchored(draft, put, known, plugin.anchored);
  if (plugin.requireNext && known.form !== 'uninitialised' && !known.partial) {
    const { state: previous } = await draft.image.region(plugin, { ...at(known.slot.index), ...draft.call });
    plugin.requireNext(previous, state);
  }
  if (put.writes.length > 0) throw new RangeError(`${plugin.title}: has no data blocks of its own`);
  const { geometry } = draft.image;
  const required = plugin.requiredBlocks(state, geometry);
  const blockCount = options.blockCount ?? Math.max(known.slot.blockCount, required);
  const bytes = encodeRegion(plugin, state, {
    blockSize: geometry.blockSize,
    generation: nextGeneration(known),
    blockCount: requireRoom(plugin, required, blockCount),
  });
  const run = draft.place(blockCount);
  draft.writes.push(
    { kind: 'write', block: run.start, bytes },
    { kind: 'blank', start: run.start + required, count: blockCount - required },
  );
  if (plugin.scrubOnFree) draft.guards.push(run);
  supersede(draft, plugin, state, [runOf(draft.pointers[known.slot.index]!)]);
  draft.setPointer(known.slot.index, {
    startBlock: BigInt(run.start),
    blockCount: BigInt(blockCount),
    usedBlocks: BigInt(required),
  });
}

/** The generation with which a region is written again. @internal */
export const nextGeneration = ({ form, generation }: Pick<KnownRegion, 'form' | 'generation'>): number =>
  form === 'uninitialised' ? 1 : (generation + 1) >>> 0;

/** Old blocks of a region, but for those that its state still refers to. @internal */
export function supersede<State>(
  draft: Draft,
  plugin: RegionPlugin<State>,
  state: State | undefined,
  runs: readonly BlockRun[],
): void {
  const kept = state === undefined ? [] : (plugin.refersTo?.(state) ?? []);
  const freed = runs.flatMap((run) => withoutRuns(run, kept));
  (plugin.scrubOnFree ? draft.scrubs : draft.frees).push(...freed);
}

/** @throws VdeError `capacityExceeded`; gives `required`. @internal */
export function requireRoom({ title }: AnyRegionPlugin, required: number, blockCount: number): number {
  if (Number.isSafeInteger(blockCount) && required <= blockCount) return required;
  const message = `${title}: needs ${required} blocks, ${blockCount} were asked for`;
  throw new VdeError('capacityExceeded', message, { details: { required, available: blockCount } });
}

function lossError({ title }: AnyRegionPlugin, { index }: ImageSlot): VdeError {
  const message = `${title}: not everything in slot ${index} could be read; writing it again loses the rest`;
  return new VdeError('lossNotAccepted', message, { details: { slot: index } });
}
