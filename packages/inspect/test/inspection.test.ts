import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type CellValue, type FieldKind, isZero, toHex } from '@vde/format';
import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { describe, expect, it } from 'vitest';
import {
  type ByteRange,
  exitCodeOf,
  type HexModel,
  type Inspection,
  openBareRegion,
  openInspection,
  parseAddress,
  type ShownField,
} from '../src/index.ts';
import { compactImage } from './compact-image.ts';
import {
  filledImages,
  freshImages,
  goldenBytes,
  goldenJson,
  goldenTables,
  goldenValue,
  writtenBlocks,
} from './golden-images.ts';

const open = (bytes: Uint8Array): Promise<Inspection> =>
  openInspection(memorySource(bytes, 'image'), { regions: allRegions });
const at = (text: string) => parseAddress(text);
const valuesOf = (fields: readonly ShownField[]): Record<string, unknown> =>
  Object.fromEntries(fields.map(({ path, value }) => [path, goldenValue(value)]));

const golden = goldenJson('all-regions');
const bytes = goldenBytes('all-regions');
const inspection = await open(bytes);
const regionOf = (id: string) => golden.regions!.find((region) => region.id === id)!;

/** The value of a field by its kind, read from the bytes of the file: a second reader, not the one under test. */
function readValue(file: Uint8Array, { offset, length }: ByteRange, kind: FieldKind): CellValue {
  const part = file.slice(offset, offset + length);
  const unsigned = (): bigint => [...part].reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  switch (kind) {
    case 'u64':
      return unsigned();
    case 'i64':
    case 'ticks':
      return BigInt.asIntN(64, unsigned());
    case 'i32':
      return Number(BigInt.asIntN(32, unsigned()));
    case 'f64':
      return new Float64Array(part.buffer)[0]!;
    case 'boolean':
      return part[0] !== 0;
    case 'guid':
      return [
        [3, 2, 1, 0],
        [5, 4],
        [7, 6],
        [8, 9],
        [10, 11, 12, 13, 14, 15],
      ]
        .map((group) => toHex(Uint8Array.from(group, (i) => part[i]!)))
        .join('-');
    case 'tag': {
      if (isZero(part)) return '';
      const letters = String.fromCharCode(...part.reverse());
      return /^[ -~]{4}$/.test(letters) ? letters : `0x${toHex(part)}`;
    }
    case 'bytes':
      return part;
    case 'text':
      return unprefixed(part);
    default:
      return Number(unsigned());
  }
}

/** The bytes of a text behind its length, an i32, where it has one. */
function unprefixed(part: Uint8Array): Uint8Array {
  const hasPrefix = part.length >= 4 && new DataView(part.buffer).getInt32(0, true) === part.length - 4;
  return hasPrefix ? part.subarray(4) : part;
}

/** Each field says what stands in its range; reserved bytes that are zero say nothing. */
function expectToYield(file: Uint8Array, fields: readonly ShownField[]): void {
  for (const { path, range, kind, value } of fields) {
    const stored = readValue(file, range, kind);
    if (value === null)
      expect([path, isZero(file.subarray(range.offset, range.offset + range.length))]).toEqual([path, true]);
    else expect([path, goldenValue(value)]).toEqual([path, goldenValue(stored)]);
  }
}

/** Fields stand in the order of their bytes and none owns bytes of another. */
function expectOrder(fields: readonly ShownField[]): void {
  let end = 0;
  for (const { path, range } of fields) {
    expect([path, range.offset >= end]).toEqual([path, true]);
    end = range.offset + range.length;
  }
}

/** Bytes in the range that neither a field nor a trailer owns. */
function uncovered({ range, fields, trailers }: HexModel): number {
  const owned = [...fields.map((field) => field.range), ...trailers.map((trailer) => trailer.range)];
  let left = range.length;
  for (const { offset, length } of owned)
    left -= Math.max(0, Math.min(offset + length, range.offset + range.length) - Math.max(offset, range.offset));
  return left;
}

const renamed: Record<string, string> = {
  createdTimestampUtc: 'createdTimestamp',
  modifiedTimestampUtc: 'modifiedTimestamp',
};

