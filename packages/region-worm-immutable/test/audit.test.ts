import { sha256 } from '@vde/crypto';
import { type AuditContext, decodeRegion, type Finding, geometryOf, sealBlocks, stringToTag } from '@vde/format';
import { flipBit, patch, punchHole, randomBytes, setTag } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { goldenExtents } from '../../testing/test/golden-files.ts';
import { dataBlockOf, firstDataBlock, logBlocks, verifyBlock, WormLog, worm } from '../src/index.ts';
import { blocksOf, logOf, synthetic, t0 } from './logs.ts';

const blockSize = 512;
const geometry = geometryOf(blockSize);
const startBlock = 100;
const slotBlocks = 16;
const capacity = 12;
/** Six writes of 0, 96, 192, ... 480 bytes in a slot of 16 blocks; data stand from block 4 on. */
const data = Array.from({ length: 6 }, (_, i) => randomBytes(i * 96, i));

function slotOf(log: WormLog, written: readonly Uint8Array[], first = slotBlocks - capacity): Uint8Array<ArrayBuffer> {
  const slot = new Uint8Array(slotBlocks * blockSize);
  slot.set(blocksOf(log, blockSize, 3));
  for (const [i, bytes] of written.entries()) {
    const block = slot.subarray((first + i) * blockSize, (first + i + 1) * blockSize);
    block.set(bytes);
    sealBlocks(block, blockSize, stringToTag('WORM'), i);
  }
  return slot;
}

const log = new WormLog({ totalCapacityBlocks: capacity, createdUtcTicks: t0 });
log.appendMany(data, { now: t0, blockSize });
const intact = slotOf(log, data);

function contextOf(slot: Uint8Array, reads: [number, number][] = [], signal?: AbortSignal): AuditContext {
  return {
    geometry,
    readBlocks(first, count) {
      reads.push([first, count]);
      const start = (first - startBlock) * blockSize;
      return Promise.resolve(slot.slice(start, start + count * blockSize));
    },
    totalBlocks: startBlock + slot.length / blockSize,
    startBlock,
    blockCount: slot.length / blockSize,
    keys: [],
    ...(signal && { signal }),
  };
}

async function audit(slot: Uint8Array, state = log, context = contextOf(slot)): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of worm.audit!(state, context)) findings.push(finding);
  return findings;
}

const dataBlock = (i: number) => slotBlocks - capacity + i;
const payloadOf = (slot: Uint8Array, i: number) => slot.slice(dataBlock(i) * blockSize, (dataBlock(i) + 1) * blockSize);

describe('where data blocks stand (3.4)', () => {
  it('counted from the end of the slot', () => {
    expect(firstDataBlock(log, slotBlocks, geometry)).toBe(4);
    expect([0, 5, 11, 12, -1, 0.5].map((i) => dataBlockOf(log, i, slotBlocks, geometry))).toEqual([
      4,
      9,
      15,
      undefined,
      undefined,
      undefined,
    ]);
    expect(dataBlockOf(log, 5, slotBlocks + 7, geometry)).toBe(16);
  });

  it('nowhere when log and data do not fit', () => {
    expect(firstDataBlock(log, capacity, geometry)).toBeUndefined();
    expect(firstDataBlock(log, capacity + 1, geometry)).toBe(1);
    const many = logOf(
      Array.from({ length: 9 }, (_, i) => synthetic(i)),
      { totalCapacityBlocks: 12n },
    );
    expect(logBlocks(9, geometry)).toBe(2);
    expect([13, 14].map((blocks) => firstDataBlock(many, blocks, geometry))).toEqual([undefined, 2]);
    expect(firstDataBlock(logOf([], { totalCapacityBlocks: 2n ** 62n }), 64, geometry)).toBeUndefined();
    for (const totalCapacityBlocks of [0n, -5n])
      expect(firstDataBlock(logOf([], { totalCapacityBlocks }), 64, geometry)).toBeUndefined();
    expect(dataBlockOf(many, 5, 13, geometry)).toBeUndefined();
  });
});

