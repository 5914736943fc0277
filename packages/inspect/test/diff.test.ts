import {
  type AnyRegionPlugin,
  allocationBitmap,
  decodeRegion,
  directoryHeaderRanges,
  extendedMetadataRanges,
  integrityAnchorRanges,
  regionPointerTableRanges,
  setAllocated,
  superblockRanges,
  traceRegion,
} from '@vde/format';
import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { countingSource, faultySource, seededRandom } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { type ImageFinding, openBareRegion, openInspection, parseAddress } from '../src/index.ts';
import { compactImage } from './compact-image.ts';
import { collect, diffOf, EditedImage, linesOf, open } from './diff-edits.ts';
import { filledImages, freshImages, goldenBytes, goldenJson } from './golden-images.ts';

const blockSize = 4096;
const compact = compactImage('all-regions');
/** Blocks of the data region that hold nothing. */
const data = compact.length / blockSize - 5;
compact.fill(0, data * blockSize);
const edited = () => new EditedImage(compact);

/** Slots of the compact image by type. */
const slots = await (await open(compact)).slots();
const slotOf = (type: string) => slots.find((slot) => slot.type === type)!;
const startOf = (type: string) => Number(slotOf(type).startBlock);

describe('the same image', () => {
  it.each([...freshImages, ...filledImages])('%s does not differ from itself', async (name) => {
    const bytes = goldenBytes(name);
    expect(await diffOf(bytes, bytes)).toEqual([]);
  });

  it('fresh and filled images differ in their story', async () => {
    const lines = linesOf(await diffOf(goldenBytes('fresh-minimal'), goldenBytes('all-regions')));
    expect(lines).toContain('changed sb.totalBlocks');
    expect(lines).toContain('added r:metrics-log (region)');
    expect(lines).toContain('added r:worm-immutable (region)');
  });
});

describe('container fields', () => {
  const head = [superblockRanges, regionPointerTableRanges, extendedMetadataRanges, integrityAnchorRanges];
  const prefixes = ['', 'regionPointers.', 'extendedMetadata.', 'integrityAnchor.'];
  // The block size moves all blocks; entries of slots have cases of their own.
  const fields = head.flatMap((ranges, block) =>
    ranges(blockSize)
      .filter(({ name, length }) => name !== 'blockSize' && !name.startsWith('slots') && length > 0)
      .map(({ name, offset }) => ({ path: prefixes[block] + name, block, offset })),
  );

  it('tells a field once that changed in both copies', async () => {
    for (const { path, block, offset } of fields) {
      const image = edited()
        .flip(block, offset)
        .seal(block)
        .flip(block + 4, offset)
        .seal(block + 4);
      expect(linesOf(await diffOf(compact, image.bytes))).toEqual([`changed sb.${path}`]);
    }
  });

  it('tells a field that changed in one copy, sealed or not', async () => {
    for (const { path, block, offset } of fields) {
      const primary = edited().flip(block, offset);
      expect(linesOf(await diffOf(compact, primary.bytes))).toEqual([`changed sb.${path}`]);
      expect(linesOf(await diffOf(compact, primary.seal(block).bytes))).toEqual([`changed sb.${path}`]);
      const mirror = edited()
        .flip(block + 4, offset)
        .seal(block + 4);
      expect(linesOf(await diffOf(compact, mirror.bytes))).toEqual([`changed sb.mirror.${path}`]);
    }
  });

  it('tells the fields of the directory header', async () => {
    for (const { name, offset } of directoryHeaderRanges(blockSize)) {
      const image = edited().flip(9, offset).seal(9);
      expect(linesOf(await diffOf(compact, image.bytes))).toEqual([`changed dir.${name}`]);
    }
  });

  it('gives values, kinds and addresses', async () => {
    const image = edited().rewrite((group) => ({ ...group, superblock: { ...group.superblock, freeBlocks: 7n } }));
    const [difference, ...rest] = await diffOf(compact, image.bytes);
    expect(rest).toEqual([]);
    expect(difference).toMatchObject({
      what: 'field',
      part: { path: 'sb' },
      a: { kind: 'i64', value: 0n },
      b: { kind: 'i64', value: 7n },
      addressA: 'sb.freeBlocks',
      addressB: 'sb.freeBlocks',
    });
  });

  it('tells an entry of no region once, and a copy of it that alone changed', async () => {
    const everywhere = edited().editSlots((entries) => {
      entries[90] = { ...entries[90]!, regionTypeId: 'ABCD', usedBlocks: 3n };
    });
    expect(linesOf(await diffOf(compact, everywhere.bytes))).toEqual([
      'changed dir.slots[90].regionTypeId',
      'changed dir.slots[90].usedBlocks',
    ]);
    const usedBlocks = 90 * 32 + 24;
    const inMirror = edited().flip(5, usedBlocks).seal(5);
    expect(linesOf(await diffOf(compact, inMirror.bytes))).toEqual([
      'changed sb.mirror.regionPointers.slots[90].usedBlocks',
    ]);
  });

  it('takes a block that is something else as a block', async () => {
    const image = edited();
    image.block(0).fill(0xaa);
    expect(linesOf(await diffOf(compact, image.bytes))).toEqual(['changed b:0 (blocks)']);
    image.block(0).fill(0);
    expect(linesOf(await diffOf(compact, image.bytes))).toEqual(['removed b:0 (blocks)']);
  });

  it('tells a preamble', async () => {
    const preamble = new Uint8Array(8192);
    preamble.set(new TextEncoder().encode('DWVD-BOO'));
    new DataView(preamble.buffer).setBigUint64(16, 8192n, true);
    new DataView(preamble.buffer).setBigUint64(24, 8192n, true);
    const behind = (start: Uint8Array) => Uint8Array.from([...start, ...compact]);
    const whole = behind(preamble);
    expect(linesOf(await diffOf(compact, whole))).toEqual(['added 0x0:8192 (bytes)']);
    expect(await diffOf(whole, whole)).toEqual([]);
    preamble[8000] = 1;
    expect(linesOf(await diffOf(whole, behind(preamble)))).toEqual(['changed 0x0:8192 (bytes)']);
  });
});

