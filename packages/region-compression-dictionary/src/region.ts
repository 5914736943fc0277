import {
  type BlockWindow,
  defineRegion,
  objectTable,
  PackedRecords,
  type RegionReader,
  type TraceRange,
  VdeError,
} from '@vde/format';
import { auditDictionaries } from './audit.ts';
import { compressionDictionaryCodes } from './codes.ts';
import { removeDictionary } from './operations.ts';
import { CompressionDictionaryHeader, DictionaryEntry, rows } from './records.ts';
import { type CompressionDictionary, findUnsorted, hasSlot, inWrittenOrder } from './written-order.ts';

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
    return { dictionaries: [...items], ...(header.reserved && { reserved: header.reserved }) };
  },
  requiredBlocks: ({ dictionaries }, geometry) => rows.requiredBlocks(packed(dictionaries), geometry),
  encode({ dictionaries, ...header }, writer) {
    rows.write({ header, items: packed(dictionaries) }, writer);
  },
  variant: (_tag, payload) => findLookAlike(payload),
  *trace(reader: RegionReader, window: BlockWindow): Generator<TraceRange, void, undefined> {
    const first = reader.peek(0);
    if (first !== undefined && findLookAlike(first) === undefined) yield* rows.trace(reader, window);
  },
  verify({ dictionaries }, reader) {
    reportIds(dictionaries, reader);
    const unsorted = findUnsorted(dictionaries);
    if (unsorted < 0) return;
    const { dictId } = dictionaries[unsorted]!;
    const message = `dictionary ${dictId} stands behind ${dictionaries[unsorted - 1]!.dictId}, expected ascending ids`;
    reader.report('unsortedIds', message, { ...placeOfId(reader, unsorted), actual: dictId });
  },
  audit: auditDictionaries,
  describe: ({ dictionaries }) => ({
    summary: [{ id: 'dictionaryCount', kind: 'i32', value: dictionaries.length }],
    tables: [objectTable('dictionaries', dictionaries, DictionaryEntry, rows.locate)],
  }),
  verbs: {
    prefix: 'dict',
    commands: {
      remove: {
        summary: 'remove a dictionary; data compressed with it can no longer be read',
        args: { id: { summary: 'dictionary id, 0 to 255', required: true } },
        run: (state, args) => removeDictionary(state, idOf(args['id'])).directory,
      },
    },
  },
});

const packed = (dictionaries: readonly DictionaryEntry[]) =>
  PackedRecords.from(DictionaryEntry, inWrittenOrder(dictionaries));

function idOf(text = ''): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`id "${text}": expected a number from 0 to 255`);
  return Number(text);
}

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
function reportIds(dictionaries: readonly DictionaryEntry[], reader: RegionReader): void {
  const seen = new Map<number, number>();
  dictionaries.forEach(({ dictId }, i) => {
    const place = { ...placeOfId(reader, i), actual: dictId };
    if (!hasSlot(dictId)) {
      reader.report('reservedDictId', `dictionary ${i} has the reserved id ${dictId}`, {
        ...place,
        expected: '0 to 255',
      });
      return;
    }
    const earlier = seen.get(dictId);
    if (earlier !== undefined) {
      const message = `dictionaries ${earlier} and ${i} share the id ${dictId}; the last one counts`;
      reader.report('duplicateKey', message, { ...place, severity: 'error' });
    }
    seen.set(dictId, i);
  });
}
