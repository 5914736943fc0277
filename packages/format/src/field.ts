import { isZero } from './bytes.ts';
import { guidFromBytes, guidToBytes } from './guid.ts';
import { isPrintableTag, stringToTag, tagToString } from './tag.ts';

/** How a value is stored and shown: the machine output of `cli.md` and every table follow it. */
export type FieldKind =
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'i32'
  | 'i64'
  | 'f64'
  | 'ticks'
  | 'guid'
  | 'tag'
  | 'bytes'
  | 'text'
  | 'enum'
  | 'flags'
  | 'boolean';

/** Names of an enumeration's values or of a flag field's bits; unknown numbers have none and are kept. */
export type FieldNames = Readonly<Record<number, string>>;

/**
 * How one field is stored. `size` is its bytes, for a variable field the bytes of its length prefix. `set` throws a
 * RangeError or TypeError for a value that does not fit; `get` never throws inside the view.
 */
export interface FieldType<T> {
  readonly kind: FieldKind;
  readonly size: number;
  readonly names?: FieldNames;
  get(view: DataView, offset: number): T;
  set(view: DataView, offset: number, value: T): void;
  /** Reserved bytes: absent from the record unless one of them is not zero. */
  readonly isPad?: true;
  /** Present where the size depends on the value. */
  readonly variable?: VariableSize<T>;
}

/** Sizes of a length-prefixed field. `at` gives the length as stored, which may be negative or too large. */
export interface VariableSize<T> {
  readonly max: number;
  of(value: T): number;
  at(view: DataView, offset: number): number;
}

function integer(
  kind: FieldKind,
  size: number,
  min: number,
  max: number,
  get: FieldType<number>['get'],
  put: FieldType<number>['set'],
) {
  return {
    kind,
    size,
    get,
    set(view: DataView, offset: number, value: number) {
      if (!Number.isInteger(value) || value < min || value > max)
        throw new RangeError(`${value}: expected an integer from ${min} to ${max}`);
      put(view, offset, value);
    },
  } as const;
}

export const u8 = /* @__PURE__ */ integer(
  'u8',
  1,
  0,
  0xff,
  (v, o) => v.getUint8(o),
  (v, o, n) => v.setUint8(o, n),
);
export const u16 = /* @__PURE__ */ integer(
  'u16',
  2,
  0,
  0xffff,
  (v, o) => v.getUint16(o, true),
  (v, o, n) => v.setUint16(o, n, true),
);
export const u32 = /* @__PURE__ */ integer(
  'u32',
  4,
  0,
  0xffff_ffff,
  (v, o) => v.getUint32(o, true),
  (v, o, n) => v.setUint32(o, n, true),
);
export const i32 = /* @__PURE__ */ integer(
  'i32',
  4,
  -0x8000_0000,
  0x7fff_ffff,
  (v, o) => v.getInt32(o, true),
  (v, o, n) => v.setInt32(o, n, true),
);

