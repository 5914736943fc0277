const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const dash = 0x2d;

/** The all-zero GUID. */
export const emptyGuid = '00000000-0000-0000-0000-000000000000';

/** Character codes of the two hex digits of each byte. */
const high = /* @__PURE__ */ digitCodes(4);
const low = /* @__PURE__ */ digitCodes(0);

function digitCodes(shift: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => ((byte >> shift) & 15).toString(16).charCodeAt(0));
}

/** Lower-case text of the GUID stored in 16 bytes at `offset`. */
export function guidFromBytes(bytes: Uint8Array, offset = 0): string {
  const h = (i: number): number => high[bytes[offset + i]!]!;
  const l = (i: number): number => low[bytes[offset + i]!]!;
  // One call makes a flat text. Put together from parts it takes ten times as long, and is slower to read again.
  // biome-ignore format: groups of the text
  return String.fromCharCode(
    h(3), l(3), h(2), l(2), h(1), l(1), h(0), l(0), dash,
    h(5), l(5), h(4), l(4), dash,
    h(7), l(7), h(6), l(6), dash,
    h(8), l(8), h(9), l(9), dash,
    h(10), l(10), h(11), l(11), h(12), l(12), h(13), l(13), h(14), l(14), h(15), l(15),
  );
}

/** Tells whether the text is a GUID of 8-4-4-4-12 hex digits. */
export function isGuid(text: string): boolean {
  return pattern.test(text);
}

/** The 16 stored bytes of a GUID text, in either letter case. @throws RangeError when it is not a GUID. */
export function guidToBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  writeGuid(new DataView(bytes.buffer), 0, text);
  return bytes;
}

/**
 * Writes the 16 bytes of a GUID text, in either letter case: the first three groups little-endian, the rest in text order (page 01, 3.6).
 * @throws RangeError when it is not a GUID; nothing is written then.
 */
export function writeGuid(view: DataView, offset: number, text: string): void {
  if (typeof text !== 'string' || text.length !== guidLength || !hasDashes(text)) throw notGuid(text);
  const high = hex4(text, 0);
  const low = hex4(text, 4);
  const second = hex4(text, 9);
  const third = hex4(text, 14);
  const fourth = hex4(text, 19);
  const start = hex4(text, 24);
  const middle = hex4(text, 28);
  const end = hex4(text, 32);
  if ((high | low | second | third | fourth | start | middle | end) < 0) throw notGuid(text);
  view.setUint32(offset, (high << 16) | low, true);
  view.setUint16(offset + 4, second, true);
  view.setUint16(offset + 6, third, true);
  view.setUint16(offset + 8, fourth);
  view.setUint16(offset + 10, start);
  view.setUint32(offset + 12, (middle << 16) | end);
}

const guidLength = 36;

function hasDashes(text: string): boolean {
  return (
    text.charCodeAt(8) === dash &&
    text.charCodeAt(13) === dash &&
    text.charCodeAt(18) === dash &&
    text.charCodeAt(23) === dash
  );
}

/** Value of each ASCII hex digit, -1 for every other code. */
const digits = /* @__PURE__ */ Int8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? -1 : value;
});

/** The number of four hex digits, negative when one of them is none. */
function hex4(text: string, at: number): number {
  return (
    (digitAt(text, at) << 12) | (digitAt(text, at + 1) << 8) | (digitAt(text, at + 2) << 4) | digitAt(text, at + 3)
  );
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return digits[code & 127]! | -(code >> 7);
}

function notGuid(text: unknown): RangeError {
  return new RangeError(`expected a GUID such as ${emptyGuid}, got "${text}"`);
}
