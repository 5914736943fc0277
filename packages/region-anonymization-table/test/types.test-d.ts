import { type DecodedRegion, decodeRegion, type PackedRecords, type RegionPlugin } from '@vde/format';
import { expectTypeOf } from 'vitest';
import { type AnonymizationTable, type AnonymizationTableHeader, anonymizationTable, Mapping } from '../src/index.ts';

expectTypeOf(anonymizationTable).toEqualTypeOf<RegionPlugin<AnonymizationTable>>();
expectTypeOf<AnonymizationTable['mappings']>().toEqualTypeOf<PackedRecords<Mapping>>();
expectTypeOf<AnonymizationTable['reserved']>().toEqualTypeOf<Uint8Array | undefined>();

expectTypeOf<Mapping>().branded.toEqualTypeOf<{
  readonly mappingId: string;
  readonly subjectId: string;
  readonly piiType: number;
  readonly piiHash: Uint8Array;
  readonly anonymizedToken: Uint8Array;
  readonly createdUtcTicks: bigint;
  readonly flags: number;
}>();
expectTypeOf<AnonymizationTableHeader>().branded.toEqualTypeOf<{
  readonly mappingCount: number;
  readonly reserved?: Uint8Array;
}>();
expectTypeOf(Mapping.get(new DataView(new ArrayBuffer(108)))).toEqualTypeOf<Mapping>();

// Strict reading always gives a state, lenient reading perhaps none.
const blocks = new Uint8Array(512);
expectTypeOf(decodeRegion(anonymizationTable, blocks, { blockSize: 512 })).toEqualTypeOf<
  DecodedRegion<AnonymizationTable>
>();
expectTypeOf(decodeRegion(anonymizationTable, blocks, { blockSize: 512, lenient: true })).toEqualTypeOf<
  DecodedRegion<AnonymizationTable | undefined>
>();
