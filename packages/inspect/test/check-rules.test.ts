import { type AnyRegionPlugin, readTrailer, sealBlocks, stringToTag } from '@vde/format';
import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { countingSource, faultySource } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { GenerationWatch } from '../src/check/generation-watch.ts';
import { exitCodeOf, openInspection } from '../src/index.ts';
import { compactImage } from './compact-image.ts';
import { goldenBytes } from './golden-images.ts';

const blockSize = 4096;
/** First blocks of the slots of the compact image. */
const at = {
  bitmap: 10,
  inodes: 11,
  metadataLog: 13,
  dataLog: 15,
  metrics: 17,
  mappings: 35,
  vault: 51,
  snapshots: 55,
  ring: 57,
  tree: 67,
  data: 72,
};

const blockOf = (bytes: Uint8Array, block: number): Uint8Array =>
  bytes.subarray(block * blockSize, (block + 1) * blockSize);

/** Seals blocks again, with other tags or generations where given. */
function seal(bytes: Uint8Array, blocks: readonly number[], more: { tag?: string; generation?: number } = {}): void {
  for (const block of blocks) {
    const { tag, generation } = readTrailer(blockOf(bytes, block), blockSize);
    sealBlocks(
      blockOf(bytes, block),
      blockSize,
      more.tag === undefined ? tag : stringToTag(more.tag),
      more.generation ?? generation,
    );
  }
}

/** What a full check finds in the compact image after a change, but for the region inside the data region. */
async function findingsAfter(
  change: (bytes: Uint8Array<ArrayBuffer>, view: DataView) => void,
  regions: readonly AnyRegionPlugin[] = allRegions,
) {
  const bytes = compactImage('all-regions');
  change(bytes, new DataView(bytes.buffer));
  const check = await (await openInspection(memorySource(bytes), { regions })).check({ level: 'full' });
  return check.findings.filter(({ code, severity }) => code !== 'overlap' || severity !== 'notice');
}

const codes = (findings: Awaited<ReturnType<typeof findingsAfter>>) => findings.map(({ code, block }) => [code, block]);

describe('generations of neighbours', () => {
  const watch = (generations: readonly number[], first = 100) => {
    const watched = new GenerationWatch();
    const odd = generations.flatMap((generation, i) => watched.next(first + i, generation));
    return [...odd, ...watched.end()].map(({ block, expected }) => [block - first, expected]);
  };

  it.each([
    [[], []],
    [[5], []],
    [[5, 6], []],
    [[5, 6, 5], [[1, 5]]],
    [[5, 5, 7, 5, 5], [[2, 5]]],
    [[5, 5, 5, 7, 5], [[3, 5]]],
    [[1, 2, 3, 4, 5], []],
    [[1, 2, 7, 4, 5], [[2, 3]]],
    [[9, 9, 9, 7, 7, 5], []],
    [[21, 0, 1, 2, 3], []],
    [[0xfffffffe, 0xffffffff, 9, 1, 2], [[2, 0]]],
    [[4, 4, 5, 5, 5, 4], []],
    [[8, 1, 2, 3, 2, 5, 6], [[4, 4]]],
    [
      [3, 3, 1, 3, 2, 3, 3],
      [
        [2, 3],
        [4, 3],
      ],
    ],
  ] as const)('%j: stands out %j', (generations, expected) => {
    expect(watch(generations)).toEqual(expected);
  });

  it('blocks with a gap between them are no neighbours', () => {
    const watched = new GenerationWatch();
    const odd = [
      [1, 5],
      [2, 6],
      [4, 5],
      [5, 5],
    ].flatMap(([block, generation]) => watched.next(block!, generation!));
    expect([...odd, ...watched.end()]).toEqual([]);
  });
});

