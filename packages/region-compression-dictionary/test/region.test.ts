import { arbitraryRecord, testRegion } from '@vde/testing';
import fc from 'fast-check';
import { goldenRegion, goldenRegions } from '../../testing/test/golden-files.ts';
import { type CompressionDictionary, compressionDictionary, DictionaryEntry } from '../src/index.ts';

/** Directories in the order in which they are written: ids with a slot once and ascending, then reserved ones. */
const directories: fc.Arbitrary<CompressionDictionary> = fc
  .record({
    ids: fc.uniqueArray(fc.nat({ max: 255 }), { maxLength: 256, size: 'max' }),
    reservedIds: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      fc.array(fc.integer({ min: 256, max: 65535 }), { maxLength: 5 }),
    ),
    entries: fc.array(arbitraryRecord(DictionaryEntry), { minLength: 1, maxLength: 30 }),
    reserved: fc.option(fc.constant(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)), { nil: undefined }),
  })
  .map(({ ids, reservedIds, entries, reserved }) => ({
    dictionaries: [...ids.toSorted((a, b) => a - b), ...reservedIds].map((dictId, i) => ({
      ...entries[i % entries.length]!,
      dictId,
    })),
    ...(reserved && { reserved }),
  }));

testRegion(compressionDictionary, {
  states: directories,
  fixtures: () => goldenRegions('compression-dictionary'),
  notOurs: () => [
    goldenRegion('metrics-log', 'one.512'),
    goldenRegion('consensus-log', 'many.512'),
    goldenRegion('streaming-append', 'grown.4096'),
  ],
});
