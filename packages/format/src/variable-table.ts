import type { Geometry } from './geometry.ts';
import type { RecordType } from './record.ts';
import { RecordWalk } from './record-walk.ts';
import type { BlockWindow, RegionReader, RegionWriter, TraceRange } from './region.ts';
import { checkHeader, checkPadding, readCount, recordPath, tooLarge, traceRecord, writeHeader } from './table-parts.ts';
import type { RecordPlace, TableContent, TableSpec } from './table-spec.ts';
import { VariableRecords } from './variable-records.ts';

/** How a table holds its records in memory. */
export interface RecordStore<Items> {
  /** No records, and room for `capacity` bytes of them where bytes are kept. */
  empty(capacity: number): Items;
  count(items: Items): number;
  sizeOf(items: Items, index: number): number;
  /** Appends the records in bytes `start` to `end`, which are whole. */
  read(items: Items, view: DataView, start: number, end: number): void;
  /** Writes `count` records one behind the other. */
  write(items: Items, first: number, count: number, view: DataView, offset: number): void;
}

/** Records as objects. */
export function objectStore<Item>(item: RecordType<Item>): RecordStore<readonly Item[]> {
  return {
    empty: () => [],
    count: (items) => items.length,
    sizeOf: (items, index) => item.sizeOf(items[index]!),
    read(items, view, start, end) {
      for (let at = start; at < end; at += item.sizeAt(view, at, end)!) (items as Item[]).push(item.get(view, at));
    },
    write(items, first, count, view, offset) {
      let at = offset;
      for (let i = first; i < first + count; i++) {
        item.set(view, at, items[i]!);
        at += item.sizeOf(items[i]!);
      }
    },
  };
}

/** Records as the bytes they are. */
export function bytesStore<Item>(item: RecordType<Item>): RecordStore<VariableRecords<Item>> {
  const bytesOf = (view: DataView, start: number, length: number) =>
    new Uint8Array(view.buffer, view.byteOffset + start, length);
  return {
    empty: (capacity) => new VariableRecords(item, capacity),
    count: (items) => items.length,
    sizeOf: (items, index) => items.sizeOf(index),
    read: (items, view, start, end) => items.pushBytes(bytesOf(view, start, end - start)),
    write(items, first, count, view, offset) {
      const stored = items.bytes(first, count);
      bytesOf(view, offset, stored.length).set(stored);
    },
  };
}

/** Records that stand in one block, one behind the other. */
interface Run {
  readonly block: number;
  readonly offset: number;
  readonly first: number;
  readonly count: number;
}

/** The runs as the writer packs them: a record that does not fit goes to the next block, offset 0. @throws VdeError `recordTooLarge`. */
function* runsOf<Header, Item, Items, Count extends keyof Header & string>(
  { header, item }: TableSpec<Header, Item, Count>,
  store: RecordStore<Items>,
  items: Items,
  geometry: Geometry,
): Generator<Run, void, undefined> {
  const { payloadSize } = geometry;
  const count = store.count(items);
  let run = { block: 0, offset: header.size, first: 0 };
  let end = header.size;
  for (let i = 0; i < count; i++) {
    const size = store.sizeOf(items, i);
    if (size > payloadSize) throw tooLarge(item, geometry, size);
    if (end + size > payloadSize) {
      yield { ...run, count: i - run.first };
      run = { block: run.block + 1, offset: 0, first: i };
      end = 0;
    }
    end += size;
  }
  yield { ...run, count: count - run.first };
}

/** The exact number of blocks. @throws VdeError `recordTooLarge` for a record that fits no block of this size. */
export function requiredBlocksOf<Header, Item, Items, Count extends keyof Header & string>(
  spec: TableSpec<Header, Item, Count>,
  store: RecordStore<Items>,
  items: Items,
  geometry: Geometry,
): number {
  let last = 0;
  for (const { block } of runsOf(spec, store, items, geometry)) last = block;
  return last + 1;
}

/** Writes header and records into zeroed payloads. */
export function writeVariable<Header, Item, Items, Count extends keyof Header & string>(
  spec: TableSpec<Header, Item, Count>,
  store: RecordStore<Items>,
  { header, items }: TableContent<Header, Items, Count>,
  writer: RegionWriter,
): void {
  writeHeader(spec, header, store.count(items), writer);
  for (const { block, offset, first, count } of runsOf(spec, store, items, writer.geometry)) {
    writer.finish(block);
    if (count > 0) store.write(items, first, count, writer.view(block), offset);
  }
}

