import { sha256 } from '@vde/crypto';
import { isVdeError } from '@vde/format';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseUndo, type Undo, writeUndo } from '../src/index.ts';

const patch = fc
  .tuple(fc.nat({ max: 5000 }), fc.integer({ min: 1, max: 600 }), fc.integer({ min: 0, max: 2 }), fc.nat())
  .map(([gap, length, between, seed]) => {
    const state = (i: number) => new Uint8Array(length).map((_, at) => at * 7 + seed + i);
    const others = Array.from({ length: between }, (_, i) => state(i + 2));
    return { gap, before: state(0), after: state(1), ...(between > 0 && { between: others }) };
  });

const undos: fc.Arbitrary<Undo> = fc
  .record({
    patches: fc.array(patch, { maxLength: 12, size: 'max' }),
    grown: fc.nat({ max: 9 }),
    isNamed: fc.boolean(),
  })
  .map(({ patches, grown, isNamed }) => {
    let end = 0;
    const placed = patches.map(({ gap, ...one }) => {
      const offset = end + gap;
      end = offset + one.before.length;
      return { ...one, offset };
    });
    const volumeUuid = '00112233-4455-6677-8899-aabbccddeeff';
    return {
      base: 512 * grown,
      blockSize: 4096,
      ...(isNamed && { volumeUuid }),
      sizeBefore: 12_288_000,
      sizeAfter: 12_288_000 + 4096 * grown,
      patches: placed,
    };
  });

const headerSize = 64;
const example: Undo = {
  base: 0,
  blockSize: 4096,
  sizeBefore: 8192,
  sizeAfter: 8192,
  patches: [
    { offset: 512, before: new Uint8Array(512).fill(1), after: new Uint8Array(512).fill(2) },
    { offset: 4096, before: new Uint8Array(512).fill(3), after: new Uint8Array(512).fill(4) },
  ],
};

/** The file with another number in it, and the hash that fits. */
function changed(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = writeUndo(example);
  change(new DataView(bytes.buffer), bytes);
  bytes.set(sha256(bytes.subarray(0, -32)), bytes.length - 32);
  return bytes;
}

function codeOf(bytes: Uint8Array): string {
  try {
    parseUndo(bytes);
    return 'none';
  } catch (error) {
    if (!isVdeError(error)) throw error;
    return error.code;
  }
}

describe('an undo file', () => {
  it('reads as it was written', () => {
    fc.assert(
      fc.property(undos, (undo) => {
        expect(parseUndo(writeUndo(undo))).toEqual(undo);
      }),
    );
  });

  it('has a header of 64 bytes, patches with all their states, and a SHA-256', () => {
    const bytes = writeUndo(example);
    expect(new TextDecoder().decode(bytes.subarray(0, 8))).toBe('VDE-UNDO');
    expect(bytes.length).toBe(headerSize + 2 * (16 + 2 * 512) + 32);
    expect(bytes.subarray(-32)).toEqual(sha256(bytes.subarray(0, -32)));
  });

  it('that is cut or has one other bit is refused', () => {
    const bytes = writeUndo(example);
    for (let length = 0; length < bytes.length; length += length < 200 ? 1 : 61)
      expect(codeOf(bytes.subarray(0, length))).toBe('badUndo');
    for (let at = 0; at < bytes.length; at += at < 200 ? 1 : 61) {
      const other = bytes.slice();
      other[at]! ^= 1 << (at % 8);
      expect([at, codeOf(other)]).toEqual([at, 'badUndo']);
    }
  });

  it.each<[string, (view: DataView, bytes: Uint8Array) => void]>([
    ['a later version', (view) => view.setUint32(8, 2, true)],
    ['more patches than it holds', (view) => view.setUint32(56, 3, true)],
    ['four milliards of patches', (view) => view.setUint32(56, 0xffffffff, true)],
    ['fewer patches than it holds', (view) => view.setUint32(56, 1, true)],
    ['a size that is no number', (view) => view.setBigUint64(32, 2n ** 63n, true)],
    ['an image that became shorter', (view) => view.setBigUint64(32, 100n, true)],
    ['an offset that is none', (view) => view.setBigUint64(headerSize, 2n ** 53n, true)],
    ['a patch of no bytes', (view) => view.setUint32(headerSize + 8, 0, true)],
    ['a patch of more bytes than it holds', (view) => view.setUint32(headerSize + 8, 0xffffffff, true)],
    ['a patch without an after', (view) => view.setUint32(headerSize + 12, 1, true)],
    ['a patch of more states than it holds', (view) => view.setUint32(headerSize + 12, 0xffffffff, true)],
    ['patches that overlap', (view) => view.setBigUint64(headerSize + 16 + 1024, 600n, true)],
  ])('of %s is refused although its hash fits', (_, change) => {
    expect(codeOf(changed(change))).toBe('badUndo');
  });

  it('of any bytes behind the right start never does more than be refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400, size: 'max' }), (tail) => {
        const bytes = new Uint8Array(16 + tail.length + 32);
        bytes.set(writeUndo(example).subarray(0, 16));
        bytes.set(tail, 16);
        bytes.set(sha256(bytes.subarray(0, -32)), bytes.length - 32);
        expect(['none', 'badUndo']).toContain(codeOf(bytes));
      }),
    );
  });
});
