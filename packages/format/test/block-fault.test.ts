import { describe, expect, it } from 'vitest';
import { findBlockFault, geometryOf, sealBlocks, stringToTag } from '../src/index.ts';

const geometry = geometryOf(512);
const sealed = (tag: string, fill = 1) => {
  const block = new Uint8Array(512).fill(fill, 0, 496);
  sealBlocks(block, 512, stringToTag(tag), 7);
  return block;
};
const whole = { offset: 0, length: 512 };

describe('the fault of a block', () => {
  it.each([
    ['sealed under its tag', sealed('WORM'), undefined],
    ['formatted and empty', sealed('WORM', 0), undefined],
    ['all zero', new Uint8Array(512), { code: 'truncated', ...whole }],
    ['without a trailer', sealed('WORM').fill(0, 496), { code: 'badTrailer', message: 'has no trailer', ...whole }],
    ['changed', sealed('WORM').fill(2, 100, 101), { code: 'badTrailer', ...whole }],
    ['of another checksum', sealed('WORM').fill(2, 511), { code: 'badTrailer', ...whole }],
    [
      'of another tag',
      sealed('DATA'),
      {
        code: 'wrongTag',
        offset: 496,
        length: 4,
        expected: 'WORM',
        actual: 'DATA',
        message: 'has tag "DATA", expected WORM',
      },
    ],
  ])('%s', (_name, block, fault) => {
    const found = findBlockFault(block, geometry, 'WORM');
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(fault);
  });

  it('looks at the first block of longer bytes, and at a window of others', () => {
    const memory = new Uint8Array(2048);
    memory.set(sealed('WORM'), 3);
    expect(findBlockFault(memory.subarray(3), geometry, 'WORM')).toBeUndefined();
  });

  it('refuses callers who give less than a block, or no tag', () => {
    expect(() => findBlockFault(new Uint8Array(511), geometry, 'WORM')).toThrow(RangeError);
    expect(() => findBlockFault(new Uint8Array(512), geometry, 'WOR')).toThrow(RangeError);
  });
});
