import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/bytes.ts';
import { emptyGuid, guidFromBytes, guidToBytes, isGuid, writeGuid } from '../src/guid.ts';

/** The stored bytes by cutting the text into groups and turning the first three around. */
function bytesByGroups(text: string): string {
  const [a, b, c, d, e] = text.toLowerCase().split('-') as [string, string, string, string, string];
  const turned = (group: string) => group.match(/../g)!.toReversed().join('');
  return `${turned(a)}${turned(b)}${turned(c)}${d}${e}`;
}

const options = { seed: 1, numRuns: 2000, endOnFailure: true, interruptAfterTimeLimit: 5000 };
const stored = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe('GUIDs', () => {
  it('are read back, in either letter case', () => {
    fc.assert(
      fc.property(stored, (bytes) => {
        const text = guidFromBytes(bytes);
        expect(isGuid(text)).toBe(true);
        expect(toHex(guidToBytes(text))).toBe(toHex(bytes));
        expect(toHex(guidToBytes(text.toUpperCase()))).toBe(bytesByGroups(text));
      }),
      options,
    );
  });

  it('are what the pattern says, whichever character is changed', () => {
    const characters = fc.oneof(
      fc.constantFrom(
        '0',
        '9',
        'a',
        'f',
        'A',
        'F',
        'g',
        '/',
        ':',
        '@',
        'G',
        '`',
        '-',
        ' ',
        '\0',
        'ı',
        'a\u0301',
        '\u{1d7d8}',
      ),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      // The low seven bits of these are those of a hex digit.
      fc.constantFrom('0', 'a', 'F').map((digit) => String.fromCharCode(digit.charCodeAt(0) + 128)),
      fc.constantFrom('0', 'a', 'F').map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xff00)),
    );
    fc.assert(
      fc.property(stored, fc.nat({ max: 36 }), characters, (bytes, at, character) => {
        const text = guidFromBytes(bytes);
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        if (isGuid(changed)) expect(toHex(guidToBytes(changed))).toBe(bytesByGroups(changed));
        else expect(() => guidToBytes(changed)).toThrow(RangeError);
      }),
      options,
    );
  });

  it.each([
    '',
    '00112233-4455-6677-8899-aabbccddeef',
    '00112233-4455-6677-8899-aabbccddeeff0',
    '001122334455-6677-8899-aabbccddeeff-',
    '00112233445566778899aabbccddeeff',
    ' 0112233-4455-6677-8899-aabbccddeeff',
    undefined,
    null,
    7,
    [emptyGuid],
  ])('refuse %o and write nothing', (text) => {
    const bytes = new Uint8Array(20).fill(7);
    expect(() => writeGuid(new DataView(bytes.buffer), 2, text as string)).toThrow(RangeError);
    expect(toHex(bytes)).toBe('07'.repeat(20));
  });

  it('are written where they are asked to be', () => {
    const bytes = new Uint8Array(20).fill(7);
    writeGuid(new DataView(bytes.buffer, 1), 1, '00112233-4455-6677-8899-aabbccddeeff');
    expect(toHex(bytes)).toBe('070733221100554477668899aabbccddeeff0707');
    expect(guidFromBytes(fromHex('33221100554477668899aabbccddeeff'))).toBe('00112233-4455-6677-8899-aabbccddeeff');
  });
});
