import { isKeyFormatError, type P256PublicKey, p256 } from '@vde/crypto';
import type { AuditContext, Finding } from '@vde/format';
import { complianceVaultCodes } from './codes.ts';
import { publicKeyOf } from './keys.ts';
import { placesOf } from './places.ts';
import { type Passport, passportLimits } from './records.ts';
import { signatureForm, signaturePayload } from './signature.ts';
import type { ComplianceVault } from './vault.ts';

type AuditCode = 'signatureInvalid' | 'signatureMalformed' | 'unverifiable' | 'unsigned';

/** Verifies every signature with the keys at hand: one that fits is enough, for the vault names no keys. */
export async function* auditVault(vault: ComplianceVault, context: AuditContext): AsyncGenerator<Finding> {
  const keys = context.keys.flatMap(usableKey);
  const passports = vault.stored;
  const places = placesOf(passports, context.geometry);
  for (const [i, passport] of passports.entries()) {
    context.signal?.throwIfAborted();
    const found = judgeSignature(passport, keys);
    if (found === undefined) continue;
    const [code, what] = found;
    const { block, offset, length } = places[i]!;
    yield {
      code,
      severity: complianceVaultCodes[code].severity,
      message: `Compliance vault: passport ${i} (${passport.passportId}) ${what}`,
      block,
      offset: offset + length - passportLimits.signatureBytes,
      length: passportLimits.signatureBytes,
      path: `passports[${i}].signature`,
    };
  }
}

function judgeSignature(passport: Passport, keys: readonly P256PublicKey[]): readonly [AuditCode, string] | undefined {
  const form = signatureForm(passport);
  if (form === 'absent') return ['unsigned', 'is not signed'];
  if (form === 'malformed') return ['signatureMalformed', 'has a signature that fits no key'];
  if (keys.length === 0) return ['unverifiable', 'is signed; there is no key to verify it with'];
  const payload = signaturePayload(passport);
  if (keys.some((key) => p256.verify(key, payload, passport.signature))) return undefined;
  const which = keys.length === 1 ? 'the given key' : `any of the ${keys.length} given keys`;
  return ['signatureInvalid', `has a signature that does not fit ${which}`];
}

/** Keys of other regions, secrets among them, are in the same list. */
function usableKey(bytes: Uint8Array): P256PublicKey[] {
  try {
    return [publicKeyOf(bytes)];
  } catch (error) {
    if (isKeyFormatError(error)) return [];
    throw error;
  }
}
