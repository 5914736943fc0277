import type { Geometry } from './geometry.ts';
import { PackedRecords } from './packed-records.ts';
import type { RecordType } from './record.ts';
import type { BlockWindow, RegionReader, RegionWriter, TraceRange } from './region.ts';
import { checkHeader, checkPadding, readCount, recordPath, tooLarge, traceRecord, writeHeader } from './table-parts.ts';
import type { RecordPlace, TableContent, TableSpec } from './table-spec.ts';
import type { VariableRecords } from './variable-records.ts';
import {
  bytesStore,
  locatorOf,
  objectStore,
  type RecordStore,
  readVariable,
  requiredBlocksOf,
  traceVariable,
  writeVariable,
} from './variable-table.ts';

/** The codec of a packed region (page packed-record-blocks; exact block counts, rule PR-1). */
export interface TableCodec<Header, Item, Items, Count extends keyof Header> {
  readonly id: string;
  readonly item: RecordType<Item>;
  requiredBlocks(items: Items, geometry: Geometry): number;
  /** Most records that `blockCount` blocks can hold; of variable records the most of the smallest size. */
  capacity(blockCount: number, geometry: Geometry): number;
  read(reader: RegionReader): { header: Header; items: Items };
  write(content: TableContent<Header, Items, Count>, writer: RegionWriter): void;
  trace(reader: RegionReader, window: BlockWindow): Generator<TraceRange, void, undefined>;
}

/** A table of fixed-size records kept as bytes; record `i` has a place that follows from `i`. */
export interface PackedTableCodec<Header, Item, Count extends keyof Header>
  extends TableCodec<Header, Item, PackedRecords<Item>, Count> {
  locate(index: number, geometry: Geometry): RecordPlace;
}

/** A table of records whose places depend on the sizes of those before them. */
export interface VariableTableCodec<Header, Item, Items, Count extends keyof Header>
  extends TableCodec<Header, Item, Items, Count> {
  /**
   * Finds the place of a record by its index, as the items are written; they must not change meanwhile.
   * @throws VdeError `recordTooLarge` for a record that fits no block. @throws RangeError for an index that there is not.
   */
  locator(items: Items): (index: number, geometry: Geometry) => RecordPlace;
}

/**
 * Declares a packed region whose records are objects; `.packed()` keeps records of fixed size as bytes, `.packedVariable()` any others,
 * too.
 */
export function table<Header, Item, const Count extends keyof Header & string>(spec: TableSpec<Header, Item, Count>) {
  return {
    ...variableTableCodec<Header, Item, readonly Item[], Count>(spec, objectStore(spec.item)),
    packed: () => packedTableCodec(spec),
    packedVariable: () => variableTableCodec<Header, Item, VariableRecords<Item>, Count>(spec, bytesStore(spec.item)),
  };
}

interface Sizes {
  readonly header: { readonly size: number };
  readonly item: { readonly name: string; readonly size: number };
}

/** Records in block 0 and in each later one. */
const perBlock = ({ header, item }: Sizes, { payloadSize }: Geometry) => ({
  first: Math.max(0, Math.floor((payloadSize - header.size) / item.size)),
  later: Math.floor(payloadSize / item.size),
});

function capacityOf(sizes: Sizes, blockCount: number, geometry: Geometry): number {
  const { first, later } = perBlock(sizes, geometry);
  return blockCount < 1 ? 0 : first + (blockCount - 1) * later;
}

/** @throws VdeError `recordTooLarge` when a record fits no block. */
function blocksFor(sizes: Sizes, records: number, geometry: Geometry): number {
  const { first, later } = perBlock(sizes, geometry);
  if (records > first && later === 0) throw tooLarge(sizes.item, geometry, sizes.item.size);
  return records <= first ? 1 : 1 + Math.ceil((records - first) / later);
}

