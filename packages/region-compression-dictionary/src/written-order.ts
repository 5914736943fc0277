import { PackedRecords } from '@vde/format';
import { DictionaryEntry, dictionarySlots } from './records.ts';

type Entries = PackedRecords<DictionaryEntry>;

/** Whether an id has a slot. @internal */
export const hasSlot = (dictId: number): boolean => dictId < dictionarySlots;

/** A function that gives the id of an entry by its index, without a check of the index. @internal */
export function idReader({ view }: Entries): (index: number) => number {
  const { offset } = DictionaryEntry.field('dictId');
  const { size } = DictionaryEntry;
  return (index) => view.getUint16(index * size + offset, true);
}

/** Indices of the dictionaries with a slot by ascending id; of two with one id the last. @internal */
export function occupiedSlots(entries: Entries): number[] {
  const idAt = idReader(entries);
  const slots = new Int32Array(dictionarySlots).fill(-1);
  for (let i = 0; i < entries.length; i++) if (hasSlot(idAt(i))) slots[idAt(i)] = i;
  return [...slots].filter((index) => index >= 0);
}

/** The entries as they are written (3.3; 6, row 2): the given ones where they stand so. @internal */
export function inWrittenOrder(entries: Entries): Entries {
  if (isInWrittenOrder(entries)) return entries;
  const idAt = idReader(entries);
  const written = new PackedRecords(DictionaryEntry, entries.length);
  for (const i of occupiedSlots(entries)) written.pushBytes(entries.bytes(i, 1));
  for (let i = 0; i < entries.length; i++) if (!hasSlot(idAt(i))) written.pushBytes(entries.bytes(i, 1));
  return written;
}

/** Index of the first entry from which on none has an id below `dictId` or equal to it: where its entry belongs. @internal */
export function placeFor(dictId: number, written: Entries): number {
  const idAt = idReader(written);
  let place = 0;
  while (place < written.length && idAt(place) <= dictId) place++;
  return place;
}

/** Index of the first dictionary that stands before one it should follow, -1 when all are in order. @internal */
export function findUnsorted(entries: Entries): number {
  const idAt = idReader(entries);
  const rank = (index: number) => Math.min(idAt(index), dictionarySlots);
  for (let i = 1; i < entries.length; i++) if (rank(i) < rank(i - 1)) return i;
  return -1;
}

/** Whether ids with a slot stand once and ascending, in front of all others. */
function isInWrittenOrder(entries: Entries): boolean {
  const idAt = idReader(entries);
  let before = -1;
  for (let i = 0; i < entries.length; i++) {
    const id = idAt(i);
    if (hasSlot(before) ? id <= before : hasSlot(id)) return false;
    before = id;
  }
  return true;
}

/** Whether no rule of ids is broken: each has a slot, and they ascend. Asked first, as it is the rule. @internal */
export function areIdsPlain(entries: Entries): boolean {
  return isInWrittenOrder(entries) && (entries.length === 0 || hasSlot(idReader(entries)(entries.length - 1)));
}