describe('generations in regions', () => {
  it('of a region where all others agree, block 0 is the one that stands out', async () => {
    const found = await findingsAfter((bytes) => seal(bytes, [at.metrics], { generation: 6 }));
    expect(found).toMatchObject([
      {
        code: 'tornWrite',
        block: at.metrics,
        expected: 7,
        actual: 6,
        severity: 'error',
        range: { offset: at.metrics * 4096 + 4084, length: 4 },
      },
    ]);
  });

  it('a later block is named when it differs, and each of several', async () => {
    expect(codes(await findingsAfter((bytes) => seal(bytes, [at.metrics + 3], { generation: 6 })))).toEqual([
      ['tornWrite', at.metrics + 3],
    ]);
    const half = await findingsAfter((bytes) => seal(bytes, [at.metrics + 3, at.metrics + 4], { generation: 6 }));
    expect(codes(half)).toEqual([
      ['tornWrite', at.metrics + 3],
      ['tornWrite', at.metrics + 4],
    ]);
  });

  it('of a region of two blocks both are named', async () => {
    const found = await findingsAfter((bytes, view) => {
      view.setBigInt64(at.metrics * 4096, 300n, true);
      bytes.fill(0, (at.metrics + 2) * 4096, at.mappings * 4096);
      bytes.fill(0, (at.metrics + 1) * 4096 + 87 * 19, (at.metrics + 1) * 4096 + 4080);
      seal(bytes, [at.metrics], { generation: 6 });
      seal(bytes, [at.metrics + 1]);
    });
    expect(codes(found)).toEqual([
      ['tornWrite', at.metrics],
      ['tornWrite', at.metrics + 1],
    ]);
  });

  it('blocks of an older, longer version behind the last one are no damage', async () => {
    const change = (bytes: Uint8Array, view: DataView) => {
      view.setBigInt64(at.metrics * 4096, 200n, true);
      bytes.fill(0, at.metrics * 4096 + 32 + 200 * 19, at.metrics * 4096 + 4080);
      seal(bytes, [at.metrics], { generation: 8 });
    };
    expect(await findingsAfter(change)).toEqual([]);
    expect(await findingsAfter(change, [])).toEqual([]);
  });

  it('in a region that nobody decodes a block between agreeing ones is told', async () => {
    expect(codes(await findingsAfter((bytes) => seal(bytes, [at.metrics + 5], { generation: 1 }), []))).toEqual([
      ['generationAnomaly', at.metrics + 5],
    ]);
  });

  it.each([
    [0, 0n, true],
    [1, 77n, true],
    [77, 77n, true],
    [2, 77n, false],
    [5, 2n ** 32n + 5n, true],
  ])(
    'of the metadata log, generation %i at sequence %i: legitimate %s',
    async (generation, sequenceEnd, isLegitimate) => {
      const found = await findingsAfter((bytes, view) => {
        view.setBigInt64(at.metadataLog * 4096 + 14, sequenceEnd, true);
        seal(bytes, [at.metadataLog], { generation });
      });
      expect(codes(found)).toEqual(isLegitimate ? [] : [['generationAnomaly', at.metadataLog]]);
    },
  );
});

describe('what a plugin asks of its data blocks', () => {
  it('an entry of a ring with another position is named, also the first and the last', async () => {
    for (const block of [at.ring + 2, at.ring + 5, at.ring + 9]) {
      expect(codes(await findingsAfter((bytes) => seal(bytes, [block], { generation: 500 })))).toEqual([
        ['generationAnomaly', block],
      ]);
    }
  });

  it('an entry that the tail has passed may carry any', async () => {
    expect(await findingsAfter((bytes) => seal(bytes, [at.ring + 1], { generation: 500 }))).toEqual([]);
  });

  it('an entry with another tag is named', async () => {
    expect(codes(await findingsAfter((bytes) => seal(bytes, [at.ring + 2], { tag: 'DATA' })))).toEqual([
      ['wrongTag', at.ring + 2],
    ]);
  });

  it('a data block of a WORM region between two of one write is named, but no step of later writes', async () => {
    const first = at.data + 1;
    const asWritten = (generations: readonly number[]) => (bytes: Uint8Array) => {
      for (const [i, generation] of generations.entries()) seal(bytes, [first + i], { generation });
    };
    expect(codes(await findingsAfter(asWritten([1, 1, 4, 1, 1])))).toEqual([['generationAnomaly', first + 2]]);
    expect(await findingsAfter(asWritten([1, 1, 3, 4, 4, 6, 7]))).toEqual([]);
  });

  it('a plugin that fails when it is asked does not end the check', async () => {
    const expectNothing = () => {
      throw new TypeError('broken');
    };
    const broken = allRegions.map((plugin) => (plugin.anchored ? { ...plugin, expect: expectNothing } : plugin));
    expect(await findingsAfter(() => undefined, broken)).toEqual([]);
  });
});