describe('superblock and directory', () => {
  it.each([...freshImages, ...filledImages])(
    'sb of %s has the values of the golden file, in both copies',
    async (name) => {
      const json = goldenJson(name);
      const { fields, mirror } = await (await open(goldenBytes(name))).show(at('sb'));
      const { magic: _magic, versionInfo: _versionInfo, ...rest } = json.superblock;
      const expected = Object.fromEntries(Object.entries(rest).map(([key, value]) => [renamed[key] ?? key, value]));
      expect(valuesOf(fields)).toMatchObject(expected);
      expect(valuesOf(mirror ?? [])).toMatchObject(expected);
      const [first, second] = [
        fields.map(({ range }) => range.offset),
        (mirror ?? []).map(({ range }) => range.offset - 4 * json.blockSize),
      ];
      expect(second).toEqual(first);
    },
  );

  it('the magic and version bytes are those of the golden file', async () => {
    const hex = await inspection.hex(at('sb:32'));
    expect(toHex(hex.bytes)).toBe(`${golden.superblock['magic']}${golden.superblock['versionInfo']}`);
  });

  it.each([...freshImages, ...filledImages])(
    'dir of %s lists the golden slots, and so does the pointer table',
    async (name) => {
      const json = goldenJson(name);
      const opened = await open(goldenBytes(name));
      const rows = json.slots.map(({ index, type, flags, startBlock, blockCount, usedBlocks }) => [
        index,
        type,
        flags,
        startBlock,
        blockCount,
        usedBlocks,
      ]);
      const columns = ['index', 'regionTypeId', 'flags', 'startBlock', 'blockCount', 'usedBlocks'];
      expect(goldenTables(await opened.show(at('dir')))).toEqual({ slots: { columns, rows } });
      expect(goldenTables(await opened.show(at('sb')))).toEqual({ regionPointers: { columns, rows } });
    },
  );

  it('dir shows the header of block 9', async () => {
    const { fields } = await inspection.show(at('dir'));
    const checksum = new DataView(bytes.buffer).getBigUint64(9 * 4096 - 8, true);
    expect(valuesOf(fields)).toMatchObject({ version: 1, slotCount: 127, activeCount: 28, block0Hash: `${checksum}` });
  });

  it('a slot is a record of dir', async () => {
    const { fields, title } = await inspection.show(at('dir/27'));
    expect(title).toBe('Region directory: slots[27]');
    expect(fields.map(({ value }) => goldenValue(value))).toEqual(['WORM', 9, '2383', '64', '0']);
    expect(fields[0]!.range).toEqual({ offset: 8 * 4096 + 27 * 32, length: 4 });
  });

  it('extended metadata and integrity anchor are shown with the group', async () => {
    const { fields } = await inspection.show(at('sb'));
    const paths = fields.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'integrityAnchor.formatFingerprint',
        'integrityAnchor.metadataChainHash',
        'extendedMetadata.namespaceSignature',
      ]),
    );
    expect((await inspection.show(at('sb.formatFingerprint'))).fields[0]?.range).toEqual({
      offset: 3 * 4096 + 0x128,
      length: 32,
    });
  });

  it.each([4096, 16384, 65536])(
    'a group with every field set yields its values at block size %i',
    async (blockSize) => {
      const folder = new URL('../../../fixtures/golden/format/', import.meta.url);
      const unzip = (name: string) => gunzipSync(readFileSync(new URL(`${name}.${blockSize}.bin.gz`, folder)));
      const file = new Uint8Array(10 * blockSize);
      file.set(unzip('superblock-group').subarray(0, 8 * blockSize));
      file.set(unzip('directory').subarray(0, 2 * blockSize), 8 * blockSize);
      const opened = await open(file);
      let set = 0;
      for (let block = 0; block < 10; block++) {
        const { fields } = await opened.show(at(`b:${block}`));
        expectToYield(file, fields);
        expectOrder(fields);
        set += fields.filter(({ value }) => value !== null && !(value instanceof Uint8Array && isZero(value))).length;
        expect([block, uncovered(await opened.hex(at(`b:${block}`)))]).toEqual([block, 0]);
      }
      expect(set).toBeGreaterThan(1000);
    },
  );
});

