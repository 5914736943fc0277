import {
  type BlockRun,
  freeSlot,
  isPendingScrub,
  type RegionPointer,
  slotFlags,
  slotState,
  VdeError,
} from '@vde/format';
import { runOf } from './runs.ts';

/**
 * The slots with runs that wait to be zeroed listed in free ones, and no other such runs.
 * @throws VdeError `directoryFull`. @internal
 */
export function withPending(pointers: readonly RegionPointer[], runs: readonly BlockRun[]): RegionPointer[] {
  const slots = pointers.map((pointer) => (isPendingScrub(pointer) ? freeSlot : pointer));
  for (const { start, count } of runs) {
    const index = slots.findIndex((pointer) => slotState(pointer) === 'free');
    if (index < 0) throw new VdeError('directoryFull', `all ${slots.length} slots of the directory are taken`);
    slots[index] = {
      regionTypeId: 'FREE',
      flags: slotFlags.migrating,
      startBlock: BigInt(start),
      blockCount: BigInt(count),
      usedBlocks: 0n,
    };
  }
  return slots;
}

/** The runs that wait to be zeroed. @internal */
export const pendingRuns = (pointers: readonly RegionPointer[]): BlockRun[] =>
  pointers.filter((pointer) => isPendingScrub(pointer)).map(runOf);
