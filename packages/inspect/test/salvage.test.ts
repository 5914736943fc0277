import {
  decodeSuperblock,
  type EmergencyRecovery,
  encodeEmergencyRecovery,
  encodeSuperblock,
  RecoveryControl,
  recoveryControlMagic,
  sealBlocks,
  stringToTag,
  textField,
  ticksFromDate,
  unixEpochTicks,
  writeTrailer,
} from '@vde/format';
import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { countingSource, faultySource, seededRandom } from '@vde/testing';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { exitCodeOfSalvage, openInspection, salvageImage, salvageJson, schemaOf } from '../src/index.ts';
import { jsonChunks } from '../src/json/text.ts';
import { detectBlockSize } from '../src/salvage/block-size.ts';
import { filledImages, freshImages, goldenBytes, goldenJson, goldenTables } from './golden-images.ts';
import {
  head,
  isSealed,
  knownRegions,
  newIdentity,
  plainRegions,
  rescue,
  retag,
  salvage,
  without,
} from './salvage-kit.ts';

const bs = 4096;
const blockOf = (bytes: Uint8Array, block: number, count = 1) => bytes.subarray(block * bs, (block + count) * bs);
const codesOf = ({ findings }: { findings: readonly { code: string }[] }) => findings.map(({ code }) => code);
const regionAt = ({ regions }: Awaited<ReturnType<typeof salvage>>['model'], block: number) =>
  regions.find(({ startBlock }) => startBlock === block)!;

describe.each([...filledImages, ...freshImages])('%s without blocks 0-9', (name) => {
  it('gives all regions with type, place and written blocks', async () => {
    const { model } = await salvage(without(name, head));
    expect(model.blockSize.blockSize).toBe(goldenJson(name).blockSize);
    expect(plainRegions(model)).toEqual(knownRegions(name));
    expect(exitCodeOfSalvage(model)).toBe(3);
  });

  it('becomes an image in which a check finds nothing wrong', async () => {
    const source = without(name, head);
    const { bytes, check, rebuilt } = await rescue(source);
    expect(check).toMatchObject({ verdict: 'clean', errors: 0, warnings: 0 });
    expect(rebuilt).toMatchObject({ size: source.length, volumeUuid: newIdentity.volumeUuid, bitmapBlocks: 0 });
    const { blockSize } = goldenJson(name);
    expect(Buffer.compare(bytes.subarray(10 * blockSize), source.subarray(10 * blockSize))).toBe(0);
  });
});

describe.each(filledImages)('%s', (name) => {
  it('keeps every record through a rebuild', async () => {
    const { bytes } = await rescue(without(name, head));
    const tablesOf = async (image: Uint8Array) => {
      const inspection = await openInspection(memorySource(image), { regions: allRegions });
      const slots = (await inspection.slots()).filter(({ id }) => id !== null);
      const models = slots.map(({ index }) => inspection.show({ base: { kind: 'slot', slot: index } }));
      return (await Promise.all(models)).map((model) => goldenTables(model));
    };
    expect(await tablesOf(bytes)).toEqual(await tablesOf(goldenBytes(name)));
  });

  it('says nothing of an image that is whole', async () => {
    const { model } = await salvage(goldenBytes(name));
    expect(plainRegions(model)).toEqual(knownRegions(name));
    expect(model).toMatchObject({ verdict: 'clean', findings: [], lost: [] });
    expect(model.regions.every(({ confidence }) => confidence === 'high')).toBe(true);
  });

  it('finds each region of the layout whose first block is gone by the room that creators leave for it', async () => {
    for (const known of knownRegions(name).filter(isOfLayout)) {
      const { startBlock, blockCount, writtenBlocks } = known;
      const { model } = await salvage(without(name, head, [startBlock, startBlock + 1]));
      // The existing implementation files the audit log of the compliance module under DATA; the room alone does not tell that.
      const type = known.type === 'DATA' ? 'CMAL' : known.type;
      const found = regionAt(model, startBlock);
      expect(found, known.type).toMatchObject({
        type,
        blockCount,
        writtenBlocks: writtenBlocks - 1,
        confidence: 'low',
      });
      expect(codesOf(model)).toContain(writtenBlocks > 1 ? 'headerLost' : 'regionInferred');
      expect(plainRegions(model)).toHaveLength(knownRegions(name).length);
    }
  });

  it('finds each region whose first block has a wrong bit', async () => {
    const { blockSize } = goldenJson(name);
    for (const { type, startBlock, blockCount, writtenBlocks } of knownRegions(name).filter(isOfLayout)) {
      const bytes = without(name, head);
      bytes[(startBlock + 1) * blockSize - 100]! ^= 4;
      const { model } = await salvage(bytes);
      const found = regionAt(model, startBlock);
      // A block tagged DATA may hold raw data as well: it is not called damaged.
      const damagedBlocks = type === 'DATA' ? 0 : 1;
      expect(found).toMatchObject({ type, blockCount, writtenBlocks, damagedBlocks, confidence: 'low' });
      expect(model.findings.find(({ code }) => code === 'headerLost')).toMatchObject({ block: startBlock });
    }
  });
});