describe('regions', () => {
  it('a sample has its golden values, at its place', async () => {
    const { columns, rows } = regionOf('metrics-log').tables['samples']!;
    for (const row of [0, 17, 213, 214, 2999]) {
      const { fields, tables } = await inspection.show(at(`r:metrics-log/${row}`));
      expect(fields.map(({ path, value }) => [path, goldenValue(value)])).toEqual(
        columns.map((column, i) => [`samples[${row}].${column}`, rows[row]![i]]),
      );
      expect(tables).toEqual([]);
      expectToYield(bytes, fields);
    }
    // Page region-metrics-log: header of 32 bytes, samples of 19, none across a block edge.
    expect((await inspection.show(at('r:metrics-log/17.value'))).range).toEqual({
      offset: 2127 * 4096 + 32 + 17 * 19 + 10,
      length: 8,
    });
  });

  it('a mapping has its golden values, by slot type, id, slot and from the end', async () => {
    const { columns, rows } = regionOf('anonymization-table').tables['mappings']!;
    const expected = columns.map((column, i) => [`mappings[499].${column}`, rows[499]![i]]);
    for (const address of ['r:ANON/499', 'r:anonymization-table/mappings:499', 's:22/-1']) {
      const { fields } = await inspection.show(at(address));
      expect(fields.map(({ path, value }) => [path, goldenValue(value)])).toEqual(expected);
    }
  });

  it('the header of a region is shown with its generation, state and findings', async () => {
    const shown = await inspection.show(at('r:metrics-log'));
    expect(valuesOf(shown.fields)).toMatchObject({
      sampleCount: '3000',
      maxCapacitySamples: '50000',
      compactionThreshold: 0.8,
    });
    expect(shown.region).toMatchObject({
      slot: 23,
      type: 'MLOG',
      id: 'metrics-log',
      generation: 7,
      state: 'written',
      partial: false,
    });
    expect(shown.range).toEqual({ offset: 2127 * 4096, length: 64 * 4096 });
  });

  it.each([
    ['MWAL', 0, 64, 1024],
    ['DWAL', 1, 128, 4096],
  ])('the header of %s is decoded', async (type, logType, maxBlocks, checkpointInterval) => {
    const shown = await inspection.show(at(`r:${type}`));
    expect(valuesOf(shown.fields)).toMatchObject({
      type: logType,
      version: 1,
      sequenceStart: '0',
      sequenceEnd: '0',
      maxBlocks: `${maxBlocks}`,
      usedBlocks: '1',
      checkpointInterval,
      isClean: 1,
    });
    expectToYield(bytes, shown.fields);
  });

  it('the inode layout lists the fields of the modules, as page 04, 3.3 has them for this manifest', async () => {
    const shown = await inspection.show(at('r:INOD'));
    expect(valuesOf(shown.fields)).toMatchObject({ inodeSize: 576, coreEnd: 304, moduleCount: 12, paddingBytes: 53 });
    const { columns, rows } = goldenTables(shown)['fields']!;
    const places = rows.map((row) => [row[columns.indexOf('moduleBit')], row[columns.indexOf('offset')]]);
    expect(places).toEqual([
      [0, 304],
      [1, 328],
      [2, 340],
      [3, 352],
      [4, 488],
      [5, 496],
      [6, 500],
      [10, 508],
      [13, 512],
      [14, 516],
      [15, 518],
      [16, 522],
    ]);
  });

  it.each([
    ['all-regions', 2469],
    ['seed-regions-16k', 1748],
    ['fresh-minimal', 1099],
  ])('the bitmap of %s marks blocks 0 to %i as one run', async (name, end) => {
    const shown = await (await open(goldenBytes(name))).show(at('r:BMAP'));
    expect(goldenTables(shown)).toEqual({
      allocated: { columns: ['startBlock', 'blockCount'], rows: [['0', `${end}`]] },
    });
    expect(shown.region?.description?.summary.map(({ id, value }) => [id, value])).toEqual([
      ['allocatedBlocks', BigInt(end)],
      ['runCount', 1n],
    ]);
  });

  it('of a region that nobody decodes trailers and first bytes are shown', async () => {
    const shown = await (await openInspection(memorySource(bytes), { regions: [] })).show(at('r:ANON'));
    expect(shown.region).toMatchObject({ slot: 22, type: 'ANON', id: null, generation: 8, state: 'written' });
    expect(shown.tables).toEqual([]);
    expect(shown.fields).toHaveLength(14 * 3);
    expect(shown.fields.slice(0, 2).map(({ path, value }) => [path, value])).toEqual([
      ['blocks[0].tag', 'ANON'],
      ['blocks[0].generation', 8],
    ]);
    expectToYield(bytes, shown.fields);
    expect(shown.bytes).toEqual(bytes.subarray(2063 * 4096, 2063 * 4096 + 512));
  });

  it('a block shows its own fields and its trailer, a hole nothing', async () => {
    const { fields, title } = await inspection.show(at('b:2128'));
    expect(title).toContain('Metrics log');
    expect(fields.at(0)?.range.offset).toBe(2128 * 4096);
    expect(fields.slice(-3).map(({ path }) => path)).toEqual(['trailer.tag', 'trailer.generation', 'trailer.checksum']);
    expect((await inspection.show(at('b:2000'))).fields).toEqual([]);
  });

  it.each([
    's:99',
    'r:NONE',
    'r:metrics-log#1',
    'r:metrics-log/3000',
    'r:metrics-log.nothing',
    'b:3000',
    '0xffffffff',
    'dir/127',
    'sb.nothing',
    'r:INTE/0',
  ])('%s is not found', async (address) => {
    await expect(inspection.show(at(address))).rejects.toMatchObject({ code: 'addressNotFound' });
    await expect(inspection.hex(at(address))).rejects.toMatchObject({ code: 'addressNotFound' });
  });
});

