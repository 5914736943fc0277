import { decodeRegion, fromHex, geometryOf, isVdeError, toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import {
  advanceReadTail,
  createRing,
  planAppend,
  type StreamingAppend,
  StreamingAppendHeader,
  streamingAppend,
} from '../src/index.ts';
import { append, blocksOf, ringOf, sha256 } from './rings.ts';

const codeOf = (run: () => unknown) => {
  try {
    run();
    return 'ok';
  } catch (error) {
    return isVdeError(error) ? error.code : (error as Error).name;
  }
};

describe('headers of the page (7)', () => {
  const rows = [
    ['new', ringOf({ M: 256 }), 512, 1, 'a3edc85a46bb4748164a68b1340138a792d8446275aa7a605d46db49f8de759e'],
    ['new', ringOf({ M: 256 }), 4096, 1, 'ac7f459f908e011a211463a49f5d3d47c051c642ac49ecc7e5f329f7dbb81f53'],
    [
      'moved',
      ringOf({ M: 64, A: 16, W: 20, T: 4 }),
      512,
      3,
      'c4f10a3bee147aa7edbd10efabc50fadbf99054aed6f48dbcd60a85fbdc6a834',
    ],
    [
      'moved',
      ringOf({ M: 64, A: 16, W: 20, T: 4 }),
      4096,
      3,
      'f2dbfe3c008663fa75213bad5f5b6dafb9be5227b9700323335cab1997a18f15',
    ],
    [
      'full',
      ringOf({ M: 20, A: 20, W: 20 }),
      512,
      1,
      'd6d9303f4177a2650a24bb84e6bb8a9288afe9652ea00484ba803c5d7318575f',
    ],
    [
      'overwritten',
      ringOf({ M: 4, A: 4, W: 6, T: 2 }),
      512,
      2,
      '4cfced3e8ba0e188104db8cc1908299c48787d0881a09d41ba7e80c774ac3c95',
    ],
  ] as const;

  it.each(rows)('%s: SHA-256 (%#)', (_name, ring, blockSize, generation, digest) => {
    const blocks = blocksOf(ring, blockSize, generation);
    expect(sha256(blocks)).toBe(digest);
    expect(decodeRegion(streamingAppend, blocks, { blockSize })).toMatchObject({
      state: ring,
      generation,
      findings: [],
    });
  });

  it('a new ring field by field', () => {
    const hex = `0001000000000000${'00'.repeat(32)}10000000`;
    const view = new DataView(new ArrayBuffer(44));
    StreamingAppendHeader.set(view, 0, ringOf({ M: 256 }));
    expect(toHex(new Uint8Array(view.buffer))).toBe(hex);
    expect(StreamingAppendHeader.get(new DataView(fromHex(hex).buffer))).toEqual(
      createRing({ maxCapacityBlocks: 256 }),
    );
  });

  it.each([
    [512, '4552545301000000d9cc93578b3724ee'],
    [4096, '45525453010000005da14161602644bd'],
  ])('a new ring at %i: trailer', (blockSize, trailer) => {
    expect(toHex(blocksOf(ringOf({ M: 256 }), blockSize).subarray(-16))).toBe(trailer);
  });

  it('a zero block, as the creator leaves it, is a ring as large as its slot takes (6, row 7)', () => {
    const decoded = decodeRegion(streamingAppend, new Uint8Array(128 * 512), { blockSize: 512 });
    expect(decoded).toMatchObject({
      form: 'uninitialised',
      findings: [],
      state: createRing({ maxCapacityBlocks: 126 }),
    });
    const place = { geometry: geometryOf(512), blockCount: 2 };
    expect(streamingAppend.empty({}, place).maxCapacityBlocks).toBe(1n);
    const asked = streamingAppend.empty({ maxCapacityBlocks: 9, growthIncrement: 3 }, place);
    expect(asked).toEqual(createRing({ maxCapacityBlocks: 9n, growthIncrement: 3 }));
  });

  it('decoding needs the header block alone', () => {
    const first = new DataView(blocksOf(ringOf({ M: 1000, A: 160, W: 160 }), 512).buffer);
    expect(streamingAppend.span?.(first, geometryOf(512))).toBe(1);
  });
});

describe('appending (5.3, 7)', () => {
  it('grows by its increment, the last time to its capacity', () => {
    const { plans } = append(ringOf({ M: 20 }), 20);
    expect([0, 15, 16, 19].map((i) => plans[i]!.ring.allocatedBlocks)).toEqual([16n, 16n, 20n, 20n]);
    expect(plans.map(({ grownFrom }) => grownFrom).filter((from) => from !== undefined)).toEqual([0, 16]);
  });

  it('refuses the 21st of 20, or overwrites the oldest', () => {
    const { ring } = append(ringOf({ M: 20 }), 20);
    expect(codeOf(() => planAppend(ring, 1, { blockSize: 512, onFull: 'reject' }))).toBe('ringFull');
    expect(planAppend(ring, 1, { blockSize: 512 })).toMatchObject({ position: 20n, block: 0, discarded: 0n });
  });

  it('goes round a ring of four', () => {
    const { ring, plans } = append(ringOf({ M: 4 }), 6);
    expect(plans.map(({ block }) => block)).toEqual([0, 1, 2, 3, 0, 1]);
    expect(plans.map(({ discarded }) => discarded)).toEqual([undefined, undefined, undefined, undefined, 0n, 1n]);
    expect(ring).toEqual(ringOf({ M: 4, A: 4, W: 6, T: 2 }));
  });

  const moved = () => append(advanceReadTail(append(ringOf({ M: 64 }), 16).ring, 4), 4).ring;

  it('lists the entries that move when it grows after the tail has', () => {
    const { last } = append(moved(), 1, { growth: 'relocate' });
    expect([...last.relocations]).toEqual([
      { position: 16n, from: 0, to: 16 },
      { position: 17n, from: 1, to: 17 },
      { position: 18n, from: 2, to: 18 },
      { position: 19n, from: 3, to: 19 },
    ]);
    expect([...last.relocations].length).toBe(4);
    expect(last).toMatchObject({
      position: 20n,
      block: 20,
      grownFrom: 16,
      discarded: undefined,
      ring: { allocatedBlocks: 32n },
    });
  });

  it('overwrites instead, until growing moves nothing', () => {
    const { plans, ring, last } = append(moved(), 29);
    expect(plans.slice(0, 28).map(({ discarded }) => discarded)).toEqual(
      Array.from({ length: 28 }, (_, i) => BigInt(i + 4)),
    );
    expect(last).toMatchObject({ position: 48n, block: 16, discarded: undefined, grownFrom: 16 });
    expect(ring).toEqual(ringOf({ M: 64, A: 32, W: 49, T: 32 }));
  });

  it('refuses where entries would have to move and may not', () => {
    expect(codeOf(() => append(moved(), 1, { onFull: 'reject' }))).toBe('growthNeedsRelocation');
  });

  it('does not grow where no multiple fits and entries would move', () => {
    const ring = ringOf({ M: 48, A: 32, W: 72, T: 40 });
    expect(append(ring, 1, { growth: 'relocate' }).ring).toEqual(ringOf({ M: 48, A: 32, W: 73, T: 41 }));
    expect(codeOf(() => append(ring, 1, { growth: 'relocate', onFull: 'reject' }))).toBe('growthNeedsRelocation');
  });

  it.each([
    [{ M: 64, A: 16, W: 48, T: 32 }, 32],
    [{ M: 64, A: 16, W: 16, T: 0 }, 32],
    [{ M: 20, A: 16, W: 16, T: 0 }, 20],
    [{ M: 64, A: 16, W: 36, T: 20 }, 16],
    [{ M: 64, A: 16, W: 15, T: 9 }, 16],
  ])('%o grows to %i blocks', (fields, blocks) => {
    expect(append(ringOf(fields), 1).ring.allocatedBlocks).toBe(BigInt(blocks));
  });

  it('moves as many entries as the page counts, by the tail', () => {
    const moves = Array.from({ length: 33 }, (_, T) => {
      const { last } = append(ringOf({ M: 64, A: 16, W: T + 16, T }), 1, { growth: 'relocate' });
      return [...last.relocations].length;
    });
    expect(moves).toEqual(Array.from({ length: 33 }, (_, T) => Math.min(T, 32 - T)));
  });

  it('asks for the length first', () => {
    const wrong: StreamingAppend = { ...ringOf({ M: 4 }), entryCount: 9n };
    expect(codeOf(() => planAppend(wrong, 497, { blockSize: 512 }))).toBe('dataTooLarge');
    expect(codeOf(() => planAppend(wrong, 496, { blockSize: 512 }))).toBe('inconsistentHeader');
    expect(codeOf(() => planAppend(ringOf({ M: 4 }), 493, { blockSize: 512, framed: true }))).toBe('dataTooLarge');
    expect(codeOf(() => planAppend(ringOf({ M: 4 }), 492, { blockSize: 512, framed: true }))).toBe('ok');
    expect(codeOf(() => planAppend(ringOf({ M: 4 }), -1, { blockSize: 512 }))).toBe('RangeError');
  });

  it('takes a ring larger than any image for what it is', () => {
    const huge = {
      ...ringOf({ M: 4 }),
      maxCapacityBlocks: 2n ** 62n,
      allocatedBlocks: 2n ** 62n,
      writeHead: 2n ** 60n,
    };
    const full = { ...huge, entryCount: 2n ** 60n };
    expect(codeOf(() => planAppend(full, 1, { blockSize: 512 }))).toBe('capacityExceeded');
  });
});
