import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeRegion, type Finding, geometryOf } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { asGolden, goldenExtents, goldenRegions } from '../../testing/test/golden-files.ts';
import { advanceReadTail, createRing, planAppend, readEntries, readEntry, streamingAppend } from '../src/index.ts';
import { blocksOf, sha256 } from './rings.ts';

interface Operation {
  readonly op: 'append' | 'advanceReadTail';
  readonly length: number;
  readonly result: string;
  readonly physical: string;
  readonly allocatedBlocks: string;
  readonly writeHead: string;
  readonly readTail: string;
  readonly entryCount: string;
}

const cases = goldenRegions('streaming-append').map((one) => ({
  ...one,
  operations: (one as unknown as { operations: Operation[] }).operations,
}));

describe('golden streaming append regions', () => {
  it('are all there', () => expect(cases.length).toBe(15));

  it.each(cases)('$name reads as its values and writes as its bytes', (golden) => {
    const { blockSize, blocks, generation, blockCount, summary, tables } = golden;
    const decoded = decodeRegion(streamingAppend, blocks, { blockSize });
    expect(decoded).toMatchObject({ generation, form: 'written', partial: false, findings: [] });
    expect(asGolden(streamingAppend.describe(decoded.state), golden)).toEqual({ summary, tables });
    expect(streamingAppend.requiredBlocks(decoded.state, geometryOf(blockSize))).toBe(blockCount);
    const written = blocksOf(decoded.state, blockSize, generation);
    expect(sha256(written)).toBe(golden.sha256);
    expect(Buffer.compare(written, blocks)).toBe(0);
  });

  it.each(cases)('$name is what its $operations.length operations leave, one by one', (golden) => {
    const { blockSize, blocks, generation, operations, summary } = golden;
    let ring = createRing({ maxCapacityBlocks: BigInt(summary['maxCapacityBlocks']!) });
    for (const operation of operations) {
      if (operation.op === 'append') {
        const plan = planAppend(ring, operation.length, { blockSize, onFull: 'reject' });
        expect([plan.position, plan.block]).toEqual([BigInt(operation.result), Number(operation.physical)]);
        expect([plan.discarded, [...plan.relocations]]).toEqual([undefined, []]);
        ring = plan.ring;
        expect([`${ring.allocatedBlocks}`, `${ring.writeHead}`]).toEqual([
          operation.allocatedBlocks,
          operation.writeHead,
        ]);
      } else ring = advanceReadTail(ring);
      expect([`${ring.readTail}`, `${ring.entryCount}`]).toEqual([operation.readTail, operation.entryCount]);
    }
    expect(Buffer.compare(blocksOf(ring, blockSize, generation), blocks)).toBe(0);
  });
});

describe.each(['all-regions', 'seed-regions-16k'])('the ring in %s', (image) => {
  const [extent, ...others] = goldenExtents(image).filter(({ id }) => id === 'streaming-append');
  const { blockSize, blocks, codecBlocks, summary, tables, startBlock, blockCount } = extent!;
  const bytes = gunzipSync(readFileSync(new URL(`../../../fixtures/golden/images/${image}.dwvd.gz`, import.meta.url)));
  const decoded = decodeRegion(streamingAppend, blocks, { blockSize });
  const reads: number[] = [];
  const context = {
    geometry: geometryOf(blockSize),
    totalBlocks: bytes.length / blockSize,
    startBlock,
    blockCount,
    keys: [],
    readBlocks(first: number, count: number) {
      reads.push(count);
      return Promise.resolve(new Uint8Array(bytes.subarray(first * blockSize, (first + count) * blockSize)));
    },
  };

  it('is there once', () => expect([extent?.id, others.length]).toEqual(['streaming-append', 0]));

  it('reads as its values, entries behind it included, and writes as its bytes', () => {
    expect(decoded).toMatchObject({ form: 'written', partial: false, findings: [] });
    expect(asGolden(streamingAppend.describe(decoded.state), extent!)).toEqual({ summary, tables });
    const written = blocksOf(decoded.state, blockSize, decoded.generation);
    expect(Buffer.compare(written, blocks.subarray(0, codecBlocks * blockSize))).toBe(0);
  });

  it('has its 36 live entries in their blocks, framed', async () => {
    reads.length = 0;
    const texts: string[] = [];
    for await (const { position, block, bytes } of readEntries(decoded.state, context, { framed: true })) {
      expect(block).toBe(Number(position) + 1);
      texts.push(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    }
    expect(texts.map((text) => /^event (\d+): /.exec(text)?.[1])).toEqual(
      Array.from({ length: 36 }, (_, i) => `${i + 1}`),
    );
    expect(reads.length).toBe(1);
  });

  it('has its newest entry where its position says', async () => {
    const entry = await readEntry(decoded.state, 36n, context, { framed: true });
    expect([entry.block, new TextDecoder().decode(entry.bytes).slice(0, 9)]).toEqual([37, 'event 36:']);
    await expect(readEntry(decoded.state, 0n, context)).rejects.toThrow(/live are 1 to 36$/);
  });

  it('asks of every entry block the number of its entry', () => {
    const asked = Array.from({ length: blockCount }, (_, block) =>
      streamingAppend.expect!(decoded.state, block, { geometry: geometryOf(blockSize), blockCount }),
    );
    expect(asked[0]).toEqual({ tag: 'STRE' });
    expect(asked[1]).toEqual({ tag: 'STRE' });
    expect(asked.slice(2, 38).map((one) => one?.generation)).toEqual(Array.from({ length: 36 }, (_, i) => i + 1));
    expect(asked.slice(38)).toEqual(Array.from({ length: 90 }, () => ({ tag: 'STRE' })));
  });

  it('gives an audit nothing to say', async () => {
    const findings: Finding[] = [];
    for await (const finding of streamingAppend.audit!(decoded.state, context)) findings.push(finding);
    expect(findings).toEqual([]);
  });
});