describe('places of fields', () => {
  it.each(['all-regions', 'seed-regions-16k', 'fresh-analytics'])(
    'every field of every written block of %s yields its value',
    async (name) => {
      const file = goldenBytes(name);
      const opened = await open(file);
      for (const block of writtenBlocks(goldenJson(name))) {
        const { fields } = await opened.show(at(`b:${block}`));
        expectToYield(file, fields);
        expectOrder(fields);
      }
    },
  );

  it.each(['all-regions', 'seed-regions-16k'] as const)(
    'every field that show gives of a slot of the compact %s yields its value',
    async (name) => {
      const file = compactImage(name);
      const opened = await open(file);
      for (const { address } of await opened.slots()) expectToYield(file, (await opened.show(at(address))).fields);
      for (const address of ['sb', 'sb.mirror', 'dir']) expectToYield(file, (await opened.show(at(address))).fields);
    },
  );

  it('fields and trailers cover blocks 0-9 and own all written bytes of the regions', async () => {
    for (let block = 0; block < 10; block++)
      expect([block, uncovered(await inspection.hex(at(`b:${block}`)))]).toEqual([block, 0]);
    for (const id of ['metrics-log', 'anonymization-table']) {
      const { startBlock, codecBlocks } = regionOf(id);
      for (let block = startBlock; block < startBlock + codecBlocks; block++) {
        const hex = await inspection.hex(at(`b:${block}`));
        const end = hex.fields.at(-1)!.range.offset + hex.fields.at(-1)!.range.length;
        // What is left lies behind the last record, and is zero.
        expect([block, uncovered(hex), isZero(bytes.subarray(end, (block + 1) * 4096 - 16))]).toEqual([
          block,
          (block + 1) * 4096 - 16 - end,
          true,
        ]);
      }
    }
  });

  it('hex gives the bytes of the file, with the fields that only touch the range', async () => {
    const { bytes: shown, range, fields, trailers } = await inspection.hex(at('b:12+0x40:16'));
    expect(range).toEqual({ offset: 12 * 4096 + 0x40, length: 16 });
    expect(shown).toEqual(bytes.subarray(range.offset, range.offset + 16));
    expect([fields, trailers]).toEqual([[], []]);
    const within = await inspection.hex(at('sb+0x3a:2'));
    expect(within.fields.map(({ path, range: whole }) => [path, whole])).toEqual([
      ['totalBlocks', { offset: 0x38, length: 8 }],
    ]);
    const across = await inspection.hex(at('b:2127+4070:40'));
    expect(across.trailers).toMatchObject([
      { block: 2127, tag: 'MTRK', generation: 7, status: 'ok', range: { offset: 2128 * 4096 - 16, length: 16 } },
    ]);
    expect(across.bytes).toEqual(bytes.subarray(2127 * 4096 + 4070, 2127 * 4096 + 4110));
  });

  it('hex without a length shows one block of a region, with length what was asked for, to the end of the file at most', async () => {
    expect((await inspection.hex(at('r:metrics-log'))).range.length).toBe(4096);
    expect((await inspection.hex(at('r:metrics-log'), { length: 9000 })).range.length).toBe(9000);
    expect((await inspection.hex(at('b:-1'), { length: 1e9 })).range).toEqual({ offset: 2999 * 4096, length: 4096 });
  });
});