/** The data region and what lies in it begin where no creator's rule tells. */
const isOfLayout = ({ type, startBlock, blockCount }: ReturnType<typeof knownRegions>[number]) =>
  type !== 'WORM' && !(type === 'DATA' && blockCount > 64) && startBlock < 2383;

describe('the block size', () => {
  const noise = (length: number, seed: number) => {
    const random = seededRandom(seed);
    return Uint8Array.from({ length }, () => Math.floor(random() * 256));
  };

  it.each([512, 1024, 2048, 4096, 8192, 16384, 32768, 65536])(
    'of %i bytes is told by one block in noise',
    async (size) => {
      const bytes = noise(4 * 65536 + 700, size);
      const block = bytes.subarray(2 * 65536, 2 * 65536 + size);
      sealBlocks(block, size, stringToTag('ANON'), 3);
      const found = await detectBlockSize(memorySource(bytes), 0);
      expect(found).toMatchObject({ blockSize: size, votes: [{ blockSize: size, blocks: 1 }], sampled: bytes.length });
    },
  );

  it('is not told by a block of an unknown tag, by noise, by nothing', async () => {
    const bytes = noise(65536, 1);
    sealBlocks(bytes.subarray(0, bs), bs, stringToTag('ZZZZ'), 3);
    expect(await detectBlockSize(memorySource(bytes), 0)).toBeUndefined();
    for (const nothing of [bytes, new Uint8Array(5 * bs), new Uint8Array(0)])
      await expect(salvage(nothing)).rejects.toMatchObject({ code: 'notDwvd' });
  });

  it('is the one with more blocks, and votes end when one has enough', async () => {
    const bytes = new Uint8Array(40 * 1024 * 1024);
    sealBlocks(bytes.subarray(0, 512), 512, stringToTag('ANON'), 1);
    for (let i = 1; i <= 16; i++) sealBlocks(blockOf(bytes, i), bs, stringToTag('ANON'), 1);
    const found = await detectBlockSize(memorySource(bytes), 0);
    expect(found).toMatchObject({ blockSize: bs, sampled: 16 * 1024 * 1024 });
    expect(found?.votes).toEqual([
      { blockSize: bs, blocks: 16 },
      { blockSize: 512, blocks: 1 },
    ]);
  });

  it('below 4096 bytes is reported, and nothing is written', async () => {
    const bytes = new Uint8Array(64 * 512);
    for (let i = 12; i < 20; i++) sealBlocks(bytes.subarray(i * 512, (i + 1) * 512), 512, stringToTag('SNAP'), 1);
    const { model, rebuild } = await salvage(bytes);
    expect(model.blockSize.blockSize).toBe(512);
    const write = () => Promise.reject(new Error('written'));
    const rebuilding = rebuild({ truncate: write, write }, newIdentity);
    await expect(rebuilding).rejects.toMatchObject({ code: 'unsupportedBlockSize' });
  });
});

