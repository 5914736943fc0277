import { PackedRecords } from '@vde/format';
import { type CompressionDictionary, directoryOf, entriesOf, writtenEntriesOf } from './directory.ts';
import { DictionaryEntry, dictionarySlots } from './records.ts';
import { hasSlot, idReader, occupiedSlots, placeFor } from './written-order.ts';

/** Blocks of an image that hold the bytes of a dictionary; absolute numbers. */
export interface DictionaryExtent {
  readonly blockOffset: bigint;
  readonly blockCount: number;
}

/** A changed directory, and the blocks that it no longer refers to: the caller frees them. */
export interface DictionaryChange {
  readonly directory: CompressionDictionary;
  /** `undefined` when the slot was empty: the directory is then the given one. */
  readonly superseded: DictionaryExtent | undefined;
}

/** The dictionary of an id, a copy; `undefined` for an empty slot and for ids that have none. */
export function findDictionary(directory: CompressionDictionary, dictId: number): DictionaryEntry | undefined {
  if (!hasSlot(dictId)) return undefined;
  const entries = entriesOf(directory);
  const idAt = idReader(entries);
  let index = entries.length - 1;
  while (index >= 0 && idAt(index) !== dictId) index--;
  return index < 0 ? undefined : entries.at(index);
}

/** Copies of the dictionaries that have a slot, by ascending id. */
export function getDictionaries(directory: CompressionDictionary): DictionaryEntry[] {
  const entries = entriesOf(directory);
  return occupiedSlots(entries).map((index) => entries.at(index));
}

/** Copies of the dictionaries of one algorithm, by ascending id. */
export function getDictionariesByAlgorithm(directory: CompressionDictionary, algorithmId: number): DictionaryEntry[] {
  return getDictionaries(directory).filter((entry) => entry.algorithmId === algorithmId);
}

/**
 * The directory with a dictionary in a slot that was empty. The entry is copied.
 * @throws RangeError for an id from 256 up, a hash that is not 32 bytes, an occupied slot, or a value that its field cannot hold.
 */
export function registerDictionary(directory: CompressionDictionary, entry: DictionaryEntry): CompressionDictionary {
  checkIdAndHash(entry);
  if (findDictionary(directory, entry.dictId) !== undefined)
    throw new RangeError(`dictionary ${entry.dictId} is registered already; replace it, or take another id`);
  return withEntry(directory, entry);
}

/**
 * The directory with another dictionary in an occupied slot; nothing is stored in an empty one. What was compressed with
 * the old dictionary can no longer be decompressed, and nothing in the image says so: prefer a new id for a dictionary that was trained again.
 * @throws RangeError for an id from 256 up, a hash that is not 32 bytes, or a value that its field cannot hold.
 */
export function replaceDictionary(directory: CompressionDictionary, entry: DictionaryEntry): DictionaryChange {
  checkIdAndHash(entry);
  const { directory: others, superseded } = removeDictionary(directory, entry.dictId);
  return { directory: superseded ? withEntry(others, entry) : directory, superseded };
}

/** The directory without a dictionary. Ids that have no slot are none. */
export function removeDictionary(directory: CompressionDictionary, dictId: number): DictionaryChange {
  const removed = findDictionary(directory, dictId);
  if (removed === undefined) return { directory, superseded: undefined };
  const { blockOffset, blockCount } = removed;
  return { directory: withoutId(directory, dictId), superseded: { blockOffset, blockCount } };
}

/** Pairs of ids whose blocks overlap, by ascending ids. */
export function findOverlaps(directory: CompressionDictionary): [number, number][] {
  const entries = getDictionaries(directory);
  return entries.flatMap((a, i) =>
    entries.slice(i + 1).flatMap((b): [number, number][] => (overlap(a, b) ? [[a.dictId, b.dictId]] : [])),
  );
}

/** Whether two extents share a block. @internal */
export function overlap(a: DictionaryExtent, b: DictionaryExtent): boolean {
  const endOf = ({ blockOffset, blockCount }: DictionaryExtent) => blockOffset + BigInt(blockCount);
  const isNone = a.blockCount <= 0 || b.blockCount <= 0;
  return !isNone && a.blockOffset < endOf(b) && b.blockOffset < endOf(a);
}

function withEntry(directory: CompressionDictionary, entry: DictionaryEntry): CompressionDictionary {
  const before = writtenEntriesOf(directory);
  const place = placeFor(entry.dictId, before);
  const after = new PackedRecords(DictionaryEntry, before.length + 1);
  after.pushBytes(before.bytes(0, place));
  after.push(entry);
  after.pushBytes(before.bytes(place));
  return directoryOf(after, directory.reserved);
}

function withoutId(directory: CompressionDictionary, dictId: number): CompressionDictionary {
  const before = entriesOf(directory);
  const idAt = idReader(before);
  const after = new PackedRecords(DictionaryEntry, before.length);
  for (let i = 0; i < before.length; i++) if (idAt(i) !== dictId) after.pushBytes(before.bytes(i, 1));
  return directoryOf(after, directory.reserved);
}

/** The order of the checks is that of section 5. */
function checkIdAndHash({ dictId, contentHash }: DictionaryEntry): void {
  if (!Number.isInteger(dictId) || dictId < 0 || dictId >= dictionarySlots)
    throw new RangeError(`dictionary id ${dictId}: expected 0 to ${dictionarySlots - 1}`);
  if (!(contentHash instanceof Uint8Array) || contentHash.length !== 32)
    throw new RangeError(`contentHash of dictionary ${dictId}: expected 32 bytes, got ${contentHash?.length}`);
}