describe('info', () => {
  it('says which copy is used and why, what the modules are, and the verdict', async () => {
    const info = await inspection.info();
    expect(info).toMatchObject({
      label: 'ACME payments, archive 2025',
      copyReason: 'Blocks 0-3 are intact, so the primary copy is used.',
      facts: {
        blockSize: 4096,
        blocks: 3000n,
        volumeUuid: golden.superblock['volumeUuid'],
        copyUsed: 'primary',
        size: 12_288_000,
      },
      check: { verdict: 'clean', level: 'quick' },
    });
    expect(info.modules).toHaveLength(19);
    expect(info.slots).toHaveLength(28);
    expect(info.integrity.map(({ state }) => state).sort()).toEqual(['absent', 'absent', 'absent', 'absent', 'ok']);
  });

  it('shows the superblock of the mirror when that is used', async () => {
    const file = bytes.slice();
    file[100]! ^= 1;
    const info = await (await open(file)).info();
    expect(info.copyReason).toBe('Block 0 does not match its checksum. Blocks 4-7 are intact, so the mirror is used.');
    expect(info.superblock[0]?.range.offset).toBe(4 * 4096);
    expect(exitCodeOf(info.check, { failOn: 'warning' })).toBe(2);
  });
});

describe('bare region blocks', () => {
  const extract = (id: string): Uint8Array<ArrayBuffer> => {
    const { startBlock, codecBlocks } = regionOf(id);
    return bytes.slice(startBlock * 4096, (startBlock + codecBlocks) * 4096);
  };
  const openBare = (id: string, blocks: Uint8Array): Promise<Inspection> =>
    openBareRegion(memorySource(blocks, 'extract'), {
      plugin: allRegions.find((plugin) => plugin.id === id)!,
      blockSize: 4096,
    });

  it.each(['metrics-log', 'anonymization-table'])('%s is shown and checked as in its image', async (id) => {
    const blocks = extract(id);
    const bare = await openBare(id, blocks);
    expect(bare.facts).toBeNull();
    for (const address of ['s:0', `r:${id}`]) {
      const shown = await bare.show(at(address));
      expect(goldenTables(shown)).toEqual(regionOf(id).tables);
      expect(shown.region).toMatchObject({ slot: null, id, state: 'written', partial: false });
      expectToYield(blocks, shown.fields);
    }
    const check = await bare.check({ level: 'full' });
    expect(check).toMatchObject({
      facts: null,
      verdict: 'clean',
      findings: [],
      blocks: { ok: blocks.length / 4096, badTrailer: 0 },
    });
    expect((await bare.slots()).map((slot) => [slot.id, slot.resolvedBy, slot.state])).toEqual([
      [id, 'caller', 'written'],
    ]);
  });

  it('a damaged block is found, placed and still shown', async () => {
    const blocks = extract('metrics-log');
    blocks[3 * 4096 + 9]! ^= 1;
    const bare = await openBare('metrics-log', blocks);
    const check = await bare.check({ level: 'full' });
    expect(check.findings).toMatchObject([
      { code: 'badTrailer', block: 3, address: 'b:3', range: { offset: 3 * 4096, length: 4096 } },
    ]);
    expect(exitCodeOf(check, { failOn: 'warning' })).toBe(3);
    const shown = await bare.show(at('s:0'));
    expect([shown.region?.partial, shown.tables[0]?.rowCount]).toEqual([true, 3000]);
    expect((await bare.hex(at('b:3'))).trailers).toMatchObject([{ block: 3, status: 'corrupt' }]);
  });

  it('of a cut extract, whose size nothing else tells, the count does not fit and the bytes are shown', async () => {
    const bare = await openBare('metrics-log', extract('metrics-log').subarray(0, 5 * 4096 + 1000));
    const shown = await bare.show(at('s:0'));
    expect(shown.region?.partial).toBe(true);
    expect(shown.findings.map(({ code, block }) => [code, block])).toEqual([['badCount', 0]]);
    expect(valuesOf(shown.fields)).toMatchObject({ sampleCount: '3000' });
    const check = await bare.check({ level: 'full' });
    expect(check.findings.map(({ code, block }) => [code, block])).toEqual([
      ['badCount', 0],
      ['badTrailer', 5],
    ]);
    expect(exitCodeOf(check, { failOn: 'warning' })).toBe(3);
  });

  it('container structures and info are none of theirs', async () => {
    const bare = await openBare('metrics-log', extract('metrics-log'));
    for (const address of ['sb', 'dir', 'sb.mirror'])
      await expect(bare.show(at(address))).rejects.toMatchObject({ code: 'addressNotFound' });
    await expect(bare.info()).rejects.toThrow(TypeError);
  });
});
