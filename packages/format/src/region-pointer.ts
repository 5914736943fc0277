import { flags, i64, tag, u32 } from './field.ts';
import { type Infer, record } from './record.ts';

/** Slots of the region directory and of the region pointer table (page 03, 3.1). */
export const slotCount = 127;

/** The flags of a slot (page 03, 3.1). Unknown bits are kept. */
export const slotFlags = {
  active: 0x01,
  encrypted: 0x02,
  compressed: 0x04,
  worm: 0x08,
  readOnly: 0x10,
  migrating: 0x20,
} as const;

/** One slot of the directory: what a region is and where. Block numbers are absolute (page 03, 3.1). */
export const RegionPointer = /* @__PURE__ */ record('RegionPointer', {
  regionTypeId: tag,
  flags: /* @__PURE__ */ flags(u32, /* @__PURE__ */ Object.keys(slotFlags)),
  startBlock: i64,
  blockCount: i64,
  usedBlocks: i64,
});
export type RegionPointer = Infer<typeof RegionPointer>;

/** The pointer of a slot that is not in use. */
export const freeSlot: RegionPointer = {
  regionTypeId: '',
  flags: 0,
  startBlock: 0n,
  blockCount: 0n,
  usedBlocks: 0n,
};

/**
 * `active`: the Active flag is set, whatever the type. `free`: neither type nor flags. `limbo`: everything else, which no
 * look-up finds and nothing reuses (page 03, 3.1).
 */
export type SlotState = 'active' | 'free' | 'limbo';

/** The state of a slot. */
export function slotState({ regionTypeId, flags: bits }: RegionPointer): SlotState {
  if ((bits & slotFlags.active) !== 0) return 'active';
  return bits === 0 && regionTypeId === '' ? 'free' : 'limbo';
}

const lastBlock = /* @__PURE__ */ BigInt(Number.MAX_SAFE_INTEGER);

/**
 * The field of a slot whose value is impossible, with why; `undefined` when its place is a possible one. `totalBlocks` plays no
 * part: a region may lie beyond the volume (page 03, 4.2).
 */
export function findSlotProblem(pointer: RegionPointer): { field: keyof RegionPointer; problem: string } | undefined {
  const { startBlock, blockCount, usedBlocks } = pointer;
  if (startBlock < 0n) return { field: 'startBlock', problem: `start ${startBlock} is negative` };
  if (blockCount < 0n) return { field: 'blockCount', problem: `block count ${blockCount} is negative` };
  if (startBlock + blockCount > lastBlock) {
    return { field: 'blockCount', problem: `start ${startBlock} and count ${blockCount} end beyond ${lastBlock}` };
  }
  if (usedBlocks < 0n || usedBlocks > blockCount) {
    return { field: 'usedBlocks', problem: `${usedBlocks} used blocks, expected 0 to ${blockCount}` };
  }
  return undefined;
}

/** Tells whether a slot takes part in look-ups: active, with a possible place, so that its numbers are safe as `number`. */
export function isUsableSlot(pointer: RegionPointer): boolean {
  return slotState(pointer) === 'active' && findSlotProblem(pointer) === undefined;
}

/** A freed extent that still waits to be zeroed: type FREE with the flag Migrating (page 00). */
export function isPendingScrub({ regionTypeId, flags: bits }: RegionPointer): boolean {
  return regionTypeId === 'FREE' && (bits & slotFlags.migrating) !== 0;
}
