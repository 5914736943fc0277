import { fromHex, ticksArgument } from '@vde/format';
import type { NewPassport } from './new-passport.ts';
import { complianceStatuses, frameworks, Passport } from './records.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The form of a GUID. */
export const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const signature = /^[0-9a-f]{128}$/i;

/**
 * The passport in a JSON file: GUIDs and texts as text, framework and status by name or number, times as ticks or ISO text, a signature
 * in hex. Issuer, notes and signature may be left out.
 * @throws RangeError, naming the field, for one that is unknown, is missing or has another type.
 */
export function parsePassport(file: Uint8Array): NewPassport {
  const fields = parseFields(file);
  const isGiven = (name: keyof NewPassport) => fields[name] !== undefined;
  return {
    passportId: textOf(fields, 'passportId', guid, 'a GUID'),
    objectId: textOf(fields, 'objectId', guid, 'a GUID'),
    frameworkId: numberOf(fields, 'frameworkId', frameworks),
    complianceStatus: numberOf(fields, 'complianceStatus', complianceStatuses),
    issuedUtcTicks: ticksOf(fields, 'issuedUtcTicks'),
    expiresUtcTicks: ticksOf(fields, 'expiresUtcTicks'),
    lastVerifiedUtcTicks: ticksOf(fields, 'lastVerifiedUtcTicks'),
    ...(isGiven('issuerId') && { issuerId: textOf(fields, 'issuerId') }),
    ...(isGiven('notes') && { notes: textOf(fields, 'notes') }),
    ...(isGiven('signature') && {
      signature: fromHex(textOf(fields, 'signature', signature, '64 bytes in hex')),
    }),
  };
}

function parseFields(file: Uint8Array): Fields {
  const fields = parseJson(file);
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new RangeError('passport: expected a JSON object');
  const names = Passport.fields.map(({ name }) => name);
  const unknown = Object.keys(fields).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new RangeError(`passport has a field "${unknown}": expected ${names.join(', ')}`);
  return fields as Fields;
}

function parseJson(file: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file));
  } catch (cause) {
    throw new RangeError('passport: expected JSON in UTF-8', { cause });
  }
}

function textOf(fields: Fields, name: keyof NewPassport, form = /^/, expected = 'a text'): string {
  const value = fields[name];
  if (typeof value === 'string' && form.test(value)) return value;
  throw wrongField(name, value, expected);
}

function numberOf(fields: Fields, name: keyof NewPassport, names: Readonly<Record<string, number>>): number {
  const value = fields[name];
  const number = typeof value === 'string' && Object.hasOwn(names, value) ? names[value] : value;
  if (typeof number === 'number' && (number & 0xffff) === number) return number;
  throw wrongField(name, value, `a number up to 65535, or ${Object.keys(names).join(', ')}`);
}

/** JSON numbers above 2^53 - 1 are not the ones that were written. */
function ticksOf(fields: Fields, name: keyof NewPassport): bigint {
  const value = fields[name];
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  if (typeof value === 'string') return ticksArgument({ [name]: value }, name);
  throw wrongField(name, value, 'ticks as text, as a number up to 2^53 - 1, or a time in UTC');
}

function wrongField(name: string, value: unknown, expected: string): RangeError {
  return new RangeError(`${name} ${value === undefined ? 'is missing' : JSON.stringify(value)}: expected ${expected}`);
}
