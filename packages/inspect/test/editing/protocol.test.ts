import type { DeviceCall } from '@vde/image';
import { crashStates } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { blockSize, kinds } from './kinds.ts';
import { Oracle, recorded } from './oracle.ts';

const named = (name: string) => kinds.find((kind) => kind.name === name)!;

/** Whether some crash state of these calls is none that the transaction made. */
function canBreak(oracle: Oracle, before: Uint8Array, calls: readonly DeviceCall[]): boolean {
  for (const { bytes } of crashStates(before, calls, { blockSize, random: 64 }))
    if (typeof oracle.seen(bytes) === 'string' || oracle.seenByReference(bytes) !== undefined) return true;
  return false;
}

/** The calls between two syncs, each with the sync that ends it. */
function steps(calls: readonly DeviceCall[]): DeviceCall[][] {
  const parts: DeviceCall[][] = [[]];
  for (const call of calls) {
    parts.at(-1)!.push(call);
    if (call.kind === 'sync') parts.push([]);
  }
  return parts.filter(({ length }) => length > 0);
}

describe.each([
  'grow the metrics log beyond its blocks',
  'append to the WORM region',
  'erase a subject',
  'overwrite the oldest of the ring',
])('the protocol of an edit: %s', (name) => {
  it('holds as it is, and each sync but the last is needed', async () => {
    const { before, calls } = await recorded(named(name));
    const oracle = await Oracle.of(before, calls);
    expect(canBreak(oracle, before, calls)).toBe(false);
    const syncs = calls.flatMap(({ kind }, i) => (kind === 'sync' ? [i] : []));
    const idle = syncs.slice(0, -1).filter(
      (left) =>
        !canBreak(
          oracle,
          before,
          calls.filter((_, i) => i !== left),
        ),
    );
    expect(idle).toEqual([]);
  });

  it('breaks when two of its steps are swapped', async () => {
    const { before, calls } = await recorded(named(name));
    const oracle = await Oracle.of(before, calls);
    const parts = steps(calls);
    const swaps = parts.slice(1).map((_, i) => parts.with(i, parts[i + 1]!).with(i + 1, parts[i]!));
    const unnoticed = swaps.flatMap((swap, i) => (canBreak(oracle, before, swap.flat()) ? [] : [i]));
    expect(unnoticed).toEqual([]);
  });

  it('breaks when new blocks are written behind the commit point', async () => {
    const { before, calls } = await recorded(named(name));
    const oracle = await Oracle.of(before, calls);
    const parts = steps(calls);
    for (const [i, part] of parts.entries()) {
      const isBlock = (call: DeviceCall) => call.kind === 'write' && call.offset >= 10 * blockSize;
      const moved = part.filter(isBlock);
      if (moved.length === 0 || parts[i + 1] === undefined) continue;
      const late = parts
        .with(
          i,
          part.filter((call) => !isBlock(call)),
        )
        .with(i + 1, [...moved, ...parts[i + 1]!]);
      expect(canBreak(oracle, before, late.flat()), `step ${i}`).toBe(true);
    }
  });
});