describe('regions', () => {
  it('come and go as a whole', async () => {
    const without = edited().editSlots((entries) => {
      entries[slotOf('SNAP').index] = { regionTypeId: '', flags: 0, startBlock: 0n, blockCount: 0n, usedBlocks: 0n };
    });
    const gone = await diffOf(compact, without.bytes);
    expect(linesOf(gone)).toEqual(['removed r:SNAP (region)']);
    expect(gone[0]).toMatchObject({ addressA: `s:${slotOf('SNAP').index}`, addressB: null, b: null });
    expect(linesOf(await diffOf(without.bytes, compact))).toEqual(['added r:SNAP (region)']);
  });

  it('move with their contents, and are told to have moved', async () => {
    const [from, to] = [startOf('SNAP'), startOf('DATA') + 20];
    const room = new Uint8Array(compact.length + 16 * blockSize);
    room.set(compact);
    const moved = new EditedImage(room).editSlots((entries) => {
      const { index } = slotOf('SNAP');
      entries[index] = { ...entries[index]!, startBlock: BigInt(to) };
    });
    moved.block(to).set(moved.block(from));
    moved.block(to + 1).set(moved.block(from + 1));
    const found = await diffOf(room, moved.bytes);
    expect(linesOf(found)).toEqual(['changed r:SNAP.startBlock']);
    expect(found[0]).toMatchObject({ a: { value: BigInt(from) }, b: { value: BigInt(to) } });
  });

  it('are known again in another slot, with other flags and another size', async () => {
    const image = edited().editSlots((entries) => {
      const { index } = slotOf('MLOG');
      entries[60] = {
        ...entries[index]!,
        flags: entries[index]!.flags | 16,
        blockCount: entries[index]!.blockCount - 1n,
      };
      entries[index] = { regionTypeId: '', flags: 0, startBlock: 0n, blockCount: 0n, usedBlocks: 0n };
    });
    expect(linesOf(await diffOf(compact, image.bytes))).toEqual([
      'changed r:metrics-log.slot',
      'changed r:metrics-log.flags',
      'changed r:metrics-log.blockCount',
    ]);
  });

  it('are matched by type, then by what decodes them, then by place', async () => {
    const { index, startBlock } = slotOf('MLOG');
    const retyped = edited().editSlots((entries) => {
      entries[index] = { ...entries[index]!, regionTypeId: 'MTRK' };
    });
    expect(linesOf(await diffOf(compact, retyped.bytes))).toEqual(['changed r:metrics-log.regionTypeId']);
    const unknown = edited().editSlots((entries) => {
      entries[index] = { ...entries[index]!, regionTypeId: 'WXYZ' };
    });
    expect(linesOf(await diffOf(compact, unknown.bytes))).toEqual([
      'removed r:metrics-log (region)',
      'added r:WXYZ (region)',
    ]);
    const twice = edited().editSlots((entries) => {
      entries[60] = { ...entries[index]!, startBlock: startBlock + 5n, blockCount: 1n };
    });
    const lines = linesOf(await diffOf(compact, twice.bytes));
    expect(lines.filter((line) => line.endsWith('(region)'))).toHaveLength(1);
    expect(lines).toContain('added r:metrics-log#1 (region)');
  });

  it('keep their data where it is addressed from the end of the slot', async () => {
    const { index, startBlock, blockCount } = slotOf('WORM');
    const room = edited();
    const start = Number(startBlock) + 8;
    // Blocks behind the write-once region are free: its header goes there, its data stay.
    room.editSlots((entries) => {
      entries[index] = { ...entries[index]!, startBlock: BigInt(start + 1), blockCount: blockCount - 1n };
    });
    room.bytes.copyWithin((start + 1) * blockSize, Number(startBlock) * blockSize, start * blockSize);
    const moved = new EditedImage(room.bytes).editSlots((entries) => {
      entries[index] = { ...entries[index]!, startBlock: BigInt(start), blockCount };
    });
    moved.block(start).set(moved.block(start + 1));
    const lines = linesOf(await diffOf(room.bytes, moved.bytes));
    expect(lines.slice(0, 2)).toEqual(['changed r:worm-immutable.startBlock', 'changed r:worm-immutable.blockCount']);
    expect(lines.slice(2).filter((line) => line.includes('worm'))).toEqual([]);
  });
});

