import { isZero } from './bytes.ts';
import type { Geometry } from './geometry.ts';
import type { RecordType } from './record.ts';
import type { BlockWindow, RegionReader, RegionWriter, TraceRange } from './region.ts';
import { checkHeader, checkPadding, readCount, recordPath, tooLarge, traceRecord, writeHeader } from './table-parts.ts';
import type { TableContent, TableSpec } from './table-spec.ts';

/** Walks records over blocks as the writer packs them: a record that does not fit goes to the next block, offset 0. */
function* placesOf<Item>(item: RecordType<Item>, items: readonly Item[], headerSize: number, geometry: Geometry) {
  const { payloadSize } = geometry;
  let block = 0;
  let offset = headerSize;
  for (const value of items) {
    const size = item.sizeOf(value);
    if (size > payloadSize) throw tooLarge(item, geometry, size);
    if (offset + size > payloadSize) {
      block++;
      offset = 0;
    }
    yield { block, offset, value };
    offset += size;
  }
}

/** The exact number of blocks. @throws VdeError `recordTooLarge` for a record that fits no block of this size. */
export function requiredBlocksOf<Header, Item, Count extends keyof Header & string>(
  { header, item }: TableSpec<Header, Item, Count>,
  items: readonly Item[],
  geometry: Geometry,
): number {
  let last = 0;
  for (const { block } of placesOf(item, items, header.size, geometry)) last = block;
  return last + 1;
}

/** Writes header and records into zeroed payloads. */
export function writeVariable<Header, Item, Count extends keyof Header & string>(
  spec: TableSpec<Header, Item, Count>,
  content: TableContent<Header, readonly Item[], Count>,
  writer: RegionWriter,
): void {
  writeHeader(spec, content.header, content.items.length, writer);
  for (const { block, offset, value } of placesOf(spec.item, content.items, spec.header.size, writer.geometry)) {
    spec.item.set(writer.view(block), offset, value);
  }
}

/** The walk of the reader over records whose places depend on the sizes before them (section 4, steps 5-8). */
class RecordWalk {
  block = 0;
  offset: number;
  readonly #reader: RegionReader;
  readonly #isFixed: boolean;
  #lastUsed: number | undefined;

  constructor(reader: RegionReader, headerSize: number, isFixed: boolean) {
    this.#reader = reader;
    this.#isFixed = isFixed;
    this.offset = headerSize;
  }

  /** Moves to the place of the next record of at least `size` bytes; false when the blocks are used up. */
  next(size: number): boolean {
    const { payloadSize } = this.#reader.geometry;
    while (this.offset + size > payloadSize || this.#isPadding()) {
      this.block++;
      this.offset = 0;
      if (this.#reader.state(this.block) === 'hole') return false;
    }
    return true;
  }

  /** Zero-tail rule PR-5: an all-zero rest of a block is padding when a later block of this write holds data. */
  #isPadding(): boolean {
    if (this.#isFixed) return false;
    const view = this.#reader.peek(this.block);
    if (view === undefined) return false;
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

/** Reads header and records. @throws VdeError `badCount`, `badLength` where a record cannot be located. */
export function readVariable<Header, Item, Count extends keyof Header & string>(
  spec: TableSpec<Header, Item, Count>,
  reader: RegionReader,
  capacity: number,
): { header: Header; items: Item[] } {
  const { id, item } = spec;
  const head = checkHeader(spec, reader);
  const count = readCount(spec, reader, head, capacity);
  const items: Item[] = [];
  const walk = new RecordWalk(reader, spec.header.size, item.isFixed);
  while (items.length < count) {
    const before = walk.block;
    const end = walk.offset;
    if (!walk.next(item.size)) {
      reader.report('truncated', `blocks end after ${items.length} of ${count} ${id}`, {
        block: walk.block,
        path: recordPath(id, items.length),
        expected: count,
        actual: items.length,
      });
      return { header: head, items };
    }
    if (walk.block !== before) checkPadding(reader, reader.payload(before), before, end);
    const view = reader.view(walk.block);
    const size = item.sizeAt(view, walk.offset, view.byteLength);
    if (size === undefined) {
      reader.report(
        'badLength',
        `${recordPath(id, items.length)} reaches past its block or has a length out of bounds`,
        { block: walk.block, offset: walk.offset, length: item.size, path: recordPath(id, items.length) },
      );
      return { header: head, items };
    }
    items.push(item.get(view, walk.offset));
    walk.offset += size;
  }
  checkPadding(reader, reader.payload(walk.block), walk.block, walk.offset);
  return { header: head, items };
}

/** Field ranges; records before the window are walked over, for their sizes. */
export function* traceVariable<Header, Item, Count extends keyof Header & string>(
  { id, header, item, count }: TableSpec<Header, Item, Count>,
  reader: RegionReader,
  window: BlockWindow,
): Generator<TraceRange, void, undefined> {
  const first = reader.peek(0);
  if (first === undefined) return;
  if (window.first <= 0 && window.first + window.count > 0) yield* traceRecord(header, first, 0, 0, '');
  const stored = Number(header.field(count).type.get(first, header.field(count).offset));
  const walk = new RecordWalk(reader, header.size, item.isFixed);
  for (let i = 0; i < stored && walk.next(item.size); i++) {
    const view = reader.peek(walk.block);
    const size = view && item.sizeAt(view, walk.offset, view.byteLength);
    if (view === undefined || size === undefined || walk.block >= window.first + window.count) return;
    if (walk.block >= window.first) yield* traceRecord(item, view, walk.block, walk.offset, recordPath(id, i));
    walk.offset += size;
  }
}
