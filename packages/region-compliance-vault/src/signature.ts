import { p256 } from '@vde/crypto';
import { isZero, toHex } from '@vde/format';
import { type PrivateKeyInput, type PublicKeyInput, privateKeyOf, publicKeyOf } from './keys.ts';
import { copyPassport, createPassport, type NewPassport, textBytes } from './new-passport.ts';
import { type Passport, PassportPayload, passportLimits } from './records.ts';

/** The bytes that a signature covers: the record up to its signature (5.1). A missing issuer or missing notes have length 0. */
export function signaturePayload(passport: NewPassport): Uint8Array<ArrayBuffer> {
  const signed = {
    ...passport,
    issuerId: textBytes(passport.issuerId, 'issuerId'),
    notes: textBytes(passport.notes, 'notes'),
  };
  const payload = new Uint8Array(PassportPayload.sizeOf(signed));
  PassportPayload.set(new DataView(payload.buffer), 0, signed);
  return payload;
}

/**
 * A copy of the passport with a new signature: ECDSA over P-256 with SHA-256, deterministic, s in the lower half.
 * @throws KeyFormatError for a key that is no P-256 private key; and as {@link createPassport}.
 */
export function signPassport(passport: NewPassport, privateKey: PrivateKeyInput): Passport {
  const key = privateKeyOf(privateKey);
  const unsigned = createPassport({ ...passport, signature: undefined });
  return copyPassport({ ...unsigned, signature: p256.sign(key, signaturePayload(unsigned)) });
}

/**
 * A copy that says when the passport was last verified, signed anew: the signature covers this time.
 * @throws as {@link signPassport}.
 */
export function touchVerified(passport: NewPassport, now: bigint, privateKey: PrivateKeyInput): Passport {
  return signPassport({ ...passport, lastVerifiedUtcTicks: now }, privateKey);
}

/**
 * Whether the signature fits the key, with s in either half; false when it is absent or has another length than 64. Time plays no part.
 * @throws KeyFormatError for a key that is no P-256 public key.
 */
export function verifySignature(passport: NewPassport, publicKey: PublicKeyInput): boolean {
  const key = publicKeyOf(publicKey);
  const { signature } = passport;
  if (signature?.length !== passportLimits.signatureBytes) return false;
  return p256.verify(key, signaturePayload(passport), signature);
}

/** What can be told of a signature without a key. `malformed`: it fits no key at all. */
export type SignatureForm = 'absent' | 'malformed' | 'wellFormed';

/** n, the order of P-256 (FIPS 186-5): r and s lie in 1 to n - 1. */
const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';

/** Tells whether a passport is signed, and whether its signature is a pair of numbers that a signature can have. */
export function signatureForm({ signature }: Pick<NewPassport, 'signature'>): SignatureForm {
  if (signature === undefined || signature.length === 0) return 'absent';
  if (signature.length !== passportLimits.signatureBytes) return 'malformed';
  if (isZero(signature)) return 'absent';
  const isInRange = (half: Uint8Array) => !isZero(half) && toHex(half) < order;
  return isInRange(signature.subarray(0, 32)) && isInRange(signature.subarray(32)) ? 'wellFormed' : 'malformed';
}
