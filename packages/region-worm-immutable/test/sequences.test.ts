import { createHash } from 'node:crypto';
import { decodeRegion } from '@vde/format';
import { randomBytes, seededRandom } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { requireExtension, WormLog, worm } from '../src/index.ts';
import { blocksOf, t0 } from './logs.ts';

/** A write-once region as a list of what was written. */
class Shadow {
  readonly capacity: number;
  retention = 0n;
  readonly writes: { now: bigint; data: Uint8Array }[] = [];
  constructor(capacity: number) {
    this.capacity = capacity;
  }
  append(all: readonly Uint8Array[], now: bigint, payload: number) {
    if (this.writes.length + all.length > this.capacity) return 'capacityExceeded';
    if (all.some(({ length }) => length > payload)) return 'recordTooLarge';
    for (const data of all) this.writes.push({ now, data });
    return this.writes.length - all.length;
  }
  write(index: number, data: Uint8Array, now: bigint, payload: number) {
    if (index < 0) return 'badIndex';
    if (index !== this.writes.length) return 'wormViolation';
    const result = this.append([data], now, payload);
    return typeof result === 'number' ? undefined : result;
  }
  retain(period: bigint) {
    const isLonger = period === 0n || (this.retention !== 0n && period >= this.retention);
    if (!isLonger) return 'retentionShortened';
    this.retention = period;
    return undefined;
  }
  get until() {
    const times = this.writes.map(({ now }) => now);
    const latest = times.toSorted((a, b) => Number(a - b)).at(-1) ?? t0;
    return this.retention === 0n ? 'forever' : latest + this.retention;
  }
  get rows() {
    return this.writes.map(({ now, data }, i) => ({
      blockIndex: BigInt(i),
      timestampUtcTicks: now,
      dataLength: data.length,
      contentHash: new Uint8Array(createHash('sha256').update(data).digest()),
    }));
  }
}

const codeOf = (run: () => unknown) => {
  try {
    return run();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('2,400 random sequences of operations', () => {
  it.each([512, 1024, 4096])('are those of a plain list, read back from blocks of %i', (size) => {
    const random = seededRandom(size);
    const below = (n: number) => Math.floor(random() * n);
    const payload = size - 16;
    for (let sequence = 0; sequence < 800; sequence++) {
      const shadow = new Shadow(1 + below(40));
      let log = new WormLog({ totalCapacityBlocks: shadow.capacity, createdUtcTicks: t0 });
      for (let step = below(30); step >= 0; step--) {
        const now = t0 + BigInt(below(1000));
        const data = () => randomBytes(random() < 0.05 ? payload + below(3) : below(40), below(1e9));
        const choice = below(10);
        const before = log.clone();
        const shadowed = (): readonly [unknown, unknown] => {
          const one = data();
          if (choice < 4)
            return [codeOf(() => log.append(one, { now, blockSize: size })), shadow.append([one], now, payload)];
          if (choice < 6) {
            const index = shadow.writes.length + below(4) - 1;
            return [
              codeOf(() => log.write(index, one, { now, blockSize: size })),
              shadow.write(index, one, now, payload),
            ];
          }
          if (choice < 8) {
            const all = Array.from({ length: below(12) }, data);
            return [codeOf(() => log.appendMany(all, { now, blockSize: size })), shadow.append(all, now, payload)];
          }
          const retention = BigInt(below(4)) * 10n;
          return [codeOf(() => log.extendRetention(retention)), shadow.retain(retention)];
        };
        const [actual, expected] = shadowed();
        expect(actual).toBe(expected);
        requireExtension(before, log);
        if (random() < 0.1) log = decodeRegion(worm, blocksOf(log, size), { blockSize: size }).state;
      }
      expect([log.highWaterMark, log.freeBlocks]).toEqual([
        BigInt(shadow.writes.length),
        BigInt(shadow.capacity - shadow.writes.length),
      ]);
      expect(log.retainedUntil).toBe(shadow.until);
      const blocks = blocksOf(log, size);
      const { state, partial } = decodeRegion(worm, blocks, { blockSize: size });
      expect([...state]).toEqual(shadow.rows);
      expect([partial, state.isConsistent]).toEqual([false, true]);
      expect(Buffer.compare(blocksOf(state, size), blocks)).toBe(0);
    }
  });
});
