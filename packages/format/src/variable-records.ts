import type { FieldType } from './field.ts';
import type { RecordType } from './record.ts';

/**
 * Many records of different sizes, kept one behind the other as the bytes they are and read field by field when touched: what
 * `PackedRecords` is for records of one size.
 */
export class VariableRecords<T> implements Iterable<T> {
  readonly type: RecordType<T>;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  /** Where each record starts, and behind them where the last one ends. */
  readonly #starts: number[] = [0];

  /** Room for `capacity` bytes of records; it grows when records are added. */
  constructor(type: RecordType<T>, capacity = 0) {
    this.type = type;
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Packs the given records. @throws RangeError or TypeError for a value that does not fit its field. */
  static from<T>(type: RecordType<T>, records: Iterable<T>): VariableRecords<T> {
    const packed = new VariableRecords(type);
    for (const value of records) packed.push(value);
    return packed;
  }

  get length(): number {
    return this.#starts.length - 1;
  }

  /** The stored bytes: record `i` starts at `startOf(i)`, behind the last one is unused room. Live: valid until the next change. */
  get view(): DataView<ArrayBuffer> {
    return this.#view;
  }

  /** The record at `index`, as an object of its own. @throws RangeError outside 0..length-1. */
  at(index: number): T {
    return this.type.get(this.#view, this.startOf(index));
  }

  /** Offset of the record at `index` in {@link view}. @throws RangeError outside 0..length-1. */
  startOf(index: number): number {
    if (!(Number.isInteger(index) && index >= 0 && index < this.length))
      throw new RangeError(`record ${index}: expected 0 to ${this.length - 1}`);
    return this.#starts[index]!;
  }

  /** Bytes of the record at `index`. @throws RangeError outside 0..length-1. */
  sizeOf(index: number): number {
    return this.#starts[index + 1]! - this.startOf(index);
  }

  /** A function that reads one field of the record at an index, without making an object. */
  reader<K extends keyof T & string>(name: K): (index: number) => T[K] {
    const { type, offset } = this.type.field(name);
    const inFront = this.type.fields.filter((field) => field.offset < offset && field.type.variable !== undefined);
    return (index) => {
      let at = this.startOf(index);
      for (const before of inFront) at += before.type.variable!.at(this.#view, at + before.offset);
      return (type as FieldType<T[K]>).get(this.#view, at + offset);
    };
  }

  /** Appends a record; amortised constant time. Nothing is appended when a value does not fit. */
  push(value: T): void {
    const end = this.#end();
    const next = end + this.type.sizeOf(value);
    this.#reserve(next);
    this.type.set(this.#view, end, value);
    this.#starts.push(next);
  }

  /** Appends whole records as they are stored; the bytes are copied. @throws RangeError unless they are whole records. */
  pushBytes(stored: Uint8Array): void {
    const from = new DataView(stored.buffer, stored.byteOffset, stored.length);
    const before = this.#starts.length;
    const end = this.#end();
    for (let at = 0; at < stored.length; ) {
      const size = this.type.sizeAt(from, at, stored.length);
      if (size === undefined) {
        this.#starts.length = before;
        throw new RangeError(`byte ${at} of ${stored.length}: expected a whole ${this.type.name}`);
      }
      at += size;
      this.#starts.push(end + at);
    }
    this.#reserve(end + stored.length);
    this.#bytes.set(stored, end);
  }

  /** Puts a record in the place of the one at `index`; those behind it move. Nothing changes when a value does not fit. @throws RangeError outside 0..length-1. */
  replace(index: number, value: T): void {
    const next = VariableRecords.from(this.type, [value]).bytes();
    this.#resize(index, next.length);
    this.#bytes.set(next, this.#starts[index]!);
  }

  /** Takes a record away; those behind it move down. @throws RangeError outside 0..length-1. */
  remove(index: number): void {
    this.#resize(index, 0);
    this.#starts.splice(index, 1);
  }

  /** The stored bytes of records `first` to `first + count - 1`. A live view: valid until the next change. */
  bytes(first = 0, count = this.length - first): Uint8Array<ArrayBuffer> {
    if (first < 0 || count < 0 || first + count > this.length)
      throw new RangeError(`records ${first} + ${count}: only ${this.length} exist`);
    return this.#bytes.subarray(this.#starts[first]!, this.#starts[first + count]!);
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  #end(): number {
    return this.#starts[this.length]!;
  }

  /** Makes the record at `index` `size` bytes long; the bytes that this leaves unused are zeroed. */
  #resize(index: number, size: number): void {
    const change = size - this.sizeOf(index);
    const end = this.#end();
    this.#reserve(end + change);
    this.#bytes.copyWithin(this.#starts[index]! + size, this.#starts[index + 1]!, end);
    if (change < 0) this.#bytes.fill(0, end + change, end);
    for (let i = index + 1; i < this.#starts.length; i++) this.#starts[i]! += change;
  }

  /** Room for `byteLength` bytes of records. */
  #reserve(byteLength: number): void {
    if (byteLength <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(byteLength, Math.ceil(this.#bytes.length * 1.5), 16 * this.type.size));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
