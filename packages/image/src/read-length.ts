/**
 * How many of `length` bytes from `offset` a source of `size` bytes has.
 * @internal
 * @throws RangeError for an offset that is no safe, non-negative integer.
 */
export function readableLength(offset: number, length: number, size: number): number {
  if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`read at offset ${offset}`);
  return Math.max(0, Math.min(length, size - offset));
}
