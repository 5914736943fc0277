import {
  type BlockWindow,
  defineRegion,
  type PackedRecords,
  packedTable,
  type RegionReader,
  type TraceRange,
  VdeError,
} from '@vde/format';
import { auditDictionaries } from './audit.ts';
import { compressionDictionaryCodes } from './codes.ts';
import { type CompressionDictionary, directoryOf, entriesOf, writtenEntriesOf } from './directory.ts';
import { CompressionDictionaryHeader, DictionaryEntry, dictionarySlots, rows } from './records.ts';
import { dictionaryCommands } from './verbs.ts';
import { areIdsPlain, findUnsorted, hasSlot, idReader, occupiedSlots } from './written-order.ts';

/** The compression dictionary region, tag `DICT` (page region-compression-dictionary). */
export const compressionDictionary = /* @__PURE__ */ defineRegion<CompressionDictionary>({
  id: 'compression-dictionary',
  title: 'Compression dictionary',
  blockTag: 'DICT',
  slotTypes: ['DICT'],
  module: 10,
  codes: compressionDictionaryCodes,
  empty: () => ({ dictionaries: [] }),
  decode(reader): CompressionDictionary {
    refuseLookAlike(reader);
    const { header, items } = rows.read(reader);
    return directoryOf(items, header.reserved);
  },
  refersTo: (directory) =>
    [...writtenEntriesOf(directory)].flatMap(({ blockOffset, blockCount }) =>
      blockOffset >= 0n && blockOffset <= BigInt(Number.MAX_SAFE_INTEGER) && blockCount > 0
        ? [{ start: Number(blockOffset), count: blockCount }]
        : [],
    ),
  requiredBlocks: (directory, geometry) => rows.requiredBlocks(writtenEntriesOf(directory), geometry),
  encode(directory, writer) {
    const { reserved } = directory;
    rows.write({ header: { ...(reserved && { reserved }) }, items: writtenEntriesOf(directory) }, writer);
  },
  variant: (_tag, payload) => findLookAlike(payload),
  *trace(reader: RegionReader, window: BlockWindow): Generator<TraceRange, void, undefined> {
    const first = reader.peek(0);
    if (first !== undefined && findLookAlike(first) === undefined) yield* rows.trace(reader, window);
  },
  verify(directory, reader) {
    const entries = entriesOf(directory);
    if (areIdsPlain(entries)) return;
    reportIds(entries, reader);
    const unsorted = findUnsorted(entries);
    if (unsorted < 0) return;
    const idAt = idReader(entries);
    const message = `dictionary ${idAt(unsorted)} stands behind ${idAt(unsorted - 1)}, expected ascending ids`;
    reader.report('unsortedIds', message, { ...placeOfId(reader, unsorted), actual: idAt(unsorted) });
  },
  audit: auditDictionaries,
  describe(directory) {
    const entries = entriesOf(directory);
    const used = occupiedSlots(entries).length;
    return {
      summary: [{ id: 'dictionaryCount', kind: 'i32', value: entries.length }],
      tables: [packedTable('dictionaries', entries, rows.locate)],
      counts: [{ id: 'algorithms', title: 'Dictionaries by algorithm', table: 'dictionaries', by: 'algorithmId' }],
      gauges: [{ id: 'slots', title: 'Slots in use', value: used, max: dictionarySlots, unit: 'slots' }],
    };
  },
  verbs: { prefix: 'dict', commands: dictionaryCommands },
});

/** The magics on disk of the two layouts of section 2 that are not decoded, as u64 and u32. */
const plannedMagic = 0x434d_5052_4449_4354n;
const containerMagic = 0x4344_4354;

function findLookAlike(payload: DataView): { code: string; message: string } | undefined {
  const code = 'unsupportedVariant';
  if (payload.getBigUint64(0, true) === plannedMagic)
    return { code, message: 'the region holds the planned layout of 29-byte entries, which is not decoded' };
  if (payload.getUint32(0, true) === containerMagic)
    return { code, message: 'the region holds a stand-alone dictionary container (CDCT), which is not decoded' };
  return undefined;
}

/** Asked before the trailer: a container has none, and the planned layout may carry our tag. */
function refuseLookAlike(reader: RegionReader): void {
  const first = reader.peek(0);
  const found = first && findLookAlike(first);
  if (found === undefined) return;
  throw new VdeError(found.code, `Compression dictionary: ${found.message}`, {
    details: { block: 0, offset: 0, length: CompressionDictionaryHeader.size },
  });
}

/** The place of the id of one dictionary, for findings. */
function placeOfId(reader: RegionReader, index: number) {
  const { block, offset } = rows.locate(index, reader.geometry);
  const { offset: at, type } = DictionaryEntry.field('dictId');
  return { block, offset: offset + at, length: type.size, path: `dictionaries[${index}].dictId` };
}

/** Reserved and repeated ids (6, rows 2 and 3). A repeated one is an error: writing the region again drops the earlier entry. */
function reportIds(entries: PackedRecords<DictionaryEntry>, reader: RegionReader): void {
  const idAt = idReader(entries);
  const seen = new Int32Array(dictionarySlots).fill(-1);
  for (let i = 0; i < entries.length; i++) {
    const actual = idAt(i);
    if (!hasSlot(actual)) {
      const message = `dictionary ${i} has the reserved id ${actual}`;
      reader.report('reservedDictId', message, { ...placeOfId(reader, i), actual, expected: '0 to 255' });
      continue;
    }
    const earlier = seen[actual]!;
    if (earlier >= 0) {
      const message = `dictionaries ${earlier} and ${i} share the id ${actual}; the last one counts`;
      reader.report('duplicateKey', message, { ...placeOfId(reader, i), actual, severity: 'error' });
    }
    seen[actual] = i;
  }
}