describe('copies that survive', () => {
  const name = 'all-regions';
  const golden = goldenJson(name);
  const uuid = golden.superblock['volumeUuid'];
  const label = 'ACME payments, archive 2025';
  const zeroed = (...blocks: number[]) => without(name, ...blocks.map((block): [number, number] => [block, block + 1]));
  const identity = async (bytes: Uint8Array) => {
    const { model } = await salvage(bytes);
    return Object.fromEntries(model.identity.map(({ field, value, from }) => [field, { value, from }]));
  };

  it.each<[string, number[], string, string[]]>([
    ['the mirror', [0, 1, 2, 3, 8, 9], 'damaged', []],
    ['the primary group', [4, 5, 6, 7, 8, 9], 'damaged', []],
    ['a superblock alone', [0, 1, 2, 3, 5, 6, 7, 8, 9], 'lost', ['containerLost', 'containerLost', 'slotsLost']],
    ['the directory alone', [0, 1, 2, 3, 4, 5, 6, 7], 'lost', ['containerLost', 'containerLost', 'containerLost']],
    ['a pointer table alone', [0, 1, 2, 3, 4, 6, 7, 8, 9], 'lost', ['containerLost', 'containerLost', 'containerLost']],
    ['all but the directory', [8, 9], 'damaged', []],
  ])('%s', async (_, blocks, verdict, codes) => {
    const { model, check, rebuilt, bytes } = await rescue(zeroed(...blocks));
    expect(plainRegions(model)).toEqual(knownRegions(name));
    expect(model.verdict).toBe(verdict);
    expect(codesOf(model)).toEqual(codes);
    expect(check.verdict).toBe('clean');
    const hasSuperblock = !blocks.includes(0) || !blocks.includes(4);
    expect(rebuilt.volumeUuid).toBe(hasSuperblock ? uuid : newIdentity.volumeUuid);
    const { checkpointSequence, modifiedTimestamp, lastWriterTimestamp } = decodeSuperblock(bytes, bs);
    expect(checkpointSequence).toBe(hasSuperblock ? 2n : 1n);
    expect([modifiedTimestamp, lastWriterTimestamp]).toEqual([newIdentity.now, newIdentity.now]);
    const { volumeUuid, volumeLabel, createdTimestamp } = await identity(bytes);
    expect(volumeUuid?.value).toBe(rebuilt.volumeUuid);
    expect(volumeLabel?.value).toBe(hasSuperblock ? label : '');
    if (hasSuperblock) expect(createdTimestamp?.value).toBe(BigInt(golden.superblock['createdTimestampUtc']!));
  });

  it('says which blocks serve', async () => {
    const { model } = await salvage(zeroed(0, 1, 3, 8));
    expect(model.copies.filter(({ used }) => used).map(({ block }) => block)).toEqual([4, 5, 6, 7]);
    expect(model.copies.filter(({ state }) => state === 'hole').map(({ block }) => block)).toEqual([0, 1, 3, 8]);
  });

  it('a superblock in the last block, or moved by a swap', async () => {
    for (const place of [2999, 2600]) {
      const bytes = without(name, head);
      blockOf(bytes, place).set(goldenBytes(name).subarray(0, bs));
      const { model, rebuilt, check } = await rescue(bytes);
      expect(rebuilt.volumeUuid).toBe(uuid);
      expect(model.copies.at(-1)).toEqual({ structure: 'superblock', block: place, state: 'ok', used: true });
      expect(plainRegions(model).slice(0, 20)).toEqual(knownRegions(name).slice(0, 20));
      expect(check.verdict).toBe('clean');
    }
  });

  it('an emergency recovery block', async () => {
    const bytes = without(name, head);
    const value = {
      volumeUuid: '11111111-2222-3333-4444-555555555555',
      creationTimestamp: ticksFromDate(new Date('2025-05-06T07:08:09Z')),
      volumeLabel: textField('rescued', 64),
      contactInfo: new Uint8Array(128),
      majorVersion: 2,
      minorVersion: 0,
      specRevision: 1,
      errorCount: 0n,
      mountCount: 0n,
    } as EmergencyRecovery;
    blockOf(bytes, 9).set(encodeEmergencyRecovery(value, bs));
    const { volumeUuid, volumeLabel, createdTimestamp } = await identity(bytes);
    const from = 'emergency recovery block 9';
    expect(volumeUuid).toEqual({ value: value.volumeUuid, from });
    expect(volumeLabel).toEqual({ value: 'rescued', from });
    expect(createdTimestamp).toEqual({ value: value.creationTimestamp, from });
    expect((await rescue(bytes)).rebuilt.volumeUuid).toBe(value.volumeUuid);
  });

  it('a recovery control block', async () => {
    const bytes = without(name, head);
    const block = blockOf(bytes, 2990);
    const value = { magic: recoveryControlMagic, vdeUuid: '11111111-2222-3333-4444-555555555555' };
    const empty = RecoveryControl.get(new DataView(new ArrayBuffer(RecoveryControl.size)));
    const rest = { creationTime: 1_700_000_000_000_000_000n, moduleManifest: 0x7ffffn, inodeSize: 576 };
    RecoveryControl.set(new DataView(block.buffer, block.byteOffset), 0, { ...empty, ...value, ...rest });
    writeTrailer(block, bs, stringToTag('RCVR'), 0);
    const { volumeUuid, createdTimestamp, moduleManifest } = await identity(bytes);
    const from = 'recovery control block 2990';
    expect(volumeUuid).toEqual({ value: value.vdeUuid, from });
    expect(createdTimestamp).toEqual({ value: 17_000_000_000_000_000n + unixEpochTicks, from });
    expect(moduleManifest).toEqual({ value: 0x7ffff, from });
  });

  it('drops seal and chain hash, which cannot hold for new blocks, and says so', async () => {
    const bytes = goldenBytes(name);
    const superblock = { ...decodeSuperblock(bytes, bs), headerIntegritySeal: new Uint8Array(32).fill(7) };
    const block = encodeSuperblock(superblock, bs);
    writeTrailer(block, bs, stringToTag('SUPB'), 1);
    for (const at of [0, 4]) blockOf(bytes, at).set(block);
    for (const at of [3, 7]) {
      blockOf(bytes, at).fill(9, 0x148, 0x168);
      writeTrailer(blockOf(bytes, at), bs, stringToTag('IANT'), 1);
    }
    const { model, check, bytes: out } = await rescue(bytes);
    expect(codesOf(model)).toEqual(['stampDropped', 'stampDropped']);
    expect(model.verdict).toBe('damaged');
    expect(decodeSuperblock(out, bs).headerIntegritySeal).toEqual(new Uint8Array(32));
    expect(check.verdict).toBe('clean');
  });

  it('uses the copy that it is told, unless that is damaged', async () => {
    const bytes = zeroed(0);
    const { model } = await salvage(bytes, { superblock: 'primary' });
    expect(model.copies.filter(({ used, structure }) => used && structure === 'superblock')).toEqual([]);
    expect(model.lost).toHaveLength(1);
    expect((await salvage(bytes, { superblock: 'mirror' })).model.lost).toEqual([]);
  });
});

