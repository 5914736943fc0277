import { isZero, RegionPointer, sealBlocks, stringToTag } from '@vde/format';
import { type BlockSource, memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { countingSource, faultySource, seededRandom } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import {
  isDamagedState,
  isMapDamaged,
  jsonChunks,
  type MapModel,
  type MapOptions,
  type MapRun,
  type MapState,
  mapResult,
  mapStates,
  openBareRegion,
  openInspection,
  streamedChunks,
} from '../src/index.ts';
import { compactImage } from './compact-image.ts';
import { filledImages, freshImages, goldenBytes, goldenJson, writtenBlocks } from './golden-images.ts';
import { type SparseVolume, sparseVolume } from './map-images.ts';
import { Canvas, containerAims, mutateImage } from './mutate.ts';

const blockSize = 4096;

interface Drawn {
  readonly model: MapModel;
  readonly runs: readonly MapRun[];
}

async function drawMap(source: BlockSource, options: MapOptions = {}): Promise<Drawn> {
  const model = (await openInspection(source, { regions: allRegions })).map(options);
  const runs: MapRun[] = [];
  for await (const run of model.runs) runs.push(run);
  return { model, runs };
}

/** The run that holds a block. */
const runAt = (runs: readonly MapRun[], block: number): MapRun =>
  runs.find(({ start, count }) => block >= start && block < start + count)!;

/** What every map must be: in order, without gaps, with neighbours that differ, and totals that agree. */
function requireSound({ model, runs }: Drawn): void {
  const blocks: Record<string, number> = {};
  for (const { state, count } of runs) blocks[state] = (blocks[state] ?? 0) + count;
  const faults = runs.filter((run, i) => {
    const before = runs[i - 1];
    const isSame = before?.type === run.type && before.state === run.state && before.slot === run.slot;
    const end = before ? before.start + before.count : 0;
    return isSame || run.start !== end || run.count < 1 || !mapStates.includes(run.state);
  });
  expect(faults).toEqual([]);
  expect(runs.at(-1)!.start + runs.at(-1)!.count).toBe(model.blocks);
  expect(model.totals).toMatchObject({ complete: true, runs: runs.length, blocks });
}

describe('the map of a golden image', () => {
  it.each([...freshImages, ...filledImages])('%s agrees with what the golden files say', async (name) => {
    const golden = goldenJson(name);
    const drawn = await drawMap(memorySource(goldenBytes(name)));
    requireSound(drawn);
    const written = new Set(writtenBlocks(golden));
    const wrong = drawn.runs.flatMap(({ start, count, state }) => {
      const isWritten = ['ok', 'empty', 'raw'].includes(state);
      return Array.from({ length: count }, (_, i) => start + i).filter((block) => written.has(block) !== isWritten);
    });
    expect(wrong).toEqual([]);
    expect(isMapDamaged(drawn.model)).toBe(false);
  });

  it.each([...freshImages, ...filledImages])('%s counts blocks as a check does', async (name) => {
    const source = memorySource(goldenBytes(name));
    const { blocks } = await (await openInspection(source, { regions: allRegions })).check({ level: 'full' });
    const { totals } = (await drawMap(source)).model;
    const { empty = 0, free: _, ok = 0, ...others } = totals.blocks;
    expect({ ...others, ok: ok + empty }).toEqual(
      Object.fromEntries(Object.entries(blocks).filter(([, count]) => count > 0)),
    );
  });

  it('names the owner of each run', async () => {
    const { runs } = await drawMap(memorySource(goldenBytes('all-regions')));
    const { regions } = goldenJson('all-regions');
    for (const { startBlock, codecBlocks, name } of regions!) {
      const run = runAt(runs, startBlock);
      expect({ name, state: run.state, start: run.start }).toEqual({ name, state: 'ok', start: startBlock });
      expect(run.count).toBeGreaterThanOrEqual(Math.min(codecBlocks, run.count));
    }
    // Registered by hand inside the data region.
    expect(runAt(runs, 2383)).toEqual({ start: 2383, count: 41, type: 'WORM', state: 'ok', slot: 27 });
    expect(runs.at(-1)).toEqual({ start: 2469, count: 531, type: 'DATA', state: 'free', slot: 26 });
  });
});

describe('states', () => {
  const mlog = 2127;
  const data = 2450;
  const trailer = (block: number) => (block + 1) * blockSize - 16;

  function seal(bytes: Uint8Array, block: number, tag: string): Uint8Array {
    sealBlocks(bytes.subarray(block * blockSize, (block + 1) * blockSize), blockSize, stringToTag(tag), 1);
    return bytes;
  }

  /** A slot of every table moved, and the tables sealed again. */
  function moved(bytes: Uint8Array, slot: number, startBlock: bigint): Uint8Array {
    const view = new DataView(bytes.buffer);
    const { offset } = RegionPointer.field('startBlock');
    for (const table of [1, 5, 8]) {
      view.setBigInt64(table * blockSize + slot * RegionPointer.size + offset, startBlock, true);
      seal(bytes, table, 'RMAP');
    }
    return bytes;
  }

  /** Changes that give the bytes that they changed. */
  const flipped = (at: number) => (bytes: Uint8Array) => bytes.fill(bytes[at]! ^ 1, at, at + 1);
  const filled = (value: number, from: number, to?: number) => (bytes: Uint8Array) => bytes.fill(value, from, to);
  const cut = (size: number) => (bytes: Uint8Array) => bytes.slice(0, size);
  const at = (block: number) => block * blockSize;

  function grown(bytes: Uint8Array): Uint8Array {
    const longer = new Uint8Array(bytes.length + 9000);
    longer.set(bytes);
    return longer;
  }

  function retagged(bytes: Uint8Array): Uint8Array {
    new DataView(bytes.buffer).setUint32(trailer(mlog + 1), stringToTag('ANON'), true);
    return bytes;
  }

  it.each<[string, number, MapState, (bytes: Uint8Array) => Uint8Array]>([
    ['a changed payload', mlog, 'badTrailer', flipped(at(mlog) + 100)],
    ['a lost trailer', mlog, 'badTrailer', filled(0, trailer(mlog), trailer(mlog) + 16)],
    ['the tag of another region', mlog + 1, 'wrongTag', retagged],
    ['a wrong tag in the superblock group', 2, 'wrongTag', flipped(trailer(2))],
    ['a block that was zeroed', mlog, 'hole', filled(0, at(mlog), at(mlog + 1))],
    ['a formatted block', mlog + 60, 'empty', (bytes) => seal(bytes, mlog + 60, 'MTRK')],
    ['data without a trailer', data, 'raw', filled(1, at(data), at(data + 1))],
    ['damaged data that had one', data, 'badTrailer', flipped(at(data) + 5)],
    ['bytes in a free block', 2999, 'free', filled(1, at(2999))],
    ['data in use behind the end', data, 'lostToTruncation', cut(at(data))],
    ['data in use that the end cuts', data, 'lostToTruncation', cut(at(data) + 9)],
    ['a region behind the end', mlog, 'lostToTruncation', cut(at(mlog - 1))],
    ['free blocks behind the end', 2990, 'free', cut(at(2900))],
    ['bytes behind the volume', 3001, 'beyondVolume', grown],
    ['a slot beyond the volume', 3063, 'beyondVolume', (bytes) => moved(bytes, 25, 2940n)],
  ])('%s: block %i is %s', async (_, block, state, change) => {
    const bytes = goldenBytes('all-regions');
    const drawn = await drawMap(memorySource(change(bytes)));
    requireSound(drawn);
    expect(runAt(drawn.runs, block)).toMatchObject({ state });
    expect(isMapDamaged(drawn.model)).toBe(isDamagedState(state));
  });

  it('blocks that the medium does not give are blockUnreadable, alone', async () => {
    const failAt = (offset: number, length: number) => offset <= mlog * blockSize && offset + length > mlog * blockSize;
    const drawn = await drawMap(faultySource(memorySource(goldenBytes('all-regions')), { failAt }));
    requireSound(drawn);
    expect(runAt(drawn.runs, mlog)).toEqual({
      start: mlog,
      count: 1,
      type: 'MLOG',
      state: 'blockUnreadable',
      slot: 23,
    });
    expect(drawn.model.totals.blocks['blockUnreadable']).toBe(1);
    expect(isMapDamaged(drawn.model)).toBe(true);
  });

  it('a map made from the mirror is one of a damaged image', async () => {
    const bytes = goldenBytes('fresh-minimal');
    bytes.fill(0, 0, blockSize);
    const { model } = await drawMap(memorySource(bytes));
    expect(model.facts.copyUsed).not.toBe('primary');
    expect(isMapDamaged(model)).toBe(true);
  });

  it('blocks 0-9 keep their types when the directory is lost', async () => {
    const bytes = compactImage('all-regions');
    for (const block of [1, 5, 8]) bytes.fill(0, block * blockSize, (block + 1) * blockSize);
    const { runs } = await drawMap(memorySource(bytes));
    expect(runAt(runs, 3)).toMatchObject({ type: 'SUPB', slot: null });
    expect(runAt(runs, 9)).toMatchObject({ type: 'RMAP', slot: null });
    expect(runAt(runs, 10)).toMatchObject({ type: '', slot: null });
  });

  it('what a damaged bitmap block tells of is read, and nothing else', async () => {
    const { source, dataStart, block } = sparseVolume({ totalBlocks: 100_000, used: [{ start: 0, count: 10 }] });
    const damaged = overlaid(source, new Map([[12, changed(block(12)!)]]));
    const { runs } = await drawMap(damaged);
    // Bits of bitmap block 12: blocks 65280 to 97919.
    expect(runAt(runs, 12).state).toBe('badTrailer');
    expect(runAt(runs, dataStart)).toMatchObject({ state: 'hole', count: 10 });
    expect(runAt(runs, 65_279).state).toBe('free');
    expect(runAt(runs, 65_280)).toMatchObject({ start: 65_280, state: 'hole', count: 32_640 });
    expect(runAt(runs, 97_920).state).toBe('free');
  });
});

const changed = (block: Uint8Array): Uint8Array => block.map((byte, i) => (i === 7 ? byte ^ 1 : byte));

/** A source with some blocks replaced. */
function overlaid(source: BlockSource, blocks: ReadonlyMap<number, Uint8Array>): BlockSource {
  return {
    ...source,
    async read(offset, into, options) {
      const got = await source.read(offset, into, options);
      for (const [block, bytes] of blocks) {
        for (let i = 0; i < blockSize; i++) {
          const at = block * blockSize + i - offset;
          if (at >= 0 && at < got) into[at] = bytes[i]!;
        }
      }
      return got;
    },
  };
}

describe('a large volume', () => {
  const used = [
    { start: 0, count: 500 },
    { start: 100_000_000, count: 3 },
    { start: 100_000_010, count: 4 },
    { start: 200_000_000, count: 700 },
  ];
  const tebibyte = (): SparseVolume => sparseVolume({ totalBlocks: 2 ** 28, inodeBlocks: 1024, logBlocks: 64, used });

  it('of 1 TiB is mapped by reading its metadata and the data in use', async () => {
    const { source, dataStart } = tebibyte();
    const counting = countingSource(source);
    const { model, runs } = await drawMap(counting);
    requireSound({ model, runs });
    expect(model.blocks).toBe(2 ** 28);
    const inUse = used.map(({ start, count }) => ({ start: dataStart + start, count, state: 'hole' }));
    expect(runs.filter(({ type, state }) => type === 'DATA' && state !== 'free')).toMatchObject(inUse);
    // The bitmap once as the map of the others, once as blocks; opening reads a little.
    const bitmapBlocks = dataStart - 10 - 1024 - 64;
    const needed = dataStart + bitmapBlocks + used.reduce((sum, { count }) => sum + count, 0);
    expect(counting.bytes / blockSize).toBeGreaterThan(needed);
    expect(counting.bytes / blockSize).toBeLessThan(needed + 300);
    expect(counting.largestRead).toBeLessThanOrEqual(2 * 2 ** 20);
  });

  it('says before it reads how much it will read', async () => {
    const told: { done: number; total: number }[] = [];
    const { source, dataStart } = tebibyte();
    await drawMap(source, { onProgress: (progress) => told.push({ ...progress }) });
    const inUse = dataStart + used.reduce((sum, { count }) => sum + count, 0);
    expect(told.at(-1)).toEqual({ done: inUse * blockSize, total: inUse * blockSize });
    expect(told.every(({ done }, i) => i === 0 || done >= told[i - 1]!.done)).toBe(true);
  });

  it('is read no further than somebody walks along', async () => {
    const counting = countingSource(tebibyte().source);
    const { runs } = (await openInspection(counting, { regions: allRegions })).map();
    for await (const run of runs) if (run.start >= 8) break;
    const last = Math.max(...counting.ranges.map(({ offset, length }) => offset + length));
    expect(last / blockSize).toBeLessThan(2 ** 16 + 10);
  });
});

describe('a small file that claims to be huge', () => {
  it.each([2n ** 31n, 2n ** 40n, 2n ** 41n - 1n])('%i blocks are mapped by what is there', async (claimed) => {
    const bytes = compactImage('all-regions');
    const view = new DataView(bytes.buffer);
    for (const block of [0, 4]) {
      view.setBigInt64(block * blockSize + 0x38, claimed, true);
      sealBlocks(bytes.subarray(block * blockSize, (block + 1) * blockSize), blockSize, stringToTag('SUPB'), 1);
    }
    const counting = countingSource(memorySource(bytes));
    const drawn = await drawMap(counting);
    requireSound(drawn);
    expect(drawn.model.blocks).toBe(Number(claimed));
    expect(counting.bytes).toBeLessThan(4 * bytes.length);
  });
});

describe('mapping', () => {
  it('ends when it is aborted', async () => {
    const controller = new AbortController();
    const source = memorySource(goldenBytes('all-regions'));
    const { runs } = (await openInspection(source, { regions: allRegions })).map({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(runs[Symbol.asyncIterator]().next()).rejects.toThrow('enough');
  });

  it('is for images, not for bare blocks', async () => {
    const bare = await openBareRegion(memorySource(new Uint8Array(4096)), { plugin: allRegions[0]!, blockSize });
    expect(() => bare.map()).toThrow(TypeError);
  });

  it('writes the same JSON as a document made at once', async () => {
    const inspection = await openInspection(memorySource(goldenBytes('fresh-minimal')), { regions: allRegions });
    const result = mapResult(inspection.map(), { name: 'vde', version: '1' });
    let text = '';
    for await (const piece of streamedChunks(result)) text += piece;
    const { runs, complete, summary, ...head } = JSON.parse(text);
    expect(head).toEqual(JSON.parse([...jsonChunks(result.head)].join('')));
    expect({ complete, runs: runs.length }).toEqual({ complete: true, runs: summary.runs });
    expect(runs[0]).toEqual({ start: '0', count: '2', type: 'SUPB', state: 'ok', slot: 0 });
  });

  it.each([
    ['all-regions', 4096, { inodes: 11, logs: [13, 15] }],
    ['seed-regions-16k', 16384, { inodes: 11, logs: [12] }],
  ] as const)('draws a sound map of every mutated image of %s', async (name, size, places) => {
    const canvas = new Canvas(compactImage(name), size);
    const aims = containerAims(size, places);
    const seen = new Set<MapState>();
    for (let seed = 0; seed < 150; seed++) {
      mutateImage(canvas, seededRandom(seed), aims);
      try {
        const opened = await openInspection(memorySource(canvas.bytes), { regions: allRegions }).catch(() => undefined);
        if (opened === undefined) continue;
        const model = opened.map();
        const runs: MapRun[] = [];
        for await (const run of model.runs) runs.push(run);
        requireSound({ model, runs });
        for (const { state } of runs) seen.add(state);
      } finally {
        canvas.restore();
      }
    }
    // Without these the mutations did not reach what the map is made of.
    expect([...seen]).toEqual(expect.arrayContaining(['ok', 'badTrailer', 'wrongTag', 'hole', 'beyondVolume']));
  });
});

describe('sparse volumes of these tests', () => {
  it('are images without faults', async () => {
    const { source } = sparseVolume({ totalBlocks: 40_000, used: [{ start: 3, count: 5 }] });
    const check = await (await openInspection(source, { regions: allRegions })).check({ level: 'full' });
    expect(check.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    const bytes = new Uint8Array(blockSize);
    await source.read(30_000 * blockSize, bytes);
    expect(isZero(bytes)).toBe(true);
  });
});
