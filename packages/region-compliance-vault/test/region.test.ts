import { isZero } from '@vde/format';
import { arbitraryField, randomBytes, testRegion } from '@vde/testing';
import fc from 'fast-check';
import { goldenRegion, goldenRegions } from '../../testing/test/golden-files.ts';
import { complianceVault, type Passport, PassportPayload } from '../src/index.ts';
import { ComplianceVault } from '../src/vault.ts';

/** Texts of up to 364 bytes in all, the most that block size 512 holds, in any split: longer than what may be added, too. */
const texts = fc
  .record({ total: fc.oneof(fc.nat({ max: 364 }), fc.constantFrom(0, 349, 364)), issuer: fc.nat(), seed: fc.nat() })
  .map(({ total, issuer, seed }) => {
    const bytes = randomBytes(total, seed);
    const split = issuer % (total + 1);
    return { issuerId: bytes.slice(0, split), notes: bytes.slice(split) };
  });

const fields = Object.fromEntries(
  PassportPayload.fields
    .filter(({ type }) => type.variable === undefined)
    .map(({ name, type }) => [name, arbitraryField(type)]),
);

const passports: fc.Arbitrary<Passport> = fc
  .tuple(fc.record(fields) as unknown as fc.Arbitrary<PassportPayload>, texts, fc.nat())
  .map(([payload, text, seed]) => {
    const signature = seed % 3 === 0 ? new Uint8Array(64) : randomBytes(64, seed);
    return { ...payload, ...text, signature };
  })
  // An all-zero passport in front of another block is padding (PR-5): no writer makes one.
  .filter(({ passportId }) => !/^[0-]+$/.test(passportId));

/** Vaults of any passports: duplicates and long texts are warnings. */
const vaults: fc.Arbitrary<ComplianceVault> = fc
  .tuple(fc.array(passports, { maxLength: 12, size: 'max' }), fc.option(fc.nat(), { nil: undefined }))
  .map(([all, seed]) => {
    const reserved = seed === undefined ? undefined : randomBytes(12, seed);
    return ComplianceVault.ofStored(all, reserved && isZero(reserved) ? undefined : reserved);
  });

testRegion(complianceVault, {
  states: vaults,
  fixtures: () => goldenRegions('compliance-vault'),
  notOurs: () => [
    goldenRegion('audit-log', 'one.512'),
    goldenRegion('policy-vault', 'five.512'),
    goldenRegion('worm-immutable', 'many.512'),
  ],
  zeroTail: true,
});
