import { type PackedRecords, type RecordField, sameBytes, writeGuid } from '@vde/format';
import { Mapping } from './records.ts';

type Name = keyof Mapping & string;

/** The fields of a mapping by name: looking one up in the declaration takes longer than writing it. */
export const mappingFields = /* @__PURE__ */ fieldsByName();

function fieldsByName(): Readonly<Record<Name, RecordField>> {
  return Object.fromEntries(Mapping.fields.map((field) => [field.name, field])) as Record<Name, RecordField>;
}

/** The flags of a packed mapping. */
export function flagsAt(mappings: PackedRecords<Mapping>, index: number): number {
  return mappings.view.getUint16(index * Mapping.size + mappingFields.flags.offset, true);
}

/** Hash and token of a packed mapping, which stand side by side. A live view. */
export function secretsOf(stored: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return stored.subarray(mappingFields.piiHash.offset, mappingFields.createdUtcTicks.offset);
}

/** The 108 bytes of one mapping, and a view of them. */
export interface PackedMapping {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
}

/** Room for one mapping. */
export function newPackedMapping(): PackedMapping {
  const bytes = new Uint8Array(Mapping.size);
  return { bytes, view: new DataView(bytes.buffer) };
}

/**
 * Packs a mapping whose hash and token have 32 bytes: what `Mapping.set` does at half its cost.
 * @throws RangeError or TypeError, naming the field, for a value that does not fit.
 */
export function packMapping({ bytes, view }: PackedMapping, mapping: Mapping): void {
  const { mappingId, subjectId, piiType, piiHash, anonymizedToken, createdUtcTicks, flags } = mappingFields;
  try {
    writeGuid(view, mappingId.offset, mapping.mappingId);
    writeGuid(view, subjectId.offset, mapping.subjectId);
    piiType.type.set(view, piiType.offset, mapping.piiType);
    bytes.set(mapping.piiHash, piiHash.offset);
    bytes.set(mapping.anonymizedToken, anonymizedToken.offset);
    createdUtcTicks.type.set(view, createdUtcTicks.offset, mapping.createdUtcTicks);
    flags.type.set(view, flags.offset, mapping.flags);
  } catch {
    // The declaration says which field is wrong.
    Mapping.set(view, 0, mapping);
  }
}

/** Names of the fields in which two packed mappings differ. */
export function differingFields(a: Uint8Array, b: Uint8Array): string[] {
  return Mapping.fields
    .filter(
      ({ offset, type }) => !sameBytes(a.subarray(offset, offset + type.size), b.subarray(offset, offset + type.size)),
    )
    .map(({ name }) => name);
}
