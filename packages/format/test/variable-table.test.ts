import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnyRegionPlugin,
  type CellValue,
  decodeRegion,
  defineRegion,
  emptyGuid,
  encodeRegion,
  fromHex,
  geometryOf,
  guidFromBytes,
  packedTable,
  sealBlocks,
  stringToTag,
  toHex,
  traceRegion,
  VariableRecords,
  type VariableTableCodec,
} from '../src/index.ts';
import { goldenBytes, goldenJson, sha256Hex } from './golden.ts';
import {
  AuditEntry,
  auditLog,
  auditRows,
  CodeModule,
  codeCache,
  moduleRows,
  Snapshot,
  snapshotRows,
  snapshotTable,
} from './variable-regions.ts';

const t = 638712864000000000n;
const a = '00112233-4455-6677-8899-aabbccddeeff';
const b = '10213243-5465-7687-98a9-bacbdcedfe0f';
const c = 'ffeeddcc-bbaa-9988-7766-554433221100';
const sha256 = (data: Uint8Array | string) => new Uint8Array(createHash('sha256').update(data).digest());
const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
const id = (n: number) => guidFromBytes(Uint8Array.of(...u32(n), ...new Uint8Array(12)));
const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte);
const letters = (length: number) => filled(length, 0x61);

/** Entries whose previous hashes are the SHA-256 of the record before (page region-audit-log, hash chain). */
function chained(entries: readonly Omit<AuditEntry, 'sequenceNumber' | 'previousEntryHash'>[]): AuditEntry[] {
  let previousEntryHash = new Uint8Array(32);
  return entries.map((entry, i) => {
    const whole = { ...entry, sequenceNumber: BigInt(i), previousEntryHash };
    const bytes = new Uint8Array(AuditEntry.sizeOf(whole));
    AuditEntry.set(new DataView(bytes.buffer), 0, whole);
    previousEntryHash = sha256(bytes);
    return whole;
  });
}
const entry = (ticks: bigint, actorId: string, eventType: number, details: Uint8Array) => {
  return { timestampUtcTicks: ticks, actorId, eventType, targetObjectId: b, details };
};
const auditOf = (items: readonly AuditEntry[]) => ({ header: { nextSequenceNumber: BigInt(items.length) }, items });
const auditSeries = (n: number, size: number) =>
  auditOf(chained(Array.from({ length: n }, (_, i) => entry(t + BigInt(i), a, 1, filled(size, i)))));
const chainOfThree = auditOf(
  chained([
    entry(t, a, 3, fromHex('637265617465')),
    entry(t + 10n, a, 1, fromHex('')),
    entry(t + 20n, c, 2, fromHex('0001')),
  ]),
);

const snapshot = (i: number, size: number): Snapshot => ({
  snapshotId: id(i + 1),
  parentSnapshotId: id(i),
  createdUtcTicks: t + BigInt(i),
  inodeTableBlockOffset: 100n + BigInt(i),
  inodeTableBlockCount: 10n,
  dataBlockCount: 1000n + BigInt(i),
  flags: 0,
  label: letters(size),
});
const snapshots = (items: readonly Snapshot[]) => ({ header: {}, items });
const snapshotSeries = (n: number, size: number) => snapshots(Array.from({ length: n }, (_, i) => snapshot(i, size)));
const p1: Snapshot = {
  snapshotId: a,
  parentSnapshotId: emptyGuid,
  createdUtcTicks: t,
  inodeTableBlockOffset: 100n,
  inodeTableBlockCount: 10n,
  dataBlockCount: 5000n,
  flags: 4,
  label: fromHex('76312e30'),
};
const p2: Snapshot = {
  ...p1,
  snapshotId: b,
  parentSnapshotId: a,
  createdUtcTicks: t + 1n,
  inodeTableBlockOffset: 110n,
  dataBlockCount: 5100n,
  flags: 1,
  label: fromHex(''),
};

