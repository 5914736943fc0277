import { randomBytes } from '@vde/crypto';
import { guidFromBytes } from '@vde/format';

/** A random GUID (RFC 9562, version 4). @internal */
export function randomGuid(): string {
  const bytes = randomBytes(16);
  // In memory the third group is little-endian: its upper byte is the seventh.
  bytes[7] = (bytes[7]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return guidFromBytes(bytes);
}
