import {
  type Finding,
  fromHex,
  isVdeError,
  readTrailer,
  sealBlocks,
  stringToTag,
  tagToString,
  type VdeError,
  verifyTrailer,
} from '@vde/format';
import { flipBit, setGeneration, setTag } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import {
  advanceReadTail,
  encodeEntry,
  planAppend,
  type ReadEntriesOptions,
  readEntries,
  readEntry,
  type StreamingAppend,
  slotBlockOf,
  streamingAppend,
} from '../src/index.ts';
import { ringOf, slotOf, textOf } from './rings.ts';

const blockSize = 512;
const bytesOf = (text: string) => new TextEncoder().encode(text);
/** Live are 20 to 33: ring blocks 4 to 15, then 0 and 1. */
const ring = ringOf({ M: 20, A: 16, W: 34, T: 20 });

async function readAll(of: StreamingAppend, slot: ReturnType<typeof slotOf>, options: ReadEntriesOptions = {}) {
  const texts: string[] = [];
  for await (const { bytes } of readEntries(of, slot, { framed: true, ...options }))
    texts.push(new TextDecoder().decode(bytes));
  return texts;
}
const positions = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => textOf(BigInt(from + i)));

describe('the block of an entry (3.2)', () => {
  it('ends in a trailer with the low 32 bits of its position', () => {
    const block = encodeEntry(bytesOf('abc'), 2n ** 32n + 7n, { blockSize });
    const { tag, generation } = readTrailer(block, blockSize);
    expect([tagToString(tag), generation, verifyTrailer(block, blockSize)]).toEqual(['STRE', 7, true]);
    expect(block.subarray(0, 496)).toEqual(Uint8Array.from({ length: 496 }, (_, i) => [97, 98, 99][i] ?? 0));
  });

  it('gives back what fills it to the last byte', async () => {
    const bytes = new Uint8Array(492).fill(1);
    const slot = slotOf(ring);
    slot.put(3, encodeEntry(bytes, 33n, { blockSize, framed: true }));
    expect((await readEntry(ring, 33n, slot, { framed: true })).bytes).toEqual(bytes);
  });

  it('begins with its length where it is framed', () => {
    expect(encodeEntry(bytesOf('abc'), 0n, { blockSize, framed: true }).subarray(0, 8)).toEqual(
      fromHex('0300000061626300'),
    );
  });

  it('takes a whole payload, four bytes less where it is framed, and no more', () => {
    const tooLarge = expect.toSatisfy((error: unknown) => isVdeError(error, 'dataTooLarge'));
    expect(encodeEntry(new Uint8Array(496).fill(1), 0n, { blockSize }).indexOf(0)).toBeGreaterThanOrEqual(496);
    expect(encodeEntry(new Uint8Array(492).fill(1), 0n, { blockSize, framed: true }).subarray(4, 496)).toEqual(
      new Uint8Array(492).fill(1),
    );
    expect(() => encodeEntry(new Uint8Array(497), 0n, { blockSize })).toThrow(tooLarge);
    expect(() => encodeEntry(new Uint8Array(493), 0n, { blockSize, framed: true })).toThrow(tooLarge);
  });
});