const codeModule = (i: number, size: number): CodeModule => ({
  moduleHash: sha256(u32(i)),
  moduleId: id(i + 1),
  blockOffset: 100n + BigInt(i),
  blockCount: 1,
  moduleSizeBytes: 1000 + i,
  abiVersion: 2,
  registeredUtcTicks: t + BigInt(i),
  entryPointName: letters(size),
});
const moduleSeries = (n: number, size: number) => ({
  header: {},
  items: Array.from({ length: n }, (_, i) => codeModule(i, size)),
});
const m1: CodeModule = {
  moduleHash: sha256('test-wasm-module'),
  moduleId: a,
  blockOffset: 100n,
  blockCount: 5,
  moduleSizeBytes: 20000,
  abiVersion: 1,
  registeredUtcTicks: t,
  entryPointName: fromHex('5f7374617274'),
};

describe('records of the pages', () => {
  it.each([
    [
      CodeModule,
      m1,
      'ed8aaa782f0b1fcdd6d7cc5c06edb0e0bb4f14a1f7aa1fa5cb92e8dfbd67de6b33221100554477668899aabbccddeeff6400000000000000' +
        '05000000204e000001000040313cf729dd0806005f7374617274',
    ],
    [
      Snapshot,
      p1,
      '33221100554477668899aabbccddeeff000000000000000000000000000000000040313cf729dd0864000000000000000a00000000000000' +
        '88130000000000000400040076312e30',
    ],
    [
      AuditEntry,
      chainOfThree.items[0]!,
      `00000000000000000040313cf729dd0833221100554477668899aabbccddeeff0300433221106554877698a9bacbdcedfe0f${'00'.repeat(32)}` +
        '06000000637265617465',
    ],
  ] as const)('%#: in both directions', (type, value, hex) => {
    const bytes = new Uint8Array(hex.length / 2);
    type.set(new DataView(bytes.buffer), 0, value as never);
    expect(toHex(bytes)).toBe(hex);
    const view = new DataView(fromHex(hex).buffer);
    expect(type.sizeAt(view, 0, view.byteLength)).toBe(view.byteLength);
    expect(type.get(view)).toEqual(value);
  });
});

describe('regions of the pages, generation 7', () => {
  const rows: readonly (readonly [string, AnyRegionPlugin, unknown, number, number, string])[] = [
    ['ALOG empty', auditLog, auditOf([]), 512, 1, '2720c918cc166ecda87ea077f8665eee1f7e6f2c0bdbe0e099cb58fde2401fd9'],
    ['ALOG empty', auditLog, auditOf([]), 4096, 1, '976fdcc3b6dd96dc9d805e50a856b00ac41dd3160d6129750d1fa14b72010ff6'],
    [
      'chain of three',
      auditLog,
      chainOfThree,
      512,
      1,
      '02815db60a77aa50f2b33555476c1385319bcb0d149b7c98ebda43937cd795c5',
    ],
    [
      'chain of three',
      auditLog,
      chainOfThree,
      4096,
      1,
      '999b9438e6b8a1211ba1ac969614bd303147c45d2b0dcbdc4e74626781bb7ec0',
    ],
    [
      'ALOG S(3,100)',
      auditLog,
      auditSeries(3, 100),
      512,
      2,
      '5543b995209b8c6c012d67cf075079c044aa0e41ccb2be1bfe3dd5f9c63fe8fe',
    ],
    [
      'P1, P2',
      snapshotTable,
      snapshots([p1, p2]),
      512,
      1,
      '46066282a08b3030e670a88f45c30caab4c8ad2dab7b6c987746459ddab4c398',
    ],
    [
      'P1, P2',
      snapshotTable,
      snapshots([p1, p2]),
      4096,
      1,
      '2c69d83d6b197ab3576ffe64a90fdafd1fe253e00a3252bdc5f99a8b92922b0f',
    ],
    [
      'SNAP S(4,64)',
      snapshotTable,
      snapshotSeries(4, 64),
      512,
      2,
      '6c219e04770092fb4b61ab629fd7d3884a1be3f2dad9ca7b41fd54fb9b9a8c58',
    ],
    [
      'M1',
      codeCache,
      { header: {}, items: [m1] },
      512,
      1,
      'f254b4ca9292295e71786dbd20643861cb0baab2613d590d720cb47659ef7948',
    ],
    [
      'M1',
      codeCache,
      { header: {}, items: [m1] },
      4096,
      1,
      'ccb65d25a960d6911059e868de77762be24f446e3922a9be6c0914e2d6f00fa2',
    ],
    [
      'CODE S(5,24)',
      codeCache,
      moduleSeries(5, 24),
      512,
      2,
      '8122545298849263c104e76bb314f9c6b5805a464968649a55f519f99616260b',
    ],
  ];

  it.each(rows)('%s (%#)', (_name, plugin, state, blockSize, blocks, digest) => {
    const bytes = encodeRegion(plugin, state, { blockSize, generation: 7 });
    expect([bytes.length / blockSize, sha256Hex(bytes)]).toEqual([blocks, digest]);
    const decoded = decodeRegion(plugin, bytes, { blockSize });
    expect(decoded.findings).toEqual([]);
    const { items } =
      decoded.form === 'written' ? decoded.state : plugin.empty({}, { geometry: geometryOf(blockSize), blockCount: 1 });
    expect(items).toEqual((state as { items: unknown }).items);
  });
});

