import type { Table } from '@vde/format';
import type {
  CheckModel,
  HexModel,
  ImageFacts,
  ImageFinding,
  InfoModel,
  ShowModel,
  ShownField,
  SlotModel,
} from '../src/model.ts';

/** Models as an inspection would make them, for whatever renders them. */
export const facts: ImageFacts = {
  source: 'a.dwvd',
  size: 2 ** 32,
  blockSize: 4096,
  blocks: 1048576n,
  volumeUuid: '813b33dc-092d-486d-b9a7-49fc9a14261e',
  copyUsed: 'primary',
};

const field = (
  path: string,
  kind: ShownField['kind'],
  value: ShownField['value'],
  offset: number,
  length: number,
): ShownField => ({
  path,
  kind,
  value,
  range: { offset, length },
});

export const superblock: readonly ShownField[] = [
  field('blockSize', 'i32', 4096, 0x34, 4),
  field('totalBlocks', 'i64', 1048576n, 0x38, 8),
  field('volumeUuid', 'guid', facts.volumeUuid, 0x58, 16),
  field('volumeLabel', 'text', new TextEncoder().encode('demo\0\0'), 0x98, 64),
  field('createdTimestamp', 'ticks', 638712864000000000n, 0xd8, 8),
  field('headerIntegritySeal', 'bytes', new Uint8Array(32), 4048, 32),
];

export const slots: readonly SlotModel[] = [
  slot(0, 'SUPB', 'PrimarySuperblock', null, 0n, 4n),
  slot(3, 'WORM', 'WormRegion', 'worm-immutable', 31n, 64n, {
    state: 'damaged',
    resolvedBy: 'slot-type',
    flags: ['active', 'worm'],
  }),
  slot(4, 'MLOG', 'MetricsLogRegion', 'metrics-log', 1185n, 64n, { usedBlocks: 2n, resolvedBy: 'owner' }),
  slot(5, 'ANON', 'AnonymizationTable', 'anonymization-table', 1249n, 64n, { state: 'empty', resolvedBy: 'slot-type' }),
];

function slot(
  index: number,
  type: string,
  name: string,
  id: string | null,
  startBlock: bigint,
  blockCount: bigint,
  more: Partial<SlotModel> = {},
): SlotModel {
  const rest = {
    resolvedBy: null,
    flags: ['active'],
    usedBlocks: 0n,
    state: 'written' as const,
    address: `s:${index}`,
  };
  return { index, type, name, id, startBlock, blockCount, ...rest, ...more };
}

export const findings: readonly ImageFinding[] = [
  {
    code: 'badTrailer',
    severity: 'error',
    message: 'block 31 does not match its checksum',
    address: 'b:31',
    block: 31,
    range: { offset: 126976, length: 4096 },
    region: { slot: 3, type: 'WORM', id: 'worm-immutable' },
    path: 'writes[17].contentHash',
    expected: 0x1234n,
    actual: Uint8Array.of(0xab, 0xcd),
    repair: { possible: true, from: 'mirror' },
  },
  {
    code: 'duplicateKey',
    severity: 'warning',
    message: 'two mappings share one id',
    address: 's:5',
    repair: { possible: false },
  },
  {
    code: 'emptyRegion',
    severity: 'notice',
    message: 'slot 6 reserves no block',
    address: 's:6',
    repair: { possible: false },
  },
];

export const check: CheckModel = {
  facts,
  level: 'full',
  verdict: 'damaged',
  errors: 1,
  warnings: 1,
  notices: 1,
  unverifiable: 0,
  blocks: { ok: 1048500, hole: 75, badTrailer: 1 },
  findings,
  complete: true,
};

export const cleanCheck: CheckModel = {
  ...check,
  level: 'quick',
  verdict: 'clean',
  errors: 0,
  warnings: 0,
  notices: 0,
  findings: [],
  blocks: { ok: 12 },
};

export const info: InfoModel = {
  facts,
  label: 'demo',
  copyReason: 'its four blocks hold',
  superblock,
  modules: ['Observability', 'Privacy'],
  integrity: [
    { name: 'File size', state: 'ok', detail: '4294967296 bytes as expected' },
    { name: 'Header seal', state: 'absent', detail: 'not set' },
    { name: 'Namespace signature', state: 'notChecked', detail: 'no key was given' },
    { name: 'Metadata chain hash', state: 'mismatch', detail: 'a region changed after it was taken' },
  ],
  slots,
  check: cleanCheck,
};

const aggregation = { 0: 'raw', 1: 'sum', 2: 'average' };

/** A table of `rowCount` samples. */
export function samples(rowCount: number): Table {
  const cells: Record<string, (row: number) => ReturnType<Table['cell']>> = {
    metricId: (row) => row % 7,
    timestampUtcTicks: (row) => 638712864000000000n + BigInt(row) * 600_000_000n,
    value: (row) => (row === 3 ? Number.NaN : row / 2),
    aggregationType: (row) => row % 4,
  };
  return {
    id: 'samples',
    columns: [
      { id: 'metricId', kind: 'u16' },
      { id: 'timestampUtcTicks', kind: 'ticks' },
      { id: 'value', kind: 'f64' },
      { id: 'aggregationType', kind: 'enum', names: aggregation },
    ],
    rowCount,
    cell: (row, columnId) => cells[columnId]!(row),
  };
}

export function showRegion(rowCount = 50): ShowModel {
  const tables = [samples(rowCount)];
  const summary = [
    { id: 'sampleCount', kind: 'i64' as const, value: BigInt(rowCount) },
    { id: 'compactionThreshold', kind: 'f64' as const, value: 0.8 },
  ];
  return {
    facts,
    address: 'r:MLOG',
    title: 'Metrics log',
    range: { offset: 1185 * 4096, length: 64 * 4096 },
    fields: [field('sampleCount', 'i64', BigInt(rowCount), 1185 * 4096, 8)],
    tables,
    region: {
      slot: 4,
      type: 'MLOG',
      id: 'metrics-log',
      generation: 7,
      state: 'written',
      partial: false,
      description: { summary, tables },
    },
    findings: [],
  };
}

export const showSuperblock: ShowModel = {
  facts,
  address: 'sb',
  title: 'Superblock',
  range: { offset: 0, length: 4096 },
  fields: superblock,
  mirror: superblock.map((item) => (item.path === 'totalBlocks' ? { ...item, value: 1048000n } : item)),
  tables: [],
  findings: [],
};

/** A block of 512 bytes: two fields, one sample, zeros, a trailer. */
export function hexBlock(): HexModel {
  const bytes = new Uint8Array(512);
  bytes.set([11, 0, 0, 0, 0, 0, 0, 0, 0xa0, 0x86, 1]);
  bytes.set([0x4b, 0x52, 0x54, 0x4d, 7, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8], 496);
  const base = 0xc000;
  return {
    facts,
    address: 'b:96',
    blockSize: 512,
    base: 0,
    range: { offset: base, length: 512 },
    bytes,
    fields: [
      field('sampleCount', 'i64', 11n, base, 8),
      field('maxCapacitySamples', 'i64', 100000n, base + 8, 8),
      field('samples[0].metricId', 'u16', 0, base + 32, 2),
      field('samples[0].value', 'f64', 0, base + 34, 8),
    ],
    trailers: [
      {
        block: 96,
        range: { offset: base + 496, length: 16 },
        tag: 'MTRK',
        generation: 7,
        checksum: 0x0807060504030201n,
        status: 'ok',
      },
    ],
  };
}
