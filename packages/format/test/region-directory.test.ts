import { describe, expect, it } from 'vitest';
import { sameBytes, toHex } from '../src/bytes.ts';
import { checkSlots } from '../src/check-slots.ts';
import { directoryHeaderRanges } from '../src/directory-header.ts';
import { isVdeError } from '../src/errors.ts';
import { encodeEmergencyRecovery } from '../src/recovery-blocks.ts';
import { decodeRegionDirectory, encodeRegionDirectory } from '../src/region-directory.ts';
import { freeSlot, type RegionPointer, slotState } from '../src/region-pointer.ts';
import {
  activeRegionCount,
  decodeRegionPointerTable,
  emptySlots,
  encodeRegionPointerTable,
  findFreeSlot,
  findRegion,
  findRegions,
  freeSlotCount,
  getActiveRegions,
  withoutSlot,
  withRegion,
  withSlot,
} from '../src/region-pointer-table.ts';
import { stringToTag } from '../src/tag.ts';
import { readTrailer, writeTrailer } from '../src/trailer.ts';
import { goldenBytes, goldenJson, sha256Hex, toGoldenSlots } from './golden.ts';

const rmap = stringToTag('RMAP');
const sizes = [4096, 16384, 65536];
const goldenDirectory = (bs: number) => goldenBytes(`format/directory.${bs}.bin.gz`);

function pointer(regionTypeId: string, startBlock: number, blockCount: number, more: Partial<RegionPointer> = {}) {
  return {
    ...freeSlot,
    regionTypeId,
    flags: 1,
    startBlock: BigInt(startBlock),
    blockCount: BigInt(blockCount),
    ...more,
  };
}

function slotsOf(...pointers: RegionPointer[]): RegionPointer[] {
  return pointers.reduce((slots, slot, i) => withSlot(slots, i, slot), emptySlots());
}

const exampleE = slotsOf(
  pointer('SUPB', 0, 4),
  pointer('SUPB', 4, 4),
  pointer('RMAP', 8, 2),
  pointer('BMAP', 10, 1),
  pointer('INOD', 11, 1024),
  pointer('MWAL', 1035, 82),
  pointer('DATA', 1117, 15267),
);
const totalBlocks = 16384;

describe.each(sizes)('golden directory of %i', (bs) => {
  const expected = goldenJson(`format/directory.${bs}.json`);
  const bytes = goldenDirectory(bs);

  it('decodes the values of the reference', () => {
    const { directory, findings, slotsUsable, headerUsable, headerGeneration } = decodeRegionDirectory(bytes, {
      blockSize: bs,
    });
    expect(findings).toEqual([]);
    expect([slotsUsable, headerUsable]).toEqual([true, true]);
    expect(directory!.generation).toBe(expected.generation);
    expect(headerGeneration).toBe(expected.generation);
    expect(toGoldenSlots(directory!.slots)).toEqual(expected.slots);
    expect(directory!.header).toEqual({
      version: 1,
      slotCount: 127,
      activeCount: expected.activeRegionCount,
      block0Hash: readTrailer(bytes, bs).checksum,
    });
  });

  it('encodes to the bytes of the reference', () => {
    const { directory } = decodeRegionDirectory(bytes, { blockSize: bs });
    expect(sha256Hex(encodeRegionDirectory(directory!, bs))).toBe(expected.sha256);
    const { slots, generation } = directory!;
    expect(sha256Hex(encodeRegionDirectory({ slots, generation }, bs))).toBe(expected.sha256);
  });
});

describe('example E (page 03, 3.4)', () => {
  const bytes = encodeRegionDirectory({ slots: exampleE, generation: 1 }, 4096);

  it('encodes to the bytes of the page', () => {
    expect(toHex(bytes.subarray(192, 224))).toBe('41544144010000005d04000000000000a33b0000000000000000000000000000');
    expect(readTrailer(bytes, 4096).checksum).toBe(0x6c49be4860af2b08n);
    expect(toHex(bytes.subarray(4096, 4112))).toBe('01007f0007000000082baf6048be496c');
    expect(readTrailer(bytes.subarray(4096), 4096).checksum).toBe(0x210f88dffed6a8ddn);
  });

  it('has block 8 in common with the region pointer table', () => {
    const block = encodeRegionPointerTable({ slots: exampleE }, 4096);
    writeTrailer(block, 4096, rmap, 1);
    expect(sameBytes(block, bytes.subarray(0, 4096))).toBe(true);
  });

  it('has no findings', () => {
    expect(checkSlots(exampleE, { totalBlocks })).toEqual([]);
    expect(decodeRegionDirectory(bytes, { blockSize: 4096 }).findings).toEqual([]);
  });
});

