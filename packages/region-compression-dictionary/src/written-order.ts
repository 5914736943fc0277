import { type DictionaryEntry, dictionarySlots } from './records.ts';

/** The state of a compression dictionary region. */
export interface CompressionDictionary {
  /**
   * The dictionaries as they stand in the region. Written are those with a slot by ascending id, of two with one id the last, and
   * behind them those with a reserved id.
   */
  readonly dictionaries: readonly DictionaryEntry[];
  /** Reserved header bytes, when they are not zero. */
  readonly reserved?: Uint8Array;
}

/** Whether an id has a slot. @internal */
export const hasSlot = (dictId: number): boolean => dictId < dictionarySlots;

/** Dictionaries with a slot by ascending id; of two with one id the last. @internal */
export function occupiedSlots(dictionaries: readonly DictionaryEntry[]): DictionaryEntry[] {
  const slots = new Map<number, DictionaryEntry>();
  for (const entry of dictionaries) if (hasSlot(entry.dictId)) slots.set(entry.dictId, entry);
  return [...slots.values()].sort((a, b) => a.dictId - b.dictId);
}

/** The dictionaries as they are written (3.3; 6, row 2). @internal */
export function inWrittenOrder(dictionaries: readonly DictionaryEntry[]): DictionaryEntry[] {
  return [...occupiedSlots(dictionaries), ...dictionaries.filter(({ dictId }) => !hasSlot(dictId))];
}

/** Index of the first dictionary that stands before one it should follow, -1 when all are in order. @internal */
export function findUnsorted(dictionaries: readonly DictionaryEntry[]): number {
  const rank = (index: number) => Math.min(dictionaries[index]!.dictId, dictionarySlots);
  return dictionaries.findIndex((_, i) => i > 0 && rank(i) < rank(i - 1));
}