describe('tags in regions that nobody decodes', () => {
  it('are those of the type', async () => {
    // A log tagged CLOG under ALOG: one changed bit, and both are known.
    const bytes = goldenBytes('all-regions');
    bytes[2191 * 4096 + 4083]! ^= 2;
    const check = await (await openInspection(memorySource(bytes), { regions: [] })).check({ level: 'full' });
    expect(check.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'wrongTag', block: 2191, expected: 'ALOG', actual: 'CLOG' },
    ]);
  });

  it('a metrics log may carry both of its tags', async () => {
    expect(await findingsAfter(() => undefined, [])).toEqual([]);
  });

  it('of a third party may be any', async () => {
    const change = (bytes: Uint8Array, view: DataView) => {
      for (const table of [1, 5, 8]) {
        view.setUint32(table * 4096 + 9 * 32, stringToTag('ACME'), true);
        seal(bytes, [table]);
      }
      view.setBigUint64(9 * 4096 + 8, view.getBigUint64(9 * 4096 - 8, true), true);
      seal(bytes, [9]);
      seal(bytes, [at.vault, at.vault + 1], { tag: 'acm1' });
    };
    expect(await findingsAfter(change)).toEqual([]);
    const damaged = await findingsAfter((bytes, view) => {
      change(bytes, view);
      bytes[at.vault * 4096]! ^= 1;
    });
    expect(codes(damaged)).toEqual([['badTrailer', at.vault]]);
  });
});

describe('bitmap and inode layout', () => {
  it('blocks of a region that are marked free are told', async () => {
    const found = await findingsAfter((bytes) => {
      bytes[at.bitmap * 4096 + 3]! = 0xf8;
      seal(bytes, [at.bitmap]);
    });
    expect(found).toMatchObject([
      {
        code: 'bitmapMissing',
        block: at.bitmap,
        severity: 'warning',
        range: { offset: at.bitmap * 4096 + 3, length: 1 },
        message: expect.stringContaining('blocks 24 to '),
      },
      { code: 'bitmapCountDiffers', severity: 'notice', expected: 85n, actual: 88n },
    ]);
  });

  it('a damaged bitmap is put right from the directory', async () => {
    const found = await findingsAfter((bytes) => {
      bytes[at.bitmap * 4096 + 3]! ^= 1;
    });
    expect(found).toMatchObject([
      { code: 'badTrailer', block: at.bitmap, repair: { possible: true, from: 'directory' } },
    ]);
    expect(exitCodeOf({ verdict: 'damaged' }, { failOn: 'warning' })).toBe(2);
  });

  it('an inode size that differs from that of the superblock is told at its block', async () => {
    const found = await findingsAfter((bytes, view) => {
      view.setUint16(at.inodes * 4096, 640, true);
      seal(bytes, [at.inodes]);
    });
    expect(found).toMatchObject([
      { code: 'inodeLayoutDiffers', block: at.inodes, path: 'inodeSize', expected: 576, actual: 640 },
    ]);
  });
});

describe('cost and failing media', () => {
  it('a quick check reads a small part of the image', async () => {
    const source = countingSource(memorySource(goldenBytes('all-regions')));
    const inspection = await openInspection(source, { regions: allRegions });
    await inspection.check({ level: 'quick' });
    expect(source.bytes).toBeLessThan(1024 * 1024);
    expect(source.reads).toBeLessThan(100);
  });

  it('data in many small pieces cost no read each', async () => {
    const bytes = goldenBytes('all-regions');
    for (let block = 2469; block < 3000; block += 2) bytes[14 * 4096 + (block >> 3)]! |= 1 << (block & 7);
    seal(bytes, [14]);
    const source = countingSource(memorySource(bytes));
    const inspection = await openInspection(source, { regions: allRegions });
    const { blocks } = await inspection.check({ level: 'full' });
    expect(source.reads).toBeLessThan(150);
    expect(Object.values(blocks).reduce((sum, count) => sum + count, 0)).toBe(2469 + 266);
  });

  it('blocks that the medium does not give are named, and the others are checked', async () => {
    const bytes = compactImage('all-regions');
    bytes[(at.mappings + 2) * 4096]! ^= 1;
    const lost = (at.metrics + 1) * 4096;
    const source = faultySource(memorySource(bytes), {
      failAt: (offset, length) => offset < lost + 4096 && offset + length > lost,
    });
    const check = await (await openInspection(source, { regions: allRegions })).check({ level: 'full' });
    const errors = check.findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code, block }) => [code, block])).toEqual([
      ['blockUnreadable', at.metrics + 1],
      ['badTrailer', at.mappings + 2],
    ]);
    expect(exitCodeOf(check, { failOn: 'warning' })).toBe(3);
  });

  it('stops when it is told to', async () => {
    const inspection = await openInspection(memorySource(compactImage('all-regions')), { regions: allRegions });
    await expect(inspection.check({ level: 'full', signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});
