/** Tells whether all bytes are zero. Looks at eight bytes at a time from the first aligned one on. */
export function isZero(bytes: Uint8Array): boolean {
  let i = 0;
  const n = bytes.length;
  if (n >= 64) {
    for (; (bytes.byteOffset + i) % 8 !== 0; i++) if (bytes[i] !== 0) return false;
    const words = new Float64Array(bytes.buffer, bytes.byteOffset + i, (n - i) >> 3);
    // A double compares equal to zero for 0.0 and -0.0 only, so a set sign bit is found by the second look.
    for (let w = 0; w < words.length; w++) {
      if (words[w] !== 0 || Object.is(words[w], -0)) return false;
    }
    i += words.length * 8;
  }
  for (; i < n; i++) if (bytes[i] !== 0) return false;
  return true;
}

const hexDigits = '0123456789abcdef';

/** Lower-case hex of the bytes. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    text += hexDigits[byte >> 4]! + hexDigits[byte & 15]!;
  }
  return text;
}

/** Bytes of a hex text. @throws RangeError for an odd length or another character. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text))
    throw new RangeError(`expected an even number of hex digits, got "${text.slice(0, 40)}"`);
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Text of a zero-padded UTF-8 field: up to the first zero byte. Invalid UTF-8 becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** The text of the bytes when they are valid UTF-8, else `undefined`. Zero bytes are kept. */
export function tryText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Zero-padded UTF-8 field of `size` bytes, cut at a code point boundary (page 02, 6 #16). */
export function textField(text: string, size: number): Uint8Array<ArrayBuffer> {
  const field = new Uint8Array(size);
  new TextEncoder().encodeInto(text, field);
  return field;
}

/** Tells whether two byte arrays hold the same bytes. Not constant time: for data, not for secrets. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let i = 0;
  if (a.length >= 64 && a.byteOffset % 4 === b.byteOffset % 4) {
    for (; (a.byteOffset + i) % 4 !== 0; i++) if (a[i] !== b[i]) return false;
    const words = new Uint32Array(a.buffer, a.byteOffset + i, (a.length - i) >> 2);
    const others = new Uint32Array(b.buffer, b.byteOffset + i, words.length);
    for (let w = 0; w < words.length; w++) if (words[w] !== others[w]) return false;
    i += words.length * 4;
  }
  for (; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