describe('encoding', () => {
  it.each([
    [4096, 16],
    [8192, 4112],
    [65536, 61456],
  ])('leaves the tail of block 8 at %i zero: %i bytes', (bs, tail) => {
    const bytes = encodeRegionDirectory({ slots: exampleE, generation: 7 }, bs);
    expect(bytes.subarray(4064, bs - 16)).toHaveLength(tail);
    expect(bytes.subarray(4064, bs - 16).every((byte) => byte === 0)).toBe(true);
  });

  it.each([512, 1024, 2048])('refuses blocks of %i bytes', (bs) => {
    let error: unknown;
    try {
      encodeRegionDirectory({ slots: exampleE, generation: 1 }, bs);
    } catch (thrown) {
      error = thrown;
    }
    expect(isVdeError(error, 'unsupportedBlockSize')).toBe(true);
  });

  it('keeps reserved bytes of both blocks', () => {
    const bs = 8192;
    const bytes = encodeRegionDirectory({ slots: exampleE, generation: 3 }, bs);
    bytes[4064] = 1;
    bytes[bs - 17] = 2;
    writeTrailer(bytes, bs, rmap, 3);
    const hash = readTrailer(bytes, bs).checksum;
    new DataView(bytes.buffer).setBigUint64(bs + 8, hash, true);
    bytes[bs + 6] = 3;
    bytes[bs + 16] = 4;
    bytes[2 * bs - 17] = 5;
    writeTrailer(bytes.subarray(bs), bs, rmap, 3);
    const { directory, findings } = decodeRegionDirectory(bytes, { blockSize: bs });
    expect(findings).toEqual([]);
    expect(sameBytes(encodeRegionDirectory(directory!, bs), bytes)).toBe(true);
  });

  it('refuses another number of slots', () => {
    expect(() => encodeRegionDirectory({ slots: exampleE.slice(1), generation: 1 }, 4096)).toThrow(RangeError);
  });
});

describe('slot operations (page 03, 5)', () => {
  it('round trip of the page: generation 7, POLV 10/2, TAGI 20/64', () => {
    let slots: RegionPointer[] = emptySlots();
    for (const added of [pointer('POLV', 10, 2, { flags: 0 }), pointer('TAGI', 20, 64)])
      slots = withRegion(slots, added).slots;
    const bytes = encodeRegionDirectory({ slots, generation: 7 }, 4096);
    const { directory } = decodeRegionDirectory(bytes, { blockSize: 4096 });
    expect(directory!.generation).toBe(7);
    expect(directory!.header!.activeCount).toBe(2);
    expect(directory!.slots.slice(0, 2).map(({ regionTypeId, flags }) => [regionTypeId, flags])).toEqual([
      ['POLV', 1],
      ['TAGI', 1],
    ]);
  });

  it('takes 127 regions and refuses one more', () => {
    let slots: RegionPointer[] = emptySlots();
    for (let i = 0; i < 127; i++) {
      const added = withRegion(slots, pointer('ANON', 100 + i, 1));
      expect(added.index).toBe(i);
      slots = added.slots;
    }
    const bytes = encodeRegionDirectory({ slots, generation: 1 }, 4096);
    expect(toHex(bytes.subarray(4032, 4036))).toBe('4e4f4e41');
    expect(toHex(bytes.subarray(4064, 4080))).toBe('00'.repeat(16));
    let error: unknown;
    try {
      withRegion(slots, pointer('ANON', 1, 1));
    } catch (thrown) {
      error = thrown;
    }
    expect(isVdeError(error, 'directoryFull')).toBe(true);
  });

  it('reuses the gap of a removed region', () => {
    const removed = withoutSlot(exampleE, 3);
    expect([activeRegionCount(removed), findFreeSlot(removed), freeSlotCount(removed)]).toEqual([6, 3, 121]);
    const added = withRegion(removed, pointer('WORM', 2000, 64));
    expect(added.index).toBe(3);
    expect(activeRegionCount(added.slots)).toBe(7);
    expect(exampleE[3]!.regionTypeId).toBe('BMAP');
  });

  it('calls a slot with flags but no type limbo', () => {
    const limbo = pointer('', 0, 0, { flags: 0x20 });
    expect(slotState(limbo)).toBe('limbo');
    expect(slotState(pointer('ANON', 1, 1, { flags: 0 }))).toBe('limbo');
    expect(slotState(pointer('', 1, 1))).toBe('active');
    expect(slotState(freeSlot)).toBe('free');
    expect(findFreeSlot([limbo, freeSlot])).toBe(1);
    expect(checkSlots([limbo], { totalBlocks })).toMatchObject([{ code: 'limbo', severity: 'notice', offset: 4 }]);
  });

  it('finds the lowest slot of a type, and all of them', () => {
    expect(findRegion(exampleE, 'SUPB')!.index).toBe(0);
    expect(findRegions(exampleE, 'SUPB').map(({ index }) => index)).toEqual([0, 1]);
    expect(findRegion(exampleE, 'WORM')).toBeUndefined();
    expect(getActiveRegions(exampleE)).toHaveLength(7);
  });

  it('refuses type 0 and slots that do not exist', () => {
    expect(() => withRegion(emptySlots(), pointer('', 1, 1))).toThrow(RangeError);
    expect(() => withSlot(emptySlots(), 127, freeSlot)).toThrow(RangeError);
    expect(() => withoutSlot(emptySlots(), -1)).toThrow(RangeError);
  });
});

