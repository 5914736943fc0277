import { bytes, enumeration, type Infer, i32, i64, pad, record, table, ticks, u16 } from '@vde/format';

/** Ids from 0 up to, not including, this have a slot; those from here up are reserved (3.2). */
export const dictionarySlots = 256;

/** Numbers of `algorithmId` (3.2). Other numbers are kept. */
export const dictionaryAlgorithms = { zstd: 0, brotli: 1, lz4: 2, deflate: 3, custom: 4 } as const;

/** Header of block 0 (3.1). */
export const CompressionDictionaryHeader = /* @__PURE__ */ record('CompressionDictionaryHeader', {
  dictionaryCount: i32,
  reserved: /* @__PURE__ */ pad(12),
});
export type CompressionDictionaryHeader = Infer<typeof CompressionDictionaryHeader>;

/** What is known of one dictionary (3.2): where its bytes stand in the image, and their SHA-256. */
export const DictionaryEntry = /* @__PURE__ */ record('DictionaryEntry', {
  dictId: u16,
  algorithmId: /* @__PURE__ */ enumeration(u16, /* @__PURE__ */ Object.keys(dictionaryAlgorithms)),
  blockOffset: i64,
  blockCount: i32,
  dictionarySizeBytes: i32,
  trainedUtcTicks: ticks,
  sampleCount: i64,
  contentHash: /* @__PURE__ */ bytes(32),
});
export type DictionaryEntry = Infer<typeof DictionaryEntry>;

/** The packing of the region (3.3). @internal */
export const rows = /* @__PURE__ */ table({
  id: 'dictionaries',
  header: CompressionDictionaryHeader,
  item: DictionaryEntry,
  count: 'dictionaryCount',
}).packed();
