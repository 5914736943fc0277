import { decodeRegion, encodeRegion, fromHex, geometryOf, isVdeError } from '@vde/format';
import { type DamageCase, patch, testDamage } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { streamingAppendCodes } from '../src/codes.ts';
import { isConsistent, type StreamingAppendHeader, streamingAppend } from '../src/index.ts';
import { blocksOf, ringOf, slotOf } from './rings.ts';

const blockSize = 512;
const geometry = geometryOf(blockSize);
const ring = ringOf({ M: 64, A: 32, W: 20, T: 4 });
const blocks = blocksOf(ring, blockSize);

const i64 = (value: bigint) => new Uint8Array(BigInt64Array.of(value).buffer);
const i32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
const places = {
  maxCapacityBlocks: 0,
  allocatedBlocks: 8,
  writeHead: 16,
  readTail: 24,
  entryCount: 32,
  growthIncrement: 40,
} satisfies Record<keyof StreamingAppendHeader, number>;
type Fault = { code: string; severity: 'error' | 'warning'; at?: keyof StreamingAppendHeader };
const field = (
  name: string,
  path: keyof StreamingAppendHeader,
  value: bigint | number,
  fault: Fault,
  others: string[] = [],
): DamageCase => {
  const bytes = typeof value === 'bigint' ? i64(value) : i32(value);
  const offset = places[path];
  const finding = {
    code: fault.code,
    severity: fault.severity,
    block: 0,
    offset,
    length: bytes.length,
    path,
    actual: value,
  };
  return { name, blocks, blockSize, block: 0, offset, bytes, finding, others };
};
const contradiction: Fault = { code: 'inconsistentHeader', severity: 'warning' };
const bad: Fault = { code: 'badField', severity: 'error' };

const cases: readonly DamageCase[] = [
  field('capacity-zero', 'maxCapacityBlocks', 0n, bad),
  field('capacity-negative', 'maxCapacityBlocks', -1n, bad),
  field('increment-zero', 'growthIncrement', 0, bad),
  field('increment-negative', 'growthIncrement', -1, bad),
  field('allocated-negative', 'allocatedBlocks', -1n, contradiction, ['inconsistentHeader']),
  field('allocated-beyond-capacity', 'allocatedBlocks', 65n, contradiction),
  field('allocated-between-increments', 'allocatedBlocks', 33n, contradiction),
  field('entry-count-contradicts', 'entryCount', 5n, contradiction),
  field('entry-count-negative', 'entryCount', -1n, contradiction),
  {
    name: 'reserved-not-zero',
    blocks,
    blockSize,
    block: 0,
    offset: 44,
    bytes: Uint8Array.of(1),
    finding: { code: 'reservedNotZero', severity: 'notice', block: 0, offset: 44, length: 452, path: 'reserved' },
  },
  {
    name: 'reserved-not-zero-at-the-end',
    blocks,
    blockSize,
    block: 0,
    offset: 495,
    bytes: Uint8Array.of(1),
    finding: { code: 'reservedNotZero', severity: 'notice', block: 0, offset: 44, length: 452, path: 'reserved' },
  },
  {
    name: 'changed-payload',
    blocks,
    blockSize,
    block: 0,
    offset: 100,
    bytes: Uint8Array.of(0xee),
    unsealed: true,
    finding: { code: 'badTrailer', severity: 'error', block: 0, offset: 0, length: 512 },
    others: ['reservedNotZero'],
  },
  {
    name: 'no-trailer',
    blocks,
    blockSize,
    block: 0,
    offset: 496,
    bytes: new Uint8Array(16),
    finding: { code: 'badTrailer', severity: 'error', block: 0, offset: 0, length: 512 },
  },
  {
    name: 'other-tag',
    blocks,
    blockSize,
    block: 0,
    offset: 496,
    bytes: fromHex('4b52544d'),
    finding: {
      code: 'wrongTag',
      severity: 'error',
      block: 0,
      offset: 496,
      length: 4,
      expected: 'STRE',
      actual: 'MTRK',
    },
  },
];

testDamage(streamingAppend, cases);

describe('counters that contradict each other', () => {
  const found = (header: Partial<StreamingAppendHeader>) => {
    const damaged = blocksOf({ ...ring, ...header }, blockSize);
    const { findings, state } = decodeRegion(streamingAppend, damaged, { blockSize, lenient: true });
    expect(isConsistent(state!)).toBe(false);
    expect(encodeRegion(streamingAppend, state!, { blockSize, generation: 1 })).toEqual(damaged);
    return findings.map(({ path, expected }) => [path, expected]);
  };
  const most = 2n ** 63n - 1n;

  it.each([
    [
      'a tail before the head',
      { writeHead: 3n },
      [
        ['writeHead', 'at least 4'],
        ['entryCount', '-1'],
      ],
    ],
    ['a negative tail', { readTail: -4n, entryCount: 24n }, [['readTail', 'at least 0']]],
    ['more entries than blocks', { writeHead: 40n, entryCount: 36n }, [['entryCount', 'at most 32']]],
    ['more blocks than the capacity', { allocatedBlocks: 80n }, [['allocatedBlocks', '0 to 64']]],
    [
      'fewer than no blocks',
      { allocatedBlocks: -16n },
      [
        ['allocatedBlocks', '0 to 64'],
        ['entryCount', 'at most -16'],
      ],
    ],
    ['the smallest limits', { maxCapacityBlocks: 1n, growthIncrement: 1 }, [['allocatedBlocks', '0 to 1']]],
    ['no blocks for entries', { allocatedBlocks: 0n }, [['entryCount', 'at most 0']]],
    [
      'all counters the largest',
      { maxCapacityBlocks: most, allocatedBlocks: most, writeHead: most, readTail: most, entryCount: most },
      [['entryCount', '0']],
    ],
  ])('%s: kept as they are, and named', (_name, header, expected) => expect(found(header)).toEqual(expected));
});

