import { type DecodedRegion, decodeRegion, type RegionPlugin } from '@vde/format';
import { expectTypeOf } from 'vitest';
import {
  type ComplianceVault,
  type ComplianceVaultHeader,
  complianceVault,
  type NewPassport,
  type Passport,
  type PassportVerdict,
  signPassport,
  verifyPassport,
  verifyPassports,
} from '../src/index.ts';

expectTypeOf(complianceVault).toEqualTypeOf<RegionPlugin<ComplianceVault>>();
expectTypeOf<Passport>().branded.toEqualTypeOf<{
  readonly passportId: string;
  readonly objectId: string;
  readonly frameworkId: number;
  readonly complianceStatus: number;
  readonly issuedUtcTicks: bigint;
  readonly expiresUtcTicks: bigint;
  readonly lastVerifiedUtcTicks: bigint;
  readonly issuerId: Uint8Array;
  readonly notes: Uint8Array;
  readonly signature: Uint8Array;
}>();
expectTypeOf<ComplianceVaultHeader>().branded.toEqualTypeOf<{
  readonly passportCount: number;
  readonly reserved?: Uint8Array;
}>();

// A passport of a vault is a new one for another.
expectTypeOf<Passport>().toExtend<NewPassport>();
expectTypeOf<NewPassport['issuerId']>().toEqualTypeOf<string | Uint8Array | undefined>();

declare const passport: Passport;
declare const key: string;
expectTypeOf(signPassport(passport, key)).toEqualTypeOf<Passport>();
expectTypeOf(verifyPassport(passport, { now: 0n })).toEqualTypeOf<PassportVerdict>();
expectTypeOf(verifyPassports([passport], { now: 0n, publicKey: key })).toEqualTypeOf<Promise<PassportVerdict[]>>();
expectTypeOf<PassportVerdict['verdict']>().toEqualTypeOf<
  'valid' | 'invalid' | 'absent' | 'malformed' | 'noKey' | 'notYetValid' | 'expired' | 'notAssessed'
>();

// Strict reading always gives a state, lenient reading perhaps none.
const blocks = new Uint8Array(512);
expectTypeOf(decodeRegion(complianceVault, blocks, { blockSize: 512 })).toEqualTypeOf<DecodedRegion<ComplianceVault>>();
expectTypeOf(decodeRegion(complianceVault, blocks, { blockSize: 512, lenient: true })).toEqualTypeOf<
  DecodedRegion<ComplianceVault | undefined>
>();
