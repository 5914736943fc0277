import type { FieldType } from './field.ts';
import type { RecordType } from './record.ts';

/**
 * Many records of one fixed size, kept as the bytes they are and read field by field when touched. Bit patterns that no
 * JavaScript value carries (NaN payloads, unknown flags) survive, and encoding is a copy.
 */
export class PackedRecords<T> implements Iterable<T> {
  readonly type: RecordType<T>;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length: number;

  /** Room for `capacity` records; it grows when records are pushed. */
  constructor(type: RecordType<T>, capacity = 0) {
    if (!type.isFixed) throw new TypeError(`${type.name}: only records of fixed size can be packed`);
    this.type = type;
    this.#bytes = new Uint8Array(capacity * type.size);
    this.#view = new DataView(this.#bytes.buffer);
    this.#length = 0;
  }

  /** Packs the given records. @throws RangeError or TypeError for a value that does not fit its field. */
  static from<T>(type: RecordType<T>, records: Iterable<T>): PackedRecords<T> {
    const packed = new PackedRecords(type, Array.isArray(records) ? records.length : 0);
    for (const value of records) packed.push(value);
    return packed;
  }

  get length(): number {
    return this.#length;
  }

  /** The record at `index`, as an object of its own. @throws RangeError outside 0..length-1. */
  at(index: number): T {
    return this.type.get(this.#view, this.#offset(index));
  }

  /** A function that reads one field of the record at an index, without making an object. */
  reader<K extends keyof T & string>(name: K): (index: number) => T[K] {
    const { type, offset } = this.type.field(name);
    return (index) => (type as FieldType<T[K]>).get(this.#view, this.#offset(index) + offset);
  }

  /** Changes one field of the record at `index`. @throws RangeError for the index or the value. */
  setField<K extends keyof T & string>(index: number, name: K, value: T[K]): void {
    const { type, offset } = this.type.field(name);
    type.set(this.#view, this.#offset(index) + offset, value);
  }

  /** Appends a record; amortised constant time. Nothing is appended when a value does not fit. */
  push(value: T): void {
    const end = this.#length * this.type.size;
    this.#reserve(end + this.type.size);
    this.type.set(this.#view, end, value);
    this.#length++;
  }

  /** Appends whole records as they are stored; the bytes are copied. @throws RangeError unless they are whole records. */
  pushBytes(stored: Uint8Array): void {
    if (stored.length % this.type.size !== 0)
      throw new RangeError(`${stored.length} bytes are not whole records of ${this.type.size}`);
    const end = this.#length * this.type.size;
    this.#reserve(end + stored.length);
    this.#bytes.set(stored, end);
    this.#length += stored.length / this.type.size;
  }

  /** Keeps the first `length` records; the bytes of the others are zeroed. */
  truncate(length: number): void {
    if (!Number.isInteger(length) || length < 0 || length > this.#length)
      throw new RangeError(`${length}: expected 0 to ${this.#length}`);
    this.#bytes.fill(0, length * this.type.size, this.#length * this.type.size);
    this.#length = length;
  }

  /** The stored bytes of records `first` to `first + count - 1`. A live view: valid until the next change. */
  bytes(first = 0, count = this.#length - first): Uint8Array<ArrayBuffer> {
    if (first < 0 || count < 0 || first + count > this.#length)
      throw new RangeError(`records ${first} + ${count}: only ${this.#length} exist`);
    return this.#bytes.subarray(first * this.type.size, (first + count) * this.type.size);
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = 0; i < this.#length; i++) yield this.at(i);
  }

  #offset(index: number): number {
    if (!(Number.isInteger(index) && index >= 0 && index < this.#length))
      throw new RangeError(`record ${index}: expected 0 to ${this.#length - 1}`);
    return index * this.type.size;
  }

  #reserve(byteLength: number): void {
    if (byteLength <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(byteLength, Math.ceil(this.#bytes.length * 1.5), 16 * this.type.size));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
