import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VdeError } from '@vde/format';
import type { BlockDevice } from '../device.ts';
import { readableLength } from '../read-length.ts';
import { lockFile } from './file-lock.ts';
import { errnoOf, openFileSource, readAt } from './file-source.ts';

/** How a new file is written. */
export interface NewFileOptions {
  /** Replace a file of this name. Left out: it is refused. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a file: `fill` gets an empty device under another name beside it, and when all of that is on the medium it is renamed. So
 * the file is whole, or what it was. Gives what `fill` gives.
 * @throws VdeError `outputNotCreated` where the file exists or cannot be created, `writeFailed`, whatever `fill` throws; nothing is left
 * behind then. @throws `signal.reason` when aborted.
 */
export async function writeNewFile<T>(
  path: string,
  fill: (device: BlockDevice) => Promise<T>,
  { replace = false, signal }: NewFileOptions = {},
): Promise<T> {
  signal?.throwIfAborted();
  await requireFree(path, replace);
  const part = `${path}.${process.pid}.part`;
  const handle = await open(part, 'wx+').catch((cause: unknown) => {
    throw notCreated(path, `cannot be created (${errnoOf(cause)})`, { cause });
  });
  try {
    const device = fileDevice(path, handle, 0);
    const result = await fill(device);
    await device.sync();
    await handle.close();
    signal?.throwIfAborted();
    // Another file may have got the name meanwhile.
    await requireFree(path, replace);
    await rename(part, path).catch((cause: unknown) => fail(path, cause));
    await syncFolder(dirname(path));
    return result;
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(part, { force: true });
    throw error;
  }
}

/** @throws VdeError `outputNotCreated`. */
async function requireFree(path: string, replace: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || (replace && found.isFile())) return;
  throw notCreated(path, found.isFile() ? 'exists already' : 'is no file');
}

function notCreated(path: string, what: string, { cause }: { readonly cause?: unknown } = {}): VdeError {
  return new VdeError('outputNotCreated', `${path}: ${what}`, cause === undefined ? {} : { cause });
}

/** A file that is open for reading and writing, and locked against other writers until `close`. */
export interface FileDevice extends BlockDevice {
  close(): Promise<void>;
}

/**
 * Opens a file that exists for reading and writing. Nobody else can meanwhile: the lock is a file beside it, `<path>.lock`.
 * @throws VdeError `imageInUse`, `notFound`, `notAFile`, `permissionDenied`, `readFailed`, or `writeFailed` where no lock can be made.
 */
export async function openFileDevice(path: string): Promise<FileDevice> {
  // Names that are no image files are refused before a lock is made beside them.
  await (await openFileSource(path)).close();
  const lock = await lockFile(path);
  try {
    const source = await openFileSource(path);
    await source.close();
    const handle = await open(path, 'r+').catch((cause: unknown) => {
      const code = ['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(cause)) ? 'permissionDenied' : 'readFailed';
      throw new VdeError<string>(code, `${path}: cannot be opened for writing (${errnoOf(cause)})`, { cause });
    });
    const close = () => handle.close().finally(() => lock.release());
    return Object.assign(fileDevice(path, handle, source.size), { close });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** A device over an open file; `close` is the caller's. */
function fileDevice(path: string, handle: FileHandle, initialSize: number): BlockDevice {
  let size = initialSize;
  return {
    name: path,
    get size() {
      return size;
    },
    async read(offset, into, { signal } = {}) {
      signal?.throwIfAborted();
      const length = readableLength(offset, into.length, size);
      for (let done = 0; done < length; ) {
        const got = await readAt(path, handle, into, done, length - done, offset + done);
        if (got === 0) return done;
        done += got;
      }
      return length;
    },
    async write(offset, bytes) {
      for (let done = 0; done < bytes.length; ) {
        const writing = handle.write(bytes, done, bytes.length - done, offset + done);
        done += (await writing.catch((cause: unknown) => fail(path, cause))).bytesWritten;
      }
      size = Math.max(size, offset + bytes.length);
    },
    async sync() {
      await handle.sync().catch((cause: unknown) => fail(path, cause));
    },
    async truncate(length) {
      await handle.truncate(length).catch((cause: unknown) => fail(path, cause));
      size = length;
    },
  };
}

function fail(path: string, cause: unknown): never {
  throw new VdeError('writeFailed', `${path}: cannot be written (${errnoOf(cause)})`, { cause });
}

/** The new name is on the medium when its folder is. Not every system lets a folder be opened. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