describe('blocks that look like regions', () => {
  const name = 'all-regions';
  const anon = { first: 2063, count: 14 };
  const free = 2600;

  it('in free space are an older copy, which the directory does not list', async () => {
    const bytes = without(name, head);
    blockOf(bytes, free, anon.count).set(blockOf(bytes, anon.first, anon.count));
    const { model, check } = await rescue(bytes);
    expect(plainRegions(model)).toHaveLength(knownRegions(name).length);
    expect(regionAt(model, free)).toMatchObject({ type: 'ANON', id: 'anonymization-table', listed: false });
    expect(regionAt(model, free).why[0]).toContain('allocation bitmap calls its blocks free');
    expect(codesOf(model)).toContain('regionLeftOut');
    expect(check.verdict).toBe('clean');
  });

  it('in used space are a region that was moved there', async () => {
    const bytes = without(name, head, [anon.first, anon.first + anon.count]);
    blockOf(bytes, free, anon.count).set(blockOf(goldenBytes(name), anon.first, anon.count));
    const bitmap = blockOf(bytes, 14);
    for (let block = free; block < free + 20; block++) bitmap[block >> 3]! |= 1 << (block & 7);
    sealBlocks(bitmap, bs, stringToTag('BMAP'), 1);
    const { model, check } = await rescue(bytes);
    const moved = { type: 'ANON', blockCount: 20, writtenBlocks: 14, confidence: 'high', listed: true };
    expect(regionAt(model, free)).toMatchObject(moved);
    expect(regionAt(model, free).why).toContain('20 blocks by the bitmap');
    expect(regionAt(model, anon.first)).toBeUndefined();
    // The regions behind the room that it left are where they were.
    expect(regionAt(model, 2127)).toMatchObject({ type: 'MLOG', confidence: 'high' });
    expect(check.verdict).toBe('clean');
  });

  it.each([
    ['behind', 0, 1],
    ['in front of', 1, 0],
  ])('with an older header %s the newer one are one region, whose data tell where it ends', async (_, older, newer) => {
    const bytes = without(name, head);
    const golden = goldenBytes(name);
    // Two places for the header, then 40 of 63 blocks of data.
    for (const place of [free + older, free + newer]) blockOf(bytes, place).set(blockOf(golden, 2383));
    blockOf(bytes, free + 2, 40).set(blockOf(golden, 2384, 40));
    retag(blockOf(bytes, free + older), 'WORM', 21);
    const bitmap = blockOf(bytes, 14);
    for (let block = free; block < free + 65; block++) bitmap[block >> 3]! |= 1 << (block & 7);
    sealBlocks(bitmap, bs, stringToTag('BMAP'), 1);
    const { model, check } = await rescue(bytes);
    expect(model.regions.filter(({ startBlock }) => startBlock >= free)).toMatchObject([
      { type: 'WORM', startBlock: free + newer, blockCount: 65 - newer, generation: 22, listed: true },
    ]);
    expect(check.errors).toBe(0);
  });

  it('of an image inside the image are left to that', async () => {
    const inner = goldenBytes('fresh-minimal').subarray(0, 1100 * bs);
    const outer = new Uint8Array(inner.length + 3000 * bs);
    outer.set(without(name, head));
    outer.set(inner, 3000 * bs);
    const superblock = { ...decodeSuperblock(inner, bs), totalBlocks: 1100n };
    const block = encodeSuperblock(superblock, bs);
    writeTrailer(block, bs, stringToTag('SUPB'), 1);
    outer.set(block, 3000 * bs);
    const { model } = await salvage(outer);
    const inside = model.regions.filter(({ startBlock }) => startBlock >= 3000);
    expect(inside.map(({ type, listed }) => [type, listed])).toEqual([
      ['BMAP', false],
      ['INOD', false],
      ['MWAL', false],
    ]);
    expect(inside[0]!.why[0]).toBe('it belongs to an image inside the image, at block 3000');
  });

  it('inside another are strays', async () => {
    const bytes = without(name, head);
    const [a, b] = [blockOf(bytes, 2066).slice(), blockOf(bytes, 2130).slice()];
    blockOf(bytes, 2066).set(b);
    blockOf(bytes, 2130).set(a);
    const { model } = await salvage(bytes);
    expect(plainRegions(model)).toEqual(knownRegions(name));
    const strays = model.findings.filter(({ code }) => code === 'strayBlock' || code === 'regionLeftOut');
    expect(strays.map(({ block }) => block)).toEqual([2066, 2130]);
  });

  it('of an audit log in the place of the one that is filed as data are that one', async () => {
    const bytes = without(name, head);
    blockOf(bytes, 1295, 4).set(blockOf(bytes, 2191, 4));
    const { model } = await salvage(bytes);
    expect(regionAt(model, 1295)).toMatchObject({ type: 'CMAL', blockCount: 64, writtenBlocks: 4, confidence: 'high' });
    expect(plainRegions(model)).toHaveLength(knownRegions(name).length);
  });

  it('by a damaged trailer alone are none, where no layout has one', async () => {
    const bytes = without(name, head);
    blockOf(bytes, free).fill(3);
    retag(blockOf(bytes, free), 'SNAP', 1);
    const { model } = await salvage(bytes);
    expect(regionAt(model, free)).toMatchObject({ type: 'SNAP', listed: false, confidence: 'low' });
  });

  it('tagged MTRK are told apart by their headers', async () => {
    const place = 2500;
    const tree = new Uint8Array(bs);
    const view = new DataView(tree.buffer);
    const seen = async (header: readonly [number, number][]) => {
      const bytes = without(name, head);
      tree.fill(0);
      for (const [offset, value] of header) view.setInt32(offset, value, true);
      writeTrailer(tree, bs, stringToTag('MTRK'), 1);
      blockOf(bytes, place).set(tree);
      const bitmap = blockOf(bytes, 14);
      bitmap[place >> 3]! |= 1 << (place & 7);
      sealBlocks(bitmap, bs, stringToTag('BMAP'), 1);
      return regionAt((await salvage(bytes)).model, place);
    };
    // Two leaves in a tree of two: as a region, then as the tree of inode 77.
    expect(
      await seen([
        [0, 2],
        [4, 2],
      ]),
    ).toMatchObject({ type: 'MTRK', listed: true });
    expect(
      await seen([
        [0, 77],
        [8, 2],
        [12, 2],
      ]),
    ).toMatchObject({ type: 'MTRK', listed: false });
    const { model } = await salvage(without(name, head));
    expect(regionAt(model, 1871)).toMatchObject({ type: 'MTRK' });
    expect(regionAt(model, 2127)).toMatchObject({ type: 'MLOG', id: 'metrics-log' });
  });
});

