import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { VdeError } from '@vde/format';
import { readableLength } from '../read-length.ts';
import type { BlockSource } from '../source.ts';
import { createHoleReader, type HoleReader } from './hole-reader.ts';

/** One call of the system reads less than 2 GiB. */
const maxCallBytes = 1024 ** 3;
/** Sizes of block devices are multiples of this many bytes. */
const sectorSize = 512;

const codeOfErrno: Readonly<Record<string, string>> = {
  ENOENT: 'notFound',
  ENOTDIR: 'notFound',
  EACCES: 'permissionDenied',
  EPERM: 'permissionDenied',
  EISDIR: 'notAFile',
};

/** A file or block device, opened for reading. It stays open until `close`; its size is that at the time of opening. */
export interface FileSource extends BlockSource {
  close(): Promise<void>;
}

/**
 * Opens a regular file or a block device for reading.
 * @throws VdeError `notFound`, `notAFile`, `permissionDenied`, or `readFailed` with the system's error as cause. Reads throw
 * `imageChanged` when the file became shorter, and TypeError after `close`.
 */
export async function openFileSource(path: string): Promise<FileSource> {
  // Opening a pipe waits for somebody to write to it: look before.
  const before = await stat(path).catch((cause: unknown) => fail(path, 'open', cause));
  requireFile(path, before);
  const handle = await open(path, 'r').catch((cause: unknown) => fail(path, 'open', cause));
  try {
    const stats = await handle.stat();
    requireFile(path, stats);
    const size = stats.isBlockDevice() ? await findSize((offset) => hasByte(handle, offset)) : stats.size;
    return fileSource(path, handle, size, createHoleReader(handle, stats));
  } catch (error) {
    await handle.close();
    throw error instanceof Error && 'syscall' in error ? failure(path, 'open', error) : error;
  }
}

function fileSource(path: string, handle: FileHandle, size: number, holes: HoleReader | undefined): FileSource {
  let closed: Promise<void> | undefined;
  return {
    size,
    name: path,
    async read(offset, into, { signal } = {}) {
      if (closed) throw new TypeError(`${path}: read after close`);
      signal?.throwIfAborted();
      const length = readableLength(offset, into.length, size);
      const isRead = await holes?.read(offset, into.subarray(0, length));
      for (let done = isRead ? length : 0; done < length; ) {
        const want = Math.min(maxCallBytes, length - done);
        const got = await readAt(path, handle, into, done, want, offset + done);
        signal?.throwIfAborted();
        if (got === 0) throw shortened(path, size, offset + done);
        done += got;
      }
      holes?.note(into.subarray(0, length));
      signal?.throwIfAborted();
      return length;
    },
    close() {
      closed ??= Promise.all([handle.close(), holes?.close()]).then(() => undefined);
      return closed;
    },
  };
}

/** One call of the system. @internal */
export async function readAt(
  path: string,
  handle: FileHandle,
  into: Uint8Array,
  at: number,
  length: number,
  offset: number,
) {
  try {
    return (await handle.read(into, at, length, offset)).bytesRead;
  } catch (cause) {
    return fail(path, 'read', cause, { offset, length });
  }
}

/**
 * Size of a device, which no call of Node tells: doubles, then halves, some eighty reads of one byte.
 * @internal
 */
export async function findSize(has: (offset: number) => Promise<boolean>): Promise<number> {
  const maxSectors = Math.floor(Number.MAX_SAFE_INTEGER / sectorSize);
  let low = 0;
  let high = 1;
  while (high < maxSectors && (await has(high * sectorSize - 1))) {
    low = high;
    high = Math.min(high * 2, maxSectors);
  }
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (await has(middle * sectorSize - 1)) low = middle;
    else high = middle;
  }
  return low * sectorSize;
}

async function hasByte(handle: FileHandle, offset: number): Promise<boolean> {
  try {
    return (await handle.read(new Uint8Array(1), 0, 1, offset)).bytesRead === 1;
  } catch (error) {
    // A sector that cannot be read is there all the same; an offset that the system does not know lies behind the end.
    return errnoOf(error) === 'EIO';
  }
}

function requireFile(path: string, stats: Stats): void {
  if (stats.isFile() || stats.isBlockDevice()) return;
  throw new VdeError('notAFile', `${path}: is ${kindOf(stats)}, expected a regular file or a block device`);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a character device';
}

function shortened(path: string, size: number, actual: number): VdeError {
  const text = `${path}: ends at byte ${actual}, expected ${size} bytes as when it was opened`;
  return new VdeError('imageChanged', text, { details: { expected: size, actual } });
}

function fail(
  path: string,
  verb: 'open' | 'read',
  cause: unknown,
  place: { offset?: number; length?: number } = {},
): never {
  throw failure(path, verb, cause, place);
}

function failure(
  path: string,
  verb: 'open' | 'read',
  cause: unknown,
  place: { offset?: number; length?: number } = {},
) {
  const systemCode = errnoOf(cause);
  const code = (verb === 'open' && codeOfErrno[systemCode]) || 'readFailed';
  const where = place.offset === undefined ? '' : `${place.length} bytes at ${place.offset} `;
  const text = `${path}: ${where}cannot be ${verb === 'open' ? 'opened' : 'read'} (${systemCode})`;
  return new VdeError<string>(code, text, { details: { ...place, systemCode }, cause });
}

/** @internal */
export function errnoOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'unknown error';
}
