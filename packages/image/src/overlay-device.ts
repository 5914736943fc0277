import type { BlockDevice } from './device.ts';
import { readableLength, requireOffset } from './read-length.ts';
import { type RecordingDevice, recordingDevice } from './recording-device.ts';
import type { BlockSource } from './source.ts';

/** A device over a source that is never written to: what was written stands in memory, in `calls` and in what is read. */
export type OverlayDevice = RecordingDevice;

const pageBytes = 4096;

/** Lets a change of `source` be tried out: writes stay in memory. The source must not change meanwhile. */
export function overlayDevice(source: BlockSource): OverlayDevice {
  return recordingDevice(pagedDevice(source));
}

function pagedDevice(source: BlockSource): BlockDevice {
  const pages = new Map<number, Uint8Array>();
  let size = source.size;
  /** Behind it nothing of the source is left. */
  let sourceEnd = size;

  const readPage = async (page: number) => {
    const bytes = new Uint8Array(pageBytes);
    const offset = page * pageBytes;
    const there = Math.max(0, Math.min(pageBytes, sourceEnd - offset));
    if (there > 0) await source.read(offset, bytes.subarray(0, there));
    return bytes;
  };

  return {
    name: source.name,
    get size() {
      return size;
    },
    async read(offset, into, options = {}) {
      options.signal?.throwIfAborted();
      const length = readableLength(offset, into.length, size);
      const there = Math.max(0, Math.min(length, sourceEnd - offset));
      if (there > 0) await source.read(offset, into.subarray(0, there), options);
      into.fill(0, there, length);
      for (const { page, start, end } of pagesOf(offset, length)) {
        const kept = pages.get(page);
        if (kept !== undefined)
          into.set(kept.subarray(start % pageBytes, (start % pageBytes) + end - start), start - offset);
      }
      return length;
    },
    async write(offset, bytes) {
      requireOffset(offset);
      for (const { page, start, end } of pagesOf(offset, bytes.length)) {
        const kept = pages.get(page) ?? (await readPage(page));
        kept.set(bytes.subarray(start - offset, end - offset), start % pageBytes);
        pages.set(page, kept);
      }
      size = Math.max(size, offset + bytes.length);
    },
    async sync() {},
    async truncate(length) {
      requireOffset(length);
      for (const [page, bytes] of pages) bytes.fill(0, Math.max(0, Math.min(pageBytes, length - page * pageBytes)));
      sourceEnd = Math.min(sourceEnd, length);
      size = length;
    },
  };
}

/** The parts of a span that lie in one page each. */
function* pagesOf(offset: number, length: number) {
  for (let start = offset; start < offset + length; ) {
    const page = Math.floor(start / pageBytes);
    const end = Math.min(offset + length, (page + 1) * pageBytes);
    yield { page, start, end };
    start = end;
  }
}