describe('records per block (page tables)', () => {
  const capacities = [
    [
      'ALOG',
      auditRows,
      (n: number, size: number) => auditSeries(n, size).items,
      [
        [512, 5, 5, 1, 1, 320, 64],
        [4096, 47, 47, 11, 11, 3008, 704],
      ],
      256,
    ],
    [
      'SNAP',
      snapshotRows,
      (n: number, size: number) => snapshotSeries(n, size).items,
      [
        [512, 7, 7, 3, 3, 448, 192],
        [4096, 59, 60, 30, 30, 3839, 1920],
      ],
      64,
    ],
    [
      'CODE',
      moduleRows,
      (n: number, size: number) => moduleSeries(n, size).items,
      [
        [512, 6, 6, 2, 2, 384, 128],
        [4096, 53, 53, 19, 20, 3392, 1279],
      ],
      128,
    ],
  ] as const;

  it.each(capacities)('%s', (_tag, rows, series, table, largest) => {
    for (const [blockSize, first, later, firstLarge, laterLarge, in64, in64Large] of table) {
      const geometry = geometryOf(blockSize);
      const blocks = (n: number, size: number) => rows.requiredBlocks(series(n, size) as never, geometry);
      expect([first, first + 1, first + later, first + later + 1].map((n) => blocks(n, 0))).toEqual([1, 2, 2, 3]);
      expect([firstLarge, firstLarge + 1].map((n) => blocks(n, largest))).toEqual([1, 2]);
      expect([firstLarge + laterLarge, firstLarge + laterLarge + 1].map((n) => blocks(n, largest))).toEqual([2, 3]);
      expect(rows.capacity(64, geometry)).toBe(in64);
      expect([in64Large, in64Large + 1].map((n) => blocks(n, largest))).toEqual([64, 65]);
    }
  });

  it('S(N,0) of snapshots: exact where later blocks are full, and where the reference counts one too few', () => {
    const blocks = (n: number, blockSize: number) =>
      snapshotRows.requiredBlocks(snapshotSeries(n, 0).items, geometryOf(blockSize));
    expect([59, 60, 119, 120].map((n) => blocks(n, 4096))).toEqual([1, 2, 2, 3]);
    expect([7, 8, 35, 36].map((n) => blocks(n, 512))).toEqual([1, 2, 5, 6]);
  });
});

const folders = [
  ['audit-log', auditLog, 'entries'],
  ['snapshot-table', snapshotTable, 'snapshots'],
  ['compute-code-cache', codeCache, 'modules'],
] as const;
const golden = folders.flatMap(([folder, plugin, tableId]) =>
  readdirSync(new URL(`../../../fixtures/golden/regions/${folder}/`, import.meta.url))
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name: `${folder}/${name}`, folder, plugin: plugin as AnyRegionPlugin, tableId })),
);