export const i64: FieldType<bigint> = {
  kind: 'i64',
  size: 8,
  get: (view, offset) => view.getBigInt64(offset, true),
  set(view, offset, value) {
    if (typeof value !== 'bigint') throw new TypeError(`${value}: expected a bigint`);
    if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value}: expected a signed 64-bit integer`);
    view.setBigInt64(offset, value, true);
  },
};

export const u64: FieldType<bigint> = {
  kind: 'u64',
  size: 8,
  get: (view, offset) => view.getBigUint64(offset, true),
  set(view, offset, value) {
    if (typeof value !== 'bigint') throw new TypeError(`${value}: expected a bigint`);
    if (BigInt.asUintN(64, value) !== value) throw new RangeError(`${value}: expected an unsigned 64-bit integer`);
    view.setBigUint64(offset, value, true);
  },
};

/** .NET UTC ticks: an i64 of 100 ns since year 1 (page 01, 3.6). Any i64 is carried. */
export const ticks: FieldType<bigint> = { ...i64, kind: 'ticks' };

/** The bits of a NaN that is given as a number (page region-metrics-log, 5.3). */
const canonicalNan = 0xfff8_0000_0000_0000n;

/** An IEEE double. A NaN set as a number is stored as 0xFFF8000000000000; records kept as bytes keep other payloads. */
export const f64: FieldType<number> = {
  kind: 'f64',
  size: 8,
  get: (view, offset) => view.getFloat64(offset, true),
  set(view, offset, value) {
    if (typeof value !== 'number') throw new TypeError(`${value}: expected a number`);
    if (Number.isNaN(value)) view.setBigUint64(offset, canonicalNan, true);
    else view.setFloat64(offset, value, true);
  },
};

/** A byte that is 0 or 1; any other value reads as true (page 04, 3.6). */
export const boolean: FieldType<boolean> = {
  kind: 'boolean',
  size: 1,
  get: (view, offset) => view.getUint8(offset) !== 0,
  set(view, offset, value) {
    if (typeof value !== 'boolean') throw new TypeError(`${value}: expected true or false`);
    view.setUint8(offset, value ? 1 : 0);
  },
};

const bytesAt = (view: DataView, offset: number, size: number): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + offset, size);

/** A GUID in .NET byte order, lower-case text in the API. */
export const guid: FieldType<string> = {
  kind: 'guid',
  size: 16,
  get: (view, offset) => guidFromBytes(bytesAt(view, offset, 16)),
  set: (view, offset, value) => bytesAt(view, offset, 16).set(guidToBytes(value)),
};

/** Types that are no printable letters: `0x` and eight digits. */
const numericTag = /^0x[0-9a-f]{8}$/;

/**
 * A block or region type tag: four letters in the API, the empty text for 0, `0x` and eight hex digits where the bytes are no
 * printable letters, so that foreign ones survive.
 */
export const tag: FieldType<string> = {
  kind: 'tag',
  size: 4,
  get(view, offset) {
    const value = view.getUint32(offset, true);
    if (value === 0) return '';
    return isPrintableTag(value) ? tagToString(value) : `0x${value.toString(16).padStart(8, '0')}`;
  },
  set(view, offset, value) {
    const number = value === '' ? 0 : numericTag.test(value) ? Number(value) : stringToTag(value);
    view.setUint32(offset, number, true);
  },
};

function fixedBytes(kind: 'bytes' | 'text', size: number): FieldType<Uint8Array> {
  return {
    kind,
    size,
    get: (view, offset) => bytesAt(view, offset, size).slice(),
    set(view, offset, value) {
      if (!(value instanceof Uint8Array) || value.length !== size)
        throw new RangeError(`expected ${size} bytes, got ${value?.length}`);
      bytesAt(view, offset, size).set(value);
    },
  };
}

/** `size` bytes, copied on the way in and out. */
export const bytes = (size: number): FieldType<Uint8Array> => fixedBytes('bytes', size);

/** `size` bytes that hold zero-padded UTF-8; carried as bytes (see `textOf`), so that nothing is lost. */
export const text = (size: number): FieldType<Uint8Array> => fixedBytes('text', size);

/** `size` reserved bytes: kept when they are not zero, absent from the record when they are. */
export function pad<const Size extends number>(
  size: Size,
): FieldType<Uint8Array | undefined> & { readonly isPad: true } {
  const stored = fixedBytes('bytes', size);
  return {
    kind: 'bytes',
    size,
    isPad: true,
    get(view, offset) {
      const value = bytesAt(view, offset, size);
      return isZero(value) ? undefined : value.slice();
    },
    set(view, offset, value) {
      if (value === undefined) bytesAt(view, offset, size).fill(0);
      else stored.set(view, offset, value);
    },
  };
}

/** A number with names for its known values. Unknown numbers are kept. */
export function enumeration(type: FieldType<number>, names: readonly string[]): FieldType<number> {
  return { ...type, kind: 'enum', names: { ...names } };
}

/** A number whose bits have names, lowest bit first. Unknown bits are kept. */
export function flags(type: FieldType<number>, names: readonly string[]): FieldType<number> {
  return { ...type, kind: 'flags', names: { ...names } };
}

/** Bytes behind a length prefix. `max` bounds what is written; what is read is bounded by `readMax`, else by `max`. */
export function lengthPrefixed(
  length: FieldType<number>,
  { max, readMax = max, kind = 'bytes' }: { max: number; readMax?: number; kind?: 'bytes' | 'text' },
): FieldType<Uint8Array> {
  return {
    kind,
    size: length.size,
    get: (view, offset) => bytesAt(view, offset + length.size, length.get(view, offset)).slice(),
    set(view, offset, value) {
      if (!(value instanceof Uint8Array) || value.length > max)
        throw new RangeError(`expected at most ${max} bytes, got ${value?.length}`);
      length.set(view, offset, value.length);
      bytesAt(view, offset + length.size, value.length).set(value);
    },
    variable: { max: readMax, of: (value) => value.length, at: (view, offset) => length.get(view, offset) },
  };
}
