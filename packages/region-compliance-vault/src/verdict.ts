import { isExpired, isNotYetValid } from './expiry.ts';
import type { PublicKeyInput } from './keys.ts';
import type { NewPassport } from './new-passport.ts';
import { complianceStatuses } from './records.ts';
import { signatureForm, verifySignature } from './signature.ts';

/** What a signature is worth. `noKey`: nothing was wrong with it, and there was no key to verify it with. */
export type SignatureState = 'valid' | 'invalid' | 'absent' | 'malformed' | 'noKey';

/** What a passport is worth, in one word. */
export type Verdict = SignatureState | 'notYetValid' | 'expired' | 'notAssessed';

/** What was found about one passport. */
export interface PassportVerdict {
  /**
   * The first of these that holds: the signature is not `valid`; the passport is `notYetValid`; it is `expired`; its status is unknown
   * or pending (`notAssessed`). Else `valid`, which says nothing about what the passport attests: see `status`.
   */
  readonly verdict: Verdict;
  readonly signature: SignatureState;
  readonly expired: boolean;
  readonly notYetValid: boolean;
  /** The passport's `complianceStatus`. Trust it only when the signature is valid. */
  readonly status: number;
}

/**
 * Verifies one passport at a time `now`, ticks. Without a key the signature is `noKey`, never `invalid`.
 * @throws KeyFormatError for a key that is no P-256 public key.
 */
export function verifyPassport(
  passport: NewPassport,
  { now, publicKey }: { readonly now: bigint; readonly publicKey?: PublicKeyInput | undefined },
): PassportVerdict {
  const judged = judgeForm(passport, publicKey !== undefined);
  return verdictOf(passport, now, judged ?? (verifySignature(passport, publicKey!) ? 'valid' : 'invalid'));
}

/** What is known of a signature before any mathematics; `undefined` when it has to be verified. */
export function judgeForm(passport: NewPassport, hasKey: boolean): SignatureState | undefined {
  const form = signatureForm(passport);
  if (form !== 'wellFormed') return form;
  return hasKey ? undefined : 'noKey';
}

/** The verdict on a passport whose signature has been judged. */
export function verdictOf(passport: NewPassport, now: bigint, signature: SignatureState): PassportVerdict {
  const expired = isExpired(passport, now);
  const notYetValid = isNotYetValid(passport, now);
  const { complianceStatus: status } = passport;
  return { verdict: summarise(signature, { expired, notYetValid, status }), signature, expired, notYetValid, status };
}

function summarise(
  signature: SignatureState,
  { expired, notYetValid, status }: Pick<PassportVerdict, 'expired' | 'notYetValid' | 'status'>,
): Verdict {
  if (signature !== 'valid') return signature;
  if (notYetValid) return 'notYetValid';
  if (expired) return 'expired';
  const isOpen = status === complianceStatuses.unknown || status === complianceStatuses.pendingReview;
  return isOpen ? 'notAssessed' : 'valid';
}
