import { p256, sha256 } from '@vde/crypto';
import { decodeRegion, fromHex, geometryOf, toHex, VdeError } from '@vde/format';
import { describe, expect, it } from 'vitest';
import {
  ComplianceVaultHeader,
  complianceVault,
  createPassport,
  isExpired,
  isNotYetValid,
  PassportPayload,
  signaturePayload,
  signPassport,
  verifySignature,
} from '../src/index.ts';
import { ComplianceVault } from '../src/vault.ts';
import {
  blocksOf,
  example,
  highS,
  lowS,
  plain,
  privateKey,
  publicKey,
  scalar,
  synthetic,
  syntheticVault,
} from './passports.ts';

const payloadHex =
  '33221100554477668899aabbccddeeff0403020106050807090a0b0c0d0e0f10000001000040313cf729dd080000f8b4c848de080040313cf729dd080b000000746573742d6973737565720a000000746573742d6e6f746573';

describe('records of the page', () => {
  const { signature: _, ...unsigned } = example;
  const rows = [
    ['passport without its signature', PassportPayload, unsigned, payloadHex],
    ['header', ComplianceVaultHeader, { passportCount: 9 }, '09000000000000000000000000000000'],
    [
      'header with reserved bytes',
      ComplianceVaultHeader,
      { passportCount: 1, reserved: fromHex('000000000000000000000001') },
      '01000000000000000000000000000001',
    ],
  ] as const;

  it.each(rows)('%s', (_name, type, value, hex) => {
    const bytes = new Uint8Array(hex.length / 2);
    type.set(new DataView(bytes.buffer), 0, value as never);
    expect(toHex(bytes)).toBe(hex);
    expect(type.get(new DataView(fromHex(hex).buffer))).toEqual(value);
  });

  it('the payload is 89 bytes of the record, the record 153', () => {
    expect(toHex(signaturePayload(example))).toBe(payloadHex);
    expect(toHex(sha256(signaturePayload(example)))).toBe(
      '89dd8eef421b28a88265da9357556254f7bc240ce6b494cd29edb84c5d41ce25',
    );
    expect(complianceVault.describe(new ComplianceVault([example])).tables[0]?.locate?.(0, geometryOf(512))).toEqual({
      block: 0,
      offset: 16,
      length: 153,
    });
  });
});

describe('signatures of the page (5.1)', () => {
  it('the public point of the scalar 01..20', () => {
    expect(toHex(p256.exportPublicKey(publicKey, 'raw'))).toBe(
      '04515c3d6eb9e396b904d3feca7f54fdcd0cc1e997bf375dca515ad0a6c3b4035f4536be3a50f318fbf9a5475902a221502bef0d57e08c53b2cc0a56f17d9f9354',
    );
  });

  it('signing is deterministic and low-S, and leaves its input as it was', () => {
    const before = structuredClone(example);
    expect(toHex(signPassport(example, scalar).signature)).toBe(toHex(lowS));
    expect(example).toEqual(before);
    expect(plain([signPassport(example, privateKey)])).toEqual([{ ...example, signature: lowS }]);
  });

  it.each([
    ['low-S', { ...example, signature: lowS }, true],
    ['its high-S twin', { ...example, signature: highS }, true],
    ['one changed payload byte', { ...example, signature: lowS, frameworkId: 1 }, false],
    ['swapped r and s', { ...example, signature: Uint8Array.of(...lowS.slice(32), ...lowS.slice(0, 32)) }, false],
    ['63 bytes', { ...example, signature: lowS.slice(0, 63) }, false],
    ['65 bytes', { ...example, signature: Uint8Array.of(...lowS, 0) }, false],
    ['zeros', example, false],
    ['absent', { ...example, signature: undefined }, false],
  ])('%s', (_name, passport, isValid) => expect(verifySignature(passport, publicKey)).toBe(isValid));
});

describe('regions of the page', () => {
  const rows: readonly (readonly [string, ComplianceVault, number, number, string])[] = [
    ['one', new ComplianceVault([example]), 512, 1, '48c36ff5634cebebae3b537d386a74b870f16b38a0d879a447f46f06575169eb'],
    [
      'one',
      new ComplianceVault([example]),
      4096,
      1,
      '08d7c5103739f653ba30396ba192be7f32a981f7e36f8449c8618c429491a98a',
    ],
    [
      '8 of 516 bytes (defect 1)',
      syntheticVault(Array(8).fill(516)),
      4096,
      2,
      '63fcd36b86f63f8ea18bc48c0da4fb25f937388e7b70ec3783b30b34bf76aaeb',
    ],
    [
      '481 bytes, in block 1 (defect 1)',
      syntheticVault([481]),
      512,
      2,
      '52483c082fd59d090df2a57b751f16d5343b6cef19efe25eb7f0e9eea4784a93',
    ],
  ];

  it.each(rows)('%s: SHA-256 (%#)', (_name, vault, blockSize, blocks, digest) => {
    const bytes = blocksOf(vault, blockSize);
    expect(bytes.length).toBe(blocks * blockSize);
    expect(toHex(sha256(bytes))).toBe(digest);
    const { state, findings } = decodeRegion(complianceVault, bytes, { blockSize });
    expect([plain(state), findings]).toEqual([plain(vault), []]);
  });

  it.each([
    [512, '54564d430100000002ea755369d099b0'],
    [4096, '54564d4301000000f050e50a6bbef651'],
  ])('empty at %i: trailer, and the form that a fresh region has', (blockSize, trailer) => {
    const blocks = blocksOf(new ComplianceVault(), blockSize);
    expect(toHex(blocks.subarray(-16))).toBe(trailer);
    const decoded = decodeRegion(complianceVault, blocks, { blockSize });
    expect(decoded).toMatchObject({ form: 'formattedEmpty', generation: 1, findings: [] });
    expect(decoded.state.passportCount).toBe(0);
  });
});