/** The regions of the compact image that a plugin decodes, with their fields as its trace tells them. */
function subjects(): { plugin: AnyRegionPlugin; path: string; start: number; blocks: Uint8Array; count: number }[] {
  return slots.flatMap(({ id, startBlock, blockCount }) => {
    const plugin = allRegions.find((candidate) => candidate.id === id);
    if (plugin === undefined) return [];
    const [start, count] = [Number(startBlock), Number(blockCount)];
    const blocks = compact.subarray(start * blockSize, (start + count) * blockSize);
    return [{ plugin, path: `r:${id}`, start, blocks, count }];
  });
}

describe('records', () => {
  it.each(subjects())('of $plugin.id: one changed field is one difference, at its path', async (subject) => {
    const { plugin, path, start, blocks } = subject;
    const random = seededRandom(plugin.id.length);
    const ranges = [...traceRegion(plugin, blocks, { blockSize })];
    const before = decodeRegion(plugin, blocks, { blockSize });
    const { tables } = plugin.describe(before.state);
    let told = 0;
    for (let run = 0; run < 30; run++) {
      const range = ranges[run < 12 ? run % ranges.length : Math.floor(random() * ranges.length)]!;
      const offset = range.offset + Math.floor(random() * range.length);
      const image = edited()
        .flip(start + range.block, offset)
        .seal(start + range.block);
      const after = decodeRegion(plugin, image.bytes.subarray(start * blockSize, start * blockSize + blocks.length), {
        blockSize,
        lenient: true,
      });
      // A count or a length changes what follows it.
      if (after.state === undefined || after.partial) continue;
      const rows = plugin.describe(after.state).tables.map(({ rowCount }) => rowCount);
      if (rows.some((count, i) => count !== tables[i]!.rowCount)) continue;
      const [, table, column] = /^(\w+)\[\d+\]\.(\w+)$/.exec(range.path) ?? [];
      const isShown =
        table === undefined || tables.some(({ id, columns }) => id === table && columns.some((c) => c.id === column));
      const block = `${path}+${range.block}block:1block (blocks)`;
      expect([range.path, linesOf(await diffOf(compact, image.bytes))]).toEqual([
        range.path,
        [isShown && !range.path.endsWith(']') ? `changed ${path}.${range.path}` : `changed ${block}`],
      ]);
      told++;
    }
    expect(told).toBeGreaterThan(10);
  });

  it('names the row by its key, with addresses that show it', async () => {
    const { start } = subjects().find(({ plugin }) => plugin.id === 'anonymization-table')!;
    const mapping = 2;
    const image = edited()
      .flip(start, 16 + mapping * 108 + 16)
      .seal(start);
    const [difference] = await diffOf(compact, image.bytes);
    const { index } = slotOf('ANON');
    expect(difference).toMatchObject({
      key: [{ id: 'mappingId', kind: 'guid' }],
      addressA: `s:${index}/mappings:2.subjectId`,
      addressB: `s:${index}/mappings:2.subjectId`,
    });
    const shown = await (await open(image.bytes)).show(parseAddress(difference!.addressB!));
    expect(shown.fields[0]!.value).toEqual((difference as { b: { value: unknown } }).b.value);
  });

  it('leaves out a count that the records say, unless consequences are wanted', async () => {
    const { start, plugin, blocks } = subjects().find(({ plugin: { id } }) => id === 'metrics-log')!;
    const { rowCount } = plugin.describe(decodeRegion(plugin, blocks, { blockSize }).state).tables[0]!;
    const image = edited();
    new DataView(image.bytes.buffer).setBigInt64(start * blockSize, BigInt(rowCount - 1), true);
    image.seal(start);
    const record = `removed r:metrics-log.samples[${rowCount - 1}] (record)`;
    expect(linesOf(await diffOf(compact, image.bytes))).toEqual([record]);
    const lines = linesOf(await diffOf(compact, image.bytes, { consequences: true }));
    expect(lines.slice(0, 2)).toEqual(['changed r:metrics-log.sampleCount', record]);
  });

  it('does not take rows for gone that damage hides', async () => {
    const { start } = subjects().find(({ plugin: { id } }) => id === 'metrics-log')!;
    const image = edited();
    new DataView(image.bytes.buffer).setBigInt64(start * blockSize, 2n ** 40n, true);
    const findings: string[] = [];
    const options = { onFinding: (side: string, { code }: ImageFinding) => findings.push(`${side} ${code}`) };
    const lines = linesOf(await diffOf(compact, image.seal(start).bytes, options));
    expect(lines).toEqual(['changed r:metrics-log.sampleCount']);
    expect(findings).toEqual(['b badCount']);
  });
});

