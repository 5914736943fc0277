import { describe, expect, it } from 'vitest';
import { fromHex } from '../src/bytes.ts';
import { fileStartSize, locateBlock0, PreambleHeader, preambleArchitecture } from '../src/preamble.ts';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

const header: PreambleHeader = {
  magic: ascii('DWVD-BOO'),
  preambleVersion: 1,
  flags: 0b1_011,
  contentHashOffset: 64,
  totalSize: 4096n,
  vdeOffset: 1048576n,
  kernelOffset: 96,
  kernelSize: 1000,
  driverPackOffset: 1096,
  driverPackSize: 1000,
  runtimeOffset: 2096,
  runtimeSize: 1000,
  headerChecksum: new Uint8Array(8),
};

function encoded(change: Partial<PreambleHeader> = {}): Uint8Array {
  const bytes = new Uint8Array(PreambleHeader.size);
  PreambleHeader.set(new DataView(bytes.buffer), 0, { ...header, ...change });
  return bytes;
}

describe('where block 0 is (page 02, 3.1)', () => {
  it('v2 images begin with it', () => {
    expect(locateBlock0(fromHex('445756440200010064773a2f2f000000'))).toEqual({
      kind: 'dwvd-v2',
      offset: 0,
      findings: [],
    });
  });

  it.each([
    ['legacy-v1', '4457564401'],
    ['legacy-v1', '4457564400'],
    ['dwvd-v2', '44575644ff'],
    ['not-dwvd', '44575645020001'],
    ['not-dwvd', '44575644'],
    ['not-dwvd', ''],
  ])('%s: %s', (kind, hex) => {
    expect(locateBlock0(fromHex(hex)).kind).toBe(kind);
  });

  it('behind a preamble it is where the preamble says', () => {
    const found = locateBlock0(encoded(), { fileSize: 4194304 });
    expect(found).toMatchObject({ kind: 'preamble', offset: 1048576, findings: [] });
    expect(found.preamble).toEqual(header);
    expect(preambleArchitecture(found.preamble!)).toBe('arm64');
    expect(preambleArchitecture({ ...header, flags: 0x38 })).toBeUndefined();
  });

  it('the offset of block 0 stands at byte 24', () => {
    expect(PreambleHeader.field('vdeOffset').offset).toBe(24);
    expect(PreambleHeader.field('headerChecksum').offset).toBe(56);
    expect(PreambleHeader.size).toBe(fileStartSize);
  });

  it.each([
    ['not a multiple of 512', { vdeOffset: 1048577n }],
    ['inside the preamble', { vdeOffset: 512n }],
    ['beyond the file', { vdeOffset: 1n << 30n }],
    ['beyond 2^53', { vdeOffset: 1n << 63n }],
  ])('an offset %s is an error', (_, change) => {
    const found = locateBlock0(encoded(change), { fileSize: 4194304 });
    expect(found).toMatchObject({ kind: 'preamble', offset: undefined });
    expect(found.findings).toMatchObject([{ code: 'badPreamble', severity: 'error', offset: 24, path: 'vdeOffset' }]);
  });

  it('a cut preamble is an error', () => {
    const found = locateBlock0(encoded().subarray(0, 40));
    expect(found).toMatchObject({ kind: 'preamble', offset: undefined });
    expect(found.findings.map(({ code }) => code)).toEqual(['badPreamble']);
  });
});
