import { crashStates } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { blockSize, kinds } from './kinds.ts';
import { Oracle, recorded } from './oracle.ts';

const deep = process.env['VDE_DEEP'] === '1';
const timeout = deep ? 36_000_000 : 120_000;
/** Random sets of sectors for each sync. */
const randomSectors = deep ? 300_000 : 17_000;

describe('after a crash at any moment a reader finds the state before or after', { timeout }, () => {
  it.each(kinds)('when it is to $name', async (kind) => {
    const { before, calls } = await recorded(kind);
    const oracle = await Oracle.of(before, calls);
    const wrong: string[] = [];
    let states = 0;
    for (const { bytes, what } of crashStates(before, calls, { blockSize, randomSectors })) {
      states++;
      const seen = oracle.seen(bytes);
      if (typeof seen === 'string') wrong.push(`${what}: ${seen}`);
      const reference = oracle.seenByReference(bytes);
      if (reference !== undefined) wrong.push(`${what}: to the reference ${reference}`);
      if (wrong.length > 20) break;
    }
    expect(wrong).toEqual([]);
    expect(states).toBeGreaterThan(10_000);
  });
});
