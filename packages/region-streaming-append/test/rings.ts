import { createHash } from 'node:crypto';
import { encodeRegion, geometryOf } from '@vde/format';
import {
  type AppendOptions,
  type AppendPlan,
  createRing,
  encodeEntry,
  planAppend,
  type StreamingAppend,
  slotBlockOf,
  streamingAppend,
} from '../src/index.ts';

export const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/** A ring of the given header fields; E is W - T. */
export function ringOf(fields: { M: number; A?: number; W?: number; T?: number; G?: number }): StreamingAppend {
  const { M, A = 0, W = 0, T = 0, G = 16 } = fields;
  const counters = { allocatedBlocks: BigInt(A), writeHead: BigInt(W), readTail: BigInt(T), entryCount: BigInt(W - T) };
  return { ...createRing({ maxCapacityBlocks: M, growthIncrement: G }), ...counters };
}

/** The header block of a ring. */
export function blocksOf(ring: StreamingAppend, blockSize: number, generation = 1): Uint8Array<ArrayBuffer> {
  return encodeRegion(streamingAppend, ring, { blockSize, generation });
}

/** Appends entries of ten bytes; gives the ring behind them and every plan. */
export function append(ring: StreamingAppend, count: number, options: Partial<AppendOptions> = {}) {
  const plans: AppendPlan[] = [];
  for (let i = 0; i < count; i++) {
    const plan = planAppend(plans.at(-1)?.ring ?? ring, 10, { blockSize: 512, ...options });
    plans.push(plan);
  }
  return { ring: plans.at(-1)?.ring ?? ring, plans, last: plans.at(-1)! };
}

/** The text of the entry at a position. */
export const textOf = (position: bigint) => `entry ${position}`;

/** A slot with the live entries of a ring in their blocks, framed; it counts what is read. */
export function slotOf(
  ring: StreamingAppend,
  { blockCount = Number(ring.maxCapacityBlocks) + 2, blockSize = 512 } = {},
) {
  const startBlock = 40;
  const bytes = new Uint8Array((startBlock + blockCount) * blockSize);
  const put = (block: number, part: Uint8Array) => bytes.set(part, (startBlock + block) * blockSize);
  put(0, blocksOf(ring, blockSize));
  for (let p = ring.readTail; p < ring.writeHead; p++) {
    const data = new TextEncoder().encode(textOf(p));
    put(slotBlockOf(ring, p, blockCount), encodeEntry(data, p, { blockSize, framed: true }));
  }
  const reads: [number, number][] = [];
  const readBlocks = (first: number, count: number): Promise<Uint8Array> => {
    reads.push([first - startBlock, count]);
    return Promise.resolve(bytes.slice(first * blockSize, (first + count) * blockSize));
  };
  const totalBlocks = startBlock + blockCount;
  return {
    bytes,
    put,
    reads,
    readBlocks,
    geometry: geometryOf(blockSize),
    startBlock,
    blockCount,
    totalBlocks,
    keys: [],
  };
}
