import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Reads below this size are not worth a second look. */
const minBytes = 1024 * 1024;
/** What a file system asks of offset, length and memory of a read past its cache. */
const alignment = 4096;
/** What `Stats.blocks` counts. */
const sectorSize = 512;

/**
 * Reads holes of sparse files past the system's cache, which else fills with zeros at a quarter of the speed, and forgets what
 * others have in it. No call of Node tells where the holes are: behind zeros more are expected. A wrong guess
 * costs a read from the medium, never a wrong byte.
 */
export interface HoleReader {
  /** Fills `into`, or leaves it to the cache and gives false. */
  read(offset: number, into: Uint8Array): Promise<boolean>;
  /** Takes note of what was read. */
  note(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** A reader of holes, where a file has many and the system can do it. */
export function createHoleReader(file: FileHandle, { size, blocks }: Stats): HoleReader | undefined {
  const { O_DIRECT } = constants;
  if (O_DIRECT === undefined || size < minBytes || blocks * sectorSize > size / 2) return undefined;
  let isLikely = false;
  let opening: Promise<FileHandle | undefined> | undefined;
  return {
    async read(offset, into) {
      if (!isLikely || into.length < minBytes) return false;
      if (offset % alignment !== 0 || into.length % alignment !== 0) return false;
      // By its descriptor: another file may have its name by now.
      opening ??= open(`/proc/self/fd/${file.fd}`, constants.O_RDONLY | O_DIRECT).catch(() => undefined);
      const handle = await opening;
      if (handle === undefined) return false;
      try {
        return (await handle.read(into, 0, into.length, offset)).bytesRead === into.length;
      } catch {
        // Memory that does not lie at a page, or something that the ordinary read will tell.
        return false;
      }
    },
    note(bytes) {
      if (bytes.length >= minBytes) isLikely = hasZeros(bytes);
    },
    async close() {
      await (await opening)?.close();
    },
  };
}

/** Whether first and last byte of each page are zero. */
function hasZeros(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += alignment) if (bytes[at] !== 0) return false;
  for (let at = alignment - 1; at < bytes.length; at += alignment) if (bytes[at] !== 0) return false;
  return true;
}
