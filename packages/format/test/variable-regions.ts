import {
  bytes,
  defineRegion,
  flags,
  guid,
  type Infer,
  i32,
  i64,
  lengthPrefixed,
  objectTable,
  pad,
  type RegionPlugin,
  record,
  type TableCodec,
  type TableContent,
  table,
  ticks,
  u16,
} from '../src/index.ts';

// Regions of variable records as their pages declare them: what `table` must read and write without further code.
const AuditHeader = record('AuditLogHeader', { entryCount: i64, nextSequenceNumber: i64 });
export const AuditEntry = record('AuditEntry', {
  sequenceNumber: i64,
  timestampUtcTicks: ticks,
  actorId: guid,
  eventType: u16,
  targetObjectId: guid,
  previousEntryHash: bytes(32),
  details: lengthPrefixed(i32, { max: 256 }),
});
export type AuditEntry = Infer<typeof AuditEntry>;

const SnapshotHeader = record('SnapshotHeader', { snapshotCount: i32, reserved: pad(12) });
export const Snapshot = record('Snapshot', {
  snapshotId: guid,
  parentSnapshotId: guid,
  createdUtcTicks: ticks,
  inodeTableBlockOffset: i64,
  inodeTableBlockCount: i64,
  dataBlockCount: i64,
  flags: flags(u16, ['readOnly', 'deleted', 'base']),
  label: lengthPrefixed(u16, { max: 64, kind: 'text' }),
});
export type Snapshot = Infer<typeof Snapshot>;

const ModuleHeader = record('ModuleHeader', { moduleCount: i32, reserved: pad(12) });
export const CodeModule = record('CodeModule', {
  moduleHash: bytes(32),
  moduleId: guid,
  blockOffset: i64,
  blockCount: i32,
  moduleSizeBytes: i32,
  abiVersion: u16,
  registeredUtcTicks: ticks,
  entryPointName: lengthPrefixed(u16, { max: 128, kind: 'text' }),
});
export type CodeModule = Infer<typeof CodeModule>;

export const auditRows = table({ id: 'entries', header: AuditHeader, item: AuditEntry, count: 'entryCount' });
export const snapshotRows = table({ id: 'snapshots', header: SnapshotHeader, item: Snapshot, count: 'snapshotCount' });
export const moduleRows = table({ id: 'modules', header: ModuleHeader, item: CodeModule, count: 'moduleCount' });

/** A plugin of nothing but a table: its state is the header as it was read, and the records. */
function pluginOf<Header, Item extends object, Count extends keyof Header>(
  id: string,
  blockTag: string,
  rows: TableCodec<Header, Item, readonly Item[], Count>,
): RegionPlugin<TableContent<Header, readonly Item[], Count>> {
  return defineRegion<TableContent<Header, readonly Item[], Count>>({
    id,
    title: id,
    blockTag,
    slotTypes: [blockTag],
    empty: () => ({ header: {} as Header, items: [] }),
    decode: (reader) => rows.read(reader),
    requiredBlocks: ({ items }, geometry) => rows.requiredBlocks(items, geometry),
    encode: (content, writer) => rows.write(content, writer),
    trace: (reader, window) => rows.trace(reader, window),
    describe: ({ items }) => ({ summary: [], tables: [objectTable(rows.id, items, rows.item)] }),
  });
}

export const auditLog = pluginOf('audit-log', 'ALOG', auditRows);
export const snapshotTable = pluginOf('snapshot-table', 'SNAP', snapshotRows);
export const codeCache = pluginOf('compute-code-cache', 'CODE', moduleRows);