describe('damage', () => {
  const name = 'all-regions';

  it('of a bitmap block is mended from the regions and the blocks that are written', async () => {
    for (const length of [1, bs]) {
      const bytes = without(name, head);
      blockOf(bytes, 14).fill(0, 0, length);
      const { model, rebuilt, bytes: out, check } = await rescue(bytes);
      expect(rebuilt.bitmapBlocks).toBe(1);
      expect(isSealed(blockOf(out, 14))).toBe(true);
      expect(plainRegions(model)).toHaveLength(knownRegions(name).length);
      expect(check.verdict).toBe('clean');
      expect(decodeSuperblock(out, bs)).toMatchObject({ totalAllocatedBlocks: 2469n, freeBlocks: 531n });
    }
  });

  it('of a record is copied as it is', async () => {
    const bytes = without(name, head);
    blockOf(bytes, 2129)[300]! ^= 1;
    const { model, bytes: out, check } = await rescue(bytes);
    expect(regionAt(model, 2127)).toMatchObject({
      blockCount: 64,
      writtenBlocks: 15,
      damagedBlocks: 1,
      confidence: 'high',
    });
    expect(model.findings.find(({ code }) => code === 'badTrailer')).toMatchObject({ block: 2129 });
    expect(Buffer.compare(blockOf(out, 2129), blockOf(bytes, 2129))).toBe(0);
    expect(check.verdict).toBe('lost');
  });

  it('by truncation leaves the regions in front of the cut', async () => {
    const whole = without(name, head);
    const { model, rebuilt, check } = await rescue(whole.subarray(0, 2130 * bs + 100));
    expect(codesOf(model)).toContain('lostToTruncation');
    expect(plainRegions(model).filter(({ startBlock }) => startBlock < 2127)).toEqual(
      knownRegions(name).filter(({ startBlock }) => startBlock < 2127),
    );
    expect(regionAt(model, 2127)).toMatchObject({ type: 'MLOG', blockCount: 4, writtenBlocks: 4, damagedBlocks: 1 });
    expect(rebuilt.size).toBe(2131 * bs);
    // The rest of its samples was cut off: that, and the cut block, is all that a check finds.
    expect(check.findings.filter(({ severity }) => severity === 'error').map(({ region }) => region?.type)).toEqual([
      'MLOG',
      'MLOG',
    ]);
  });

  it('by truncation behind a superblock is told by its count', async () => {
    const { model } = await salvage(goldenBytes(name).subarray(0, 2500 * bs));
    const message = 'the file ends at block 2500, the superblock counts 3000';
    expect(model.lost).toEqual([message]);
    expect(regionAt(model, 2383)).toMatchObject({ blockCount: 117 });
  });

  it('of the medium costs the blocks that it does not give', async () => {
    const source = memorySource(without(name, head));
    const broken = faultySource(source, {
      failAt: (offset, length) => offset <= 2065 * bs && offset + length > 2065 * bs,
    });
    const { model, rebuild } = await salvageImage(broken, { regions: allRegions });
    expect(regionAt(model, 2063)).toMatchObject({ type: 'ANON', writtenBlocks: 13 });
    expect(model.findings.filter(({ code }) => code === 'blockUnreadable').map(({ block }) => block)).toEqual([2065]);
    const offsets: number[] = [];
    await rebuild({ truncate: async () => {}, write: async (offset) => void offsets.push(offset) }, newIdentity);
    expect(offsets.length).toBeGreaterThan(3);
  });

  it('that leaves room for several sets of regions is left open', async () => {
    // Neither metrics log nor audit log has bytes in inodes: nothing tells which of the two stood between ANON and STRE.
    const { model, check } = await rescue(without('seed-regions-16k', head, [1483, 1487]));
    const room = model.findings.find(({ code }) => code === 'unknownRoom');
    expect(room).toMatchObject({ block: 1483, message: expect.stringContaining('blocks 1483 to 1546') });
    const others = knownRegions('seed-regions-16k').filter(({ type }) => type !== 'MLOG');
    expect(plainRegions(model)).toEqual(others);
    expect(check.verdict).toBe('clean');
  });
});

