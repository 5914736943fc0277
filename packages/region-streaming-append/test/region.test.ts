import { testRegion } from '@vde/testing';
import fc from 'fast-check';
import { goldenRegion, goldenRegions } from '../../testing/test/golden-files.ts';
import { type StreamingAppend, streamingAppend } from '../src/index.ts';

const i64Max = 2n ** 63n - 1n;

/** Rings that the format allows: from small ones to the largest counters. */
const rings: fc.Arbitrary<StreamingAppend> = fc
  .record({
    growthIncrement: fc.oneof(fc.integer({ min: 1, max: 0x7fff_ffff }), fc.integer({ min: 1, max: 20 })),
    increments: fc.oneof(fc.nat({ max: 9 }), fc.constant(Number.MAX_SAFE_INTEGER)),
    more: fc.oneof(fc.bigInt({ min: 0n, max: 40n }), fc.bigInt({ min: 0n, max: i64Max })),
    live: fc.nat({ max: 1000 }),
    readTail: fc.oneof(fc.bigInt({ min: 0n, max: 100n }), fc.bigInt({ min: 0n, max: i64Max })),
    reserved: fc.option(
      fc.uint8Array({ minLength: 1, maxLength: 452 }).map((bytes) => bytes.with(-1, bytes.at(-1)! | 1)),
      { nil: undefined, freq: 4 },
    ),
  })
  .map(({ growthIncrement, increments, more, live, readTail, reserved }) => {
    const wanted = BigInt(growthIncrement) * BigInt(increments);
    const maxCapacityBlocks = min(i64Max, max(1n, wanted + more));
    const allocatedBlocks = min(wanted, maxCapacityBlocks);
    const entryCount = min(min(allocatedBlocks, BigInt(live)), i64Max - readTail);
    const counters = { maxCapacityBlocks, allocatedBlocks, writeHead: readTail + entryCount, readTail, entryCount };
    return { ...counters, growthIncrement, ...(reserved && { reserved }) };
  });

const min = (a: bigint, b: bigint) => [a, b].sort((x, y) => (x < y ? -1 : 1))[0]!;
const max = (a: bigint, b: bigint) => [a, b].sort((x, y) => (x < y ? 1 : -1))[0]!;

testRegion(streamingAppend, {
  states: rings,
  // One header block, whatever the ring holds.
  spans: 1,
  same: (a, b) => `${a.reserved}` === `${b.reserved}`,
  fixtures: () => goldenRegions('streaming-append'),
  notOurs: () => [
    goldenRegion('metrics-log', 'one.512'),
    goldenRegion('worm-immutable', 'one.512'),
    goldenRegion('compression-dictionary', 'one.4096'),
  ],
});
