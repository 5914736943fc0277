import { bytes, enumeration, guid, type Infer, i32, lengthPrefixed, pad, record, ticks, u16 } from '@vde/format';

/** Header of block 0 (3.1). */
export const ComplianceVaultHeader = /* @__PURE__ */ record('ComplianceVaultHeader', {
  passportCount: i32,
  reserved: /* @__PURE__ */ pad(12),
});
export type ComplianceVaultHeader = Infer<typeof ComplianceVaultHeader>;

/** Numbers of `frameworkId` (3.2). Others are carried. */
export const frameworks = {
  gdpr: 0,
  hipaa: 1,
  sox: 2,
  pciDss: 3,
  soc2: 4,
  iso27001: 5,
  ccpa: 6,
  fisma: 7,
  fedRamp: 8,
} as const;

/** Numbers of `complianceStatus` (3.2). Others are carried. */
export const complianceStatuses = { unknown: 0, compliant: 1, nonCompliant: 2, exempt: 3, pendingReview: 4 } as const;

/** The most bytes of issuer and notes that a new passport may have, and the bytes of a signature (3.2). */
export const passportLimits = { issuerIdBytes: 128, notesBytes: 256, signatureBytes: 64 } as const;

/** Every field that the signature covers, in record order (5.1). What is read may be longer than what may be added (3.2). */
const signedFields = {
  passportId: guid,
  objectId: guid,
  frameworkId: /* @__PURE__ */ enumeration(u16, /* @__PURE__ */ Object.keys(frameworks)),
  complianceStatus: /* @__PURE__ */ enumeration(u16, /* @__PURE__ */ Object.keys(complianceStatuses)),
  issuedUtcTicks: ticks,
  expiresUtcTicks: ticks,
  lastVerifiedUtcTicks: ticks,
  issuerId: /* @__PURE__ */ lengthPrefixed(i32, { max: 4096, kind: 'text' }),
  notes: /* @__PURE__ */ lengthPrefixed(i32, { max: 65536, kind: 'text' }),
} as const;

/** The part of a passport that is signed: the record without its signature (5.1). */
export const PassportPayload = /* @__PURE__ */ record('PassportPayload', signedFields);
export type PassportPayload = Infer<typeof PassportPayload>;

/** One passport (3.2): `signature` is r and s, big-endian, 32 bytes each, all zero when unsigned. */
export const Passport = /* @__PURE__ */ record('Passport', {
  ...signedFields,
  signature: /* @__PURE__ */ bytes(passportLimits.signatureBytes),
});
export type Passport = Infer<typeof Passport>;
