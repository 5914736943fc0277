import type { CellValue, Table, TableColumn } from '@vde/format';

const text = (value: string) => new TextEncoder().encode(value);

/** One column of each kind that filters and exports tell apart. */
export const columns: readonly TableColumn[] = [
  { id: 'small', kind: 'u16' },
  { id: 'count', kind: 'i64' },
  { id: 'size', kind: 'u64' },
  { id: 'value', kind: 'f64' },
  { id: 'createdUtcTicks', kind: 'ticks' },
  { id: 'status', kind: 'enum', names: { 0: 'raw', 2: 'average' } },
  { id: 'flags', kind: 'flags', names: { 0: 'active', 3: 'worm' } },
  { id: 'isReadOnly', kind: 'boolean' },
  { id: 'key', kind: 'guid' },
  { id: 'tag', kind: 'tag' },
  { id: 'hash', kind: 'bytes' },
  { id: 'label', kind: 'text' },
];

export type Row = Readonly<Record<string, CellValue>>;

const guid = (n: number) => `0000000${n}-aaaa-bbbb-cccc-ddddddddddd${n}`;

/** Rows with the values at which comparisons go wrong: 2^53 and its neighbours, NaN, -0, ends of ranges, null, foreign bytes. */
export const rows: readonly Row[] = [
  {
    small: 0,
    count: 9007199254740992n,
    size: 0n,
    value: -0,
    createdUtcTicks: 0n,
    status: 0,
    flags: 0,
    isReadOnly: false,
    key: guid(0),
    tag: 'MLOG',
    hash: new Uint8Array([0xab, 0xcd, 0xef]),
    label: text('plain'),
  },
  {
    small: 7,
    count: 9007199254740993n,
    size: 2n ** 64n - 1n,
    value: Number.NaN,
    createdUtcTicks: 638712864000000001n,
    status: 2,
    flags: 9,
    isReadOnly: true,
    key: guid(1),
    tag: '',
    hash: new Uint8Array([0x0a, 0xbc, 0xde]),
    label: text('it\'s, "quoted"\r\n\0\0'),
  },
  {
    small: 65535,
    count: -(2n ** 63n),
    size: 2n ** 53n,
    value: 2.5,
    createdUtcTicks: -1n,
    status: 9,
    flags: 0x81,
    isReadOnly: true,
    key: guid(2),
    tag: '=cmd',
    hash: new Uint8Array(0),
    label: new Uint8Array([0xff, 0xfe]),
  },
  {
    small: 7,
    count: 2n ** 63n - 1n,
    size: 1n,
    value: Number.NEGATIVE_INFINITY,
    createdUtcTicks: 3155378975999999999n,
    status: 2,
    flags: 1,
    isReadOnly: false,
    key: guid(3),
    tag: 'WORM',
    hash: text('login'),
    label: text('größe 漢字'),
  },
  Object.fromEntries(columns.map(({ id }) => [id, null])),
];

/** The rows as a table of objects. */
export function objectRows(list: readonly Row[]): Table {
  return { id: 'things', columns, rowCount: list.length, cell: (row, id) => list[row]![id]! };
}

/** Rows without nulls as a table that gives numbers in typed arrays. */
export function columnRows(list: readonly Row[]): Table {
  return {
    ...objectRows(list),
    column(id, first, count) {
      const kind = columns.find((column) => column.id === id)!.kind;
      const values = list.slice(first, first + count).map((row) => row[id]!);
      if (kind === 'u64') return BigUint64Array.from(values as bigint[]);
      if (kind === 'i64' || kind === 'ticks') return BigInt64Array.from(values as bigint[]);
      return Float64Array.from(values as number[]);
    },
  };
}

/** The rows over and over, as many as asked for. */
export function repeated(list: readonly Row[], count: number): Row[] {
  return Array.from({ length: count }, (_, i) => list[i % list.length]!);
}