describe('golden files of variable records', () => {
  it.each(golden)('$name', ({ name, folder, plugin, tableId }) => {
    const json = goldenJson(`regions/${name}`);
    const blocks = goldenBytes(`regions/${folder}/${json.file}`);
    const { blockSize, generation } = json;
    const decoded = decodeRegion(plugin, blocks, { blockSize });
    expect(decoded).toMatchObject({ generation, partial: false, findings: [] });
    const { columns, rows } = json.tables[tableId];
    const shown = plugin.describe(decoded.state).tables[0]!;
    const cells = Array.from({ length: shown.rowCount }, (_, row) =>
      (columns as string[]).map((column) => asJson(shown.cell(row, column))),
    );
    // Tombstones are stored, the golden tables leave them out.
    const isDeleted = (row: readonly unknown[]) => folder === 'snapshot-table' && (Number(row[6]) & 2) !== 0;
    expect(cells.filter((row) => !isDeleted(row))).toEqual(rows);
    expect(shown.rowCount).toBe(Number(Object.values(json.summary)[0]));
    expect(plugin.requiredBlocks(decoded.state, geometryOf(blockSize))).toBe(json.blocks);
    if (decoded.form !== 'written') return;
    const again = encodeRegion(plugin, decoded.state, { blockSize, generation });
    expect(sha256Hex(again)).toBe(json.sha256);
    expect(Buffer.compare(again, blocks)).toBe(0);
  });

  it('hold files in which the reference loses records to padding, and we lose none (PR-5)', () => {
    const lost = golden.filter(({ name }) => !`${goldenJson(`regions/${name}`).referenceReads}`.startsWith('same'));
    expect(lost.length).toBeGreaterThan(0);
  });
});

function asJson(value: CellValue): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  return typeof value === 'bigint' ? `${value}` : value;
}

describe('the zero-tail rule (PR-5)', () => {
  const blockSize = 512;
  const encode = (state: ReturnType<typeof moduleSeries>, generation = 7) =>
    encodeRegion(codeCache, state, { blockSize, generation });
  const read = (blocks: Uint8Array) => {
    const { state, findings } = decodeRegion(codeCache, blocks, { blockSize, lenient: true });
    return { items: state?.items, findings };
  };
  const zero: CodeModule = {
    moduleHash: filled(32, 0),
    moduleId: emptyGuid,
    blockOffset: 0n,
    blockCount: 0,
    moduleSizeBytes: 0,
    abiVersion: 0,
    registeredUtcTicks: 0n,
    entryPointName: filled(0, 0),
  };

  it('skips a gap that a zero record would fit, where data follow', () => {
    const series = moduleSeries(5, 24);
    const blocks = encode(series);
    const last = [...traceRegion(codeCache, blocks, { blockSize })].filter(({ block }) => block === 0).at(-1)!;
    expect(496 - last.offset - last.length).toBeGreaterThanOrEqual(CodeModule.size);
    expect(read(blocks)).toEqual({ items: series.items, findings: [] });
  });

  it('skips gaps in several blocks in a row', () => {
    const series = moduleSeries(30, 128);
    expect(read(encode(series))).toEqual({ items: series.items, findings: [] });
  });

  it('reads a zero record where nothing follows', () => {
    const series = { header: {}, items: [codeModule(0, 24), zero] };
    expect(read(encode(series))).toEqual({ items: series.items, findings: [] });
  });

  it('reads a zero record in front of another record of its block', () => {
    const series = { header: {}, items: [zero, codeModule(1, 24), codeModule(2, 24)] };
    expect(read(encode(series))).toEqual({ items: series.items, findings: [] });
  });

  it.each([
    ['another generation', (blocks: Uint8Array) => sealBlocks(blocks.subarray(512), blockSize, stringToTag('CODE'), 6)],
    ['another tag', (blocks: Uint8Array) => sealBlocks(blocks.subarray(512), blockSize, stringToTag('DATA'), 7)],
    [
      'a zero payload',
      (blocks: Uint8Array) => {
        blocks.fill(0, 512, 512 + 496);
        sealBlocks(blocks.subarray(512), blockSize, stringToTag('CODE'), 7);
      },
    ],
  ])('takes the tail for a record when the only block behind has %s', (_name, change) => {
    const blocks = encode(moduleSeries(5, 24));
    change(blocks);
    expect(read(blocks).items?.slice(-1)).toEqual([zero]);
  });

  it('enters a damaged block behind the tail and names the damage', () => {
    const series = moduleSeries(5, 24);
    const blocks = encode(series);
    blocks[512 + 16] = 0xee;
    const { items, findings } = read(blocks);
    expect(items?.length).toBe(series.items.length);
    expect(findings.map(({ code, block }) => [code, block])).toContainEqual(['badTrailer', 1]);
  });

  it('finds the data behind blocks of zero payload', () => {
    const first = encode(moduleSeries(4, 24));
    const blocks = new Uint8Array(4 * 512);
    const series = moduleSeries(5, 24);
    const whole = encode(series);
    blocks.set(whole.subarray(0, 512));
    sealBlocks(blocks.subarray(512, 1024), blockSize, stringToTag('CODE'), 7);
    blocks.set(whole.subarray(512), 1024);
    expect(read(blocks).items).toEqual(series.items);
    expect(read(first).items?.length).toBe(4);
  });
});