describe('reading entries', () => {
  it('goes from the oldest to the newest, around the end of the ring, in two reads', async () => {
    const slot = slotOf(ring);
    expect(await readAll(ring, slot)).toEqual(positions(20, 34));
    expect(slot.reads).toEqual([
      [6, 12],
      [2, 2],
    ]);
  });

  it('reads at most a mebibyte at a time', async () => {
    const large = ringOf({ M: 5000, A: 5000, W: 4100, G: 5000 });
    const slot = slotOf(large);
    expect((await readAll(large, slot)).length).toBe(4100);
    expect(slot.reads.map(([, count]) => count)).toEqual([2048, 2048, 4]);
  });

  it.each([
    [20n, 20],
    [33n, 33],
    [0n, 20],
    [34n, 34],
    [99n, 34],
  ])('starts at %i', async (from, first) => {
    expect(await readAll(ring, slotOf(ring), { from })).toEqual(positions(first, 34));
  });

  it('gives whole payloads where entries are not framed', async () => {
    const { bytes, block } = await readEntry(ring, 20n, slotOf(ring));
    expect([bytes.length, block, new TextDecoder().decode(bytes.subarray(4, 12))]).toEqual([496, 6, 'entry 20']);
  });

  it('gives copies', async () => {
    const slot = slotOf(ring);
    (await readEntry(ring, 20n, slot, { framed: true })).bytes.fill(0);
    expect((await readEntry(ring, 20n, slot, { framed: true })).bytes).toEqual(bytesOf('entry 20'));
  });

  it.each([19n, 34n, -1n])('refuses position %i, which is not live', async (position) => {
    await expect(readEntry(ring, position, slotOf(ring))).rejects.toThrow(RangeError);
  });

  it('reads nothing of an empty ring', async () => {
    const empty = ringOf({ M: 20 });
    const slot = slotOf(empty);
    expect([await readAll(empty, slot), slot.reads]).toEqual([[], []]);
  });

  it('reads where only the count of entries is wrong, and refuses where counters say too little', async () => {
    expect(await readAll({ ...ring, entryCount: 3n }, slotOf(ring))).toEqual(positions(20, 34));
    const none = { ...ring, allocatedBlocks: 0n };
    await expect(readAll(none, slotOf(ring))).rejects.toSatisfy((error) => isVdeError(error, 'inconsistentHeader'));
    expect(await readAll({ ...ring, readTail: 34n, entryCount: 3n }, slotOf(ring))).toEqual([]);
  });

  it.each([
    ['a tail that is negative', { readTail: -1n, writeHead: 3n }],
    ['a head behind the tail', { writeHead: 3n }],
    ['more blocks than the capacity', { allocatedBlocks: 32n }],
  ])('refuses %s', async (_name, counters) => {
    const odd = { ...ring, ...counters };
    await expect(readAll(odd, slotOf(ring))).rejects.toSatisfy((error) => isVdeError(error, 'inconsistentHeader'));
    expect(await audit(odd, slotOf(ring))).toEqual([]);
  });

  it('reads every entry that a slot too small for the ring has a block for', async () => {
    const small = { ...slotOf(ringOf({ M: 13 })), blockCount: 15 };
    for (let p = 22n; p < 32n; p++)
      small.put(slotBlockOf(ring, p, 15), encodeEntry(bytesOf(textOf(p)), p, { blockSize, framed: true }));
    const told: unknown[] = [];
    const onDamage = ({ code }: VdeError, position: bigint) => void told.push([code, position]);
    expect(await readAll(ring, small, { onDamage })).toEqual(positions(22, 32));
    expect(told).toEqual([20n, 32n].map((position) => ['capacityExceeded', position]));
  });

  it('stops when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(readAll(ring, slotOf(ring), { signal })).rejects.toThrow('enough');
  });

  it('finds entries again after the moves of a plan', async () => {
    const full = ringOf({ M: 64, A: 16, W: 20, T: 4 });
    const slot = slotOf(full);
    const plan = planAppend(full, 8, { blockSize, framed: true, growth: 'relocate' });
    const ringStart = slot.blockCount - 64;
    for (const { position, to } of plan.relocations) {
      const { bytes } = await readEntry(full, position, slot, { framed: true });
      slot.put(ringStart + to, encodeEntry(bytes, position, { blockSize, framed: true }));
    }
    expect(await readAll(full, slot)).toEqual(positions(4, 20));
    slot.put(ringStart + plan.block, encodeEntry(bytesOf('entry 20'), plan.position, { blockSize, framed: true }));
    expect(await readAll(plan.ring, slot)).toEqual(positions(4, 21));
  });
});