describe('a file of another size than its volume', () => {
  it('that is longer has its regions where they were', async () => {
    // With so many blocks creators would reserve two blocks for the bitmap: the inode table tells that they did not.
    const image = without('all-regions', head);
    const grown = { ...memorySource(image, 'grown'), size: 33_000 * bs };
    const { model } = await salvageImage(grown, { regions: allRegions });
    const known = knownRegions('all-regions');
    const isEnd = ({ type, blockCount }: { type: string; blockCount: number }) => type === 'DATA' && blockCount > 64;
    expect(plainRegions(model).filter((region) => !isEnd(region))).toEqual(known.filter((region) => !isEnd(region)));
    expect(plainRegions(model).find(isEnd)).toMatchObject({ startBlock: 2383, blockCount: 33_000 - 2383 });
  });

  it('that is shorter has bitmap and inode table of the size that it had', async () => {
    const fresh = goldenBytes('fresh-minimal');
    const cut = new Uint8Array(2000 * bs);
    // A volume of 300 000 blocks has ten blocks of bitmap, and 1171 of inodes.
    for (let block = 10; block < 20; block++) blockOf(cut, block).set(blockOf(fresh, 10));
    blockOf(cut, 20).set(blockOf(fresh, 11));
    blockOf(cut, 20 + 1171).set(blockOf(fresh, 1035));
    const { model } = await salvage(cut);
    expect(plainRegions(model)).toEqual([
      { type: 'BMAP', startBlock: 10, blockCount: 10, writtenBlocks: 10 },
      { type: 'INOD', startBlock: 20, blockCount: 1171, writtenBlocks: 1 },
      { type: 'MWAL', startBlock: 1191, blockCount: 64, writtenBlocks: 1 },
      { type: 'DATA', startBlock: 1255, blockCount: 745, writtenBlocks: 0 },
    ]);
  });
});

