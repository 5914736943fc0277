import { createHash } from 'node:crypto';
import { encodeRegion, guidFromBytes, PackedRecords } from '@vde/format';
import { AnonymizationTable, anonymizationTable, Mapping } from '../src/index.ts';

/** 2025-01-01T00:00:00Z in ticks. */
export const t0 = 638712864000000000n;
export const sha256 = (data: Uint8Array | string) => new Uint8Array(createHash('sha256').update(data).digest());

/** A table that was read with the given mappings, whatever their ids and flags. */
export function tableOf(mappings: readonly Mapping[]): AnonymizationTable {
  return AnonymizationTable.ofStored(PackedRecords.from(Mapping, mappings));
}

/** The mapping of the first row of section 7. */
export const example: Mapping = {
  mappingId: '00112233-4455-6677-8899-aabbccddeeff',
  subjectId: '01020304-0506-0708-090a-0b0c0d0e0f10',
  piiType: 1,
  piiHash: sha256('test@email.com'),
  anonymizedToken: sha256('anon-token'),
  createdUtcTicks: t0,
  flags: 1,
};

/** Synthetic mapping `i` of section 7. */
export function synthetic(i: number): Mapping {
  const u32 = (value: number) => Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
  const guid = (value: number) => guidFromBytes(Uint8Array.of(...u32(value), ...new Uint8Array(12)));
  return {
    mappingId: guid(i),
    subjectId: guid((i % 3) + 1),
    piiType: i % 8,
    piiHash: sha256(u32(i)),
    anonymizedToken: sha256(Uint8Array.of(...u32(i), 1)),
    createdUtcTicks: t0 + BigInt(i),
    flags: 1,
  };
}

/** The first `count` synthetic mappings. */
export const syntheticTable = (count: number) => tableOf(Array.from({ length: count }, (_, i) => synthetic(i)));

/** What `eraseSubject` leaves of a mapping (section 5). */
export function erased(mapping: Mapping): Mapping {
  const zeros = new Uint8Array(32);
  return { ...mapping, piiHash: zeros, anonymizedToken: zeros, flags: (mapping.flags | 2) & ~1 };
}

/** Blocks of a table. */
export function blocksOf(table: AnonymizationTable, blockSize: number, generation = 1): Uint8Array<ArrayBuffer> {
  return encodeRegion(anonymizationTable, table, { blockSize, generation });
}
