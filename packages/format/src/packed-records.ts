import type { FieldType } from './field.ts';
import type { RecordType } from './record.ts';

/**
 * Many records of one fixed size, kept as the bytes they are and read field by field when touched. Bit patterns that no
 * JavaScript value carries (NaN payloads, unknown flags) survive, and encoding is a copy.
 */
export class PackedRecords<T> implements Iterable<T> {
  readonly type: RecordType<T>;
  #bytes: Uint8Array<ArrayBuffer>;
  /** From the first record to the end of the room. */
  #view: DataView<ArrayBuffer>;
  /** Bytes in front of the first record, left by dropped ones. */
  #start = 0;
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
    try {
      this.type.set(this.#view, end, value);
    } catch (error) {
      this.#bytes.fill(0, this.#start + end, this.#start + end + this.type.size);
      throw error;
    }
    this.#length++;
  }

  /** Appends whole records as they are stored; the bytes are copied. @throws RangeError unless they are whole records. */
  pushBytes(stored: Uint8Array): void {
    if (stored.length % this.type.size !== 0)
      throw new RangeError(`${stored.length} bytes are not whole records of ${this.type.size}`);
    const end = this.#length * this.type.size;
    this.#reserve(end + stored.length);
    this.#bytes.set(stored, this.#start + end);
    this.#length += stored.length / this.type.size;
  }

  /** Appends `count` records of zero bytes, to be filled through {@link view}. @throws RangeError unless `count` is 0 or more. */
  extend(count: number): void {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${count} records: expected 0 or more`);
    this.#reserve((this.#length + count) * this.type.size);
    this.#length += count;
  }

  /** The stored bytes: record `i` starts at `i * type.size`, behind the last one is unused room. Live: valid until the next change. */
  get view(): DataView<ArrayBuffer> {
    return this.#view;
  }

  /** Keeps the first `length` records; the bytes of the others are zeroed. */
  truncate(length: number): void {
    if (!Number.isInteger(length) || length < 0 || length > this.#length)
      throw new RangeError(`${length}: expected 0 to ${this.#length}`);
    this.#bytes.fill(0, this.#start + length * this.type.size, this.#start + this.#length * this.type.size);
    this.#length = length;
  }

  /** Takes the first `count` records away and zeroes their bytes; constant time for each of them. @throws RangeError beyond `length`. */
  dropFirst(count: number): void {
    if (!Number.isInteger(count) || count < 0 || count > this.#length)
      throw new RangeError(`${count}: expected 0 to ${this.#length}`);
    const end = this.#start + count * this.type.size;
    this.#bytes.fill(0, this.#start, end);
    this.#length -= count;
    this.#moveTo(this.#bytes, this.#length === 0 ? 0 : end);
  }

  /** The stored bytes of records `first` to `first + count - 1`. A live view: valid until the next change. */
  bytes(first = 0, count = this.#length - first): Uint8Array<ArrayBuffer> {
    if (first < 0 || count < 0 || first + count > this.#length)
      throw new RangeError(`records ${first} + ${count}: only ${this.#length} exist`);
    const start = this.#start + first * this.type.size;
    return this.#bytes.subarray(start, start + count * this.type.size);
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = 0; i < this.#length; i++) yield this.at(i);
  }

  #offset(index: number): number {
    if (!(Number.isInteger(index) && index >= 0 && index < this.#length))
      throw new RangeError(`record ${index}: expected 0 to ${this.#length - 1}`);
    return index * this.type.size;
  }

  /** Room for `byteLength` bytes of records. */
  #reserve(byteLength: number): void {
    const { length } = this.#bytes;
    if (this.#start + byteLength <= length) return;
    const used = this.#length * this.type.size;
    if (byteLength <= length && this.#start >= length / 4) {
      // A quarter of the room was dropped since the last move, so that moving costs each record no more than a few copies.
      this.#bytes.copyWithin(0, this.#start, this.#start + used);
      this.#bytes.fill(0, used, this.#start + used);
      this.#moveTo(this.#bytes, 0);
      return;
    }
    // Twice as much: at one and a half times, copies and fresh pages take twice as long.
    const grown = new Uint8Array(Math.max(byteLength, used * 2, 16 * this.type.size));
    grown.set(this.#bytes.subarray(this.#start, this.#start + used));
    // What is erased later must not stay in room that nobody can reach any more.
    this.#bytes.fill(0, this.#start, this.#start + used);
    this.#moveTo(grown, 0);
  }

  #moveTo(bytes: Uint8Array<ArrayBuffer>, start: number): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#view = new DataView(bytes.buffer, start);
  }
}
