import {
  type AuditContext,
  decodeRegion,
  encodeRegion,
  type Finding,
  geometryOf,
  isVdeError,
  openRegion,
  traceRegion,
  type VdeError,
} from '@vde/format';
import { describe, expect, it } from 'vitest';
import {
  advanceReadTail,
  createRing,
  drainRing,
  encodeEntry,
  planAppend,
  readEntries,
  readEntry,
  ringBlockOf,
  slotBlockOf,
  streamingAppend,
} from '../src/index.ts';
import { blocksOf, ringOf, slotOf } from './rings.ts';

const blockSize = 512;

/** Code and details of what a call throws. */
function failureOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return isVdeError(error) ? [error.code, error.details] : error;
  }
  return undefined;
}

describe('the region tells the container', () => {
  it('its tag and its module', () => {
    expect(streamingAppend).toMatchObject({
      id: 'streaming-append',
      blockTag: 'STRE',
      slotTypes: ['STRE'],
      module: 6,
    });
  });

  it('how many blocks stay in their places, in front of them one for the header', () => {
    const { dataBlocks, headerBlocks } = streamingAppend.anchored!;
    const ring = ringOf({ M: 20, A: 16, W: 4 });
    expect([dataBlocks(ring), headerBlocks(ring, geometryOf(blockSize))]).toEqual([20, 1]);
  });

  it.each([
    ['a new ring', ringOf({ M: 5 }), []],
    ['entries from the start', ringOf({ M: 5, A: 4, W: 2, G: 4 }), [0, 1]],
    ['entries that wrap', ringOf({ M: 5, A: 4, W: 6, T: 3, G: 4 }), [0, 1, 3]],
    ['a full ring', ringOf({ M: 4, A: 4, W: 6, T: 2 }), [0, 1, 2, 3]],
    ['a drained ring', ringOf({ M: 4, A: 4, W: 6, T: 6 }), []],
    ['counters that say nothing', { ...ringOf({ M: 4, A: 4, W: 2 }), readTail: 3n }, []],
  ])('which blocks hold live entries: %s', (_name, ring, live) => {
    const { isLive } = streamingAppend.anchored!;
    expect([0, 1, 2, 3, 4, 5].filter((index) => isLive(ring, index))).toEqual(live);
    expect(isLive(ring, -1)).toBe(false);
  });

  const full = ringOf({ M: 4, A: 4, W: 6, T: 2 });
  it.each([
    ['the tail passed two entries', ringOf({ M: 4, A: 4, W: 8, T: 4 }), ringOf({ M: 4, A: 4, W: 6, T: 4 })],
    ['the tail passed all of them', ringOf({ M: 4, A: 4, W: 20, T: 16 }), ringOf({ M: 4, A: 4, W: 6, T: 6 })],
    ['nothing was overwritten', ringOf({ M: 4, A: 4, W: 6, T: 2 }), full],
    ['positions count from 0 again', ringOf({ M: 4, A: 4, W: 1 }), ringOf({ M: 4, A: 4, W: 6, T: 6 })],
    ['the tail fell back', ringOf({ M: 4, A: 4, W: 6, T: 1 }), ringOf({ M: 4, A: 4, W: 6, T: 6 })],
    ['the head fell back', ringOf({ M: 4, A: 4, W: 5, T: 3 }), ringOf({ M: 4, A: 4, W: 6, T: 6 })],
  ])('what to commit before entries are overwritten: %s', (_name, next, released) => {
    expect(streamingAppend.anchored!.release!(full, next)).toEqual(released);
  });

  it('whose entry a slot block is for, exactly, however large the header says the ring is', () => {
    const most = 2n ** 60n + 3n;
    const huge = { ...ringOf({ M: 1 }), maxCapacityBlocks: most, allocatedBlocks: most };
    const ring = { ...huge, writeHead: most - 1n, readTail: most - 2n, entryCount: 1n };
    const place = { geometry: geometryOf(blockSize), blockCount: 10 };
    const asked = [7, 8, 9].map((block) => streamingAppend.expect!(ring, block, place)?.generation);
    expect(asked).toEqual([undefined, 1, undefined]);
  });

  it('how large it is when it is made empty, and that options count more', () => {
    const geometry = geometryOf(blockSize);
    const capacity = (blockCount: number, given = {}) =>
      streamingAppend.empty(given, { geometry, blockCount }).maxCapacityBlocks;
    expect([1, 2, 3, 4, 64].map((blockCount) => capacity(blockCount))).toEqual([1n, 1n, 1n, 2n, 62n]);
    expect(capacity(64, { maxCapacityBlocks: 5 })).toBe(5n);
  });

  it('what its slot must hold, also when it was made and not read', () => {
    const blockCount = 6;
    const geometry = geometryOf(blockSize);
    const made = streamingAppend.empty({ growthIncrement: 4 }, { geometry, blockCount });
    const none = Array.from({ length: blockCount }, () => ({ tag: 'STRE' }));
    const place = { geometry, blockCount };
    expect(none.map((_, block) => streamingAppend.expect!(made, block, place))).toEqual(none);
  });
});