describe('packing (3.3; defects 1 to 3)', () => {
  /** What the reference's reader makes of a vault: records where fewer than 132 bytes are left are never looked for. */
  const referenceReads = (sizes: readonly number[], payload: number) => {
    const places: number[] = [];
    let [block, offset] = [0, 16];
    for (const size of sizes) {
      if (offset + size > payload) [block, offset] = [block + 1, 0];
      places.push(block * payload + offset);
      offset += size;
    }
    let [at, seen, real] = [16, 0, 0];
    while (seen < sizes.length) {
      const left = payload - (at % payload);
      if (left < 132) at += left;
      else {
        const found = places.indexOf(at);
        seen++;
        if (found >= 0) real++;
        at += found >= 0 ? sizes[found]! : 132;
      }
    }
    return { real, empty: seen - real };
  };
  const needed = (sizes: readonly number[], blockSize: number) =>
    complianceVault.requiredBlocks(syntheticVault(sizes), geometryOf(blockSize));
  const formula = (sizes: readonly number[], payload: number) => {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    return total <= payload - 16 ? 1 : 1 + Math.ceil((total - (payload - 16)) / payload);
  };

  it.each([
    ['15 x 516', Array(15).fill(516), 4096, 3, 2],
    ['481 + 132', [481, 132], 512, 3, 2],
    ['61 x 132', Array(61).fill(132), 4096, 3, 2],
    ['253 x 516', Array(253).fill(516), 65536, 3, 2],
  ])('%s', (_name, sizes, blockSize, ours, reference) => {
    expect([needed(sizes, blockSize), formula(sizes, blockSize - 16)]).toEqual([ours, reference]);
  });

  it('14 x 516 at 4096: ours reads 14, the reference 11 and 3 empty ones', () => {
    const vault = syntheticVault(Array(14).fill(516));
    expect(referenceReads(Array(14).fill(516), 4080)).toEqual({ real: 11, empty: 3 });
    const { state, findings } = decodeRegion(complianceVault, blocksOf(vault, 4096), { blockSize: 4096 });
    expect([plain(state), findings]).toEqual([plain(vault), []]);
  });

  it.each([
    [512, 1],
    [4096, 8],
    [65536, 127],
  ])('block size %i: every number of long passports from %i on is read whole', (blockSize, first) => {
    const size = Math.min(516, blockSize - 16);
    const losing = Array.from({ length: first + 6 }, (_, n) => n).find(
      (n) => referenceReads(Array(n).fill(size), blockSize - 16).empty > 0,
    );
    expect(losing).toBe(first);
    for (const n of [first - 1, first, first + 1, first + 5]) {
      const { state } = decodeRegion(complianceVault, blocksOf(syntheticVault(Array(n).fill(size)), blockSize), {
        blockSize,
      });
      expect(state.passportCount).toBe(n);
    }
  });

  it('512: 364 bytes of text fill block 1, 365 fit no block (defect 3)', () => {
    expect(needed([132 + 364], 512)).toBe(2);
    expect(() => needed([132 + 365], 512)).toThrow(expect.objectContaining({ code: 'recordTooLarge' }));
    expect(() => blocksOf(syntheticVault([132 + 365]), 512)).toThrow(VdeError);
    expect(needed([132 + 365], 1024)).toBe(1);
  });
});

describe('limits and times of the page', () => {
  it.each([
    [0n, 10n, false],
    [10n, 9n, false],
    [10n, 10n, true],
    [10n, 11n, true],
    [-1n, 0n, true],
  ])('expires %i, now %i: expired is %s', (expiresUtcTicks, now, expired) => {
    expect(isExpired({ expiresUtcTicks }, now)).toBe(expired);
  });

  it.each([
    [10n, 9n, true],
    [10n, 10n, false],
  ])('issued %i, now %i: not yet valid is %s', (issuedUtcTicks, now, early) => {
    expect(isNotYetValid({ issuedUtcTicks }, now)).toBe(early);
  });

  it.each([
    ['a nil id', { ...example, passportId: '00000000-0000-0000-0000-000000000000' }],
    ['an id that is no GUID', { ...example, passportId: 'x' }],
    ['a framework beyond u16', { ...example, frameworkId: 65536 }],
    ['a signature of 65 bytes', { ...example, signature: new Uint8Array(65) }],
    ['a time that is no bigint', { ...example, issuedUtcTicks: 1 as never }],
    ['an issuer that is no text', { ...example, issuerId: 7 as never }],
  ])('%s is no new passport', (_name, given) => {
    expect(() => createPassport(given)).toThrow(/^Passport/);
    expect(() => new ComplianceVault([given])).toThrow(/^Passport/);
  });

  it('keeps numbers that nobody has named yet', () => {
    const odd = { ...synthetic(0), frameworkId: 65535, complianceStatus: 777 };
    const { state, findings } = decodeRegion(complianceVault, blocksOf(new ComplianceVault([odd]), 1024), {
      blockSize: 1024,
    });
    expect([state.at(0).frameworkId, state.at(0).complianceStatus, findings]).toEqual([65535, 777, []]);
  });
});
