import { describe, expect, it } from 'vitest';
import { seededRandom } from '../src/index.ts';

describe('seeded random numbers', () => {
  // Worked out by the definition of mulberry32, in integers.
  const byHand = (seed: bigint) => {
    const u32 = (value: bigint) => BigInt.asUintN(32, value);
    let state = seed;
    return () => {
      state = u32(state + 0x6d2b79f5n);
      let mixed = u32((state ^ (state >> 15n)) * (state | 1n));
      mixed ^= u32(mixed + u32((mixed ^ (mixed >> 7n)) * (mixed | 61n)));
      return Number(mixed ^ (mixed >> 14n)) / 2 ** 32;
    };
  };

  it.each([0, 1, 20_260_214, 0xffff_ffff])('of seed %i are the same everywhere', (seed) => {
    const [random, expected] = [seededRandom(seed), byHand(BigInt(seed))];
    for (let i = 0; i < 1000; i++) expect(random()).toBe(expected());
  });
});