describe('errors carry what a program needs', () => {
  it('an entry that is too long: its length, and the most', () => {
    const plan = (length: number, framed: boolean) => planAppend(ringOf({ M: 4 }), length, { blockSize, framed });
    expect(failureOf(() => plan(497, false))).toEqual(['dataTooLarge', { length: 497, most: 496 }]);
    expect(failureOf(() => plan(493, true))).toEqual(['dataTooLarge', { length: 493, most: 492 }]);
    expect([plan(496, false).position, plan(0, false).position]).toEqual([0n, 0n]);
  });

  it.each([-1, 0.5, Number.NaN])('an entry of %d bytes is no entry', (length) => {
    expect(() => planAppend(ringOf({ M: 4 }), length, { blockSize })).toThrow(RangeError);
  });

  it('a full ring: how many blocks it has, and how many it may have', () => {
    const reject = { blockSize, onFull: 'reject' } as const;
    const full = ringOf({ M: 16, A: 16, W: 20, T: 4 });
    expect(failureOf(() => planAppend(full, 1, reject))).toEqual([
      'ringFull',
      { allocatedBlocks: 16n, maxCapacityBlocks: 16n },
    ]);
    const stuck = ringOf({ M: 40, A: 16, W: 20, T: 4 });
    expect(failureOf(() => planAppend(stuck, 1, reject))).toEqual([
      'growthNeedsRelocation',
      { allocatedBlocks: 16n, maxCapacityBlocks: 40n },
    ]);
  });

  it('a ring that contradicts itself: the field, and what was expected', () => {
    const odd = { ...ringOf({ M: 20, A: 16, W: 4 }), entryCount: 5n };
    expect(failureOf(() => advanceReadTail(odd))).toMatchObject([
      'inconsistentHeader',
      { path: 'entryCount', expected: '4' },
    ]);
  });

  it('a ring with the smallest limits that contradicts itself: the field; one without limits: none', () => {
    const smallest = { ...ringOf({ M: 1, A: 1, W: 1, G: 1 }), entryCount: 0n };
    expect(failureOf(() => drainRing(smallest))).toMatchObject(['inconsistentHeader', { path: 'entryCount' }]);
    const none = { ...ringOf({ M: 20, A: 16, W: 4 }), maxCapacityBlocks: 0n };
    expect(failureOf(() => drainRing(none))).toEqual(['inconsistentHeader', undefined]);
  });

  it('a slot that is too small: what the ring needs, and what there is', () => {
    const ring = ringOf({ M: 20, A: 20, W: 3 });
    expect(failureOf(() => slotBlockOf(ring, 0n, 20))).toEqual(['capacityExceeded', { required: 21n, available: 20 }]);
  });

  it('a block that no number can name', () => {
    const huge = { ...ringOf({ M: 1 }), maxCapacityBlocks: 2n ** 62n, allocatedBlocks: 2n ** 62n };
    expect(ringBlockOf(huge, 2n ** 53n - 1n)).toBe(2 ** 53 - 1);
    expect(() => ringBlockOf(huge, 2n ** 53n)).toThrow(expect.objectContaining({ code: 'capacityExceeded' }));
  });
});

describe('the limits of a new ring', () => {
  it('are 1, and 16 is the increment unless told otherwise', () => {
    const ring = createRing({ maxCapacityBlocks: 1n });
    expect([ring.maxCapacityBlocks, ring.growthIncrement]).toEqual([1n, 16]);
    expect(createRing({ maxCapacityBlocks: 1, growthIncrement: 1 }).growthIncrement).toBe(1);
  });

  it('a count of entries to drop is an integer from 0 up', () => {
    const ring = ringOf({ M: 20, A: 16, W: 10, T: 3 });
    expect(advanceReadTail(ring, 0)).toEqual(ring);
    expect(() => advanceReadTail(ring, 0.5)).toThrow(RangeError);
    expect(() => advanceReadTail(ring, 2 ** 53)).toThrow(RangeError);
  });
});