describe('audit', () => {
  it('finds nothing in a region that is as it was written, and reads its data blocks only', async () => {
    const reads: [number, number][] = [];
    expect(await audit(intact, log, contextOf(intact, reads))).toEqual([]);
    expect(reads).toEqual([[startBlock + 4, capacity]]);
  });

  const place = (i: number, offset = 0) => ({ block: dataBlock(i), offset });
  const bitOf = (i: number, offset: number) => (dataBlock(i) * blockSize + offset) * 8;
  const one = Uint8Array.of(0xee);
  const rows: readonly (readonly [string, Uint8Array, Partial<Finding>])[] = [
    [
      'a changed byte under a new checksum',
      patch(intact, blockSize, place(2, 100), one),
      { code: 'hashMismatch', severity: 'error', block: dataBlock(2), offset: 0, length: 192, path: 'writes[2]' },
    ],
    [
      'a byte behind the data under a new checksum',
      patch(intact, blockSize, place(2, 192), one),
      { code: 'nonZeroPadding', severity: 'warning', block: dataBlock(2), offset: 192, length: 304 },
    ],
    [
      'a byte behind no data',
      patch(intact, blockSize, place(0, 495), one),
      { code: 'nonZeroPadding', severity: 'warning', block: dataBlock(0), offset: 0, length: 496 },
    ],
    [
      'a flipped bit of the data',
      flipBit(intact, bitOf(3, 7)),
      { code: 'badTrailer', severity: 'error', block: dataBlock(3), offset: 0, length: 512 },
    ],
    ['a flipped bit of the checksum', flipBit(intact, bitOf(3, 505)), { code: 'badTrailer', severity: 'error' }],
    [
      'another tag',
      setTag(intact, blockSize, dataBlock(5), 'DATA'),
      { code: 'wrongTag', severity: 'error', block: dataBlock(5), offset: 496, length: 4 },
    ],
    [
      'a block that is gone',
      punchHole(intact, blockSize, dataBlock(1)),
      { code: 'truncated', severity: 'error', block: dataBlock(1), offset: 0, length: 512, path: 'writes[1]' },
    ],
    ['a block without data that is gone', punchHole(intact, blockSize, dataBlock(0)), { code: 'truncated' }],
    [
      'a write that was never committed',
      slotOf(log, [...data, Uint8Array.of(1, 2, 3)]),
      { code: 'uncommitted', severity: 'notice', block: dataBlock(6), offset: 0, length: 496 },
    ],
  ];

  it.each(rows)('%s', async (_name, slot, finding) => {
    expect(await audit(slot)).toMatchObject([finding]);
  });

  it('says whether the data behind a bad trailer are still those in the log', async () => {
    const [hurt] = await audit(flipBit(intact, bitOf(3, 7)));
    expect(hurt?.message).toContain('its data are not those in the log');
    const [spared] = await audit(flipBit(intact, bitOf(3, 505)));
    expect(spared?.message).toContain('its data are those in the log');
  });

  it('two blocks that changed places are both named', async () => {
    const swapped = slotOf(log, [data[0]!, data[2]!, data[1]!, ...data.slice(3)]);
    expect((await audit(swapped)).map(({ code, path }) => `${path} ${code}`)).toEqual([
      'writes[1] hashMismatch',
      'writes[2] hashMismatch',
    ]);
  });

  it('ignores what other writers left above the mark', async () => {
    const stale = slotOf(log, [...data, Uint8Array.of(1)]);
    expect(await audit(setTag(stale, blockSize, dataBlock(6), 'DATA'))).toEqual([]);
    expect(await audit(flipBit(stale, bitOf(6, 0)))).toEqual([]);
  });

  it('checks no data where a slot cannot hold them behind the log, and says so', async () => {
    const elsewhere = logOf([...log], { totalCapacityBlocks: 5000n });
    expect(await audit(intact, elsewhere)).toMatchObject([
      { code: 'dataNotLocated', severity: 'notice', block: 0, path: 'totalCapacityBlocks', actual: 5000n },
    ]);
  });

  it('of a mark that was lowered: what the log still lists above it counts as uncommitted', async () => {
    const lowered = logOf([...log], { totalCapacityBlocks: 12n, highWaterMark: 4n });
    expect((await audit(intact, lowered)).map(({ code, block }) => [code, block])).toEqual([
      ['uncommitted', dataBlock(4)],
      ['uncommitted', dataBlock(5)],
    ]);
    const raised = logOf([...log], { totalCapacityBlocks: 12n, highWaterMark: 8n });
    for (const slot of [intact, slotOf(log, [...data, Uint8Array.of(1)])])
      expect(await audit(slot, raised)).toEqual([]);
  });

  it.each([
    [8192, [[startBlock + 3, 8192]]],
    [
      8197,
      [
        [startBlock + 3, 8192],
        [startBlock + 3 + 8192, 5],
      ],
    ],
  ])('reads %i data blocks to the last and names the blocks of every piece', async (count, pieces) => {
    const slot = new Uint8Array((count + 3) * blockSize);
    const last = slot.subarray(-blockSize).fill(7);
    sealBlocks(last, blockSize, stringToTag('WORM'), 1);
    const reads: [number, number][] = [];
    const big = new WormLog({ totalCapacityBlocks: count, createdUtcTicks: t0 });
    const findings = await audit(slot, big, contextOf(slot, reads));
    expect(findings.map(({ code, block }) => [code, block])).toEqual([['uncommitted', count + 2]]);
    expect(reads).toEqual(pieces);
  });

  it('reads large regions in pieces and stops when it is aborted', async () => {
    const blocks = 20_000;
    const big = new WormLog({ totalCapacityBlocks: blocks - 2300, createdUtcTicks: t0 });
    const reads: [number, number][] = [];
    const slot = { length: blocks * blockSize } as Uint8Array;
    const controller = new AbortController();
    const context: AuditContext = {
      ...contextOf(slot, [], controller.signal),
      readBlocks(first, count) {
        reads.push([first, count]);
        if (reads.length === 2) controller.abort(new Error('enough'));
        return Promise.resolve(new Uint8Array(count * blockSize));
      },
    };
    await expect(audit(slot, big, context)).rejects.toThrow('enough');
    expect(reads).toEqual([
      [startBlock + 2300, 8192],
      [startBlock + 2300 + 8192, 8192],
    ]);
  });
});