function variableTableCodec<Header, Item, Items, Count extends keyof Header & string>(
  spec: TableSpec<Header, Item, Count>,
  store: RecordStore<Items>,
): VariableTableCodec<Header, Item, Items, Count> {
  return {
    id: spec.id,
    item: spec.item,
    requiredBlocks: (items, geometry) => requiredBlocksOf(spec, store, items, geometry),
    capacity: (blockCount, geometry) => capacityOf(spec, blockCount, geometry),
    read: (reader) => readVariable(spec, store, reader, capacityOf(spec, reader.blockCount, reader.geometry)),
    write: (content, writer) => writeVariable(spec, store, content, writer),
    trace: (reader, window) => traceVariable(spec, reader, window),
    locator: (items) => locatorOf(spec, store, items),
  };
}

function packedTableCodec<Header, Item, Count extends keyof Header & string>(
  spec: TableSpec<Header, Item, Count>,
): PackedTableCodec<Header, Item, Count> {
  const { id, header, item } = spec;
  if (!item.isFixed) throw new TypeError(`${item.name}: only records of fixed size can be packed`);
  /** Records of one block: where they start, which they are. */
  const runOf = (block: number, geometry: Geometry) => {
    const { first, later } = perBlock(spec, geometry);
    return block === 0
      ? { start: header.size, index: 0, room: first }
      : { start: 0, index: first + (block - 1) * later, room: later };
  };
  return {
    id,
    item,
    requiredBlocks: (items, geometry) => blocksFor(spec, items.length, geometry),
    capacity: (blockCount, geometry) => capacityOf(spec, blockCount, geometry),
    locate(index, geometry) {
      const { first, later } = perBlock(spec, geometry);
      const rest = index - first;
      if (rest < 0) return { block: 0, offset: header.size + index * item.size, length: item.size };
      return { block: 1 + Math.floor(rest / later), offset: (rest % later) * item.size, length: item.size };
    },
    read(reader) {
      const head = checkHeader(spec, reader);
      const count = readCount(spec, reader, head, capacityOf(spec, reader.blockCount, reader.geometry));
      const items = new PackedRecords(item, Math.min(count, capacityOf(spec, reader.loadedCount, reader.geometry)));
      const blocks = blocksFor(spec, count, reader.geometry);
      for (let block = 0; block < blocks; block++) {
        if (reader.state(block) === 'hole') {
          reportTruncated(reader, id, block, items.length, count);
          break;
        }
        const payload = reader.payload(block);
        const { start, index, room } = runOf(block, reader.geometry);
        const end = start + Math.min(room, count - index) * item.size;
        items.pushBytes(payload.subarray(start, end));
        checkPadding(reader, payload, block, end);
      }
      return { header: head, items };
    },
    write(content, writer) {
      const { items } = content;
      if (capacityOf(spec, writer.blockCount, writer.geometry) < items.length) {
        throw new RangeError(`${items.length} ${id} do not fit ${writer.blockCount} blocks`);
      }
      writeHeader(spec, content.header, items.length, writer);
      for (let block = 0; block < writer.blockCount; block++) {
        const { start, index, room } = runOf(block, writer.geometry);
        const records = Math.min(room, items.length - index);
        writer.finish(block);
        writer.payload(block).set(items.bytes(index, records), start);
      }
    },
    *trace(reader, window) {
      const first = reader.peek(0);
      if (first === undefined) return;
      if (window.first <= 0 && window.first + window.count > 0) yield* traceRecord(header, first, 0, 0, '');
      const stored = header.field(spec.count).type.get(first, header.field(spec.count).offset);
      const count = Math.min(Number(stored), capacityOf(spec, reader.loadedCount, reader.geometry));
      const end = Math.min(window.first + window.count, blocksFor(spec, count, reader.geometry));
      for (let block = Math.max(0, window.first); block < end; block++) {
        const view = reader.peek(block);
        if (view === undefined) return;
        const { start, index, room } = runOf(block, reader.geometry);
        for (let i = 0; i < Math.min(room, count - index); i++) {
          yield* traceRecord(item, view, block, start + i * item.size, recordPath(id, index + i));
        }
      }
    },
  };
}

function reportTruncated(reader: RegionReader, id: string, block: number, found: number, count: number): void {
  reader.report('truncated', `block ${block} was never written; ${found} of ${count} ${id} are there`, {
    block,
    path: recordPath(id, found),
    expected: count,
    actual: found,
  });
}
