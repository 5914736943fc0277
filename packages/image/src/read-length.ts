/**
 * How many of `length` bytes from `offset` a source of `size` bytes has.
 * @internal
 * @throws RangeError for an offset that is no safe, non-negative integer.
 */
export function readableLength(offset: number, length: number, size: number): number {
  requireOffset(offset);
  return Math.max(0, Math.min(length, size - offset));
}

/** @internal @throws RangeError for an offset that is no safe, non-negative integer. */
export function requireOffset(offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`offset ${offset}: expected an integer from 0`);
}
