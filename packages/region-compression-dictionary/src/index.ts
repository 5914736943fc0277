export { compressionDictionaryCodes } from './codes.ts';
export type { CompressionDictionary } from './directory.ts';
export {
  type DictionaryLayout,
  type DictionarySource,
  type DictionaryVerdict,
  type LoadedDictionary,
  type LoadOptions,
  loadDictionary,
  verifyDictionary,
} from './load.ts';
export {
  type DictionaryChange,
  type DictionaryExtent,
  findDictionary,
  findOverlaps,
  getDictionaries,
  getDictionariesByAlgorithm,
  registerDictionary,
  removeDictionary,
  replaceDictionary,
} from './operations.ts';
export { CompressionDictionaryHeader, DictionaryEntry, dictionaryAlgorithms, dictionarySlots } from './records.ts';
export { compressionDictionary } from './region.ts';
export { type StoredDictionary, type StoreOptions, storeDictionary } from './store.ts';