describe('entries', () => {
  const ring = ringOf({ M: 20, A: 16, W: 34, T: 20 });

  it('say in which block they were found', async () => {
    const { position, block } = await readEntry(ring, 33n, slotOf(ring));
    expect([position, block]).toEqual([33n, 3]);
  });

  it('that do not carry their number are read where the caller says so', async () => {
    const slot = slotOf(ring);
    slot.put(3, encodeEntry(Uint8Array.of(7), 5n, { blockSize, framed: true }));
    await expect(readEntry(ring, 33n, slot, { framed: true })).rejects.toMatchObject({ code: 'staleEntry' });
    const { bytes } = await readEntry(ring, 33n, slot, { framed: true, checkPosition: false });
    expect(bytes).toEqual(Uint8Array.of(7));
  });

  it('that are damaged are left out where the caller wants to be told', async () => {
    const slot = slotOf(ring);
    slot.put(3, new Uint8Array(blockSize));
    const told: unknown[] = [];
    const read: bigint[] = [];
    const onDamage = ({ code, details }: VdeError, position: bigint) => {
      told.push([code, position, details]);
    };
    for await (const { position } of readEntries(ring, slot, { onDamage })) read.push(position);
    expect(told).toEqual([['truncated', 33n, { position: 33n, block: 3, offset: 0, length: 512 }]]);
    expect(read).toEqual(Array.from({ length: 13 }, (_, i) => 20n + BigInt(i)));
  });
});

describe('the audit', () => {
  const audit = async (ring: Parameters<typeof blocksOf>[0], context: AuditContext) => {
    const findings: Finding[] = [];
    for await (const finding of streamingAppend.audit!(ring, context)) findings.push(finding);
    return findings;
  };

  it('says nothing of growth where no entry is stale', async () => {
    const grown = ringOf({ M: 64, A: 32, W: 33, T: 1 });
    expect(await audit(grown, slotOf(grown))).toEqual([]);
    const slot = slotOf(grown);
    slot.put(slotBlockOf(grown, 5n, slot.blockCount), new Uint8Array(blockSize));
    expect((await audit(grown, slot)).map(({ code }) => code)).toEqual(['truncated']);
  });

  it('gives the place of a damaged entry, and none for one that the slot cannot hold', async () => {
    const ring = ringOf({ M: 20, A: 16, W: 4 });
    const slot = slotOf(ring);
    slot.put(slotBlockOf(ring, 1n, slot.blockCount), new Uint8Array(blockSize));
    expect(await audit(ring, slot)).toMatchObject([{ code: 'truncated', block: 3, offset: 0, length: blockSize }]);
    const [first] = await audit(ring, { ...slotOf(ring), blockCount: 18 });
    expect(first).toEqual({ code: 'capacityExceeded', severity: 'error', message: expect.stringContaining('18') });
  });
});

it('the description shows how much is live, and how much is allocated', () => {
  const { gauges } = streamingAppend.describe(ringOf({ M: 20, A: 16, W: 10, T: 3 }));
  expect(gauges).toEqual([
    { id: 'live', title: 'Live entries', value: 7n, max: 16n, unit: 'blocks' },
    { id: 'allocated', title: 'Allocated', value: 16n, max: 20n, unit: 'blocks' },
  ]);
});

it('the trace names each field, then the reserved bytes, and nothing where there is no block', () => {
  const ranges = [...traceRegion(streamingAppend, blocksOf(ringOf({ M: 20 }), blockSize), { blockSize })];
  const fields = ['maxCapacityBlocks', 'allocatedBlocks', 'writeHead', 'readTail', 'entryCount', 'growthIncrement'];
  expect(ranges.map(({ path }) => path)).toEqual([...fields, 'reserved']);
  const none = openRegion(streamingAppend, new Uint8Array(), { blockSize, lenient: true });
  expect([...streamingAppend.trace(none, { first: 0, count: 1 })]).toEqual([]);
});

describe('reserved bytes', () => {
  it('end with the last one that is not zero', () => {
    const reserved = Uint8Array.of(0, 5, 0, 0);
    const blocks = encodeRegion(streamingAppend, { ...ringOf({ M: 20 }), reserved }, { blockSize, generation: 1 });
    const { state } = decodeRegion(streamingAppend, blocks, { blockSize });
    expect(state.reserved).toEqual(Uint8Array.of(0, 5));
    const plain = decodeRegion(streamingAppend, blocksOf(ringOf({ M: 20 }), blockSize), { blockSize }).state;
    expect('reserved' in plain).toBe(false);
  });
});
