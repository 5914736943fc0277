import type { HexModel } from '@vde/inspect';
import { formatOffset } from './text.ts';

/** Bytes in a row of every dump. */
export const rowBytes = 16;

/** Bytes as `xxd` prints them. */
export function renderPlainHex({ bytes, range }: HexModel): Generator<string> {
  return renderHexRows(bytes, range.offset);
}

export function* renderHexRows(bytes: Uint8Array, offset: number): Generator<string> {
  for (let at = 0; at < bytes.length; at += rowBytes) {
    const row = bytes.subarray(at, at + rowBytes);
    const pairs: string[] = [];
    for (let i = 0; i < rowBytes; i += 2) pairs.push(hexOf(row[i]) + hexOf(row[i + 1]));
    yield `${formatOffset(offset + at).toLowerCase()}: ${pairs.join(' ')}  ${textOf(row)}`;
  }
}

/** Two digits of a byte, spaces where there is none. */
export function hexOf(byte: number | undefined): string {
  return byte === undefined ? '  ' : byte.toString(16).padStart(2, '0');
}

/** Printable ASCII of the bytes, dots for the others. */
export function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}
