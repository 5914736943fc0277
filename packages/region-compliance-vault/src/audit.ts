import { isKeyFormatError, type P256PublicKey, p256 } from '@vde/crypto';
import type { AuditContext, Finding } from '@vde/format';
import { complianceVaultCodes } from './codes.ts';
import { publicKeyOf } from './keys.ts';
import { type Passport, passportLimits } from './records.ts';
import { rows } from './rows.ts';
import { signatureForm } from './signature.ts';
import type { ComplianceVault } from './vault.ts';
import { jobOf } from './verify-batch.ts';

type AuditCode = 'signatureInvalid' | 'signatureMalformed' | 'unverifiable' | 'unsigned';

/** Passports that are judged at once. */
const batchSize = 256;

/** Verifies every signature with the keys at hand: one that fits is enough, for the vault names no keys. */
export async function* auditVault({ stored }: ComplianceVault, context: AuditContext): AsyncGenerator<Finding> {
  const keys = context.keys.flatMap(usableKey);
  const place = rows.locator(stored);
  for (let first = 0; first < stored.length; first += batchSize) {
    context.signal?.throwIfAborted();
    const passports = Array.from({ length: Math.min(batchSize, stored.length - first) }, (_, i) =>
      stored.at(first + i),
    );
    const genuine = await findGenuine(passports, keys, context.signal);
    for (const [i, passport] of passports.entries()) {
      if (genuine.has(passport)) continue;
      const [code, what] = judge(passport, keys.length);
      const { block, offset, length } = place(first + i, context.geometry);
      yield {
        code,
        severity: complianceVaultCodes[code].severity,
        message: `Compliance vault: passport ${first + i} (${passport.passportId}) ${what}`,
        block,
        offset: offset + length - passportLimits.signatureBytes,
        length: passportLimits.signatureBytes,
        path: `passports[${first + i}].signature`,
      };
    }
  }
}

/** The passports whose signature fits one of the keys. */
async function findGenuine(passports: readonly Passport[], keys: readonly P256PublicKey[], signal?: AbortSignal) {
  const genuine = new Set<Passport>();
  for (const key of keys) {
    const open = passports.filter((passport) => !genuine.has(passport) && signatureForm(passport) === 'wellFormed');
    const answers = await p256.verifyBatch(
      open.map((passport) => jobOf(passport, key)),
      { signal },
    );
    for (const [i, passport] of open.entries()) if (answers[i]) genuine.add(passport);
  }
  return genuine;
}

/** What is wrong with a passport whose signature fits no key. */
function judge(passport: Passport, keys: number): readonly [AuditCode, string] {
  const form = signatureForm(passport);
  if (form === 'absent') return ['unsigned', 'is not signed'];
  if (form === 'malformed') return ['signatureMalformed', 'has a signature that fits no key'];
  if (keys === 0) return ['unverifiable', 'is signed; there is no key to verify it with'];
  const which = keys === 1 ? 'the given key' : `any of the ${keys} given keys`;
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
