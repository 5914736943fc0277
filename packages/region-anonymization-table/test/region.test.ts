import { arbitraryPacked, testRegion } from '@vde/testing';
import fc from 'fast-check';
import { goldenRegion, goldenRegions } from '../../testing/test/golden-files.ts';
import { AnonymizationTable, anonymizationTable, Mapping } from '../src/index.ts';

/** Tables of any mappings: duplicate ids and mappings erased in name only are warnings. */
const tables: fc.Arbitrary<AnonymizationTable> = fc
  .tuple(arbitraryPacked(Mapping, { maxLength: 40 }), fc.boolean())
  .map(([mappings, hasReserved]) =>
    AnonymizationTable.ofStored(mappings, hasReserved ? Uint8Array.from({ length: 12 }, (_, i) => i) : undefined),
  );

testRegion(anonymizationTable, {
  states: tables,
  fixtures: () => goldenRegions('anonymization-table'),
  notOurs: () => [
    goldenRegion('metrics-log', 'one.512'),
    goldenRegion('consensus-log', 'many.512'),
    goldenRegion('integrity-tree', 'leaves-3.4096'),
  ],
});
