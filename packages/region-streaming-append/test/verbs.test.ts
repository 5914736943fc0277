import { geometryOf, type VerbArgs } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { advanceReadTail, appendEntries, drainRing, resetRing, streamingAppend } from '../src/index.ts';
import { ringOf } from './rings.ts';

const { prefix, commands } = streamingAppend.verbs!;
const { append, advance, drain, reset } = commands;
const blockSize = 512;
const allocate = () => expect.fail('blocks were reserved');
const context = { now: 0n, generation: 2, geometry: geometryOf(blockSize), blockCount: 22, allocate };
const ring = Object.freeze(ringOf({ M: 20, A: 16, W: 10, T: 3 }));
const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7);

it('the commands say what they do, what each argument means, and which is a file', () => {
  expect([prefix, Object.keys(commands)]).toEqual(['stream', ['append', 'advance', 'drain', 'reset']]);
  const all = Object.values(commands).flatMap((one) => [one, ...Object.values(one.args)]);
  expect(all.map(({ summary }) => summary)).toEqual(all.map(() => expect.stringMatching(/^\w+.* .*\w\)?$/)));
  const args = Object.entries(append!.args).map(([name, { required, bytes }]) => [name, required, bytes]);
  expect(args).toEqual([
    ['data', true, true],
    ['framed', undefined, undefined],
    ['on-full', undefined, undefined],
  ]);
  expect([Object.keys(advance!.args), drain!.args, reset!.args]).toEqual([['count'], {}, {}]);
});

describe('appending', () => {
  it.each([
    [0, undefined, [0]],
    [496, undefined, [496]],
    [497, undefined, [496, 1]],
    [0, 'yes', [0]],
    [492, 'yes', [492]],
    [985, 'yes', [492, 492, 1]],
  ])('%i bytes, framed %s: entries of %j', (length, framed, lengths) => {
    const data = bytes(length);
    const entries = lengths.map((n, i) => data.subarray(i * lengths[0]!, i * lengths[0]! + n));
    const { state, writes } = appendEntries(ring, entries, { blockSize, framed: framed === 'yes' });
    const change = append!.run(ring, { data, framed }, context);
    expect(change).toEqual({ state, writes });
    expect(change.writes!.map(({ payload }) => payload.length)).toEqual(
      lengths.map((n) => n + (framed === 'yes' ? 4 : 0)),
    );
  });

  it('to a full ring overwrites, or is refused', () => {
    const full = ringOf({ M: 4, A: 4, W: 6, T: 2 });
    const run = (onFull?: string) => append!.run(full, { data: bytes(3), 'on-full': onFull }, context);
    for (const change of [run(), run('overwrite')])
      expect(change).toEqual({ state: ringOf({ M: 4, A: 4, W: 7, T: 3 }), writes: [{ index: 2, payload: bytes(3) }] });
    expect(() => run('reject')).toThrow(expect.objectContaining({ code: 'ringFull' }));
    const tooMany = () => append!.run(full, { data: bytes(4 * 496 + 1) }, context);
    expect(tooMany).toThrow(expect.objectContaining({ code: 'capacityExceeded' }));
  });

  it.each([
    ['data', undefined],
    ['data', 'text'],
    ['framed', 'no'],
    ['framed', ''],
    ['on-full', 'overwriteOldest'],
    ['on-full', ''],
  ])('refuses %s "%s", by its name', (name, value) => {
    const args: VerbArgs = { data: bytes(3), [name]: value };
    expect(() => append!.run(ring, args, context)).toThrow(RangeError);
    expect(() => append!.run(ring, args, context)).toThrow(new RegExp(`^${name} `));
  });
});

describe('dropping entries', () => {
  it('by one, by some, or all', () => {
    expect(advance!.run(ring, {}, context)).toEqual({ state: advanceReadTail(ring) });
    expect(advance!.run(ring, { count: '0' }, context)).toEqual({ state: ring });
    expect(advance!.run(ring, { count: '10' }, context)).toEqual({ state: advanceReadTail(ring, 10) });
    expect(drain!.run(ring, {}, context)).toEqual({ state: drainRing(ring) });
    expect(reset!.run(ring, {}, context)).toEqual({ state: resetRing(ring) });
  });

  it.each(['x1', '1x', '', '1.5', '1e1', '0x10', ' 1', '1 ', '-4', '9007199254740992'])('refuses "%s"', (count) => {
    expect(() => advance!.run(ring, { count }, context)).toThrow(RangeError);
    expect(() => advance!.run(ring, { count }, context)).toThrow(/^count /);
  });
});