describe('one data block', () => {
  it.each([
    ['as it was written', intact, 'ok'],
    ['changed', patch(intact, blockSize, { block: dataBlock(2), offset: 0 }, Uint8Array.of(1, 2, 3)), 'hashMismatch'],
    ['gone', punchHole(intact, blockSize, dataBlock(2)), 'truncated'],
  ])('%s', (_name, slot, state) => {
    expect(verifyBlock(log, 2, payloadOf(slot, 2), blockSize)).toBe(state);
  });

  it.each([6, -1, 0.5])('%d was never written', (index) => {
    const verify = () => verifyBlock(log, index, payloadOf(intact, 2), blockSize);
    expect(verify).toThrow(expect.objectContaining({ code: 'notWritten' }));
  });

  it('that the log does not list was never written, even below a mark that was raised', () => {
    const raised = logOf([...log], { totalCapacityBlocks: 12n, highWaterMark: 8n });
    const verify = () => verifyBlock(raised, 6, payloadOf(intact, 2), blockSize);
    expect(verify).toThrow(expect.objectContaining({ code: 'notWritten' }));
  });

  it('may be full to its last byte', () => {
    const full = new WormLog({ totalCapacityBlocks: capacity, createdUtcTicks: t0 });
    const bytes = randomBytes(496, 9);
    full.append(bytes, { now: t0, blockSize });
    expect(verifyBlock(full, 0, payloadOf(slotOf(full, [bytes]), 0), blockSize)).toBe('ok');
  });

  it('needs a whole block', () => {
    expect(() => verifyBlock(log, 2, new Uint8Array(511), blockSize)).toThrow(RangeError);
    expect(() => verifyBlock(log, 2, payloadOf(intact, 2), 500)).toThrow(RangeError);
  });

  it('matches no length that a block cannot have', () => {
    const block = payloadOf(intact, 0);
    for (const dataLength of [-1, 497]) {
      const odd = logOf([{ ...synthetic(0), dataLength }]);
      expect(verifyBlock(odd, 0, block, blockSize)).toBe('hashMismatch');
      // Not even where the hash is that of the bytes such a length could be taken for.
      const contentHash = sha256(block.subarray(0, dataLength));
      expect(verifyBlock(logOf([{ ...odd.at(0), contentHash }]), 0, block, blockSize)).toBe('hashMismatch');
    }
  });
});

describe.each(['all-regions', 'seed-regions-16k'])('%s', (image) => {
  const extent = goldenExtents(image).find(({ id }) => id === 'worm-immutable')!;
  const contextFor = (blocks: Uint8Array): AuditContext => ({
    ...contextOf(blocks),
    geometry: geometryOf(extent.blockSize),
    startBlock: extent.startBlock,
    blockCount: extent.blockCount,
    readBlocks(first, count) {
      const start = (first - extent.startBlock) * extent.blockSize;
      return Promise.resolve(blocks.slice(start, start + count * extent.blockSize));
    },
  });
  const { state } = decodeRegion(worm, extent.blocks, { blockSize: extent.blockSize });

  it('holds the 40 blocks that its log lists', async () => {
    expect(await audit(extent.blocks, state, contextFor(extent.blocks))).toEqual([]);
    const first = firstDataBlock(state, extent.blockCount, geometryOf(extent.blockSize))!;
    expect([first, state.writeCount]).toEqual([1, 40]);
  });

  it('tells a changed byte from an intact one in every one of them', async () => {
    for (let i = 0; i < state.writeCount; i++) {
      const hurt = patch(extent.blocks, extent.blockSize, { block: 1 + i, offset: i }, Uint8Array.of(0));
      expect(await audit(hurt, state, contextFor(hurt))).toMatchObject([{ code: 'hashMismatch', block: 1 + i }]);
    }
  });
});
