import { decodeRegion, isVdeError } from '@vde/format';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advanceReadTail,
  allocationPercentage,
  createRing,
  drainRing,
  isConsistent,
  isEmptyRing,
  isFullRing,
  isLive,
  isMappingUncertain,
  planAppend,
  repairRing,
  resetRing,
  ringBlockOf,
  type StreamingAppend,
  slotBlockOf,
  streamingAppend,
} from '../src/index.ts';
import { append, blocksOf, ringOf } from './rings.ts';

const inconsistent = expect.toSatisfy((error: unknown) => isVdeError(error, 'inconsistentHeader'));

describe('operations of the page (5)', () => {
  it.each([0, -1, 2n ** 63n])('refuses a capacity of %d', (maxCapacityBlocks) => {
    expect(() => createRing({ maxCapacityBlocks })).toThrow(RangeError);
  });

  it.each([0, -1, 1.5, 2 ** 31])('refuses an increment of %d', (growthIncrement) => {
    expect(() => createRing({ maxCapacityBlocks: 4, growthIncrement })).toThrow(RangeError);
  });

  it('advances the tail by one, by some, and never past the head', () => {
    const ring = ringOf({ M: 20, A: 16, W: 10, T: 3 });
    expect(advanceReadTail(ring)).toEqual(ringOf({ M: 20, A: 16, W: 10, T: 4 }));
    expect(advanceReadTail(ring, 5)).toEqual(ringOf({ M: 20, A: 16, W: 10, T: 8 }));
    expect(advanceReadTail(ring, 99)).toEqual(ringOf({ M: 20, A: 16, W: 10, T: 10 }));
    expect(advanceReadTail(ringOf({ M: 20 }))).toEqual(ringOf({ M: 20 }));
    expect(() => advanceReadTail(ring, -1)).toThrow(RangeError);
  });

  it('drains to the head and resets to 0; allocated blocks stay', () => {
    const ring = ringOf({ M: 20, A: 16, W: 10, T: 3 });
    expect(drainRing(ring)).toEqual(ringOf({ M: 20, A: 16, W: 10, T: 10 }));
    expect(resetRing(ring)).toEqual(ringOf({ M: 20, A: 16 }));
  });

  it('tells what is live, empty, full and allocated', () => {
    const ring = ringOf({ M: 20, A: 16, W: 10, T: 3 });
    expect([2n, 3n, 9n, 10n, -1n].map((position) => isLive(ring, position))).toEqual([false, true, true, false, false]);
    expect([isEmptyRing(ring), isEmptyRing(drainRing(ring))]).toEqual([false, true]);
    const full = ringOf({ M: 20, A: 20, W: 25, T: 5 });
    expect([isFullRing(ring), isFullRing(ringOf({ M: 20, A: 16, W: 16 })), isFullRing(full)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(isFullRing(ringOf({ M: 20, A: 20, W: 10 }))).toBe(false);
    expect([allocationPercentage(ring), allocationPercentage(full)]).toEqual([80, 100]);
  });

  it('finds the block of a position from the end of the slot', () => {
    const ring = ringOf({ M: 20, A: 16, W: 30, T: 20 });
    expect(ringBlockOf(ring, 20n)).toBe(4);
    expect([slotBlockOf(ring, 20n, 21), slotBlockOf(ring, 20n, 22), slotBlockOf(ring, 15n, 128)]).toEqual([5, 6, 123]);
    expect(() => ringBlockOf(ring, -1n)).toThrow(RangeError);
    for (const allocatedBlocks of [0n, -1n])
      expect(() => ringBlockOf({ ...ringOf({ M: 20 }), allocatedBlocks }, 0n)).toThrow(RangeError);
    expect(() => slotBlockOf(ring, 16n, 20)).toThrow(
      expect.toSatisfy((error) => isVdeError(error, 'capacityExceeded')),
    );
    expect(slotBlockOf(ring, 17n, 20)).toBe(1);
  });

  it('tells where the reference may have lost entries', () => {
    const uncertain = (fields: Parameters<typeof ringOf>[0]) => isMappingUncertain(ringOf(fields));
    expect(uncertain({ M: 64, A: 32, W: 33, T: 1 })).toBe(true);
    expect(uncertain({ M: 64, A: 32, W: 32 })).toBe(false);
    expect(uncertain({ M: 64, A: 16, W: 20, T: 4 })).toBe(false);
    expect(uncertain({ M: 8, A: 8, W: 20, T: 14 })).toBe(false);
  });
});

describe('a ring whose counters contradict each other', () => {
  const ring: StreamingAppend = { ...ringOf({ M: 20, A: 16, W: 4 }), entryCount: 5n };

  it('is not changed until it is repaired', () => {
    for (const change of [advanceReadTail, drainRing, (one: StreamingAppend) => planAppend(one, 1, { blockSize: 512 })])
      expect(() => change(ring)).toThrow(inconsistent);
    expect(isConsistent(ring)).toBe(false);
    const repaired = repairRing(ring, { entryCount: 4n });
    expect([repaired, isConsistent(repaired)]).toEqual([ringOf({ M: 20, A: 16, W: 4 }), true]);
    expect(resetRing(ring)).toEqual(ringOf({ M: 20, A: 16 }));
  });

  it('is not repaired by what contradicts itself as well', () => {
    expect(() => repairRing(ring, { entryCount: 6n })).toThrow(inconsistent);
    expect(() => repairRing(ring, { entryCount: 4n, growthIncrement: 0 })).toThrow(inconsistent);
  });

  it.each([
    { allocatedBlocks: -1n },
    { allocatedBlocks: 21n },
    { allocatedBlocks: 7n },
    { readTail: -1n, entryCount: 5n },
    { readTail: 5n, entryCount: -1n },
    { writeHead: 17n, entryCount: 17n },
    { maxCapacityBlocks: 0n },
    { maxCapacityBlocks: 0n, allocatedBlocks: 0n, writeHead: 0n, entryCount: 0n },
  ])('has %o', (wrong) => expect(isConsistent({ ...ringOf({ M: 20, A: 16, W: 4 }), ...wrong })).toBe(false));
});

/** A ring as the page describes it, written down plainly: blocks with what was last written into them. */
class ShadowRing {
  readonly most: number;
  readonly step: number;
  readonly store = new Map<number, number>();
  live: number[] = [];
  allocated = 0;
  next = 0;

  constructor(most: number, step: number) {
    this.most = most;
    this.step = step;
  }

  /** What appending does: `undefined` when it is refused. */
  append(overwrites: boolean, relocates: boolean): { discarded?: number } | undefined {
    const isFull = this.live.length === this.allocated;
    const larger = Math.min(this.allocated + this.step, this.most);
    const keepsAll = this.live.every((p) => p % this.allocated === p % larger);
    if (isFull && this.allocated < this.most) {
      if (this.allocated === 0 || keepsAll) this.allocated = larger;
      else if (relocates && 2 * this.allocated <= this.most) this.allocated *= 2;
    }
    const mustDrop = this.live.length === this.allocated;
    if (mustDrop && !overwrites) return undefined;
    const discarded = mustDrop ? this.live.shift() : undefined;
    this.live.push(this.next++);
    return discarded === undefined ? {} : { discarded };
  }

  check(ring: StreamingAppend): void {
    const counters = [ring.allocatedBlocks, ring.writeHead, ring.entryCount].map(Number);
    if (`${counters}` !== `${[this.allocated, this.next, this.live.length]}`) throw new Error(`counters ${counters}`);
    if (!isConsistent(ring)) throw new Error('inconsistent');
    for (const p of this.live) {
      if (!isLive(ring, BigInt(p))) throw new Error(`${p} is not live`);
      const block = ringBlockOf(ring, BigInt(p));
      if (this.store.get(block) !== p) throw new Error(`block ${block} holds ${this.store.get(block)}, expected ${p}`);
    }
  }
}

describe('any sequence of operations', () => {
  type Call = readonly ['append' | 'advance' | 'drain' | 'reset' | 'reread', number, boolean, boolean];
  const op = fc.oneof(
    { weight: 14, arbitrary: fc.constant('append') },
    { weight: 4, arbitrary: fc.constant('advance') },
    fc.constantFrom('drain', 'reset', 'reread'),
  );
  const calls = fc.array(fc.tuple(op, fc.nat({ max: 6 }), fc.boolean(), fc.boolean()), {
    maxLength: 60,
    size: 'max',
  }) as fc.Arbitrary<Call[]>;

  function appendOne(ring: StreamingAppend, shadow: ShadowRing, overwrites: boolean, relocates: boolean) {
    const before = [...shadow.live];
    const expected = shadow.append(overwrites, relocates);
    try {
      const plan = planAppend(ring, 10, {
        blockSize: 512,
        onFull: overwrites ? 'overwriteOldest' : 'reject',
        growth: relocates ? 'relocate' : 'stableOnly',
      });
      if (expected === undefined) throw new Error('expected a refusal');
      if (plan.discarded !== (expected.discarded === undefined ? undefined : BigInt(expected.discarded)))
        throw new Error(`discarded ${plan.discarded}, expected ${expected.discarded}`);
      // In reverse, because any order has to do.
      for (const { position, from, to } of [...plan.relocations].reverse()) {
        if (
          !before.includes(Number(position)) ||
          shadow.store.get(from) !== Number(position) ||
          to < ring.allocatedBlocks
        )
          throw new Error(`moves ${position} from ${from} to ${to}`);
        shadow.store.set(to, Number(position));
      }
      shadow.store.set(plan.block, Number(plan.position));
      return plan.ring;
    } catch (error) {
      if (expected !== undefined || !(isVdeError(error, 'ringFull') || isVdeError(error, 'growthNeedsRelocation')))
        throw error;
      return ring;
    }
  }

  function run(ring: StreamingAppend, shadow: ShadowRing, [op, count, overwrites, relocates]: Call): StreamingAppend {
    switch (op) {
      case 'append':
        return appendOne(ring, shadow, overwrites, relocates);
      case 'advance':
        shadow.live.splice(0, count);
        return advanceReadTail(ring, count);
      case 'drain':
        shadow.live = [];
        return drainRing(ring);
      case 'reset':
        [shadow.live, shadow.next] = [[], 0];
        return resetRing(ring);
      case 'reread':
        return reread(ring);
    }
  }

  /** The ring as it is read back; written again it gives the same bytes. */
  function reread(ring: StreamingAppend): StreamingAppend {
    const blocks = blocksOf(ring, 512);
    const { state, findings } = decodeRegion(streamingAppend, blocks, { blockSize: 512 });
    if (findings.length > 0) throw new Error(`reads with ${findings[0]!.code}`);
    expect(state).toEqual(ring);
    expect(Buffer.compare(blocksOf(state, 512), blocks)).toBe(0);
    return state;
  }

  it('leaves every live entry in its block, as plain bookkeeping has it', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 7 }));
    let grown = 0;
    const property = fc.property(sizes, calls, ([most, step], all) => {
      const shadow = new ShadowRing(most, step);
      let ring = createRing({ maxCapacityBlocks: most, growthIncrement: step });
      for (const call of all) {
        ring = run(ring, shadow, call);
        shadow.check(ring);
      }
      reread(ring);
      if (ring.allocatedBlocks > step) grown++;
    });
    fc.assert(property, {
      numRuns: 5000,
      seed: 20_250_101,
      endOnFailure: true,
      interruptAfterTimeLimit: 30_000,
      markInterruptAsFailure: true,
    });
    expect(grown).toBeGreaterThan(1000);
  });

  it('becomes stable after as many overwrites as the page says', () => {
    for (const [now, next, overwrites] of [
      [16, 32, 32],
      [32, 48, 96],
      [48, 64, 192],
    ] as const) {
      const { plans } = append(ringOf({ M: next, A: now, W: now + 1, T: 1 }), overwrites);
      expect(plans.findIndex(({ grownFrom }) => grownFrom !== undefined)).toBe(overwrites - 1);
    }
  });
});
