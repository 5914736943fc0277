import {
  type AnyRegionPlugin,
  allocationBitmap,
  blockRuns,
  bytes,
  defineRegion,
  InodeLayoutHeader,
  InodeModuleField,
  objectTable,
  type RegionReader,
  record,
  summaryOf,
  type Table,
  type TraceRange,
  table,
  u64,
  WalHeader,
} from '@vde/format';

/** A write-ahead log: only its header block is sealed; the records behind it carry no trailers (page 04, 3.6). */
function walRegion(id: string, title: string, tag: string, logType: number) {
  return defineRegion<WalHeader | undefined>({
    id,
    title,
    blockTag: tag,
    slotTypes: [tag],
    empty: () => undefined,
    span: () => 1,
    decode: (reader) => WalHeader.get(reader.view(0)),
    requiredBlocks: () => 1,
    encode(header, writer) {
      if (header !== undefined) WalHeader.set(writer.view(0), 0, header);
    },
    trace: (reader, { first }) => (first <= 0 ? headerRanges(reader) : []),
    verify(header, reader) {
      if (header === undefined || header.type === logType) return;
      const { offset, type } = WalHeader.field('type');
      reader.report('badField', `log type is ${header.type}, expected ${logType}`, {
        block: 0,
        offset,
        length: type.size,
        path: 'type',
        expected: logType,
        actual: header.type,
      });
    },
    describe: (header) => ({ summary: header ? summaryOf(WalHeader, header) : [], tables: [] }),
  });
}

function headerRanges(reader: RegionReader): TraceRange[] {
  const view = reader.peek(0);
  if (view === undefined) return [];
  return WalHeader.ranges(view, 0).map(({ offset, length, name, type }) => ({
    block: 0,
    offset,
    length,
    path: name,
    type,
  }));
}

const layoutRows = /* @__PURE__ */ table({
  id: 'fields',
  header: InodeLayoutHeader,
  item: InodeModuleField,
  count: 'moduleCount',
});

/** The first block of the inode table. */
export interface InodeTable {
  readonly header: InodeLayoutHeader;
  readonly fields: readonly InodeModuleField[];
}

/** The inode table: the layout descriptor in its first block (page 04, 3.3). Inodes themselves have no documented codec. */
const inodeTable = /* @__PURE__ */ defineRegion<InodeTable | undefined>({
  id: 'inode-table',
  title: 'Inode table',
  blockTag: 'INOD',
  slotTypes: ['INOD'],
  empty: () => undefined,
  span: () => 1,
  decode(reader) {
    const { header, items } = layoutRows.read(reader);
    return { header, fields: items };
  },
  requiredBlocks: () => 1,
  encode(layout, writer) {
    if (layout) layoutRows.write({ header: layout.header, items: layout.fields }, writer);
  },
  trace: layoutRows.trace,
  describe: (layout) => ({
    summary: layout ? summaryOf(InodeLayoutHeader, layout.header) : [],
    tables: layout ? [objectTable('fields', layout.fields, InodeModuleField)] : [],
  }),
});

const Run = /* @__PURE__ */ record('Run', { startBlock: u64, blockCount: u64 });

/** The allocation bitmap, as runs of allocated blocks (page 04, 3.6). */
const bitmap = /* @__PURE__ */ defineRegion<{ readonly payloads: readonly Uint8Array[] }>({
  id: 'allocation-bitmap',
  title: 'Allocation bitmap',
  blockTag: 'BMAP',
  slotTypes: ['BMAP'],
  empty: () => ({ payloads: [] }),
  decode(reader) {
    const payloads: Uint8Array[] = [];
    for (let block = 0; block < reader.loadedCount && reader.state(block) !== 'hole'; block++)
      payloads.push(reader.payload(block).slice());
    return { payloads };
  },
  requiredBlocks: ({ payloads }) => Math.max(1, payloads.length),
  encode({ payloads }, writer) {
    for (const [block, payload] of payloads.entries()) writer.payload(block).set(payload);
  },
  *trace(reader, { first, count }) {
    const { payloadSize } = reader.geometry;
    for (let block = Math.max(0, first); block < Math.min(first + count, reader.loadedCount); block++) {
      yield { block, offset: 0, length: payloadSize, path: `bits[${block}]`, type: bytes(payloadSize) };
    }
  },
  describe({ payloads }) {
    const bits = payloads.reduce((sum, payload) => sum + 8 * payload.length, 0);
    const runs = [...blockRuns(allocationBitmap(payloads, bits))];
    const allocated = runs.reduce((sum, run) => sum + run.count, 0);
    return {
      summary: [
        { id: 'allocatedBlocks', kind: 'u64', value: BigInt(allocated) },
        { id: 'runCount', kind: 'u64', value: BigInt(runs.length) },
      ],
      tables: [runTable(runs)],
    };
  },
});

function runTable(runs: readonly { start: number; count: number }[]): Table {
  return objectTable(
    'allocated',
    runs.map(({ start, count }) => ({ startBlock: BigInt(start), blockCount: BigInt(count) })),
    Run,
  );
}

/** The container's own structures that are filed in directory slots, in the shape of region plugins. */
export const containerRegions: readonly AnyRegionPlugin[] = [
  bitmap,
  inodeTable,
  walRegion('metadata-wal', 'Metadata write-ahead log', 'MWAL', 0),
  walRegion('data-wal', 'Data write-ahead log', 'DWAL', 1),
];

/** Whether a plugin is one of {@link containerRegions}. */
export function isContainerRegion({ id }: AnyRegionPlugin): boolean {
  return containerRegions.some((plugin) => plugin.id === id);
}
