import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytes,
  decodeRegion,
  defineRegion,
  encodeRegion,
  geometryOf,
  PackedRecords,
  pad,
  type RegionWriter,
  record,
  table,
  traceRegion,
  u8,
  u16,
  u32,
} from '../src/index.ts';

/** Step 2 of page packed-record-blocks, section 3, record by record. */
function simulate(headerSize: number, sizes: readonly number[], payload: number): { block: number; offset: number }[] {
  let block = 0;
  let offset = headerSize;
  return sizes.map((size) => {
    if (offset + size > payload) {
      block++;
      offset = 0;
    }
    const place = { block, offset };
    offset += size;
    return place;
  });
}

/** A packed table of records of `size` bytes under a header of 16. */
function rowsOf(size: number) {
  const header = record('Header', { count: u32, reserved: pad(12) });
  const item = record('Item', { data: bytes(size) });
  return { item, rows: table({ id: 'items', header, item, count: 'count' }).packed() };
}

const firstOf = (n: number) => ({ length: n }) as never;

describe('packing of fixed records (page packed-record-blocks, 3)', () => {
  it.each([
    ['intelligence-cache', 43],
    ['cross-vde-reference', 74],
    ['vde-separation', 36],
    ['consensus-log', 89],
  ])('%s: records of %i bytes lie where the writer puts them', (_id, size) => {
    const { rows } = rowsOf(size);
    for (const blockSize of [512, 4096]) {
      const geometry = geometryOf(blockSize);
      const places = simulate(16, new Array<number>(500).fill(size), geometry.payloadSize);
      places.forEach((place, i) => {
        expect(rows.locate(i, geometry)).toEqual({ ...place, length: size });
        expect(rows.requiredBlocks(firstOf(i + 1), geometry)).toBe(place.block + 1);
      });
    }
  });

  it('needs one block for no record', () => {
    expect(rowsOf(43).rows.requiredBlocks(firstOf(0), geometryOf(512))).toBe(1);
  });

  it('counts exactly where the reference counts one block too few (PR-1)', () => {
    const { rows } = rowsOf(43);
    const reference = (n: number, payload: number) => 1 + Math.ceil((n * 43 - (payload - 16)) / payload);
    expect([reference(189, 4080), rows.requiredBlocks(firstOf(189), geometryOf(4096))]).toEqual([2, 3]);
  });

  it('holds as many records as its blocks have places', () => {
    const sizes = fc.record({ size: fc.integer({ min: 1, max: 480 }), blocks: fc.integer({ min: 1, max: 40 }) });
    fc.assert(
      fc.property(sizes, fc.constantFrom(512, 1024, 4096), ({ size, blocks }, blockSize) => {
        const { rows } = rowsOf(size);
        const geometry = geometryOf(blockSize);
        const capacity = rows.capacity(blocks, geometry);
        expect(rows.requiredBlocks(firstOf(capacity), geometry)).toBe(blocks);
        expect(rows.requiredBlocks(firstOf(capacity + 1), geometry)).toBe(blocks + 1);
        expect(rows.locate(capacity, geometry)).toMatchObject({ block: blocks, offset: 0 });
      }),
      { seed: 1, endOnFailure: true },
    );
    expect(rowsOf(43).rows.capacity(0, geometryOf(512))).toBe(0);
  });
});

const Header = record('ItemHeader', { itemCount: u16, color: u8, reserved: pad(5) });
const Item = record('Item', { key: u32, data: bytes(36) });
const packed = table({ id: 'items', header: Header, item: Item, count: 'itemCount' }).packed();
const objects = table({ id: 'items', header: Header, item: Item, count: 'itemCount' });
const itemAt = (i: number) => ({ key: i + 1, data: new Uint8Array(36).fill(i % 251) });
const itemsOf = (n: number) => Array.from({ length: n }, (_, i) => itemAt(i));

const packedItems = defineRegion<{ color: number; items: PackedRecords<{ key: number; data: Uint8Array }> }>({
  id: 'packed-items',
  title: 'Packed items',
  blockTag: 'ITEM',
  slotTypes: ['ITEM'],
  empty: () => ({ color: 0, items: new PackedRecords(Item) }),
  decode(reader) {
    const { header, items } = packed.read(reader);
    return { color: header.color, items };
  },
  requiredBlocks: ({ items }, geometry) => packed.requiredBlocks(items, geometry),
  encode: ({ color, items }, writer) => packed.write({ header: { color }, items }, writer),
  trace: packed.trace,
  describe: () => ({ summary: [], tables: [] }),
});
const objectItems = defineRegion<{ color: number; items: readonly { key: number; data: Uint8Array }[] }>({
  id: 'object-items',
  title: 'Object items',
  blockTag: 'ITEM',
  slotTypes: ['ITEM'],
  empty: () => ({ color: 0, items: [] }),
  decode(reader) {
    const { header, items } = objects.read(reader);
    return { color: header.color, items };
  },
  requiredBlocks: ({ items }, geometry) => objects.requiredBlocks(items, geometry),
  encode: ({ color, items }, writer) => objects.write({ header: { color }, items }, writer),
  trace: objects.trace,
  describe: () => ({ summary: [], tables: [] }),
});

