import { describe, expect, it } from 'vitest';
import {
  blockCodes,
  bytes,
  collectFindings,
  decodeRegion,
  defineRegion,
  encodeRegion,
  isVdeError,
  openRegion,
  PackedRecords,
  type RegionPlugin,
  type RegionReader,
  type RegionSpec,
  record,
  sealBlocks,
  stringToTag,
  table,
  traceRegion,
  u32,
  VdeError,
} from '../src/index.ts';

const Header = record('Header', { itemCount: u32, color: u32 });
const Item = record('Item', { data: bytes(60) });
const rows = table({ id: 'items', header: Header, item: Item, count: 'itemCount' }).packed();
type Items = { readonly items: PackedRecords<{ readonly data: Uint8Array }> };

const spec: RegionSpec<Items> = {
  id: 'item-list',
  title: 'Item list',
  blockTag: 'ITEM',
  slotTypes: ['ITEM', 'LIST'],
  codes: { oddItem: { severity: 'warning', explain: 'An item is odd.' } },
  empty: () => ({ items: new PackedRecords(Item) }),
  decode: (reader) => ({ items: rows.read(reader).items }),
  requiredBlocks: ({ items }, geometry) => rows.requiredBlocks(items, geometry),
  encode: ({ items }, writer) => rows.write({ header: { color: 1 }, items }, writer),
  trace: rows.trace,
  describe: () => ({ summary: [], tables: [] }),
};
const items = defineRegion(spec);
const of = (n: number): Items => {
  return {
    items: PackedRecords.from(
      Item,
      Array.from({ length: n }, (_, i) => ({ data: new Uint8Array(60).fill(i) })),
    ),
  };
};
const blocks = encodeRegion(items, of(20), { blockSize: 512, generation: 3 });
const read = { blockSize: 512 };
const withVerify = (verify: (state: Items, reader: RegionReader) => void): RegionPlugin<Items> => ({
  ...items,
  verify,
});
/** What strict reading throws. */
function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('VdeError', () => {
  it('carries code, details and cause', () => {
    const cause = new Error('below');
    const error = new VdeError('badCount', 'a count', { details: { block: 0 }, cause });
    expect(error).toMatchObject({
      name: 'VdeError',
      code: 'badCount',
      message: 'a count',
      details: { block: 0 },
      cause,
    });
    expect('cause' in new VdeError('badCount', 'a count')).toBe(false);
  });

  it('is known by its shape, whatever copy of the package made it', () => {
    class Other extends Error {
      override readonly name = 'VdeError';
      readonly code = 'badCount';
    }
    const other = new Other();
    expect([isVdeError(other), isVdeError(other, 'badCount'), isVdeError(other, 'tornWrite')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(
      [null, undefined, 'x', new Error('x'), { code: 'badCount' }, { name: 'VdeError' }].map((e) => isVdeError(e)),
    ).toEqual(new Array(6).fill(false));
  });
});

describe('reading', () => {
  it('strict throws the first error with its place, lenient collects it', () => {
    const torn = blocks.slice();
    torn[512 + 500] = 9;
    const error = thrownBy(() => decodeRegion(items, torn, read));
    expect(error).toMatchObject({
      code: 'tornWrite',
      details: { block: 1, offset: 500, length: 4, expected: 3, actual: 9 },
    });
    expect(`${(error as Error).message}`).toBe('Item list: block 1 has generation 9, block 0 has 3');
    const { findings, partial, state } = decodeRegion(items, torn, { ...read, lenient: true });
    expect(findings).toMatchObject([{ code: 'tornWrite', severity: 'error', block: 1 }]);
    expect([partial, state?.items.length]).toEqual([true, 20]);
  });

  it('strict never throws on warnings and notices', () => {
    const plugin = withVerify((_state, reader) => {
      reader.report('oddItem', 'one is odd', { block: 1 });
      reader.report('badField', 'a small thing', { severity: 'notice' });
    });
    const { findings, partial } = decodeRegion(plugin, blocks, read);
    expect(findings).toEqual([
      { code: 'oddItem', severity: 'warning', message: 'Item list: one is odd', block: 1 },
      { code: 'badField', severity: 'notice', message: 'Item list: a small thing' },
    ]);
    expect(partial).toBe(false);
  });

  it('takes an undeclared code for an error', () => {
    const plugin = withVerify((_state, reader) => reader.report('unheardOf', 'something'));
    expect(thrownBy(() => decodeRegion(plugin, blocks, read))).toMatchObject({ code: 'unheardOf' });
  });

  it('lenient gives no state where nothing can be decoded', () => {
    const plugin: RegionPlugin<Items> = {
      ...items,
      decode() {
        throw new VdeError('badCount', 'no count', { details: { block: 0, offset: 0, length: 4, path: 'itemCount' } });
      },
    };
    const { state, findings, partial, generation } = decodeRegion(plugin, blocks, { ...read, lenient: true });
    expect([state, partial, generation]).toEqual([undefined, true, 3]);
    expect(findings).toEqual([
      { code: 'badCount', severity: 'error', message: 'no count', block: 0, offset: 0, length: 4, path: 'itemCount' },
    ]);
  });

  it('turns a failure of the plugin into pluginFailed', () => {
    const plugin = withVerify(() => {
      throw new TypeError('undefined is not a mood');
    });
    const error = thrownBy(() => decodeRegion(plugin, blocks, read)) as VdeError;
    expect([isVdeError(error, 'pluginFailed'), error.message]).toEqual([
      true,
      'Item list: TypeError: undefined is not a mood',
    ]);
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(decodeRegion(plugin, blocks, { ...read, lenient: true }).findings).toMatchObject([{ code: 'pluginFailed' }]);
  });

  it('names a hole that should hold data', () => {
    const hole = blocks.slice().fill(0, 512, 1024);
    expect(thrownBy(() => decodeRegion(items, hole, read))).toMatchObject({ code: 'truncated', details: { block: 1 } });
    const reader = openRegion(items, blocks, { ...read, blockCount: 9 });
    expect(thrownBy(() => reader.payload(8))).toMatchObject({ code: 'truncated', details: { block: 8 } });
    expect(() => reader.payload(9)).toThrow(new RangeError('block 9: the region has blocks 0 to 8'));
    expect(() => reader.payload(0.5)).toThrow(RangeError);
    expect([reader.state(8), reader.peek(8)]).toEqual(['hole', undefined]);
  });

  it('prints strange tags', () => {
    const strange = blocks.slice();
    strange.set([0, 1, 2, 255], 496);
    expect(() => decodeRegion(items, strange, read)).toThrow(/block 0 has tag ".*", expected ITEM/);
  });

  it.each([
    ['a block size that is no power of two', 600, 600],
    ['a block size below 512', 256, 256],
    ['a block size above 65536', 131072, 131072],
    ['blocks that are cut', 512, 700],
  ])('%s is a RangeError of the caller', (_name, blockSize, length) => {
    expect(() => decodeRegion(items, new Uint8Array(length), { blockSize })).toThrow(RangeError);
    expect(() => decodeRegion(items, new Uint8Array(length), { blockSize, lenient: true })).toThrow(RangeError);
    expect(() => [...traceRegion(items, new Uint8Array(length), { blockSize })]).toThrow(RangeError);
  });

  it('no blocks at all are a region that was never written', () => {
    const { form, findings, generation } = decodeRegion(items, new Uint8Array(0), read);
    expect([form, findings, generation]).toEqual(['uninitialised', [], 0]);
  });
});

describe('forms (page 01, 3.4)', () => {
  const fresh = (tag: string, blockCount = 4) => {
    const made = new Uint8Array(blockCount * 512);
    sealBlocks(made.subarray(0, 512), 512, stringToTag(tag), 1);
    return made;
  };

  it.each(['ITEM', 'LIST'])('a zero payload tagged %s is formatted and empty', (tag) => {
    expect(decodeRegion(items, fresh(tag), read)).toMatchObject({
      form: 'formattedEmpty',
      generation: 1,
      findings: [],
    });
    expect([...traceRegion(items, fresh(tag), read)]).toEqual([]);
  });

  it('a zero payload of a strange tag is wrongTag', () => {
    expect(thrownBy(() => decodeRegion(items, fresh('DATA'), read))).toMatchObject({ code: 'wrongTag' });
    expect(decodeRegion(items, fresh('DATA'), { ...read, lenient: true })).toMatchObject({
      form: 'formattedEmpty',
      partial: true,
    });
  });

  it('a payload that is not zero carries the block tag only', () => {
    const listed = encodeRegion({ ...items, blockTag: 'LIST' }, of(2), { blockSize: 512, generation: 1 });
    expect(thrownBy(() => decodeRegion(items, listed, read))).toMatchObject({
      code: 'wrongTag',
      details: { block: 0, actual: 'LIST' },
    });
  });

  it('a hole in front of data is a lost header', () => {
    const lost = blocks.slice().fill(0, 0, 512);
    expect(thrownBy(() => decodeRegion(items, lost, read))).toMatchObject({ code: 'truncated', details: { block: 0 } });
    expect(decodeRegion(items, lost, { ...read, lenient: true })).toMatchObject({
      form: 'uninitialised',
      partial: true,
    });
    const foreign = lost.slice();
    for (let block = 1; block * 512 < foreign.length; block++) foreign.set([0x41, 0x54, 0x41, 0x44], block * 512 + 496);
    expect(decodeRegion(items, foreign, read)).toMatchObject({ form: 'uninitialised', findings: [] });
  });
});

describe('encoding', () => {
  it('refuses too small a slot, naming both numbers', () => {
    const error = thrownBy(() => encodeRegion(items, of(20), { blockSize: 512, generation: 0, blockCount: 2 }));
    expect(error).toMatchObject({ code: 'capacityExceeded', details: { required: 3, available: 2 } });
    expect(encodeRegion(items, of(20), { blockSize: 512, generation: 0, blockCount: 3 }).length).toBe(3 * 512);
  });

  it.each([-1, 2 ** 32, 1.5, Number.NaN])('refuses generation %d', (generation) => {
    expect(() => encodeRegion(items, of(1), { blockSize: 512, generation })).toThrow(RangeError);
  });

  it('leaves holes behind the written blocks, or seals them all', () => {
    const options = { blockSize: 512, generation: 3, blockCount: 5 };
    const holes = encodeRegion(items, of(20), options);
    expect(holes.subarray(0, 3 * 512)).toEqual(blocks);
    expect(holes.subarray(3 * 512).every((byte) => byte === 0)).toBe(true);
    const sealed = encodeRegion(items, of(20), { ...options, sealAll: true });
    const reader = openRegion(items, sealed, read);
    expect([0, 1, 2, 3, 4].map((block) => reader.isIntact(block))).toEqual(new Array(5).fill(true));
    expect([reader.state(2), reader.state(3), reader.isOfThisWrite(2), reader.isOfThisWrite(3)]).toEqual([
      'written',
      'formattedEmpty',
      true,
      false,
    ]);
  });

  it('gives the writer the required blocks only', () => {
    const greedy: RegionPlugin<Items> = {
      ...items,
      encode: (_state, writer) => void writer.payload(writer.blockCount),
    };
    expect(() => encodeRegion(greedy, of(1), { blockSize: 512, generation: 0, blockCount: 9 })).toThrow(
      new RangeError('block 1: the region needs blocks 0 to 0'),
    );
  });
});

describe('defineRegion', () => {
  it.each([
    ['an id that is no kebab-case', { id: 'Item_List' }],
    ['a tag of three letters', { blockTag: 'ITE' }],
    ['a slot type of five letters', { slotTypes: ['ITEMS'] }],
    ['no slot type', { slotTypes: [] }],
    ['owning a type it is not filed under', { owns: ['DATA'] }],
  ])('refuses %s', (_name, part) => {
    expect(() => defineRegion({ ...spec, ...part })).toThrow(TypeError);
  });

  it('freezes the plugin', () => expect(Object.isFrozen(items)).toBe(true));
});

describe('codes of core', () => {
  it('are explained, and none is a mere name', () => {
    for (const [code, { severity, explain }] of Object.entries(blockCodes)) {
      expect(code).toMatch(/^[a-z][a-zA-Z]+$/);
      expect(['error', 'warning', 'notice']).toContain(severity);
      expect(explain.length).toBeGreaterThan(40);
    }
  });

  it('give findings their severity, unless the report does', () => {
    const { findings, report } = collectFindings(blockCodes);
    report('duplicateKey', 'twice');
    report('duplicateKey', 'twice', { severity: 'error', block: 2 });
    expect(findings).toEqual([
      { code: 'duplicateKey', severity: 'warning', message: 'twice' },
      { code: 'duplicateKey', severity: 'error', message: 'twice', block: 2 },
    ]);
  });
});
