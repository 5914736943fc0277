import { fromHex } from './bytes.ts';

/** Text index of each stored byte: .NET order, the first three groups little-endian (page 01, 3.6). */
const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The all-zero GUID. */
export const emptyGuid = '00000000-0000-0000-0000-000000000000';

const hexPairs = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case text of the GUID stored in 16 bytes at `offset`. */
export function guidFromBytes(bytes: Uint8Array, offset = 0): string {
  const h = (i: number): string => hexPairs[bytes[offset + i]!]!;
  return `${h(3)}${h(2)}${h(1)}${h(0)}-${h(5)}${h(4)}-${h(7)}${h(6)}-${h(8)}${h(9)}-${h(10)}${h(11)}${h(12)}${h(13)}${h(14)}${h(15)}`;
}

/** Tells whether the text is a GUID of 8-4-4-4-12 hex digits. */
export function isGuid(text: string): boolean {
  return pattern.test(text);
}

/** The 16 stored bytes of a GUID text, in either letter case. @throws RangeError when it is not a GUID. */
export function guidToBytes(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== 'string' || !isGuid(text))
    throw new RangeError(`expected a GUID such as ${emptyGuid}, got "${text}"`);
  const inTextOrder = fromHex(text.replaceAll('-', ''));
  return Uint8Array.from(order, (i) => inTextOrder[i]!);
}
