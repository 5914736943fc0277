import { PackedRecords } from '@vde/format';
import { DictionaryEntry } from './records.ts';
import { inWrittenOrder } from './written-order.ts';

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

interface Packed {
  readonly entries: PackedRecords<DictionaryEntry>;
  /** Put in order when they are first written. */
  written?: PackedRecords<DictionaryEntry>;
}

/** The entries, as bytes, of directories that were read or made here. */
const packed = /* @__PURE__ */ new WeakMap<CompressionDictionary, Packed>();

/** A directory of packed entries, which it takes over. They become objects when somebody looks at `dictionaries`. @internal */
export function directoryOf(
  entries: PackedRecords<DictionaryEntry>,
  reserved: Uint8Array | undefined,
): CompressionDictionary {
  let objects: readonly DictionaryEntry[] | undefined;
  const directory: CompressionDictionary = {
    get dictionaries() {
      objects ??= Object.freeze([...entries]);
      return objects;
    },
    ...(reserved && { reserved }),
  };
  packed.set(directory, { entries });
  return directory;
}

/** The entries as bytes, to be read only. @throws RangeError or TypeError for a value that does not fit its field. @internal */
export function entriesOf(directory: CompressionDictionary): PackedRecords<DictionaryEntry> {
  return packedOf(directory).entries;
}

/** The entries as they are written, to be read only. @throws as {@link entriesOf}. @internal */
export function writtenEntriesOf(directory: CompressionDictionary): PackedRecords<DictionaryEntry> {
  const known = packedOf(directory);
  known.written ??= inWrittenOrder(known.entries);
  return known.written;
}

const packedOf = (directory: CompressionDictionary): Packed =>
  packed.get(directory) ?? { entries: PackedRecords.from(DictionaryEntry, directory.dictionaries) };
