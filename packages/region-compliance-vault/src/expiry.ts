import type { PassportPayload } from './records.ts';

/** Whether a passport has expired at `now`, ticks. 0 never expires, a negative time is always past (5.2). */
export function isExpired({ expiresUtcTicks }: Pick<PassportPayload, 'expiresUtcTicks'>, now: bigint): boolean {
  return expiresUtcTicks !== 0n && now >= expiresUtcTicks;
}

/** Whether a passport was issued only after `now`, ticks (5.2). */
export function isNotYetValid({ issuedUtcTicks }: Pick<PassportPayload, 'issuedUtcTicks'>, now: bigint): boolean {
  return now < issuedUtcTicks;
}