describe('damaged variable records', () => {
  const blockSize = 512;
  const lenient = (blocks: Uint8Array, blockCount?: number) =>
    decodeRegion(codeCache, blocks, { blockSize, lenient: true, ...(blockCount !== undefined && { blockCount }) });
  const altered = (n: number, size: number, change: (view: DataView) => void) => {
    const blocks = encodeRegion(codeCache, moduleSeries(n, size), { blockSize, generation: 7 });
    change(new DataView(blocks.buffer));
    sealBlocks(blocks, blockSize, stringToTag('CODE'), 7);
    return blocks;
  };
  const lengthAt = 16 + 74;

  it.each([129, 0xffff])('a length of %i is badLength (PR-11)', (length) => {
    const { state, findings, partial } = lenient(altered(2, 8, (view) => view.setUint16(lengthAt, length, true)));
    expect(findings).toMatchObject([{ code: 'badLength', block: 0, offset: 16, path: 'modules[0]' }]);
    expect([state?.items, partial]).toEqual([[], true]);
  });

  it('a field may end at the payload, not behind it (PR-11)', () => {
    // Records of 76 + n bytes: the fourth starts at 16 + 3 * 116 = 364 and ends at 496 with 56 bytes of name.
    const series = moduleSeries(4, 40);
    const items = [...series.items.slice(0, 3), codeModule(3, 56)];
    const blocks = encodeRegion(codeCache, { header: {}, items }, { blockSize, generation: 7 });
    expect(blocks.length).toBe(512);
    expect(lenient(blocks)).toMatchObject({ state: { items }, findings: [] });
    new DataView(blocks.buffer).setUint16(364 + 74, 57, true);
    sealBlocks(blocks, blockSize, stringToTag('CODE'), 7);
    const { findings, state } = lenient(blocks);
    expect(findings).toMatchObject([{ code: 'badLength', block: 0, offset: 364, path: 'modules[3]' }]);
    expect(state?.items.length).toBe(3);
  });

  it.each([-1, 13, 0x7fff_ffff])('a count of %i is badCount (PR-4)', (count) => {
    const blocks = altered(5, 24, (view) => view.setInt32(0, count, true));
    expect(lenient(blocks)).toMatchObject({ state: undefined, findings: [{ code: 'badCount', path: 'moduleCount' }] });
    expect(() => decodeRegion(codeCache, blocks, { blockSize })).toThrow(/moduleCount is/);
  });

  it('a count beyond the records ends where the blocks end (PR-3)', () => {
    const { findings, state } = lenient(
      altered(6, 40, (view) => view.setInt32(0, 12, true)),
      2,
    );
    expect(findings.map(({ code }) => code)).toEqual(['truncated']);
    expect(state?.items.slice(0, 6)).toEqual(moduleSeries(6, 40).items);
  });

  it('a hole among the blocks is truncated, with the records before it', () => {
    const blocks = altered(12, 24, () => {});
    blocks.fill(0, 512, 1024);
    const { findings, state } = lenient(blocks);
    expect(findings).toMatchObject([{ code: 'truncated', block: 1, path: 'modules[4]', expected: 12, actual: 4 }]);
    expect(state?.items).toEqual(moduleSeries(4, 24).items);
  });

  it('reserved header bytes are kept', () => {
    const blocks = altered(5, 24, (view) => view.setUint8(15, 1));
    const { state, findings } = decodeRegion(codeCache, blocks, { blockSize });
    expect(findings).toMatchObject([{ code: 'reservedNotZero', severity: 'notice', offset: 4, length: 12 }]);
    expect(encodeRegion(codeCache, state, { blockSize, generation: 7 })).toEqual(blocks);
  });

  it('a record larger than a block is refused before anything is written', () => {
    const state = auditOf([{ ...auditSeries(1, 0).items[0]!, details: letters(411) }]);
    expect(() => encodeRegion(auditLog, state, { blockSize, generation: 7 })).toThrow(
      /AuditEntry of 497 bytes does not fit/,
    );
  });

  it('a name longer than its field is refused, naming the field', () => {
    const state = moduleSeries(1, 129);
    expect(() => encodeRegion(codeCache, state, { blockSize, generation: 7 })).toThrow(
      new RangeError('CodeModule.entryPointName: expected at most 128 bytes, got 129'),
    );
  });
});

