import { emptyGuid, VdeError } from '@vde/format';
import { Passport, type PassportPayload, passportLimits } from './records.ts';

/** A passport before it is in a vault: texts may be strings, a missing signature is 64 zero bytes. */
export interface NewPassport extends Omit<PassportPayload, 'issuerId' | 'notes'> {
  /** At most 128 bytes of UTF-8. Left out: none. */
  readonly issuerId?: string | Uint8Array | undefined;
  /** At most 256 bytes of UTF-8. Left out: none. */
  readonly notes?: string | Uint8Array | undefined;
  /** r and s, 64 bytes. Left out: unsigned. */
  readonly signature?: Uint8Array | undefined;
}

/**
 * A passport of given values, with bytes of its own and GUIDs in lower case.
 * @throws VdeError `overLimit` for more than 128 bytes of issuer or 256 of notes.
 * @throws RangeError or TypeError, naming the field, for a nil `passportId`, a signature of another length than 64, and any
 * value that does not fit.
 */
export function createPassport(given: NewPassport): Passport {
  const issuerId = textBytes(given.issuerId, 'issuerId');
  const notes = textBytes(given.notes, 'notes');
  checkLimit('issuerId', issuerId, passportLimits.issuerIdBytes);
  checkLimit('notes', notes, passportLimits.notesBytes);
  const signature = given.signature ?? new Uint8Array(passportLimits.signatureBytes);
  const passport = copyPassport({ ...given, issuerId, notes, signature });
  if (passport.passportId === emptyGuid) throw new RangeError('Passport.passportId: expected a GUID that is not nil');
  return passport;
}

/** A copy with bytes of its own. @throws RangeError or TypeError for a value that does not fit its field. */
export function copyPassport(passport: Passport): Passport {
  const view = new DataView(new ArrayBuffer(Passport.sizeOf(passport)));
  Passport.set(view, 0, passport);
  return Passport.get(view);
}

/** The bytes of a text field. @throws TypeError for anything but text and bytes. */
export function textBytes(value: string | Uint8Array | undefined, name: string): Uint8Array {
  if (value === undefined) return new Uint8Array();
  if (typeof value === 'string') return new TextEncoder().encode(value);
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`Passport.${name}: expected text or bytes`);
}

function checkLimit(name: 'issuerId' | 'notes', { length }: Uint8Array, limit: number): void {
  if (length <= limit) return;
  const path = `Passport.${name}`;
  throw new VdeError('overLimit', `${path} has ${length} bytes, expected at most ${limit}`, {
    details: { path, expected: limit, actual: length },
  });
}
