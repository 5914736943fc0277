import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeRegion, encodeRegion, geometryOf, toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { asGolden, type GoldenRegion, goldenExtents, goldenRegions } from '../../testing/test/golden-files.ts';
import {
  complianceVault,
  createPassport,
  type Passport,
  signaturePayload,
  verifyPassport,
  verifySignature,
} from '../src/index.ts';
import { t0 } from './passports.ts';

/** What the files say of signatures besides the values. */
type SignedRegion = GoldenRegion & {
  readonly publicKeyRaw: string;
  readonly publicKeyPem: string;
  readonly signaturePayloads: readonly string[];
  readonly signatureValid: readonly boolean[];
};

/** A passport as its golden file lists it. */
type GoldenPassport = Passport & { readonly signaturePayload: string; readonly referenceSaysValid: boolean };

const cases = goldenRegions('compliance-vault') as SignedRegion[];

describe('golden compliance vaults', () => {
  it('are all there', () => expect(cases.length).toBe(15));

  it.each(cases)('$name reads as its values and writes as its bytes', (golden) => {
    const { blockSize, blocks, generation, blockCount, sha256 } = golden;
    const decoded = decodeRegion(complianceVault, blocks, { blockSize });
    const form = golden.summary['passportCount'] === 0 ? 'formattedEmpty' : 'written';
    expect(decoded).toMatchObject({ generation, form, partial: false, findings: [] });
    expect(asGolden(complianceVault.describe(decoded.state), golden)).toEqual({
      summary: golden.summary,
      tables: golden.tables,
    });
    expect(complianceVault.requiredBlocks(decoded.state, geometryOf(blockSize))).toBe(blockCount);
    const written = encodeRegion(complianceVault, decoded.state, { blockSize, generation });
    expect(createHash('sha256').update(written).digest('hex')).toBe(sha256);
    expect(Buffer.compare(written, blocks)).toBe(0);
  });

  it.each(cases)('$name: payloads and signatures are those of the reference', (golden) => {
    const { state } = decodeRegion(complianceVault, golden.blocks, { blockSize: golden.blockSize });
    // The files hold the first payloads only.
    const payloads = [...state].map((passport) => toHex(signaturePayload(passport)));
    expect(payloads.slice(0, golden.signaturePayloads.length)).toEqual(golden.signaturePayloads);
    const raw = Uint8Array.from(Buffer.from(golden.publicKeyRaw, 'hex'));
    for (const key of [golden.publicKeyPem, raw]) {
      expect([...state].map((passport) => verifySignature(passport, key))).toEqual(golden.signatureValid);
    }
  });
});

describe.each(['all-regions', 'seed-regions-16k'])('the compliance vault in %s', (image) => {
  const [extent, ...others] = goldenExtents(image).filter(({ id }) => id === 'compliance-vault');

  it('is there once', () => expect([extent?.id, others.length]).toEqual(['compliance-vault', 0]));

  it('reads as its values, holes behind it included, and writes as its bytes', () => {
    const { blockSize, blocks, codecBlocks, tables } = extent!;
    const decoded = decodeRegion(complianceVault, blocks, { blockSize });
    expect(decoded).toMatchObject({ form: 'written', partial: false, findings: [] });
    const { publicKeyPem, unsigned, ...summary } = extent!.summary;
    expect(asGolden(complianceVault.describe(decoded.state), { summary, tables })).toEqual({ summary, tables });
    expect(complianceVault.requiredBlocks(decoded.state, geometryOf(blockSize))).toBe(codecBlocks);
    const written = encodeRegion(complianceVault, decoded.state, { blockSize, generation: decoded.generation });
    expect(Buffer.compare(written, blocks.subarray(0, codecBlocks * blockSize))).toBe(0);
    const bad = [...decoded.state].filter((passport) => !verifySignature(passport, `${publicKeyPem}`));
    expect(bad.map(({ passportId }) => passportId)).toEqual([unsigned]);
  });
});

describe('golden operations', () => {
  const file = new URL('../../../fixtures/golden/operations/compliance-vault.json', import.meta.url);
  const golden = JSON.parse(readFileSync(file, 'utf8'));
  // biome-ignore lint/suspicious/noExplicitAny: the shape of the file is what the golden README says
  const passports: GoldenPassport[] = golden.passports.map((row: any) => ({
    ...row,
    issuedUtcTicks: BigInt(row.issuedUtcTicks),
    expiresUtcTicks: BigInt(row.expiresUtcTicks),
    lastVerifiedUtcTicks: BigInt(row.lastVerifiedUtcTicks),
    issuerId: Buffer.from(row.issuerId, 'hex'),
    notes: Buffer.from(row.notes, 'hex'),
    signature: Buffer.from(row.signature, 'hex'),
  }));

  it('are all there', () => expect(passports.length).toBe(40));

  it.each(passports)('passport $passportId', (passport) => {
    expect(toHex(signaturePayload(passport))).toBe(passport.signaturePayload);
    expect(verifySignature(passport, golden.publicKeyPem)).toBe(passport.referenceSaysValid);
    const isOthers = verifySignature(passport, golden.otherPublicKeyPem);
    expect(isOthers && passport.referenceSaysValid).toBe(false);
    const stored = createPassport(passport);
    expect(verifySignature(stored, golden.publicKeyPem)).toBe(passport.referenceSaysValid);
    const { signature } = verifyPassport(stored, { now: t0, publicKey: golden.publicKeyPem });
    expect(verifyPassport(stored, { now: t0 }).signature).toBe('noKey');
    expect(signature).toBe(passport.referenceSaysValid ? 'valid' : 'invalid');
  });

  it('accepts signatures whose s lies in the upper half', () => {
    const half = '7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8';
    const high = passports.filter(({ signature }) => toHex(signature.subarray(32)) > half);
    expect(high.length).toBe(golden.highSSignatures);
    const valid = passports.filter(({ referenceSaysValid }) => referenceSaysValid);
    // The others were signed with the other key, or changed afterwards.
    const others = passports.filter((passport) => verifySignature(passport, golden.otherPublicKeyPem));
    expect([valid.length, others.length]).toEqual([28, 7]);
  });

  it('knows the limits of the reference; a short signature is refused, not padded (defect 8)', () => {
    expect(golden.limits).toEqual({
      'issuerId 129 bytes': 'ArgumentException',
      'notes 257 bytes': 'ArgumentException',
      'signature 63 bytes': 'ok',
    });
    const one = passports[0]!;
    const long = (length: number) => 'x'.repeat(length);
    expect(() => createPassport({ ...one, issuerId: long(129) })).toThrow(
      expect.objectContaining({ code: 'overLimit' }),
    );
    expect(() => createPassport({ ...one, notes: long(257) })).toThrow(expect.objectContaining({ code: 'overLimit' }));
    expect(() => createPassport({ ...one, signature: new Uint8Array(63) })).toThrow(RangeError);
    expect(createPassport({ ...one, issuerId: long(128), notes: long(256) }).notes.length).toBe(256);
  });
});