describe('the slot around a header', () => {
  it('is too small for the ring: a warning, where its size is known (6, row 8)', () => {
    const finding = {
      code: 'capacityExceeded',
      severity: 'warning',
      block: 0,
      offset: 0,
      length: 8,
      path: 'maxCapacityBlocks',
    };
    const read = (blockCount: number) => decodeRegion(streamingAppend, blocks, { blockSize, blockCount }).findings;
    expect(read(64)).toMatchObject([{ ...finding, expected: 'at most 63', actual: 64n }]);
    expect([read(65), read(1)]).toEqual([[], []]);
    expect(read(2)).toMatchObject([{ ...finding, expected: 'at most 1', actual: 64n }]);
  });

  it('asks of each block the number of the entry that is live there, and of headers their tag', () => {
    const wrapped = ringOf({ M: 20, A: 16, W: 34, T: 20 });
    const blockCount = 22;
    const slot = slotOf(wrapped);
    const region = slot.bytes.subarray(slot.startBlock * blockSize);
    const { state } = decodeRegion(streamingAppend, region, { blockSize });
    const asked = Array.from({ length: blockCount }, (_, block) =>
      streamingAppend.expect!(state, block, { geometry, blockCount }),
    );
    expect(asked.every((one) => one?.tag === 'STRE')).toBe(true);
    const none = (count: number) => Array.from({ length: count }, () => undefined);
    const live = Array.from({ length: 12 }, (_, i) => 20 + i);
    // Two places of the header, ring blocks 0 and 1, two blocks whose entries are gone, 4 to 15, four not yet allocated.
    expect(asked.map((one) => one?.generation)).toEqual([...none(2), 32, 33, ...none(2), ...live, ...none(4)]);
    expect(streamingAppend.expect!(state, 8, { geometry, blockCount: 20 })).toEqual({ tag: 'STRE', generation: 24 });
    // Block 0 is the header's, also where a ring too large for its slot claims it. The next one is an entry's in a slot without spare.
    expect(streamingAppend.expect!(state, 0, { geometry, blockCount: 20 })).toEqual({ tag: 'STRE' });
    expect(streamingAppend.expect!(state, 1, { geometry, blockCount: 21 })).toEqual({ tag: 'STRE', generation: 32 });
  });

  it('asks for the low 32 bits of large positions', () => {
    const late = { ...ringOf({ M: 16, A: 16 }), readTail: 2n ** 40n, writeHead: 2n ** 40n + 3n, entryCount: 3n };
    const { state } = decodeRegion(streamingAppend, blocksOf(late, blockSize), { blockSize, blockCount: 18 });
    expect(
      [2, 3, 4, 5].map((block) => streamingAppend.expect!(state, block, { geometry, blockCount: 18 })?.generation),
    ).toEqual([0, 1, 2, undefined]);
  });

  it('held data, but lost its header', () => {
    const slot = slotOf(ringOf({ M: 20, A: 16, W: 4 }));
    slot.put(0, new Uint8Array(blockSize));
    const region = slot.bytes.subarray(slot.startBlock * blockSize);
    const { findings } = decodeRegion(streamingAppend, region, { blockSize, lenient: true });
    expect(findings).toMatchObject([{ code: 'truncated', block: 0 }]);
  });
});

describe('reserved bytes', () => {
  const reserved = patch(blocks, blockSize, { block: 0, offset: 60 }, fromHex('0102'));
  const { state } = decodeRegion(streamingAppend, reserved, { blockSize });

  it('are kept at every block size that has room for them', () => {
    expect(state.reserved).toEqual(fromHex(`${'00'.repeat(16)}0102`));
    const large = decodeRegion(streamingAppend, blocksOf(state, 4096), { blockSize: 4096 });
    expect(large.state).toEqual(state);
  });

  it('are refused where there is none, before anything is written', () => {
    expect(() => blocksOf({ ...ring, reserved: new Uint8Array(453).fill(1) }, blockSize)).toThrow(RangeError);
    expect(blocksOf({ ...ring, reserved: new Uint8Array(452).fill(1) }, blockSize).length).toBe(512);
  });
});

it('refuses a state that has no block', () => {
  const write = () => encodeRegion(streamingAppend, ring, { blockSize, generation: 1, blockCount: 0 });
  expect(write).toThrow(expect.toSatisfy((error: unknown) => isVdeError(error, 'capacityExceeded')));
  expect(streamingAppend.requiredBlocks(ring, geometryOf(blockSize))).toBe(1);
});

it('has a test for every code of the streaming append region', () => {
  const elsewhere = ['staleEntry', 'mappingUncertain', 'dataTooLarge', 'ringFull', 'growthNeedsRelocation'];
  const covered = new Set([...cases.map(({ finding }) => finding.code), ...elsewhere]);
  expect(Object.keys(streamingAppendCodes).filter((code) => !covered.has(code))).toEqual([]);
});
