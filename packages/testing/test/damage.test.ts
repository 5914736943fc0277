import { blockStatus, decodeRegion, encodeRegion, PackedRecords, verifyBlocks } from '@vde/format';
import { describe, expect, it } from 'vitest';
import {
  checkDamageCase,
  type DamageCase,
  flipBit,
  mutate,
  patch,
  punchHole,
  randomBytes,
  reseal,
  setGeneration,
  setTag,
} from '../src/index.ts';
import { Note, noteList } from './note-list.ts';

const blockSize = 512;
const notes = PackedRecords.from(
  Note,
  Array.from({ length: 40 }, (_, i) => ({ noteId: i, stamp: BigInt(i), mood: i, label: new Uint8Array(16).fill(i) })),
);
const blocks = encodeRegion(noteList, { color: 3, notes }, { blockSize, generation: 5 });
const statusOf = (all: Uint8Array) => {
  const statuses = new Uint8Array(all.length / blockSize);
  verifyBlocks(all, blockSize, statuses);
  return [...statuses];
};
const { ok, corrupt, hole } = blockStatus;
const changedBytes = (all: Uint8Array) => [...all.keys()].filter((at) => all[at] !== blocks[at]);

describe('damage', () => {
  it('leaves the given blocks alone', () => {
    const before = blocks.slice();
    flipBit(blocks, 9);
    patch(blocks, blockSize, { block: 1, offset: 0 }, Uint8Array.of(1, 2));
    punchHole(blocks, blockSize, 1);
    setTag(blocks, blockSize, 1, 'DATA');
    mutate(blocks, blockSize, 7);
    expect(blocks).toEqual(before);
  });

  it('flips one bit', () => {
    const flipped = flipBit(blocks, 512 * 8 + 3);
    expect(changedBytes(flipped)).toEqual([512]);
    expect(flipped[512]! ^ blocks[512]!).toBe(8);
    expect(statusOf(flipped)).toEqual([ok, corrupt, ok]);
    expect(statusOf(reseal(flipped, blockSize, 1))).toEqual([ok, ok, ok]);
  });

  it('patches a payload under a checksum that fits', () => {
    const patched = patch(blocks, blockSize, { block: 0, offset: 4 }, Uint8Array.of(9));
    expect(statusOf(patched)).toEqual([ok, ok, ok]);
    expect(decodeRegion(noteList, patched, { blockSize }).state.color).toBe(9);
    expect(() => patch(blocks, blockSize, { block: 0, offset: 495 }, Uint8Array.of(1, 2))).toThrow(RangeError);
  });

  it('punches holes, and changes tag or generation, one block at a time', () => {
    expect(statusOf(punchHole(blocks, blockSize, 2))).toEqual([ok, ok, hole]);
    expect(changedBytes(setTag(blocks, blockSize, 1, 'ZZZZ'))).toEqual([1008, 1009, 1010, 1011]);
    expect(changedBytes(setGeneration(blocks, blockSize, 2, 6))).toEqual([2 * 512 + 500]);
    expect(() => punchHole(blocks, blockSize, 3)).toThrow(RangeError);
  });

  it('mutates alike for the same seed, keeps checksums, and hits its targets', () => {
    expect(mutate(blocks, blockSize, 1)).toEqual(mutate(blocks, blockSize, 1));
    expect(mutate(blocks, blockSize, 1)).not.toEqual(mutate(blocks, blockSize, 2));
    const targets = [{ block: 0, offset: 4, length: 2 }];
    let hits = 0;
    for (let seed = 0; seed < 50; seed++) {
      const mutated = mutate(blocks, blockSize, seed, targets);
      expect(statusOf(mutated)).toEqual([ok, ok, ok]);
      if (changedBytes(mutated).some((at) => at === 4 || at === 5)) hits++;
    }
    expect(hits).toBeGreaterThan(40);
    expect(randomBytes(20, 3)).toEqual(randomBytes(20, 3));
  });
});

describe('a damage case', () => {
  const badCount: DamageCase = {
    name: 'count-beyond-blocks',
    blocks,
    blockSize,
    block: 0,
    offset: 0,
    bytes: Uint8Array.of(255),
    finding: { code: 'badCount', severity: 'error', block: 0, offset: 0, length: 4 },
  };

  it('holds for the right finding', () => expect(() => checkDamageCase(noteList, badCount)).not.toThrow());

  it.each<[string, Partial<DamageCase>, RegExp]>([
    [
      'another code',
      { finding: { code: 'badField', severity: 'error' } },
      /expected the findings badField, found badCount/,
    ],
    ['another severity', { finding: { code: 'badCount', severity: 'warning' } }, /severity is error, expected warning/],
    ['another place', { finding: { ...badCount.finding, offset: 1 } }, /offset is 0, expected 1/],
    ['no finding at all', { bytes: blocks.slice(0, 1) }, /expected the findings badCount, found none/],
  ])('fails for %s', (_name, part, message) => {
    expect(() => checkDamageCase(noteList, { ...badCount, ...part })).toThrow(message);
  });

  it('fails when the range of the finding does not hold the change', () => {
    const plugin: typeof noteList = {
      ...noteList,
      verify({ color }, reader) {
        if (color === 9) reader.report('badField', 'an odd color', { block: 0, offset: 0, length: 4 });
      },
    };
    const finding = { code: 'badField', severity: 'error' } as const;
    const damage = { ...badCount, offset: 4, bytes: Uint8Array.of(9), finding };
    expect(() => checkDamageCase(plugin, damage)).toThrow(/does not hold the change in block 0 at 4/);
  });

  it('fails when blocks were damaged before', () => {
    const before = patch(blocks, blockSize, { block: 0, offset: 6 }, Uint8Array.of(1));
    expect(() => checkDamageCase(noteList, { ...badCount, blocks: before })).toThrow(/findings before the damage/);
  });

  it('fails when bytes that are no error are lost on writing', () => {
    const finding = { code: 'reservedNotZero', severity: 'notice' } as const;
    const forgetful = { ...noteList, decode: (reader: never) => ({ color: 3, notes: noteList.decode(reader).notes }) };
    const damage = { ...badCount, offset: 6, bytes: Uint8Array.of(1), finding };
    expect(() => checkDamageCase(noteList, damage)).not.toThrow();
    expect(() => checkDamageCase(forgetful, damage)).toThrow(/changes bytes that are no error/);
  });
});