describe('trailers', () => {
  const mlog = startOf('MLOG');
  const written = Array.from({ length: 15 }, (_, i) => mlog + i).filter((block) =>
    compact.subarray(block * blockSize, (block + 1) * blockSize).some((byte) => byte !== 0),
  );

  it('of another generation are told in one run', async () => {
    const image = edited();
    for (const block of written) image.seal(block, 77);
    const found = await diffOf(compact, image.bytes);
    expect(linesOf(found)).toEqual([`changed r:metrics-log+0block:${written.length}block (trailers)`]);
    expect(found[0]).toMatchObject({ a: { tag: 'MTRK' }, b: { tag: 'MTRK', generation: 77, start: mlog } });
  });

  it('are left out where a record changed, unless consequences are wanted', async () => {
    const image = edited().flip(mlog + 1, 100);
    for (const block of written) image.seal(block, 77);
    const lines = linesOf(await diffOf(compact, image.bytes));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^changed r:metrics-log\.samples\[\d+\]\.\w+$/);
    const all = linesOf(await diffOf(compact, image.bytes, { consequences: true }));
    expect(all.slice(0, 1)).toEqual(lines);
    expect(all.slice(1)).toEqual([
      'changed r:metrics-log+0block:1block (trailers)',
      'changed r:metrics-log+1block:1block (trailers)',
      `changed r:metrics-log+2block:${written.length - 2}block (trailers)`,
    ]);
  });

  it('with a checksum that does not fit are always told', async () => {
    const image = edited()
      .flip(mlog + 1, 100)
      .seal(mlog + 1)
      .flip(mlog + 2, blockSize - 1);
    const findings: string[] = [];
    const options = {
      onFinding: (side: string, { code, block }: ImageFinding) => findings.push(`${side} ${code} ${block}`),
    };
    const found = await diffOf(compact, image.bytes, options);
    expect(linesOf(found).slice(1)).toEqual(['changed r:metrics-log+2block:1block (trailers)']);
    expect(found[1]).toMatchObject({ a: { checksum: expect.any(BigInt) }, b: { checksum: expect.any(BigInt) } });
    expect(findings).toEqual([`b badTrailer ${mlog + 2}`]);
  });

  it('of blocks 0-9 are told by tag', async () => {
    const image = edited();
    for (let block = 0; block < 2; block++) image.seal(block, 99);
    expect(linesOf(await diffOf(compact, image.bytes))).toEqual(['changed b:0 (trailers)', 'changed b:1 (trailers)']);
  });
});

