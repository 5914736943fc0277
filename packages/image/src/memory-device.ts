import type { BlockDevice } from './device.ts';
import { readableLength, requireOffset } from './read-length.ts';

/** A device in memory. */
export interface MemoryDevice extends BlockDevice {
  /** The bytes as they are now: live until the device gets another size. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A device that keeps its bytes in memory. `bytes` are taken over: they are changed when the device is written to. */
export function memoryDevice(bytes = new Uint8Array(0), name = 'memory'): MemoryDevice {
  let kept: Uint8Array<ArrayBuffer> = bytes;
  let size = bytes.length;
  const resize = (length: number) => {
    if (length > kept.length) {
      const longer = new Uint8Array(Math.max(length, Math.min(2 * kept.length, length + maxSlack)));
      longer.set(kept.subarray(0, size));
      kept = longer;
    } else kept.fill(0, Math.min(size, length), Math.max(size, length));
    size = length;
  };
  return {
    name,
    get size() {
      return size;
    },
    get bytes() {
      return kept.subarray(0, size);
    },
    async read(offset, into, { signal } = {}) {
      signal?.throwIfAborted();
      const length = readableLength(offset, into.length, size);
      into.set(kept.subarray(offset, offset + length));
      return length;
    },
    async write(offset, from) {
      requireOffset(offset);
      if (offset + from.length > size) resize(offset + from.length);
      kept.set(from, offset);
    },
    async sync() {},
    async truncate(length) {
      requireOffset(length);
      resize(length);
    },
  };
}

/** Bytes beyond those asked for that a growing device may keep ready. */
const maxSlack = 64 * 1024 * 1024;