describe('records kept as bytes', () => {
  const packedRows = moduleRows.packedVariable();
  type PackedModules = Parameters<typeof packedRows.write>[0];
  const packedCache = defineRegion<PackedModules>({
    id: 'compute-code-cache',
    title: codeCache.title,
    blockTag: codeCache.blockTag,
    slotTypes: codeCache.slotTypes,
    empty: () => ({ header: {}, items: new VariableRecords(CodeModule) }),
    decode: (reader): PackedModules => packedRows.read(reader),
    requiredBlocks: ({ items }, geometry) => packedRows.requiredBlocks(items, geometry),
    encode: (content, writer) => packedRows.write(content, writer),
    trace: (reader, window) => packedRows.trace(reader, window),
    describe: ({ items }) => ({ summary: [], tables: [packedTable('modules', items, packedRows.locator(items))] }),
  });
  const sizes = fc.array(fc.nat({ max: 128 }), { maxLength: 30, size: 'max' });
  const blockSizes = fc.constantFrom(512, 1024, 4096);
  const limits = { endOnFailure: true, interruptAfterTimeLimit: 30_000 } as const;
  const blocksOf = (all: readonly number[], blockSize: number) => {
    const items = all.map((size, i) => codeModule(i, size));
    return encodeRegion(codeCache, { header: {}, items }, { blockSize, generation: 7 });
  };

  it('are read, written and traced as objects are', () => {
    const property = fc.property(sizes, blockSizes, (all, blockSize) => {
      const blocks = blocksOf(all, blockSize);
      const { state, findings } = decodeRegion(packedCache, blocks, { blockSize });
      expect([[...state.items], findings]).toEqual([decodeRegion(codeCache, blocks, { blockSize }).state.items, []]);
      expect(Buffer.compare(encodeRegion(packedCache, state, { blockSize, generation: 7 }), blocks)).toBe(0);
      const paths = (plugin: AnyRegionPlugin) =>
        Array.from(
          traceRegion(plugin, blocks, { blockSize }),
          ({ path, block, offset }) => `${path} ${block} ${offset}`,
        );
      expect(paths(packedCache)).toEqual(paths(codeCache));
    });
    fc.assert(property, { ...limits, numRuns: 200 });
  });

  it('have the findings and the rest that objects have, whatever is damaged', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff));
    const damaged = fc.tuple(sizes, blockSizes, fc.array(change, { minLength: 1, maxLength: 6 }), fc.boolean());
    let faulty = 0;
    const property = fc.property(damaged, ([all, blockSize, changes, isSealed]) => {
      const blocks = blocksOf(all, blockSize);
      for (const [place, byte] of changes) blocks[place % blocks.length] = byte;
      if (isSealed) sealBlocks(blocks, blockSize, stringToTag('CODE'), 7);
      const objects = decodeRegion(codeCache, blocks, { blockSize, lenient: true });
      const packed = decodeRegion(packedCache, blocks, { blockSize, lenient: true });
      expect([packed.findings, packed.form]).toEqual([objects.findings, objects.form]);
      expect(packed.state && [...packed.state.items]).toEqual(objects.state?.items);
      if (objects.findings.length > 0) faulty++;
    });
    fc.assert(property, { ...limits, numRuns: 400 });
    expect(faulty).toBeGreaterThan(100);
  });

  it('name the length that keeps a record from being located, and show the record up to it', () => {
    const blocks = blocksOf([8, 8], 512);
    new DataView(blocks.buffer).setUint16(16 + 84 + 74, 129, true);
    sealBlocks(blocks, 512, stringToTag('CODE'), 7);
    for (const plugin of [codeCache, packedCache] as const) {
      const { findings, state } = decodeRegion(plugin as AnyRegionPlugin, blocks, { blockSize: 512, lenient: true });
      expect(findings).toMatchObject([
        { code: 'badLength', offset: 100, length: 76, path: 'modules[1]', expected: '0 to 128', actual: 129 },
      ]);
      expect(findings[0]?.message).toContain('modules[1].entryPointName has a length of 129');
      expect([...state.items].length).toBe(1);
    }
  });
});

