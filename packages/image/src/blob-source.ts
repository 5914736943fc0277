import { VdeError } from '@vde/format';
import { readableLength } from './read-length.ts';
import type { BlockSource } from './source.ts';

/** A slice becomes a buffer of its own before it is copied: this bounds the memory of a large read. */
const sliceSize = 4 * 1024 * 1024;

/** A source over a Blob, or over a File that somebody chose; a File brings its name. */
export function blobSource(blob: Blob, name = nameOf(blob)): BlockSource {
  const { size } = blob;
  return {
    size,
    name,
    async read(offset, into, { signal } = {}) {
      signal?.throwIfAborted();
      const length = readableLength(offset, into.length, size);
      for (let done = 0; done < length; ) {
        const from = offset + done;
        const slice = await readSlice(blob, name, from, Math.min(sliceSize, length - done));
        signal?.throwIfAborted();
        into.set(slice, done);
        done += slice.length;
      }
      return length;
    },
  };
}

async function readSlice(blob: Blob, name: string, offset: number, length: number): Promise<Uint8Array> {
  const details = { offset, length };
  let buffer: ArrayBuffer;
  try {
    buffer = await blob.slice(offset, offset + length).arrayBuffer();
  } catch (cause) {
    // Browsers do not tell a file that was changed or deleted since it was chosen from one that the disk refuses.
    const text = `${name}: ${length} bytes at ${offset} cannot be read; the file may have changed since it was chosen`;
    throw new VdeError('readFailed', text, { details, cause });
  }
  if (buffer.byteLength !== length) {
    const text = `${name}: got ${buffer.byteLength} bytes at ${offset}, expected ${length}`;
    throw new VdeError('imageChanged', text, { details: { expected: length, actual: buffer.byteLength } });
  }
  return new Uint8Array(buffer);
}

function nameOf(blob: Blob): string {
  const { name } = blob as { name?: unknown };
  return typeof name === 'string' && name !== '' ? name : 'blob';
}
