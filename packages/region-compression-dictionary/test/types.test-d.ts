import { type DecodedRegion, decodeRegion, type RegionPlugin } from '@vde/format';
import { expectTypeOf } from 'vitest';
import {
  type CompressionDictionary,
  type CompressionDictionaryHeader,
  compressionDictionary,
  type DictionaryChange,
  DictionaryEntry,
  type DictionaryVerdict,
  type LoadedDictionary,
  loadDictionary,
  registerDictionary,
  replaceDictionary,
  type StoredDictionary,
  storeDictionary,
  verifyDictionary,
} from '../src/index.ts';

expectTypeOf(compressionDictionary).toEqualTypeOf<RegionPlugin<CompressionDictionary>>();
expectTypeOf<CompressionDictionary['dictionaries']>().toEqualTypeOf<readonly DictionaryEntry[]>();
expectTypeOf<CompressionDictionary['reserved']>().toEqualTypeOf<Uint8Array | undefined>();

expectTypeOf<DictionaryEntry>().branded.toEqualTypeOf<{
  readonly dictId: number;
  readonly algorithmId: number;
  readonly blockOffset: bigint;
  readonly blockCount: number;
  readonly dictionarySizeBytes: number;
  readonly trainedUtcTicks: bigint;
  readonly sampleCount: bigint;
  readonly contentHash: Uint8Array;
}>();
expectTypeOf<CompressionDictionaryHeader>().branded.toEqualTypeOf<{
  readonly dictionaryCount: number;
  readonly reserved?: Uint8Array;
}>();
expectTypeOf(DictionaryEntry.get(new DataView(new ArrayBuffer(68)))).toEqualTypeOf<DictionaryEntry>();

expectTypeOf(registerDictionary).returns.toEqualTypeOf<CompressionDictionary>();
expectTypeOf(replaceDictionary).returns.toEqualTypeOf<DictionaryChange>();
expectTypeOf(loadDictionary).returns.resolves.toEqualTypeOf<LoadedDictionary | undefined>();
expectTypeOf(verifyDictionary).returns.resolves.toEqualTypeOf<DictionaryVerdict | undefined>();
expectTypeOf(storeDictionary).returns.toEqualTypeOf<StoredDictionary>();
expectTypeOf<LoadedDictionary['bytes']>().toEqualTypeOf<Uint8Array<ArrayBuffer>>();

// Strict reading always gives a state, lenient reading perhaps none.
const blocks = new Uint8Array(512);
expectTypeOf(decodeRegion(compressionDictionary, blocks, { blockSize: 512 })).toEqualTypeOf<
  DecodedRegion<CompressionDictionary>
>();
expectTypeOf(decodeRegion(compressionDictionary, blocks, { blockSize: 512, lenient: true })).toEqualTypeOf<
  DecodedRegion<CompressionDictionary | undefined>
>();
