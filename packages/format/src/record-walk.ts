import { isZero } from './bytes.ts';
import type { RegionReader } from './region.ts';

/** The walk of the reader over records whose places depend on the sizes before them (page packed-record-blocks, section 4, steps 5-8). */
export class RecordWalk {
  block = 0;
  offset: number;
  readonly #reader: RegionReader;
  readonly #isFixed: boolean;
  #view: DataView | undefined;
  #lastUsed: number | undefined;

  constructor(reader: RegionReader, headerSize: number, isFixed: boolean) {
    this.#reader = reader;
    this.#isFixed = isFixed;
    this.#view = reader.peek(0);
    this.offset = headerSize;
  }

  /** Moves to the place of the next record of at least `size` bytes; false when the blocks are used up. */
  next(size: number): boolean {
    const { payloadSize } = this.#reader.geometry;
    while (this.offset + size > payloadSize || this.#isPadding()) {
      this.block++;
      this.offset = 0;
      this.#view = this.#reader.peek(this.block);
      if (this.#reader.state(this.block) === 'hole') return false;
    }
    return true;
  }

  /** Zero-tail rule PR-5: an all-zero rest of a block is padding when a later block of this write holds data. */
  #isPadding(): boolean {
    const view = this.#view;
    // Most records begin with another byte: the rest is looked at, and an array made for it, only where one does not.
    if (this.#isFixed || view === undefined || view.getUint8(this.offset) !== 0) return false;
    const rest = new Uint8Array(view.buffer, view.byteOffset + this.offset, view.byteLength - this.offset);
    return isZero(rest) && (this.#lastUsedBlock() > this.block || this.#nextIsDamaged());
  }

  /** A damaged block cannot say that it belongs to this write; it is entered, so that the damage is named. */
  #nextIsDamaged(): boolean {
    const next = this.block + 1;
    return this.#reader.state(next) !== 'hole' && !this.#reader.isIntact(next);
  }

  /** The highest block of this write with a payload byte that is not zero. Found once. */
  #lastUsedBlock(): number {
    if (this.#lastUsed !== undefined) return this.#lastUsed;
    let block = this.#reader.loadedCount - 1;
    while (block > this.block && !this.#reader.isOfThisWrite(block)) block--;
    this.#lastUsed = block;
    return block;
  }
}
