import { payloadOf, tooSmall } from './block-record.ts';
import { VdeError } from './errors.ts';
import { pad } from './field.ts';
import { geometryOf } from './geometry.ts';
import type { FieldRange } from './record.ts';
import { freeSlot, isUsableSlot, RegionPointer, slotCount, slotFlags, slotState } from './region-pointer.ts';

/** The slots of block 1, or of block 8: the two have the same shape (page 02, 3.5 and page 03, 3.2). */
export interface RegionPointerTable {
  /** All 127 slots in order, free ones included; fewer where the block is smaller than 4096 bytes. */
  readonly slots: readonly RegionPointer[];
  /** Bytes behind the last slot, when they are not all zero. */
  readonly reserved?: Uint8Array;
}

/** A slot that is in use, with its number. */
export interface IndexedSlot {
  readonly index: number;
  readonly pointer: RegionPointer;
}

/** Slots that a block has room for: 127 from 4096 bytes up (page 03, 6.1). @throws RangeError for an invalid block size. */
export function slotCapacity(blockSize: number): number {
  return Math.min(slotCount, Math.floor(geometryOf(blockSize).payloadSize / RegionPointer.size));
}

/** The slots of a block. Bytes are copied, nothing is judged. @throws RangeError for a block shorter than `blockSize`. */
export function decodeRegionPointerTable(block: Uint8Array, blockSize: number): RegionPointerTable {
  const payload = payloadOf(block, geometryOf(blockSize));
  const capacity = slotCapacity(blockSize);
  const slots: RegionPointer[] = [];
  for (let i = 0; i < capacity; i++) slots.push(slotAt(payload, i * RegionPointer.size));
  const end = capacity * RegionPointer.size;
  const reserved = pad(payload.byteLength - end).get(payload, end);
  return reserved === undefined ? { slots } : { slots, reserved };
}

/** Most slots of most images are free: these are all one. */
function slotAt(payload: DataView, offset: number): RegionPointer {
  for (let at = offset; at < offset + RegionPointer.size; at += 4)
    if (payload.getUint32(at) !== 0) return RegionPointer.get(payload, offset);
  return freeSlot;
}

/**
 * A new block with the slots, the kept reserved bytes and a zero trailer.
 * @throws VdeError `unsupportedBlockSize` where 127 slots do not fit. @throws RangeError for another number of slots.
 */
export function encodeRegionPointerTable(table: RegionPointerTable, blockSize: number): Uint8Array<ArrayBuffer> {
  const geometry = geometryOf(blockSize);
  const end = slotCount * RegionPointer.size;
  if (end > geometry.payloadSize) throw tooSmall('region pointer table', end, blockSize);
  if (table.slots.length !== slotCount) throw new RangeError(`${table.slots.length} slots: expected ${slotCount}`);
  const block = new Uint8Array(blockSize);
  const payload = payloadOf(block, geometry);
  table.slots.forEach((slot, i) => {
    // The block is zero, as a free slot is.
    if (slot !== freeSlot) RegionPointer.set(payload, i * RegionPointer.size, slot);
  });
  pad(geometry.payloadSize - end).set(payload, end, table.reserved);
  return block;
}

/** The field ranges of a block of slots, named `slots[3].startBlock`, and the reserved bytes behind them. */
export function regionPointerTableRanges(blockSize: number): FieldRange[] {
  const payload = payloadOf(new Uint8Array(blockSize), geometryOf(blockSize));
  const capacity = slotCapacity(blockSize);
  const ranges: FieldRange[] = [];
  for (let i = 0; i < capacity; i++) {
    for (const range of RegionPointer.ranges(payload, i * RegionPointer.size)) {
      ranges.push({ ...range, name: `slots[${i}].${range.name}` });
    }
  }
  const offset = capacity * RegionPointer.size;
  const length = payload.byteLength - offset;
  return [...ranges, { offset, length, name: 'reserved', type: pad(length) }];
}

/** A table of free slots. */
export function emptySlots(): RegionPointer[] {
  return Array.from({ length: slotCount }, () => freeSlot);
}

/** The usable slots in slot order. Slots at an impossible place are left out, as in every look-up (page 03, 4.2). */
export function getActiveRegions(slots: readonly RegionPointer[]): IndexedSlot[] {
  const regions: IndexedSlot[] = [];
  slots.forEach((pointer, index) => {
    if (isUsableSlot(pointer)) regions.push({ index, pointer });
  });
  return regions;
}

/** Every usable slot of the type, in slot order: types repeat (page 03, 4.2). */
export function findRegions(slots: readonly RegionPointer[], type: string): IndexedSlot[] {
  return getActiveRegions(slots).filter(({ pointer }) => pointer.regionTypeId === type);
}

/** The lowest usable slot of the type. For DATA this need not be the data region: see `findDataRegion`. */
export function findRegion(slots: readonly RegionPointer[], type: string): IndexedSlot | undefined {
  return findRegions(slots, type)[0];
}

/** Number of the lowest free slot. */
export function findFreeSlot(slots: readonly RegionPointer[]): number | undefined {
  const index = slots.findIndex((pointer) => slotState(pointer) === 'free');
  return index < 0 ? undefined : index;
}

/** Slots with the Active flag, those at an impossible place included: what the directory header counts. */
export function activeRegionCount(slots: readonly RegionPointer[]): number {
  return slots.filter((pointer) => slotState(pointer) === 'active').length;
}

/** Slots that are really free; slots in limbo are not (page 03, 6.2 #6). */
export function freeSlotCount(slots: readonly RegionPointer[]): number {
  return slots.filter((pointer) => slotState(pointer) === 'free').length;
}

/** The slots with another pointer at `index`. @throws RangeError for a slot that does not exist. */
export function withSlot(slots: readonly RegionPointer[], index: number, pointer: RegionPointer): RegionPointer[] {
  if (!Number.isInteger(index) || index < 0 || index >= slots.length) {
    throw new RangeError(`slot ${index}: expected 0 to ${slots.length - 1}`);
  }
  return slots.with(index, pointer);
}

/**
 * The slots with a region in the lowest free one; the flag Active is added. No range is checked.
 * @throws VdeError `directoryFull` when no slot is free. @throws RangeError for the type 0.
 */
export function withRegion(
  slots: readonly RegionPointer[],
  pointer: RegionPointer,
): { readonly slots: RegionPointer[]; readonly index: number } {
  if (pointer.regionTypeId === '') throw new RangeError('region type 0: expected a tag');
  const index = findFreeSlot(slots);
  if (index === undefined) throw new VdeError('directoryFull', `all ${slots.length} slots of the directory are taken`);
  return { slots: slots.with(index, { ...pointer, flags: (pointer.flags | slotFlags.active) >>> 0 }), index };
}

/** The slots with slot `index` freed; the others stay where they are. @throws RangeError for a slot that does not exist. */
export function withoutSlot(slots: readonly RegionPointer[], index: number): RegionPointer[] {
  return withSlot(slots, index, freeSlot);
}
