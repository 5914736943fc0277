import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/bytes.ts';
import { guidFromBytes, guidToBytes } from '../src/guid.ts';
import { isKnownTag, stringToTag, tagMeanings, tagToString } from '../src/tag.ts';
import { dateFromTicks, isoFromTicks, maxTicks, ticksFromDate, unixEpochTicks } from '../src/ticks.ts';
import { goldenJson } from './golden.ts';

const { tags } = goldenJson('format/tags.json') as {
  tags: { name: string; value: number; onDisk: string; text: string; known: boolean }[];
};

describe('tags (page 01, 3.5)', () => {
  it.each(tags)('$name has the number and bytes of the reference', ({ value, onDisk, text, known }) => {
    expect(stringToTag(text)).toBe(value);
    expect(tagToString(value)).toBe(text);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, stringToTag(text), true);
    expect(toHex(bytes)).toBe(onDisk);
    expect(isKnownTag(text)).toBe(known);
  });

  it('knows exactly the 40 tags of the reference', () => {
    expect(tags.filter(({ known }) => known)).toHaveLength(40);
    expect(Object.keys(tagMeanings).sort()).toEqual(
      tags
        .filter(({ known }) => known)
        .map(({ name }) => name)
        .sort(),
    );
    expect(isKnownTag('MCHK')).toBe(false);
    expect(isKnownTag(tagToString(0x12345678))).toBe(false);
    expect(stringToTag('MCHK')).toBe(0x4d43484b);
  });

  it('stores SUPB with its letters reversed', () => {
    expect(stringToTag('SUPB')).toBe(0x53555042);
  });

  it.each(['SUP', 'SUPBX', 'SU\tB', 'SUPé', ''])('refuses %j', (text) => {
    expect(() => stringToTag(text)).toThrow(RangeError);
  });
});

describe('GUIDs (page 01, 3.6)', () => {
  it.each([
    ['00112233-4455-6677-8899-aabbccddeeff', '33221100554477668899aabbccddeeff'],
    ['00000000-0000-0000-0000-000000000000', '00000000000000000000000000000000'],
  ])('%s in .NET byte order', (text, hex) => {
    expect(toHex(guidToBytes(text))).toBe(hex);
    expect(guidFromBytes(fromHex(hex))).toBe(text);
  });

  it('takes upper-case text and refuses other forms', () => {
    expect(toHex(guidToBytes('00112233-4455-6677-8899-AABBCCDDEEFF'))).toBe('33221100554477668899aabbccddeeff');
    expect(() => guidToBytes('{00112233-4455-6677-8899-aabbccddeeff}')).toThrow(RangeError);
  });
});

describe('ticks (page 01, 3.6)', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 621355968000000000n, '0080b5f7f57f9f08'],
    ['2024-01-01T00:00:00Z', 638396640000000000n, '00c000995c0adc08'],
    ['2026-02-23T11:38:43.123456Z', 639074435231234560n, '00bafd18d072de08'],
    ['9999-12-31T23:59:59.9999999Z', 3155378975999999999n, 'ff3f37f47528ca2b'],
  ])('%s', (iso, ticks, hex) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, ticks, true);
    expect(toHex(bytes)).toBe(hex);
    expect(isoFromTicks(ticks)).toBe(iso);
  });

  it('converts dates both ways and keeps numbers outside the years 1-9999', () => {
    expect(ticksFromDate(new Date('2024-01-01T00:00:00Z'))).toBe(638396640000000000n);
    expect(dateFromTicks(638396640000000000n)?.toISOString()).toBe('2024-01-01T00:00:00.000Z');
    expect(ticksFromDate(new Date(0))).toBe(unixEpochTicks);
    expect(dateFromTicks(maxTicks + 1n)).toBeUndefined();
    expect(isoFromTicks(-1n)).toBeUndefined();
  });
});