/** Finds places by index; packs once a block size. */
export function locatorOf<Header, Item, Items, Count extends keyof Header & string>(
  spec: TableSpec<Header, Item, Count>,
  store: RecordStore<Items>,
  items: Items,
): (index: number, geometry: Geometry) => RecordPlace {
  let packed: { readonly blockSize: number; readonly places: readonly RecordPlace[] } | undefined;
  return (index, geometry) => {
    if (packed?.blockSize !== geometry.blockSize)
      packed = { blockSize: geometry.blockSize, places: placesOf(store, items, runsOf(spec, store, items, geometry)) };
    const place = packed.places[index];
    if (place === undefined) throw new RangeError(`${spec.id} ${index}: expected 0 to ${packed.places.length - 1}`);
    return place;
  };
}

function placesOf<Items>(store: RecordStore<Items>, items: Items, runs: Iterable<Run>): RecordPlace[] {
  const places: RecordPlace[] = [];
  for (const { block, offset, first, count } of runs) {
    let at = offset;
    for (let i = first; i < first + count; i++) {
      const length = store.sizeOf(items, i);
      places.push({ block, offset: at, length });
      at += length;
    }
  }
  return places;
}

/** Reads header and records. @throws VdeError `badCount`, `badLength` where a record cannot be located. */
export function readVariable<Header, Item, Items, Count extends keyof Header & string>(
  spec: TableSpec<Header, Item, Count>,
  store: RecordStore<Items>,
  reader: RegionReader,
  capacity: number,
): { header: Header; items: Items } {
  const { id, item } = spec;
  const header = checkHeader(spec, reader);
  const count = readCount(spec, reader, header, capacity);
  const items = store.empty(reader.loadedCount * reader.geometry.payloadSize);
  const walk = new RecordWalk(reader, spec.header.size, item.isFixed);
  let run = { view: reader.view(0), block: 0, start: walk.offset };
  for (let index = 0; index < count; index++) {
    const end = walk.offset;
    if (!walk.next(item.size)) {
      store.read(items, run.view, run.start, end);
      const found = { block: walk.block, path: recordPath(id, index), expected: count, actual: index };
      reader.report('truncated', `blocks end after ${index} of ${count} ${id}`, found);
      return { header, items };
    }
    if (walk.block !== run.block) {
      finishRun(store, items, reader, run, end);
      run = { view: reader.view(walk.block), block: walk.block, start: 0 };
    }
    const size = item.sizeAt(run.view, walk.offset, run.view.byteLength);
    if (size === undefined) {
      store.read(items, run.view, run.start, walk.offset);
      reportBadLength(reader, item, run, walk.offset, recordPath(id, index));
      return { header, items };
    }
    walk.offset += size;
  }
  finishRun(store, items, reader, run, walk.offset);
  return { header, items };
}

/** Takes in the records of a block that is left. */
function finishRun<Items>(
  store: RecordStore<Items>,
  items: Items,
  reader: RegionReader,
  { view, block, start }: { readonly view: DataView; readonly block: number; readonly start: number },
  end: number,
): void {
  store.read(items, view, start, end);
  checkPadding(reader, reader.payload(block), block, end);
}

/** Names the first length that is out of its bounds or leads past the payload. The record has no end: it is shown up to that length. */
function reportBadLength<Item>(
  reader: RegionReader,
  item: RecordType<Item>,
  { view, block }: { readonly view: DataView; readonly block: number },
  offset: number,
  path: string,
): void {
  let extra = 0;
  for (const { name, type, offset: at } of item.fields) {
    if (type.variable === undefined) continue;
    const actual = type.variable.at(view, offset + at + extra);
    const most = Math.min(type.variable.max, view.byteLength - offset - item.size - extra);
    if (actual < 0 || actual > most) {
      const message = `${path}.${name} has a length of ${actual}, expected 0 to ${most}`;
      const length = at + extra + type.size;
      reader.report('badLength', message, { block, offset, length, path, expected: `0 to ${most}`, actual });
      return;
    }
    extra += actual;
  }
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
