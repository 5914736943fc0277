import type { FieldType } from './field.ts';
import type { PackedRecords } from './packed-records.ts';

/**
 * Finds packed records by the bytes of one field, a GUID or a hash, without an object or a text for each. Expected constant time for a
 * key, whoever chose the keys. Records may be appended while it is in use; after any other change of keys or places make a new one.
 */
export class KeyIndex<T, K extends keyof T & string = keyof T & string> {
  readonly #records: PackedRecords<T>;
  readonly #type: FieldType<T[K]>;
  readonly #offset: number;
  readonly #size: number;
  /** The key that is looked up. */
  #key: DataView<ArrayBuffer> | undefined;
  /** Last record of each key: its index + 1 in the bits of the mask, in the others those of its hash. 0 is free. */
  #slots = noSlots;
  /** Of each record the index + 1 of the one before it with the same key, or 0. Made when the first two records share a key. */
  #previous: Int32Array | undefined;
  #count = 0;
  #keyCount = 0;

  /** @throws RangeError unless the field exists and has a multiple of 16 bytes. */
  constructor(records: PackedRecords<T>, field: K) {
    const { type, offset } = records.type.field(field);
    if (type.size % 16 !== 0) throw new RangeError(`${field} of ${type.size} bytes: expected a multiple of 16`);
    this.#records = records;
    this.#type = type;
    this.#offset = offset;
    this.#size = type.size;
  }

  /** How many different keys there are. */
  get keyCount(): number {
    this.#update();
    return this.#keyCount;
  }

  /** Index of the last record with a key, -1 when there is none. @throws RangeError or TypeError when the field cannot hold it. */
  last(key: T[K]): number {
    this.#key ??= new DataView(new ArrayBuffer(this.#size));
    this.#type.set(this.#key, 0, key);
    return this.lastAt(this.#key, 0);
  }

  /** The same for a key as it is stored at `offset`. */
  lastAt(view: DataView, offset: number): number {
    this.#update();
    const slots = this.#slots;
    const { view: keys, type } = this.#records;
    const hash = hashKey(view, offset, this.#size);
    const place = findSlot(slots, hash, view, offset, keys, this.#offset, type.size, this.#size);
    return (slots[place]! & (slots.length - 1)) - 1;
  }

  /** Index of the record before `index` with the same key, -1 when there is none. @throws RangeError for a record that does not exist. */
  previous(index: number): number {
    this.#update();
    if (!(index >= 0 && index < this.#count)) throw new RangeError(`record ${index}: expected 0 to ${this.#count - 1}`);
    return (this.#previous?.[index] ?? 0) - 1;
  }

  /** Takes in what was appended. */
  #update(): void {
    const { length } = this.#records;
    if (length === this.#count) return;
    if (length > capacityOf(this.#slots)) this.#enlarge(length);
    while (this.#count < length) this.#insert(Math.min(length - this.#count, hashesAtOnce));
  }

  /**
   * Takes in the next `count` records. All are hashed before the first is put in: reading records in order and slots at random takes
   * three quarters of the time that way.
   */
  #insert(count: number): void {
    const { view, type } = this.#records;
    const first = this.#count * type.size + this.#offset;
    const { hashes } = randomness();
    for (let i = 0; i < count; i++) hashes[i] = hashKey(view, first + i * type.size, this.#size);
    const slots = this.#slots;
    const mask = slots.length - 1;
    let added = 0;
    for (let i = 0; i < count; i++) {
      const hash = hashes[i]!;
      const place = findSlot(slots, hash, view, first + i * type.size, view, this.#offset, type.size, this.#size);
      const before = slots[place]! & mask;
      slots[place] = (hash & ~mask) | (this.#count + i + 1);
      if (before === 0) added++;
      else {
        this.#previous ??= new Int32Array(capacityOf(slots));
        this.#previous[this.#count + i] = before;
      }
    }
    this.#count += count;
    this.#keyCount += added;
  }

  /** Empty room for `length` records, and for many more where records come one by one. */
  #enlarge(length: number): void {
    const most = this.#count === 0 ? length : 4 * length;
    let slots = minSlots;
    while (length > capacityOf({ length: slots }) || slots < most) slots *= 2;
    this.#slots = new Int32Array(slots);
    this.#previous = undefined;
    this.#count = 0;
    this.#keyCount = 0;
  }
}

/** Records for which there is room: four fifths of the slots, so that runs of taken ones stay short. */
function capacityOf({ length }: { readonly length: number }): number {
  return Math.floor(length * 0.8);
}

/** The slot that holds the key at `offset` of `view`, or the free one where it belongs. */
function findSlot(
  slots: Int32Array,
  hash: number,
  view: DataView,
  offset: number,
  keys: DataView,
  first: number,
  stride: number,
  size: number,
): number {
  const mask = slots.length - 1;
  let place = hash & mask;
  for (let slot = slots[place]!; slot !== 0; slot = slots[place]!) {
    const isLike = ((slot ^ hash) & ~mask) === 0;
    if (isLike && sameKey(view, offset, keys, ((slot & mask) - 1) * stride + first, size)) break;
    place = (place + 1) & mask;
  }
  return place;
}

function sameKey(a: DataView, atA: number, b: DataView, atB: number, size: number): boolean {
  for (let i = 0; i < size; i += 4) if (a.getUint32(atA + i, true) !== b.getUint32(atB + i, true)) return false;
  return true;
}

const minSlots = 16;
/** Of an index without records: there is room for none. */
const noSlots = /* @__PURE__ */ new Int32Array(1);
const hashesAtOnce = 4096;

/** Drawn once a process, so that nobody can make keys that collide. */
interface Randomness {
  /** A number for each value of each of 16 bytes. */
  readonly table: Int32Array;
  /** Room for the hashes of some records. */
  readonly hashes: Int32Array;
}

let drawn: Randomness | undefined;

function randomness(): Randomness {
  drawn ??= {
    table: Int32Array.from({ length: 16 * 256 }, () => Math.random() * 0x1_0000_0000),
    hashes: new Int32Array(hashesAtOnce),
  };
  return drawn;
}

/**
 * Tabulation hashing: the exclusive or of a random number for each byte. With it linear probing takes expected constant time for any set
 * of keys that was chosen without knowing the numbers.
 */
function hashKey(view: DataView, offset: number, size: number): number {
  const t = randomness().table;
  let hash = 0;
  for (let at = offset; at < offset + size; at += 16) {
    const a = view.getUint32(at, true);
    const b = view.getUint32(at + 4, true);
    const c = view.getUint32(at + 8, true);
    const d = view.getUint32(at + 12, true);
    hash =
      Math.imul(hash, 0x9e37_79b1) ^
      t[a & 255]! ^
      t[256 + ((a >>> 8) & 255)]! ^
      t[512 + ((a >>> 16) & 255)]! ^
      t[768 + (a >>> 24)]! ^
      t[1024 + (b & 255)]! ^
      t[1280 + ((b >>> 8) & 255)]! ^
      t[1536 + ((b >>> 16) & 255)]! ^
      t[1792 + (b >>> 24)]! ^
      t[2048 + (c & 255)]! ^
      t[2304 + ((c >>> 8) & 255)]! ^
      t[2560 + ((c >>> 16) & 255)]! ^
      t[2816 + (c >>> 24)]! ^
      t[3072 + (d & 255)]! ^
      t[3328 + ((d >>> 8) & 255)]! ^
      t[3584 + ((d >>> 16) & 255)]! ^
      t[3840 + (d >>> 24)]!;
  }
  return hash;
}