describe('blocks', () => {
  it('that nobody decodes are told in runs', async () => {
    const image = edited();
    image.block(data).fill(1);
    image.block(data + 1).fill(2);
    image.block(data + 3)[7] = 9;
    const found = await diffOf(compact, image.bytes);
    expect(linesOf(found).map((line) => line.replace(/r:DATA(#\d)?/, 'r:DATA'))).toEqual([
      'added r:DATA+11block:2block (blocks)',
      'added r:DATA+14block:1block (blocks)',
    ]);
    expect(found[1]).toMatchObject({ a: null, b: { start: data + 3, count: 1 }, bytes: 1, firstByte: 7 });
    expect(linesOf(await diffOf(image.bytes, compact)).every((line) => line.startsWith('removed'))).toBe(true);
  });

  it('are not compared where both bitmaps call them free, and are where one does not', async () => {
    const bitmapBlock = startOf('BMAP');
    const mark = (image: EditedImage, from: number, count: number) => {
      const payload = image.block(bitmapBlock).subarray(0, blockSize - 16);
      setAllocated(allocationBitmap([payload], compact.length / blockSize), { start: from, count }, false);
      return image.seal(bitmapBlock);
    };
    const free = mark(edited(), data, 4);
    const changed = new EditedImage(free.bytes);
    changed.block(data + 1).fill(7);
    expect(await diffOf(free.bytes, changed.bytes)).toEqual([]);
    const used = edited();
    used.block(data + 1).fill(7);
    const lines = linesOf(await diffOf(free.bytes, used.bytes)).map((line) => line.replace(/r:DATA(#\d)?/, 'r:DATA'));
    expect(lines).toEqual([`added b:${data}:4block (record)`, 'added r:DATA+12block:1block (blocks)']);
    expect(linesOf(await diffOf(used.bytes, free.bytes))[0]).toBe(`removed b:${data}:4block (record)`);
  });

  it('of the bitmap whose bits lie behind the volume are told as blocks', async () => {
    const bitmapBlock = startOf('BMAP');
    const image = edited().flip(bitmapBlock, 4000).seal(bitmapBlock);
    expect(linesOf(await diffOf(compact, image.bytes))).toEqual(['changed r:BMAP+0block:1block (blocks)']);
  });

  it('that a damaged bitmap calls free are compared', async () => {
    const bitmapBlock = startOf('BMAP');
    const image = edited().flip(bitmapBlock, 0);
    image.block(data).fill(7);
    const findings: string[] = [];
    const options = {
      onFinding: (side: string, { code, block }: ImageFinding) => findings.push(`${side} ${code} ${block}`),
    };
    const lines = linesOf(await diffOf(compact, image.bytes, options));
    expect(lines[0]).toBe('removed b:0 (record)');
    expect(lines[1]).toMatch(/^added r:DATA/);
    expect(findings).toEqual([`b badTrailer ${bitmapBlock}`]);
  });

  it('are gone where the file was cut', async () => {
    const cut = compact.subarray(0, (startOf('SNAP') + 1) * blockSize);
    const lines = linesOf(await diffOf(compact, cut));
    expect(lines.some((line) => line.startsWith('removed r:'))).toBe(true);
    expect(lines.some((line) => line.startsWith('added'))).toBe(false);
  });

  it('of no region are compared', async () => {
    const longer = new Uint8Array(compact.length + 4 * blockSize);
    longer.set(compact);
    const written = new EditedImage(longer);
    written.block(compact.length / blockSize + 2)[5] = 1;
    expect(await diffOf(compact, longer)).toEqual([]);
    expect(linesOf(await diffOf(longer, written.bytes))).toEqual([
      `added b:${compact.length / blockSize + 2} (blocks)`,
    ]);
  });
});

describe('images of different shape', () => {
  it('are compared by what is decoded where their blocks differ in size', async () => {
    const lines = linesOf(await diffOf(goldenBytes('all-regions'), goldenBytes('seed-regions-16k')));
    expect(goldenJson('seed-regions-16k').blockSize).toBe(16384);
    expect(lines).toContain('changed sb.blockSize');
    expect(lines.some((line) => line.includes('r:metrics-log.samples['))).toBe(true);
    expect(lines.some((line) => line.endsWith('(blocks)') || line.endsWith('(trailers)'))).toBe(false);
  });

  it('bare blocks are compared with bare blocks', async () => {
    const { plugin, blocks, start } = subjects().find(({ plugin: { id } }) => id === 'metrics-log')!;
    const image = edited()
      .flip(start + 1, 100)
      .seal(start + 1);
    const bare = (bytes: Uint8Array) => openBareRegion(memorySource(bytes), { plugin, blockSize });
    const changed = image.bytes.subarray(start * blockSize, start * blockSize + blocks.length);
    const found = await collect((await bare(blocks)).diff(await bare(changed)));
    expect(linesOf(found)).toHaveLength(1);
    expect(found[0]!.addressA).toMatch(/^s:0\/samples:\d+\.\w+$/);
    const whole = await open(compact);
    await expect((async () => collect(whole.diff(await bare(blocks))))()).rejects.toThrow(TypeError);
  });
});

describe('cost', () => {
  it('reads at most a MiB at a time, and nothing that both bitmaps call free', async () => {
    const bytes = goldenBytes('fresh-standard');
    const [a, b] = [countingSource(memorySource(bytes)), countingSource(memorySource(bytes))];
    const [left, right] = [
      await openInspection(a, { regions: allRegions }),
      await openInspection(b, { regions: allRegions }),
    ];
    expect(await collect(left.diff(right))).toEqual([]);
    expect(Math.max(a.largestRead, b.largestRead)).toBeLessThanOrEqual(2 ** 20);
    const data = (await left.slots()).find(({ type }) => type === 'DATA')!;
    const from = Number(data.startBlock + 1n) * blockSize;
    expect(a.ranges.filter(({ offset, length }) => offset + length > from)).toEqual([]);
  });

  it('ends when it is told to, and passes on what the source throws', async () => {
    const [a, b] = [await open(compact), await open(compact)];
    const reason = new Error('enough');
    await expect(collect(a.diff(b, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    const reads = countingSource(memorySource(compact));
    await collect((await openInspection(reads, { regions: allRegions })).diff(b));
    const last = reads.reads - 1;
    const failing = await openInspection(faultySource(memorySource(compact), { failAt: last }), {
      regions: allRegions,
    });
    await expect(collect(failing.diff(b))).rejects.toMatchObject({ code: 'readFailed' });
  });

  it('says how far it is', async () => {
    const steps: { done: number; total: number }[] = [];
    await diffOf(compact, compact, { onProgress: (step) => steps.push({ ...step }) });
    expect(steps.length).toBeGreaterThan(3);
    expect(steps.every(({ done, total }, i) => done <= total && done >= (steps[i - 1]?.done ?? 0))).toBe(true);
  });
});
