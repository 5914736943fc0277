import {
  type AnyRegionPlugin,
  bytes,
  defineRegion,
  encodeRegion,
  f64,
  type Infer,
  i32,
  i64,
  objectTable,
  PackedRecords,
  packedTable,
  record,
  table,
  u16,
  u32,
} from '@vde/format';
import { memorySource } from '@vde/image';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Difference, openBareRegion } from '../src/index.ts';
import { collect, linesOf } from './diff-edits.ts';

const Header = record('Header', { rowCount: i32 });
const Row = record('Row', { id: u32, group: u16, amount: i64, share: f64, note: bytes(3) });
type Row = Infer<typeof Row>;
const rows = table({ id: 'rows', header: Header, item: Row, count: 'rowCount' }).packed();
const blockSize = 512;

/** A region of rows: as they are stored or as objects, with the key that it names. */
function regionOf(key: readonly string[] | undefined, packed = true): AnyRegionPlugin {
  return defineRegion<PackedRecords<Row>>({
    id: 'rows-region',
    title: 'Rows',
    blockTag: 'ROWS',
    slotTypes: ['ROWS'],
    empty: () => new PackedRecords(Row),
    decode: (reader) => rows.read(reader).items,
    requiredBlocks: (items, geometry) => rows.requiredBlocks(items, geometry),
    encode: (items, writer) => rows.write({ header: {}, items }, writer),
    trace: rows.trace,
    describe(items) {
      const shown = packed
        ? packedTable('rows', items, rows.locate)
        : objectTable('rows', [...items], Row, rows.locate);
      return { summary: [], tables: [{ ...shown, ...(key && { key }) }] };
    },
  });
}

/** Rows that have no value twice. */
const row = (id: number, change: Partial<Row> = {}): Row => ({
  id,
  group: id % 7,
  amount: BigInt(id) * 1000n,
  share: id / 3,
  note: Uint8Array.of(id, id >> 8, 1),
  ...change,
});
const rowsFrom = (count: number): Row[] => Array.from({ length: count }, (_, i) => row(i));

async function diffRows(a: readonly Row[], b: readonly Row[], plugin = regionOf(undefined)): Promise<Difference[]> {
  const open = (items: readonly Row[]) => {
    const state = PackedRecords.from(Row, items);
    return openBareRegion(memorySource(encodeRegion(plugin, state, { blockSize, generation: 1 })), {
      plugin,
      blockSize,
    });
  };
  return collect((await open(a)).diff(await open(b)));
}

const byPlace = regionOf([]);
const byId = regionOf(['id']);
const insert = (list: readonly Row[], at: number, ...more: Row[]) => list.toSpliced(at, 0, ...more);
const path = (index: number, column = '') => `r:rows-region.rows[${index}]${column}`;

describe.each([
  ['by key', byId],
  ['by place', byPlace],
  ['by the first column, as it names rows', regionOf(undefined)],
  ['as objects', regionOf(undefined, false)],
])('rows %s', (_, plugin) => {
  const base = rowsFrom(300);

  it('one that comes is one difference', async () => {
    for (const at of [0, 1, 150, 299, 300])
      expect(linesOf(await diffRows(base, insert(base, at, row(999)), plugin))).toEqual([`added ${path(at)} (record)`]);
  });

  it('one that goes is one difference', async () => {
    for (const at of [0, 1, 150, 299])
      expect(linesOf(await diffRows(base, base.toSpliced(at, 1), plugin))).toEqual([`removed ${path(at)} (record)`]);
  });

  it('one value that changes is one difference, also the first column', async () => {
    const changes: Partial<Row>[] = [
      { id: 5000 },
      { group: 99 },
      { amount: -1n },
      { share: -0 },
      { note: Uint8Array.of(9, 9, 9) },
    ];
    for (const change of changes) {
      const changed = base.with(17, row(17, change));
      const [column] = Object.keys(change);
      expect(linesOf(await diffRows(base, changed, plugin))).toEqual([`changed ${path(17, `.${column}`)}`]);
    }
  });

  it('an insertion beside a change keeps the change where it is', async () => {
    const changed = insert(base.with(20, row(20, { amount: 7n })), 20, row(999));
    expect(linesOf(await diffRows(base, changed, plugin)).sort()).toEqual([
      `added ${path(20)} (record)`,
      `changed ${path(20, '.amount')}`,
    ]);
  });

  it('an insertion that looks like a changed row leaves the row that changed less', async () => {
    const [alike, less] = [row(20, { id: 999, amount: 1n }), row(20, { amount: 7n })];
    expect(linesOf(await diffRows(base, base.toSpliced(20, 1, alike, less), plugin)).sort()).toEqual([
      `added ${path(20)} (record)`,
      `changed ${path(20, '.amount')}`,
    ]);
  });

  it('tells zero from minus zero, and not NaN from NaN', async () => {
    const share = (value: number) => base.with(3, row(3, { share: value }));
    expect(linesOf(await diffRows(share(0), share(-0), plugin))).toEqual([`changed ${path(3, '.share')}`]);
    expect(await diffRows(share(Number.NaN), share(Number.NaN), plugin)).toEqual([]);
  });

  it('many edits far from each other are as many differences', async () => {
    const edited = insert(base.with(250, row(250, { group: 60000 })), 100, row(901), row(902)).toSpliced(10, 3);
    expect(await diffRows(base, edited, plugin)).toHaveLength(6);
  });

  it('none is nothing', async () => {
    expect(await diffRows(base, [...base], plugin)).toEqual([]);
    expect(await diffRows([], [], plugin)).toEqual([]);
    expect(await diffRows([], base.slice(0, 3), plugin)).toHaveLength(3);
    expect(await diffRows(base.slice(0, 3), [], plugin)).toHaveLength(3);
  });
});