describe('damage (page 03, 4.2)', () => {
  const bs = 4096;
  const good = encodeRegionDirectory({ slots: exampleE, generation: 5 }, bs);
  const damaged = (change: (bytes: Uint8Array, header: Uint8Array) => void): Uint8Array => {
    const bytes = good.slice();
    change(bytes, bytes.subarray(bs));
    return bytes;
  };
  const resealed = (change: (header: Uint8Array) => void): Uint8Array =>
    damaged((_, header) => {
      change(header);
      writeTrailer(header, bs, rmap, 5);
    });

  it.each([
    ['a hole', 'truncated', damaged((bytes) => bytes.fill(0, 0, bs)), false],
    ['a flipped bit', 'badTrailer', damaged((bytes) => (bytes[9]! ^= 1)), true],
    ['another tag', 'wrongTag', damaged((bytes) => (bytes[bs - 16]! ^= 1)), true],
    ['no trailer', 'badTrailer', damaged((bytes) => bytes.fill(0, bs - 16, bs)), true],
  ])('block 8 with %s is an error, repaired from the pointer table', (_, code, bytes, hasDirectory) => {
    const found = decodeRegionDirectory(bytes, { blockSize: bs });
    expect(found.slotsUsable).toBe(false);
    expect(found.directory !== undefined).toBe(hasDirectory);
    expect(found.findings).toHaveLength(1);
    expect(found.findings[0]).toMatchObject({
      code,
      severity: 'error',
      block: 8,
      repair: { possible: true, from: 'pointerTable' },
    });
  });

  it.each([
    ['a hole', 'truncated', damaged((_, header) => header.fill(0))],
    ['a flipped bit', 'badTrailer', damaged((_, header) => (header[1]! ^= 1))],
    ['another tag', 'wrongTag', damaged((_, header) => (header[bs - 16]! ^= 1))],
    ['version 2', 'directoryVersion', resealed((header) => (header[0] = 2))],
  ])('block 9 with %s is a warning, in strict mode an error; the slots are used', (_, code, bytes) => {
    const found = decodeRegionDirectory(bytes, { blockSize: bs });
    expect([found.slotsUsable, found.headerUsable]).toEqual([true, false]);
    expect(found.directory!.slots).toEqual(exampleE);
    expect(found.findings).toHaveLength(1);
    expect(found.findings[0]).toMatchObject({ code, severity: 'warning', block: 9, repair: { from: 'slots' } });
    const strict = decodeRegionDirectory(bytes, { blockSize: bs, strict: true });
    expect(strict.findings.map(({ severity }) => severity)).toEqual(['error']);
  });

  it.each([
    ['block0Hash', 8, resealed((header) => (header[8]! ^= 1))],
    ['slotCount', 2, resealed((header) => (header[2]! ^= 1))],
    ['activeCount', 4, resealed((header) => (header[4]! ^= 1))],
  ])('%s that is wrong is a warning', (code, offset, bytes) => {
    const found = decodeRegionDirectory(bytes, { blockSize: bs, strict: true });
    expect([found.slotsUsable, found.headerUsable]).toEqual([true, true]);
    expect(found.findings).toHaveLength(1);
    expect(found.findings[0]).toMatchObject({ code, severity: 'warning', block: 9, offset, path: code });
  });

  it('generations that differ are a warning', () => {
    const bytes = damaged((_, header) => writeTrailer(header, bs, rmap, 4));
    const { findings, headerGeneration } = decodeRegionDirectory(bytes, { blockSize: bs });
    expect(headerGeneration).toBe(4);
    expect(findings).toMatchObject([{ code: 'generationsDiffer', severity: 'warning', expected: 5, actual: 4 }]);
  });

  it('a torn write, new slots under an old header, is told by its hash', () => {
    const bytes = encodeRegionDirectory({ slots: withoutSlot(exampleE, 6), generation: 6 }, bs);
    bytes.set(good.subarray(bs), bs);
    const { findings, slotsUsable } = decodeRegionDirectory(bytes, { blockSize: bs });
    expect(slotsUsable).toBe(true);
    expect(findings.map(({ code }) => code)).toEqual(['activeCount', 'block0Hash', 'generationsDiffer']);
  });

  it('an emergency recovery block in block 9 is shown, and the slots are used', () => {
    const recovery = {
      magic: new Uint8Array(4),
      volumeUuid: '00112233-4455-6677-8899-aabbccddeeff',
      creationTimestamp: 638396640000000000n,
      volumeLabel: new Uint8Array(64),
      contactInfo: new Uint8Array(128),
      majorVersion: 2,
      minorVersion: 0,
      specRevision: 1,
      errorCount: 0n,
      mountCount: 0n,
    };
    const bytes = damaged((_, header) => header.set(encodeEmergencyRecovery(recovery, bs)));
    // Page 02, 3.14: the trailer for example E's volume.
    expect(toHex(bytes.subarray(2 * bs - 16))).toBe('5643524501000000f55216916ef1542b');
    const found = decodeRegionDirectory(bytes, { blockSize: bs, strict: true });
    expect(found.findings).toMatchObject([{ code: 'emergencyRecoveryBlock', severity: 'warning', block: 9 }]);
    expect(found.emergencyRecovery!.volumeUuid).toBe(recovery.volumeUuid);
    expect([found.slotsUsable, found.headerUsable]).toEqual([true, false]);
    bytes[bs + 100]! ^= 1;
    expect(decodeRegionDirectory(bytes, { blockSize: bs }).emergencyRecovery).toBeUndefined();
  });

  it('missing bytes count as never written', () => {
    const found = decodeRegionDirectory(good.subarray(0, bs + 10), { blockSize: bs });
    expect(found.findings.map(({ code, block }) => [code, block])).toEqual([['truncated', 9]]);
    expect(decodeRegionDirectory(new Uint8Array(0), { blockSize: bs }).directory).toBeUndefined();
  });

  it('small blocks give the slots that fit', () => {
    const block = encodeRegionPointerTable({ slots: exampleE }, 4096).slice(0, 512);
    writeTrailer(block, 512, rmap, 1);
    const found = decodeRegionDirectory(block, { blockSize: 512 });
    expect(found.nonStandard).toBe(true);
    expect(found.directory!.slots).toEqual(exampleE.slice(0, 15));
    expect(found.findings[0]).toMatchObject({ code: 'unsupportedBlockSize', severity: 'error' });
    expect([512, 1024, 2048].map((size) => decodeRegionPointerTable(new Uint8Array(size), size).slots.length)).toEqual([
      15, 31, 63,
    ]);
  });
});

describe('field ranges', () => {
  it.each(sizes)('of the header cover the payload of %i', (bs) => {
    const ranges = directoryHeaderRanges(bs);
    expect(ranges.map(({ name }) => name)).toEqual([
      'version',
      'slotCount',
      'activeCount',
      'reserved6',
      'block0Hash',
      'reserved',
    ]);
    expect(ranges.reduce((end, { offset, length }) => (offset === end ? end + length : -1), 0)).toBe(bs - 16);
  });
});
