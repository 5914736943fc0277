import { readFileSync } from 'node:fs';
import { isVdeError } from '@vde/format';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, type ByteCount, bytesOf, formatAddress, parseAddress, placeOf } from '../src/address.ts';

const vectors = JSON.parse(readFileSync(new URL('../../../fixtures/addresses.json', import.meta.url), 'utf8')) as {
  valid: { text: string; canonical: string; address: Address }[];
  invalid: { text: string; position: number; nearest: string }[];
};

function faultOf(text: string) {
  try {
    parseAddress(text);
  } catch (error) {
    if (isVdeError(error, 'badAddress')) return error;
    throw error;
  }
  return undefined;
}

describe('addresses', () => {
  it.each(vectors.valid)('reads $text', ({ text, canonical, address }) => {
    expect(parseAddress(text)).toEqual(address);
    expect(formatAddress(address)).toBe(canonical);
    expect(parseAddress(canonical)).toEqual(address);
  });

  it.each(vectors.invalid)('refuses "$text" and names the nearest', ({ text, position, nearest }) => {
    const fault = faultOf(text);
    expect(fault?.details).toMatchObject({ text, position, nearest });
    expect(faultOf(nearest)).toBeUndefined();
    expect(fault?.message).toContain(`at position ${position}, expected ${fault?.details.expected}`);
  });

  it('says what was found and expected', () => {
    expect(faultOf('b:12KiB')?.message).toBe(
      'address "b:12KiB": found "12KiB" at position 2, expected a block number without a unit',
    );
    expect(faultOf('r:MLOG/17/3')?.message).toBe(
      'address "r:MLOG/17/3": found "/3" at position 9, expected one of + . : or the end',
    );
    expect(faultOf('sb.')?.message).toBe('address "sb.": found the end at position 3, expected a field name');
  });

  it('writes addresses that read back the same', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  it('answers any text with an address or a fault whose nearest is an address', () => {
    const pieces = fc.constantFrom(
      'b:',
      's:',
      'r:',
      'MLOG',
      'sb',
      '.mirror',
      'dir',
      '+',
      '/',
      '.',
      ':',
      '#',
      '-',
      '0x',
      '12',
      'KiB',
      'block',
      '[3]',
      'a',
      ' ',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const fault = faultOf(text);
        if (fault) expect(faultOf(fault.details.nearest)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it('answers a very long text at once and briefly', () => {
    const fault = faultOf(`b:${'x'.repeat(1_000_000)}`);
    expect(fault?.message.length).toBeLessThan(200);
  });
});

describe('counts', () => {
  it('turns blocks into bytes', () => {
    expect(bytesOf({ value: 3, unit: 'block' }, 4096)).toBe(12288);
    expect(bytesOf({ value: -3, unit: 'byte' }, 4096)).toBe(-3);
  });

  it('counts negative places from the end', () => {
    expect([0, 9, -1, -10].map((index) => placeOf(index, 10))).toEqual([0, 9, 9, 0]);
    expect([10, -11].map((index) => placeOf(index, 10))).toEqual([undefined, undefined]);
  });
});

const number = fc.integer({ min: -1_000_000, max: 2 ** 45 });
const bytes: fc.Arbitrary<ByteCount> = fc.record({
  value: number,
  unit: fc.constantFrom('byte' as const, 'block' as const),
});
const name = fc.constantFrom('value', 'totalBlocks', 'magic.major', 'contentHash');
const addresses: fc.Arbitrary<Address> = fc.record(
  {
    base: fc.oneof(
      fc.record({ kind: fc.constant('offset' as const), offset: bytes }),
      fc.record({ kind: fc.constant('block' as const), block: number }),
      fc.record({ kind: fc.constant('slot' as const), slot: number }),
      fc.record({
        kind: fc.constant('region' as const),
        type: fc.constantFrom('MLOG', 'worm-immutable', 'a', 'x2-y'),
        n: fc.nat(9),
      }),
      fc.constantFrom({ kind: 'sb' as const }, { kind: 'sb.mirror' as const }, { kind: 'dir' as const }),
    ),
    record: fc.oneof(
      fc.record({ index: number }),
      fc.record({ table: fc.constantFrom('samples', 'writes'), index: number }),
    ),
    field: name,
    offset: bytes,
    length: bytes.filter(({ value }) => value !== 0),
  },
  { requiredKeys: ['base'] },
);
