export { complianceVaultCodes } from './codes.ts';
export { isExpired, isNotYetValid } from './expiry.ts';
export { type PrivateKeyInput, type PublicKeyInput, privateKeyOf, publicKeyOf } from './keys.ts';
export { createPassport, type NewPassport } from './new-passport.ts';
export {
  ComplianceVaultHeader,
  complianceStatuses,
  frameworks,
  Passport,
  PassportPayload,
  passportLimits,
} from './records.ts';
export { complianceVault } from './region.ts';
export type { PassportFilter } from './select.ts';
export { signaturePayload, signPassport, touchVerified, verifySignature } from './signature.ts';
export { ComplianceVault, type Removal } from './vault.ts';
export { type PassportVerdict, type SignatureState, type Verdict, verifyPassport } from './verdict.ts';
export { type BatchOptions, verifyPassports } from './verify-batch.ts';