describe('a rebuilt image', () => {
  it('is written in holes and runs, never from what is zero', async () => {
    const { rebuild } = await salvage(without('all-regions', head));
    let written = 0;
    let size = 0;
    const sink = {
      async truncate(bytes: number) {
        size = bytes;
      },
      async write(_: number, bytes: Uint8Array) {
        written += bytes.length;
      },
    };
    await rebuild(sink, newIdentity);
    expect(size).toBe(3000 * bs);
    expect(written).toBe(goldenJson('all-regions').writtenBlocks.reduce((sum, [, count]) => sum + count, 0) * bs);
  });

  it('keeps the boot preamble in front of it', async () => {
    const image = goldenBytes('fresh-minimal');
    const base = 65536;
    const bytes = new Uint8Array(base + image.length);
    bytes.set(image, base);
    bytes.fill(0, base, base + 10 * bs);
    bytes.set(new TextEncoder().encode('DWVD-BOO'));
    const view = new DataView(bytes.buffer);
    view.setUint16(8, 1, true);
    view.setBigUint64(16, 4096n, true);
    view.setBigUint64(24, BigInt(base), true);
    const { model, bytes: out, check } = await rescue(bytes);
    expect(model.base).toBe(base);
    expect(plainRegions(model)).toEqual(knownRegions('fresh-minimal'));
    expect(out.subarray(0, 64)).toEqual(bytes.subarray(0, 64));
    expect(check.verdict).toBe('clean');
  });

  it('is found behind a preamble that points nowhere by its superblock', async () => {
    const image = goldenBytes('fresh-minimal');
    const bytes = new Uint8Array(65536 + image.length);
    bytes.set(image, 65536);
    bytes.set(new TextEncoder().encode('DWVD-BOO'));
    bytes[24] = 5;
    expect((await salvage(bytes)).model.base).toBe(65536);
  });
});

