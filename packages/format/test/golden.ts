import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const root = new URL('../../../fixtures/golden/', import.meta.url);

/** A golden JSON file, by its path in fixtures/golden. */
// biome-ignore lint/suspicious/noExplicitAny: golden files have many shapes
export function goldenJson(path: string): any {
  return JSON.parse(readFileSync(new URL(path, root), 'utf8'));
}

/** The bytes of a golden `.gz` file, by its path in fixtures/golden. */
export function goldenBytes(path: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(new URL(path, root))));
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A seeded generator of numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Slots in the shape of golden files: used ones only, numbers as the JSON has them. */
export function toGoldenSlots(
  slots: readonly {
    readonly regionTypeId: string;
    readonly flags: number;
    readonly startBlock: bigint;
    readonly blockCount: bigint;
    readonly usedBlocks: bigint;
  }[],
): unknown[] {
  return slots.flatMap(({ regionTypeId, flags, startBlock, blockCount, usedBlocks }, index) => {
    const row = {
      index,
      type: regionTypeId,
      flags,
      startBlock: `${startBlock}`,
      blockCount: `${blockCount}`,
      usedBlocks: `${usedBlocks}`,
    };
    return regionTypeId === '' && flags === 0 ? [] : [row];
  });
}