describe('keys', () => {
  const base = rowsFrom(40);

  it('know a row again at another place', async () => {
    const moved = insert(base.toSpliced(5, 1), 30, row(5, { amount: 1n }));
    const found = await diffRows(base, moved, byId);
    expect(linesOf(found)).toEqual([`changed ${path(5)} (place)`, `changed ${path(5, '.amount')}`]);
    expect(found[0]).toMatchObject({ a: 5, b: 30, key: [{ id: 'id', value: 5 }], addressB: 's:0/rows:30' });
  });

  it('tell a swap as one row that moved', async () => {
    const swapped = base.with(8, base[9]!).with(9, base[8]!);
    expect(linesOf(await diffRows(base, swapped, byId))).toHaveLength(1);
  });

  it('keep apart what only looks alike', async () => {
    const replaced = base.with(8, row(8, { id: 77, amount: 3n }));
    const lines = linesOf(await diffRows(base, replaced, byId));
    expect(lines).toEqual([`removed ${path(8)} (record)`, `added ${path(8)} (record)`]);
    expect(linesOf(await diffRows(base, replaced, byPlace))).toEqual([
      `changed ${path(8, '.id')}`,
      `changed ${path(8, '.amount')}`,
    ]);
  });

  it('that name two rows name none', async () => {
    const double = base.with(9, row(9, { id: 8 }));
    const changed = double.with(9, row(9, { id: 8, amount: 1n }));
    for (const plugin of [byId, regionOf(undefined)]) {
      const [difference, ...rest] = await diffRows(double, changed, plugin);
      expect([linesOf([difference!]), rest]).toEqual([[`changed ${path(9, '.amount')}`], []]);
    }
  });

  it('may be of two columns', async () => {
    const list = base.map((item, i) => ({ ...item, id: i % 5, group: Math.floor(i / 5) }));
    const moved = insert(list.toSpliced(3, 1), 20, { ...list[3]!, amount: 5n });
    expect(linesOf(await diffRows(list, moved, regionOf(['id', 'group'])))).toEqual([
      `changed ${path(3)} (place)`,
      `changed ${path(3, '.amount')}`,
    ]);
  });
});

describe('bytes that no column shows', () => {
  it('are told as a block', async () => {
    const plugin = regionOf(undefined);
    const state = PackedRecords.from(Row, [row(1), row(2, { share: Number.NaN }), row(3)]);
    const blocks = encodeRegion(plugin, state, { blockSize, generation: 1 });
    const other = blocks.slice();
    // Another bit pattern of the same NaN.
    other[4 + Row.size + Row.field('share').offset]! ^= 1;
    const open = (source: Uint8Array) => openBareRegion(memorySource(source), { plugin, blockSize });
    const found = await collect((await open(blocks)).diff(await open(other)));
    expect(linesOf(found)).toEqual(['changed r:rows-region+0block:1block (blocks)']);
  });
});

