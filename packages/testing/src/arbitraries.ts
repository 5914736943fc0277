import { emptyGuid, type FieldType, guidFromBytes, PackedRecords, type RecordType } from '@vde/format';
import fc from 'fast-check';
import { randomBytes } from './damage.ts';

// biome-ignore lint/suspicious/noExplicitAny: a declaration mixes fields of every type; the record's own type is kept outside
type AnyField = FieldType<any>;

/**
 * Values of a record declaration, edge values included: smallest and largest integers, NaN and -0, numbers that an
 * enumeration does not name, reserved bytes that are not zero, variable fields from empty to their largest length.
 */
export function arbitraryRecord<T>(type: RecordType<T>): fc.Arbitrary<T> {
  const values: Record<string, fc.Arbitrary<unknown>> = {};
  const optional: string[] = [];
  for (const field of type.fields) {
    values[field.name] = arbitraryField(field.type);
    if (field.type.isPad === true) optional.push(field.name);
  }
  const required = type.fields.map((field) => field.name).filter((name) => !optional.includes(name));
  return fc.record(values, { requiredKeys: required, noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
}

/**
 * Packed records from none to `maxLength`, as long as that in a good part of the runs: half are made field by field, half are
 * raw bytes, because a packed record may hold any bit pattern.
 */
export function arbitraryPacked<T>(
  type: RecordType<T>,
  { maxLength }: { readonly maxLength: number },
): fc.Arbitrary<PackedRecords<T>> {
  const byField = fc
    .array(arbitraryRecord(type), { maxLength, size: 'max' })
    .map((all) => PackedRecords.from(type, all));
  const raw = fc.tuple(fc.nat({ max: maxLength }), fc.nat()).map(([length, seed]) => {
    const packed = new PackedRecords(type, length);
    packed.pushBytes(randomBytes(length * type.size, seed));
    return packed;
  });
  return fc.oneof(byField, raw);
}

/** Values that a field can hold, by its kind and size. */
export function arbitraryField(type: AnyField): fc.Arbitrary<unknown> {
  if (type.isPad === true) return nonZeroBytes(type.size);
  if (type.variable !== undefined) return variableBytes(type);
  switch (type.kind) {
    case 'f64':
      return fc.oneof({ weight: 3, arbitrary: fc.double() }, fc.constantFrom(Number.NaN, -0, Infinity, -Infinity));
    case 'boolean':
      return fc.boolean();
    case 'guid':
      return fc.oneof(
        { weight: 9, arbitrary: fixedBytes(16).map((bytes) => guidFromBytes(bytes)) },
        fc.constant(emptyGuid),
      );
    case 'tag':
      return fc.oneof(fc.constantFrom('', 'DATA', 'MLOG'), fc.stringMatching(/^[\x20-\x7e]{4}$/));
    case 'bytes':
    case 'text':
      return fixedBytes(type.size);
    default:
      return integers(type);
  }
}

/** Integers of the field's size; whether they are signed, and bigint, is asked of the field itself. */
function integers(type: AnyField): fc.Arbitrary<number | bigint> {
  const bits = BigInt(type.size * 8);
  const isBig = type.size === 8;
  const isSigned = accepts(type, isBig ? -1n : -1);
  const min = isSigned ? -(1n << (bits - 1n)) : 0n;
  const max = isSigned ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  const whole = fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n, 1n), fc.bigInt({ min: 0n, max: 9n }));
  return isBig ? whole : whole.map(Number);
}

function fixedBytes(size: number): fc.Arbitrary<Uint8Array> {
  const random = fc.nat().map((seed) => randomBytes(size, seed));
  const text = fc.nat({ max: size }).map((length) => padded(size, 'größe 日本 0'.repeat(size), length));
  return fc.oneof(
    { weight: 4, arbitrary: random },
    text,
    fc.constant(0).map(() => new Uint8Array(size)),
    fc.constant(0xff).map((byte) => new Uint8Array(size).fill(byte)),
  );
}

function nonZeroBytes(size: number): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.nat({ max: size - 1 }), fc.integer({ min: 1, max: 255 }), fc.nat()).map(([at, byte, seed]) => {
    const bytes = seed % 2 === 0 ? new Uint8Array(size) : randomBytes(size, seed);
    bytes[at] = byte;
    return bytes;
  });
}

/** Byte arrays up to the largest length that the field writes. Long ones and empty ones come often. */
function variableBytes(type: AnyField): fc.Arbitrary<Uint8Array> {
  let max = type.variable!.max;
  while (max > 0 && !accepts(type, new Uint8Array(max))) max--;
  const length = fc.oneof(fc.nat({ max }), fc.constantFrom(0, max), fc.nat({ max: Math.min(max, 8) }));
  return fc.tuple(length, fc.nat()).map(([size, seed]) => randomBytes(size, seed));
}

function accepts(type: AnyField, value: unknown): boolean {
  try {
    type.set(new DataView(new ArrayBuffer(type.size + (type.variable?.max ?? 0))), 0, value);
    return true;
  } catch {
    return false;
  }
}

function padded(size: number, text: string, length: number): Uint8Array {
  const bytes = new Uint8Array(size);
  new TextEncoder().encodeInto(text, bytes.subarray(0, length));
  return bytes;
}
