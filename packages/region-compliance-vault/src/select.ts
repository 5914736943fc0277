import { guidFromBytes, guidToBytes, sameBytes } from '@vde/format';
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

/** Whether a passport meets a filter. @throws RangeError for an id that is no GUID. */
export function matches(filter: PassportFilter): (passport: Passport) => boolean {
  const { frameworkId, complianceStatus, expiredAt, validAt } = filter;
  const objectId = filter.objectId === undefined ? undefined : guidFromBytes(guidToBytes(filter.objectId));
  const issuerId = filter.issuerId === undefined ? undefined : textBytes(filter.issuerId, 'issuerId');
  return (passport) =>
    (objectId === undefined || passport.objectId === objectId) &&
    (frameworkId === undefined || passport.frameworkId === frameworkId) &&
    (complianceStatus === undefined || passport.complianceStatus === complianceStatus) &&
    (issuerId === undefined || sameBytes(passport.issuerId, issuerId)) &&
    (expiredAt === undefined || isExpired(passport, expiredAt)) &&
    (validAt === undefined || !(isExpired(passport, validAt) || isNotYetValid(passport, validAt)));
}
