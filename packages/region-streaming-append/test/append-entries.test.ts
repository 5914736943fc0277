import { sealBlocks, stringToTag } from '@vde/format';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  appendEntries,
  encodeEntry,
  isConsistent,
  isLive,
  ringBlockOf,
  type StreamingAppend,
  streamingAppend,
} from '../src/index.ts';
import { append, ringOf } from './rings.ts';

const blockSize = 512;
const options = { blockSize };
const entries = (count: number) => Array.from({ length: count }, (_, i) => Uint8Array.of(i, i >> 8, 7));
const coded = (code: string, details: object) => expect.objectContaining({ code, details });

it('gives the ring, the blocks to write and the positions; what is given stays', () => {
  const ring = Object.freeze(ringOf({ M: 20, A: 16, W: 15, T: 3 }));
  const given = entries(3);
  const { state, writes, positions } = appendEntries(ring, given, options);
  expect(state).toEqual(ringOf({ M: 20, A: 16, W: 18, T: 3 }));
  expect(positions).toEqual([15n, 16n, 17n]);
  expect(writes).toEqual([15, 0, 1].map((index, i) => ({ index, payload: given[i] })));
  given[0]!.fill(9);
  expect(writes[0]!.payload).toEqual(entries(1)[0]);
});

it.each([false, true])('writes blocks that are those of encodeEntry once they are sealed; framed: %s', (framed) => {
  const given = [new Uint8Array(), ...entries(1), new Uint8Array(492).fill(5)];
  const { writes, positions } = appendEntries(ringOf({ M: 20, A: 16, W: 30, T: 30 }), given, { blockSize, framed });
  const blocks = writes.map(({ payload }, i) => {
    const block = new Uint8Array(blockSize);
    block.set(payload);
    sealBlocks(block, blockSize, stringToTag('STRE'), Number(positions[i]));
    return block;
  });
  expect(blocks).toEqual(given.map((bytes, i) => encodeEntry(bytes, positions[i]!, { blockSize, framed })));
});

it('no entries change nothing', () => {
  const ring = ringOf({ M: 20, A: 16, W: 15, T: 3 });
  expect(appendEntries(ring, [], options)).toEqual({ state: ring, writes: [], positions: [] });
});

it('grows where no entry moves, and never moves one', () => {
  const grown = appendEntries(ringOf({ M: 64 }), entries(40), options);
  expect([grown.state, grown.writes.at(-1)!.index]).toEqual([ringOf({ M: 64, A: 48, W: 40 }), 39]);
  const { state, writes } = appendEntries(ringOf({ M: 64, A: 16, W: 20, T: 4 }), entries(2), options);
  expect([state, writes.map(({ index }) => index)]).toEqual([ringOf({ M: 64, A: 16, W: 22, T: 6 }), [4, 5]]);
});

it('overwrites entries that were there, and none of its own', () => {
  const full = ringOf({ M: 4, A: 4, W: 6, T: 2 });
  expect(appendEntries(full, entries(4), options).state).toEqual(ringOf({ M: 4, A: 4, W: 10, T: 6 }));
  expect(() => appendEntries(full, entries(5), options)).toThrow(
    coded('capacityExceeded', { required: 5, available: 4 }),
  );
  const stuck = ringOf({ M: 30, A: 16, W: 20, T: 4 });
  expect(() => appendEntries(stuck, entries(17), options)).toThrow(
    coded('capacityExceeded', { required: 17, available: 16 }),
  );
});

it('throws what a plan throws, for any of the entries', () => {
  const ring = ringOf({ M: 18, A: 16, W: 20, T: 6 });
  const reject = { blockSize, onFull: 'reject' } as const;
  expect(appendEntries(ring, entries(2), reject).positions.length).toBe(2);
  expect(() => appendEntries(ring, entries(3), reject)).toThrow(
    coded('growthNeedsRelocation', { allocatedBlocks: 16n, maxCapacityBlocks: 18n }),
  );
  expect(() => appendEntries(ring, [...entries(1), new Uint8Array(497)], options)).toThrow(
    coded('dataTooLarge', { length: 497, most: 496 }),
  );
  const odd = { ...ring, entryCount: 5n };
  expect(() => appendEntries(odd, entries(1), options)).toThrow(
    expect.objectContaining({ code: 'inconsistentHeader' }),
  );
});

it('is what one plan after the other gives, and a crash finds either old entries or none in the blocks written', () => {
  const { isLive: isLiveBlock, release } = streamingAppend.anchored!;
  const sizes = fc.record({
    most: fc.integer({ min: 1, max: 24 }),
    step: fc.integer({ min: 1, max: 7 }),
    before: fc.nat({ max: 80 }),
    read: fc.nat({ max: 24 }),
    count: fc.nat({ max: 40 }),
  });
  let overwriting = 0;
  const property = fc.property(sizes, ({ most, step, before, read, count }) => {
    const filled = append(ringOf({ M: most, G: step }), before).ring;
    const readTail = filled.readTail + BigInt(Math.min(read, Number(filled.entryCount)));
    const ring: StreamingAppend = { ...filled, readTail, entryCount: filled.writeHead - readTail };
    const oneByOne = append(ring, count);
    if (oneByOne.plans.some(({ discarded }) => discarded !== undefined && discarded >= ring.writeHead)) {
      expect(() => appendEntries(ring, entries(count), options)).toThrow(
        expect.objectContaining({ code: 'capacityExceeded' }),
      );
      return;
    }
    const { state, writes, positions } = appendEntries(ring, entries(count), options);
    expect(state).toEqual(oneByOne.ring);
    expect(positions).toEqual(oneByOne.plans.map(({ position }) => position));
    expect(writes.map(({ index }) => index)).toEqual(positions.map((position) => ringBlockOf(state, position)));
    expect(new Set(writes.map(({ index }) => index)).size).toBe(count);
    const isOverwriting = writes.some(({ index }) => isLiveBlock(ring, index));
    const first = isOverwriting ? release!(ring, state) : ring;
    expect([isConsistent(first), writes.filter(({ index }) => isLiveBlock(first, index))]).toEqual([true, []]);
    for (let position = first.readTail; position < first.writeHead; position++)
      expect([isLive(state, position), ringBlockOf(state, position)]).toEqual([true, ringBlockOf(ring, position)]);
    if (isOverwriting) overwriting++;
  });
  fc.assert(property, { numRuns: 2000, seed: 20_250_101, endOnFailure: true, interruptAfterTimeLimit: 30_000 });
  expect(overwriting).toBeGreaterThan(100);
});
