import { readableLength } from './read-length.ts';
import type { BlockSource } from './source.ts';

/** A source over bytes in memory. They are not copied: an image may fill half of the memory. */
export function memorySource(bytes: Uint8Array, name = 'memory'): BlockSource {
  return {
    size: bytes.length,
    name,
    async read(offset, into, { signal } = {}) {
      signal?.throwIfAborted();
      const length = readableLength(offset, into.length, bytes.length);
      into.set(bytes.subarray(offset, offset + length));
      return length;
    },
  };
}