/** What is done to a list of rows. */
const edits = fc.array(
  fc.record({
    kind: fc.constantFrom('insert', 'remove', 'change', 'swap', 'double', 'move'),
    at: fc.nat(1000),
    to: fc.nat(1000),
    value: fc.nat(3),
  }),
  { maxLength: 12 },
);
type Edit = typeof edits extends fc.Arbitrary<(infer T)[]> ? T : never;

function apply(list: readonly Row[], { kind, at, to, value }: Edit): Row[] {
  if (list.length === 0) return [row(value)];
  const [i, j] = [at % list.length, to % list.length];
  switch (kind) {
    case 'insert':
      return insert(list, i, row(value));
    case 'remove':
      return list.toSpliced(i, 1);
    case 'change':
      return list.with(i, { ...list[i]!, [value < 2 ? 'id' : 'group']: value });
    case 'swap':
      return list.with(i, list[j]!).with(j, list[i]!);
    case 'double':
      return insert(list, i, list[j]!);
    default:
      return insert(list.toSpliced(i, 1), j, list[i]!);
  }
}

const indexOf = (address: string | null) => Number(/:(\d+)(\.\w+)?$/.exec(address!)![1]);

/** The rows of B, made of those of A and the differences alone. */
function patched(a: readonly Row[], differences: readonly Difference[]): unknown[] {
  const mine = a.map((item) => ({ ...item }) as Record<string, unknown>);
  const gone = new Set<number>();
  const placed = new Map<number, unknown>();
  for (const difference of differences) {
    if (difference.what === 'field' && difference.addressA?.includes('/'))
      mine[indexOf(difference.addressA)]![difference.path.split('.').at(-1)!] = difference.b!.value;
    if (difference.what === 'record' && difference.a !== null) gone.add(indexOf(difference.addressA));
    if (difference.what === 'record' && difference.b !== null)
      placed.set(indexOf(difference.addressB), Object.fromEntries(difference.b.map(({ id, value }) => [id, value])));
    if (difference.what === 'place') {
      gone.add(difference.a!);
      placed.set(difference.b!, mine[difference.a!]);
    }
  }
  const stay = mine.filter((_, i) => !gone.has(i));
  const length = stay.length + placed.size;
  return Array.from({ length }, (_, i) => (placed.has(i) ? placed.get(i) : stay.shift()));
}

describe('any two tables', () => {
  const settings = { endOnFailure: true, interruptAfterTimeLimit: 30_000, numRuns: 120 };

  it.each([
    ['by key', byId],
    ['by place', byPlace],
    ['by either', regionOf(undefined)],
  ])('%s: the differences turn the one into the other', async (_, plugin) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.boolean(), edits, async (count, isRepeating, list) => {
        const a = rowsFrom(count).map((item) => (isRepeating ? row(item.id % 3) : item));
        const b = list.reduce<Row[]>(apply, a);
        expect(patched(a, await diffRows(a, b, plugin))).toEqual(b);
      }),
      settings,
    );
  });

  it.each([
    ['by key', byId],
    ['by place', byPlace],
  ])('%s: far in long tables, too, with no more differences than edits', async (_, plugin) => {
    await fc.assert(
      fc.asyncProperty(edits, async (list) => {
        const a = rowsFrom(1500);
        const b = list.reduce<Row[]>(apply, a);
        const found = await diffRows(a, b, plugin);
        expect(patched(a, found)).toEqual(b);
        // A swap and a move may each be a row that goes and one that comes, twice.
        expect(found.length).toBeLessThanOrEqual(4 * list.length);
      }),
      { ...settings, numRuns: 40 },
    );
  });

  it('that have nothing in common are told row by row', async () => {
    const a = rowsFrom(100);
    const b = a.map(({ id }) => row(id + 5000));
    const found = await diffRows(a, b, byPlace);
    expect(found).toHaveLength(200);
    expect(patched(a, found)).toEqual(b);
  });

  it('in which every row changed are told field by field', async () => {
    const a = rowsFrom(1000);
    const b = a.map((item) => ({ ...item, amount: item.amount + 1n }));
    expect(await diffRows(a, b, byPlace)).toHaveLength(1000);
    expect(await diffRows(a, b, byId)).toHaveLength(1000);
  });
});
