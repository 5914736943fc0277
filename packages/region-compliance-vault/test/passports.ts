import { p256 } from '@vde/crypto';
import { encodeRegion, fromHex, guidFromBytes } from '@vde/format';
import { ComplianceVault, complianceVault, type NewPassport, type Passport } from '../src/index.ts';

/** 2025-01-01T00:00:00Z in ticks. */
export const t0 = 638712864000000000n;
export const utf8 = (text: string) => new TextEncoder().encode(text);
export const unsigned = new Uint8Array(64);

/** The passport of the first row of section 7. */
export const example: Passport = {
  passportId: '00112233-4455-6677-8899-aabbccddeeff',
  objectId: '01020304-0506-0708-090a-0b0c0d0e0f10',
  frameworkId: 0,
  complianceStatus: 1,
  issuedUtcTicks: t0,
  expiresUtcTicks: t0 + 315_360_000_000_000n,
  lastVerifiedUtcTicks: t0,
  issuerId: utf8('test-issuer'),
  notes: utf8('test-notes'),
  signature: unsigned,
};

/** GUID whose first group is `n`, the rest zero. */
export const guid = (n: number) => guidFromBytes(Uint8Array.of(n, n >> 8, n >> 16, n >> 24, ...new Uint8Array(12)));

/** Synthetic passport `k` of section 7, with an issuer and notes of the given lengths. */
export function synthetic(k: number, issuerBytes = 128, notesBytes = 256): Passport {
  return {
    passportId: guid(k + 1),
    objectId: guid(0),
    frameworkId: k,
    complianceStatus: 1,
    issuedUtcTicks: t0 + BigInt(k),
    expiresUtcTicks: 0n,
    lastVerifiedUtcTicks: t0 + BigInt(k),
    issuerId: utf8('I'.repeat(issuerBytes)),
    notes: utf8('N'.repeat(notesBytes)),
    signature: unsigned,
  };
}

/** Synthetic passports of one size each. */
export const syntheticVault = (sizes: readonly number[]) =>
  new ComplianceVault(
    sizes.map((size, k) => {
      const text = size - 132;
      return synthetic(k, Math.min(128, text), text - Math.min(128, text));
    }),
  );

/** Private scalar 01..20 of section 7. */
export const scalar = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
export const privateKey = p256.importPrivateKey(scalar);
export const publicKey = p256.publicKeyOf(privateKey);
/** The signature of {@link example} with it, and its twin with n - s. */
export const lowS = fromHex(
  'd3a8972e6abc5bcd10b3c279e0da94d8b2d0797f4e8cb677177cda885ba80b51048e554210084ed3a44a2aacc676ad1fbcd777bb5e8cf1ecb6bef7a4515443c9',
);
export const highS = fromHex(
  'd3a8972e6abc5bcd10b3c279e0da94d8b2d0797f4e8cb677177cda885ba80b51fb71aabceff7b12d5bb5d553398952e0000f82f2488aac983cfad31eab0ee188',
);

/** Blocks of a vault. */
export function blocksOf(vault: ComplianceVault, blockSize: number, generation = 1): Uint8Array<ArrayBuffer> {
  return encodeRegion(complianceVault, vault, { blockSize, generation });
}

/** Passports as plain values that compare well. */
export const plain = (passports: Iterable<NewPassport>) => [...passports].map((passport) => ({ ...passport }));
