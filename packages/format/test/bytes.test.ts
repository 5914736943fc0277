import { describe, expect, it } from 'vitest';
import { isZero, sameBytes } from '../src/index.ts';

it.each([0, 1, 3, 4, 7])('isZero finds a byte wherever it stands, from an offset of %i', (offset) => {
  const memory = new Uint8Array(512).fill(0xff);
  for (const length of [0, 1, 7, 8, 63, 64, 65, 71, 72, 80, 200]) {
    const bytes = memory.subarray(offset, offset + length).fill(0);
    expect(isZero(bytes)).toBe(true);
    for (let at = 0; at < length; at++) {
      // The sign bit alone makes a double that equals 0.
      for (const byte of [1, 0x80]) {
        bytes[at] = byte;
        expect(isZero(bytes), `${byte} at ${at} of ${length}`).toBe(false);
      }
      bytes[at] = 0;
    }
    bytes.fill(0xff);
  }
});

describe('sameBytes', () => {
  it('looks at every byte, however the arrays lie in memory', () => {
    const memory = new Uint8Array(400);
    for (const length of [0, 1, 63, 64, 65, 100, 131]) {
      for (const [from, to] of [
        [0, 200],
        [1, 201],
        [3, 202],
        [2, 200],
      ] as const) {
        const [a, b] = [memory.subarray(from, from + length), memory.subarray(to, to + length)];
        expect(sameBytes(a, b)).toBe(true);
        for (let i = 0; i < length; i++) {
          b[i] = 1;
          expect(sameBytes(a, b), `${length} at ${from} and ${to}: ${i}`).toBe(false);
          b[i] = 0;
        }
      }
    }
    expect(sameBytes(memory.subarray(0, 3), memory.subarray(0, 4))).toBe(false);
  });
});