const options = { blockSize: 512, generation: 7 } as const;
const asPacked = (n: number) => ({ color: 3, items: PackedRecords.from(Item, itemsOf(n)) });
const codesOf = (blocks: Uint8Array, blockCount?: number) => {
  const more = blockCount === undefined ? {} : { blockCount };
  const read = { blockSize: 512, lenient: true, ...more } as const;
  const one = decodeRegion(packedItems, blocks, read);
  const other = decodeRegion(objectItems, blocks, read);
  const codes = one.findings.map(({ code }) => code);
  expect(other.findings.map(({ code }) => code)).toEqual(codes);
  expect([...(other.state?.items ?? [])]).toEqual([...(one.state?.items ?? [])]);
  return { codes, items: one.state?.items };
};
/** Blocks of `n` records, with something of the payload changed before they are sealed. */
const altered = (n: number, change: (writer: RegionWriter) => void) => {
  const encode: typeof packedItems.encode = (state, writer) => {
    packedItems.encode(state, writer);
    change(writer);
  };
  return encodeRegion({ ...packedItems, encode }, asPacked(n), options);
};
const withCount = (n: number, count: number) => altered(n, (writer) => writer.view(0).setUint16(0, count, true));

describe('fixed records as bytes and as objects', () => {
  it.each([0, 1, 12, 13, 24, 25, 60])('encode %i records to the same bytes, and decode them alike', (n) => {
    const blocks = encodeRegion(packedItems, asPacked(n), options);
    expect(encodeRegion(objectItems, { color: 3, items: itemsOf(n) }, options)).toEqual(blocks);
    const { state } = decodeRegion(packedItems, blocks, options);
    expect([state.color, [...state.items]]).toEqual([3, itemsOf(n)]);
    expect(codesOf(blocks).codes).toEqual([]);
  });

  it('trace alike, window by window', () => {
    const blocks = encodeRegion(packedItems, asPacked(40), options);
    for (const window of [
      { first: 0, count: 9 },
      { first: 1, count: 2 },
      { first: 3, count: 1 },
      { first: 0, count: 0 },
      { first: 9, count: 9 },
    ]) {
      const traced = [...traceRegion(packedItems, blocks, { blockSize: 512, window })];
      expect([...traceRegion(objectItems, blocks, { blockSize: 512, window })]).toEqual(traced);
    }
    const whole = [...traceRegion(packedItems, blocks, { blockSize: 512 })];
    expect(whole.slice(0, 4).map(({ path }) => path)).toEqual(['itemCount', 'color', 'reserved', 'items[0].key']);
    expect(whole.length).toBe(3 + 40 * 2);
  });

  it('notice reserved header bytes', () => {
    const blocks = altered(3, (writer) => writer.payload(0).set([9], 7));
    const { findings } = decodeRegion(packedItems, blocks, { blockSize: 512 });
    expect(findings).toMatchObject([{ code: 'reservedNotZero', severity: 'notice', block: 0, offset: 3, length: 5 }]);
  });

  it('refuse a count that the blocks cannot hold, before anything is allocated (PR-4)', () => {
    expect(codesOf(withCount(20, 25))).toEqual({ codes: ['badCount'], items: undefined });
    expect(codesOf(withCount(20, 65_535)).codes).toEqual(['badCount']);
  });

  it('end where the blocks end (PR-3)', () => {
    const { codes, items } = codesOf(withCount(20, 30), 3);
    expect([codes, items?.length]).toEqual([['truncated'], 24]);
  });

  it('do not enter blocks behind the last record (PR-7, PR-15)', () => {
    const blocks = encodeRegion(packedItems, asPacked(20), { ...options, blockCount: 5 });
    blocks.fill(0xee, 3 * 512);
    expect(codesOf(blocks).codes).toEqual([]);
  });

  it('notice bytes behind the last record', () => {
    const blocks = altered(20, (writer) => writer.payload(0).set([9], 495));
    expect(codesOf(blocks).codes).toEqual(['paddingNotZero']);
  });

  it('put a record that does not fit behind the header into the next block', () => {
    const Wide = record('Wide', { data: bytes(490) });
    const rows = table({ id: 'wide', header: Header, item: Wide, count: 'itemCount' }).packed();
    const geometry = geometryOf(512);
    const items = PackedRecords.from(Wide, [{ data: new Uint8Array(490).fill(7) }]);
    expect(rows.requiredBlocks(items, geometry)).toBe(2);
    expect(rows.locate(0, geometry)).toEqual({ block: 1, offset: 0, length: 490 });
  });

  it('need a block that holds a record', () => {
    const Wide = record('Wide', { data: bytes(497) });
    const rows = table({ id: 'wide', header: Header, item: Wide, count: 'itemCount' }).packed();
    const wide = { ...packedItems, decode: (reader: never) => ({ color: 0, items: rows.read(reader).items as never }) };
    const blocks = encodeRegion(packedItems, asPacked(1), options);
    expect(() => decodeRegion(wide, blocks, { blockSize: 512 })).toThrow(
      /a Wide does not fit block 0 at block size 512/,
    );
  });
});