describe('places of variable records', () => {
  const states = [
    ['modules', codeCache, moduleRows, moduleSeries(70, 40).items],
    ['modules', codeCache, moduleRows, moduleSeries(9, 128).items],
    ['entries', auditLog, auditRows, auditSeries(40, 100).items],
    ['snapshots', snapshotTable, snapshotRows, snapshotSeries(33, 64).items],
  ] as const;

  it.each(states)('%s stand where the trace finds them (%#)', (id, plugin, rows, items) => {
    const locate = (rows as VariableTableCodec<object, unknown, unknown, never>).locator(items);
    for (const blockSize of [512, 4096, 1024, 512]) {
      const state = { header: { nextSequenceNumber: 0n }, items };
      const blocks = encodeRegion(plugin as AnyRegionPlugin, state, { blockSize, generation: 7 });
      const ranges = [...traceRegion(plugin, blocks, { blockSize })];
      const first = Object.keys(items[0]!)[0];
      items.forEach((item, i) => {
        const { block, offset } = ranges.find(({ path }) => path.startsWith(`${id}[${i}].`))!;
        const length = rows.item.sizeOf(item as never);
        expect(locate(i, geometryOf(blockSize)), `${i} at ${blockSize}, ${first}`).toEqual({ block, offset, length });
      });
    }
  });

  it('are there for existing records only, and for block sizes that hold them', () => {
    const locate = moduleRows.locator(moduleSeries(3, 128).items);
    for (const index of [-1, 3, 0.5]) expect(() => locate(index, geometryOf(512))).toThrow(RangeError);
    const large = auditRows.locator([{ ...auditSeries(1, 0).items[0]!, details: letters(411) }]);
    expect(large(0, geometryOf(1024))).toEqual({ block: 0, offset: 16, length: 497 });
    expect(() => large(0, geometryOf(512))).toThrow(/does not fit/);
  });
});
