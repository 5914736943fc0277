import type { FieldType } from './field.ts';

// biome-ignore lint/suspicious/noExplicitAny: a declaration mixes fields of every type; Infer gives each its own
type AnyField = FieldType<any>;
/** The fields of a record in the order of the format page; reserved bytes are `pad(n)`. */
export type RecordFields = Readonly<Record<string, AnyField>>;

type ValueOf<F> = F extends FieldType<infer T> ? T : never;
type PadNames<F extends RecordFields> = { [K in keyof F]: F[K] extends { readonly isPad: true } ? K : never }[keyof F];

/** The value type of a set of fields: reserved bytes are there only when they are not zero. */
export type RecordValue<F extends RecordFields> = {
  readonly [K in Exclude<keyof F, PadNames<F>>]: ValueOf<F[K]>;
} & { readonly [K in PadNames<F>]?: Uint8Array };

/** A field in its record. `offset` is from the start of the record; behind a variable field it is the smallest possible. */
export interface RecordField {
  readonly name: string;
  readonly type: AnyField;
  readonly offset: number;
}

/** A range of bytes with the field that owns it; offsets from the start of the block's payload. */
export interface FieldRange {
  readonly offset: number;
  readonly length: number;
  readonly name: string;
  readonly type: AnyField;
}

/** The codec of one record: one declaration, no second list of offsets anywhere. */
export interface RecordType<T> {
  readonly name: string;
  /** Bytes of a record; of a variable one the bytes of its fixed part. */
  readonly size: number;
  readonly isFixed: boolean;
  readonly fields: readonly RecordField[];
  /** The record at `offset`. Bytes are copied. A variable record must have passed `sizeAt`. */
  get(view: DataView, offset?: number): T;
  /** Writes the record at `offset`. @throws RangeError or TypeError, naming the field, for a value that does not fit. */
  set(view: DataView, offset: number, value: T): void;
  /** Bytes that `value` takes. */
  sizeOf(value: T): number;
  /** Bytes of the record at `offset`, or `undefined` when a length is out of bounds or the record reaches past `end`. */
  sizeAt(view: DataView, offset: number, end: number): number | undefined;
  /** The field ranges of the record at `offset`, in order; stops where a variable field leaves the view. */
  ranges(view: DataView, offset: number): FieldRange[];
  /** One field of the declaration. @throws RangeError for an unknown name. */
  field(name: string): RecordField;
}

/** The value type of a record declaration: `type Sample = Infer<typeof Sample>`. */
export type Infer<R> = R extends RecordType<infer T> ? T : never;

/** Declares a record: `record('Sample', { metricId: u16, ... })`, names and order as on the format page. */
export function record<const F extends RecordFields>(name: string, declared: F): RecordType<RecordValue<F>> {
  let size = 0;
  const fields: RecordField[] = Object.entries(declared).map(([fieldName, type]) => {
    const field = { name: fieldName, type, offset: size };
    size += type.size;
    return field;
  });
  const variables = fields.flatMap(({ name, type: { variable }, offset }) =>
    variable === undefined ? [] : [{ name, variable, offset }],
  );
  const isFixed = variables.length === 0;

  return {
    name,
    size,
    isFixed,
    fields,
    get(view, offset = 0) {
      const value: Record<string, unknown> = {};
      let extra = offset;
      for (const { name, type, offset: at } of fields) {
        const stored: unknown = type.get(view, extra + at);
        if (stored !== undefined) value[name] = stored;
        if (type.variable !== undefined) extra += type.variable.at(view, extra + at);
      }
      return value as RecordValue<F>;
    },
    set(view, offset, value) {
      let extra = offset;
      for (const { name: fieldName, type, offset: at } of fields) {
        const given: unknown = value[fieldName as keyof typeof value];
        try {
          type.set(view, extra + at, given);
        } catch (error) {
          throw inField(`${name}.${fieldName}`, error);
        }
        if (type.variable !== undefined) extra += type.variable.of(given);
      }
    },
    sizeOf(value) {
      let total = size;
      for (const { name, variable } of variables) total += variable.of(value[name as keyof typeof value]);
      return total;
    },
    sizeAt(view, offset, end) {
      let total = size;
      if (offset + total > end) return undefined;
      for (const { variable, offset: at } of variables) {
        const length = variable.at(view, offset + (total - size) + at);
        if (length < 0 || length > variable.max) return undefined;
        total += length;
        if (offset + total > end) return undefined;
      }
      return total;
    },
    ranges(view, offset) {
      const ranges: FieldRange[] = [];
      let extra = offset;
      for (const { name: fieldName, type, offset: at } of fields) {
        const start = extra + at;
        const length =
          type.variable === undefined || start + type.size > view.byteLength ? 0 : type.variable.at(view, start);
        if (length < 0 || start + type.size + length > view.byteLength) break;
        ranges.push({ offset: start, length: type.size + length, name: fieldName, type });
        extra += length;
      }
      return ranges;
    },
    field(fieldName) {
      const found = fields.find((field) => field.name === fieldName);
      if (found === undefined) throw new RangeError(`${name} has no field "${fieldName}"`);
      return found;
    },
  };
}

function inField(path: string, error: unknown): unknown {
  if (error instanceof RangeError) return new RangeError(`${path}: ${error.message}`, { cause: error });
  if (error instanceof TypeError) return new TypeError(`${path}: ${error.message}`, { cause: error });
  return error;
}
