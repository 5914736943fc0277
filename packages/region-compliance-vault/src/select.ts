import { guidFromBytes, guidToBytes, sameBytes, type VariableRecords } from '@vde/format';
import { isExpired, isNotYetValid } from './expiry.ts';
import { textBytes } from './new-passport.ts';
import type { Passport } from './records.ts';

/** Conditions on passports. Those that are left out let every passport through. */
export interface PassportFilter {
  readonly objectId?: string | undefined;
  readonly frameworkId?: number | undefined;
  readonly complianceStatus?: number | undefined;
  readonly issuerId?: string | Uint8Array | undefined;
  /** Expired at this time, ticks. */
  readonly expiredAt?: bigint | undefined;
  /** Issued and not expired at this time, ticks. */
  readonly validAt?: bigint | undefined;
}

/** Whether the passport at an index meets a filter; only the fields that it names are read. @throws RangeError for an id that is no GUID. */
export function matcher(passports: VariableRecords<Passport>, filter: PassportFilter): (index: number) => boolean {
  const { frameworkId, complianceStatus, expiredAt, validAt } = filter;
  const objectId = filter.objectId === undefined ? undefined : guidFromBytes(guidToBytes(filter.objectId));
  const issuerId = filter.issuerId === undefined ? undefined : textBytes(filter.issuerId, 'issuerId');
  const read = <K extends keyof Passport & string>(field: K) => passports.reader(field);
  const [framework, status, object] = [read('frameworkId'), read('complianceStatus'), read('objectId')];
  const [issuer, issued, expires] = [read('issuerId'), read('issuedUtcTicks'), read('expiresUtcTicks')];
  const isPast = (index: number, now: bigint) => isExpired({ expiresUtcTicks: expires(index) }, now);
  const isEarly = (index: number, now: bigint) => isNotYetValid({ issuedUtcTicks: issued(index) }, now);
  return (index) =>
    (frameworkId === undefined || framework(index) === frameworkId) &&
    (complianceStatus === undefined || status(index) === complianceStatus) &&
    (objectId === undefined || object(index) === objectId) &&
    (issuerId === undefined || sameBytes(issuer(index), issuerId)) &&
    (expiredAt === undefined || isPast(index, expiredAt)) &&
    (validAt === undefined || !(isPast(index, validAt) || isEarly(index, validAt)));
}