describe('damaged entries', () => {
  /** Entry 33, the last one, stands in block 3 of the slot. */
  const intact = () => encodeEntry(bytesOf('entry 33'), 33n, { blockSize, framed: true });
  const long = () => {
    const block = intact();
    block.set(fromHex('ed010000'));
    sealBlocks(block, blockSize, stringToTag('STRE'), 33);
    return block;
  };
  const rows = [
    ['never written', new Uint8Array(blockSize), 'truncated', 0, 512],
    ['changed', flipBit(intact(), 50), 'badTrailer', 0, 512],
    ['cut off before its trailer', intact().fill(0, 496), 'badTrailer', 0, 512],
    ['of another region', setTag(intact(), blockSize, 0, 'DATA'), 'wrongTag', 496, 4],
    ['of another position', setGeneration(intact(), blockSize, 0, 17), 'staleEntry', 500, 4],
    ['longer than its block', long(), 'badLength', 0, 4],
  ] as const;

  it.each(rows)('%s: thrown, or told of and left out', async (_name, block, code, offset, length) => {
    const slot = slotOf(ring);
    slot.put(3, block);
    await expect(readAll(ring, slot)).rejects.toMatchObject({
      code,
      details: { position: 33n, block: 3, offset, length },
    });
    const told: unknown[] = [];
    const texts = await readAll(ring, slot, { onDamage: (error, position) => told.push([error.code, position]) });
    expect([texts, told]).toEqual([positions(20, 33), [[code, 33n]]]);
    // A write that was cut off loses the last entry, nothing else.
    expect(await readAll(advanceReadTail({ ...ring, writeHead: 33n, entryCount: 13n }, 0), slot)).toEqual(
      positions(20, 33),
    );
  });

  it.each(rows.slice(0, 5))('%s: found by the audit', async (_name, block, code, offset, length) => {
    const slot = slotOf(ring);
    slot.put(3, block);
    expect(await audit(ring, slot)).toMatchObject([{ code, severity: 'error', block: 3, offset, length }]);
  });

  it('blocks that a read gives in part or not at all were never written', async () => {
    const slot = slotOf(ring);
    const readBlocks = async (first: number, count: number) => (await slot.readBlocks(first, count)).subarray(0, -600);
    const told: unknown[] = [];
    const onDamage = ({ code }: VdeError, position: bigint) => void told.push([code, position]);
    expect(await readAll(ring, { ...slot, readBlocks }, { onDamage })).toEqual(positions(20, 30));
    expect(told).toEqual([30n, 31n, 32n, 33n].map((position) => ['truncated', position]));
  });

  it('reads blocks of writers that do not number them', async () => {
    const slot = slotOf(ring);
    slot.put(3, setGeneration(intact(), blockSize, 0, 17));
    expect(await readAll(ring, slot, { checkPosition: false })).toEqual(positions(20, 34));
  });
});

async function audit(of: StreamingAppend, slot: ReturnType<typeof slotOf>, signal?: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of streamingAppend.audit!(of, { ...slot, ...(signal && { signal }) }))
    findings.push(finding);
  return findings;
}

describe('the audit', () => {
  it('has nothing to say of a whole ring', async () => expect(await audit(ring, slotOf(ring))).toEqual([]));

  it('names the entries that the reference lost when it grew, and why (6, row 1)', async () => {
    // What the reference leaves: entries 4 to 19 in 16 blocks, then 32 blocks and entry 20 in its new place.
    const before = ringOf({ M: 64, A: 16, W: 20, T: 4 });
    const slot = slotOf(before);
    slot.put(2 + 20, encodeEntry(bytesOf('entry 20'), 20n, { blockSize, framed: true }));
    const findings = await audit(ringOf({ M: 64, A: 32, W: 21, T: 4 }), slot);
    expect(findings.map(({ code, block }) => [code, block])).toEqual([16, 17, 18, 19].map((i) => ['truncated', 2 + i]));
    for (const stale of [16, 17, 18, 19]) slot.put(2 + stale, encodeEntry(bytesOf('x'), 3n, { blockSize }));
    const again = await audit(ringOf({ M: 64, A: 32, W: 21, T: 4 }), slot);
    expect(again.map(({ code }) => code)).toEqual([...Array(4).fill('staleEntry'), 'mappingUncertain']);
    expect(again.at(-1)).toMatchObject({ severity: 'notice', block: 0, offset: 8, length: 8, path: 'allocatedBlocks' });
  });

  it('reads no block that the slot does not have (6, row 8)', async () => {
    const slot = slotOf(ring, { blockCount: 22 });
    const small = { ...slot, blockCount: 15 };
    const findings = await audit(ring, small);
    expect(findings.filter(({ code }) => code === 'capacityExceeded').length).toBe(2);
    expect(slot.reads.every(([first, count]) => first >= 1 && first + count <= 15)).toBe(true);
    const huge = {
      ...ring,
      maxCapacityBlocks: 2n ** 63n - 1n,
      allocatedBlocks: 2n ** 62n,
      writeHead: 2n ** 61n,
      readTail: 0n,
    };
    expect((await audit(huge, slot)).map(({ code }) => code)).toEqual(['capacityExceeded']);
  });

  it('leaves counters that say too little to decoding', async () => {
    expect(await audit({ ...ring, readTail: -1n }, slotOf(ring))).toEqual([]);
  });

  it('stops when it is aborted', async () => {
    await expect(audit(ring, slotOf(ring), AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  it('looks where appended entries are put', () => {
    expect(slotBlockOf(ring, 33n, 22)).toBe(3);
  });
});