describe('the work', () => {
  it('ends on a file with more runs than any image has', async () => {
    const bytes = new Uint8Array(70_000 * 512);
    const tags = ['ANON', 'SNAP', 'MTRK'].map(stringToTag);
    for (let i = 20; i < 70_000; i++) sealBlocks(bytes.subarray(i * 512, (i + 1) * 512), 512, tags[i % 3]!, i % 5);
    const { model } = await salvage(bytes);
    expect(codesOf(model)).toContain('tooFragmented');
    expect(model.regions.filter(({ listed }) => listed).length).toBeLessThanOrEqual(124);
  }, 60_000);

  it('reads the source once, and its first 16 MiB and the heads of regions again', async () => {
    const bytes = new Uint8Array(48 * 1024 * 1024);
    bytes.set(without('all-regions', head));
    const counting = countingSource(memorySource(bytes));
    const { model } = await salvageImage(counting, { regions: allRegions });
    expect(model.blocks).toBe(12288);
    expect(counting.bytes).toBeLessThan(bytes.length + 17 * 1024 * 1024 + 2 ** 20);
    expect(counting.largestRead).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  it('ends on a file in which every other block is a header', async () => {
    const bytes = new Uint8Array(60_000 * 512);
    const [log, other] = [stringToTag('MTRK'), stringToTag('BTRE')];
    for (let i = 20; i < 60_000; i++) {
      const block = bytes.subarray(i * 512, (i + 1) * 512);
      const view = new DataView(block.buffer, block.byteOffset);
      // An empty metrics log: room for one sample, compacted at a half.
      if (i % 2 === 0) view.setBigInt64(8, 1n, true);
      if (i % 2 === 0) view.setFloat64(16, 0.5, true);
      else block[0] = 1;
      sealBlocks(block, 512, i % 2 === 0 ? log : other, 1);
    }
    const { model } = await salvage(bytes);
    expect(codesOf(model)).toContain('tooFragmented');
    expect(model.regions.filter(({ listed }) => listed)).toHaveLength(124);
    expect(model.regions.length).toBeLessThan(1200);
  }, 60_000);

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('enough'));
    await expect(salvage(goldenBytes('all-regions'), { onProgress, signal: stop.signal })).rejects.toThrow('enough');
  });

  it('tells how far it is', async () => {
    const told: { done: number; total: number }[] = [];
    const bytes = goldenBytes('all-regions');
    await salvage(bytes, { onProgress: (progress: { done: number; total: number }) => told.push(progress) });
    expect(told.at(-1)).toEqual({ done: bytes.length, total: bytes.length });
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).toSorted((a, b) => a - b));
  });
});

describe('salvage/1', () => {
  const validate = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(
    schemaOf('salvage')!,
  );

  it.each<[string, Uint8Array]>([
    ['without its head', without('all-regions', head)],
    ['whole', goldenBytes('fresh-standard')],
    ['damaged', without('seed-regions-16k', [0, 4], [11, 12], [1420, 1421])],
  ])('of an image %s agrees with its schema', async (_, bytes) => {
    const { model, rebuilt } = await rescue(bytes);
    for (const result of [rebuilt, undefined]) {
      const text = [...jsonChunks(salvageJson(model, result, { name: 'vde', version: '1.2.3' }))].join('');
      const document = JSON.parse(text);
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
      expect(document).toMatchObject({ schema: 'vde/salvage/1', verdict: model.verdict });
      expect(document.regions.map(({ startBlock }: { startBlock: string }) => Number(startBlock))).toEqual(
        model.regions.map(({ startBlock }) => startBlock),
      );
    }
  });
});
