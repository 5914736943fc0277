const maxBytesPerCall = 65536;

/**
 * Bytes from the system's secure generator.
 * @throws RangeError when `length` is not a whole number >= 0
 */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new RangeError(`length must be a whole number >= 0, not ${length}`);
  }
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += maxBytesPerCall) {
    globalThis.crypto.getRandomValues(bytes.subarray(at, at + maxBytesPerCall));
  }
  return bytes;
}
