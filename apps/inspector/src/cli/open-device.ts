import { VdeError } from '@vde/format';
import { type BlockDevice, type BlockSource, openImage } from '@vde/image';
import { openFileDevice } from '@vde/image/node';
import type { Call } from './call.ts';
import { isUrl } from './is-url.ts';
import { withSource } from './open.ts';
import { usageError } from './options.ts';

/** Refuses a URL. @throws VdeError `usage`. */
export function requirePath(call: Call, image: string): void {
  if (isUrl(image))
    throw usageError(`${image}: an image behind a URL cannot be written to`, `vde ${call.command.name} PATH`);
}

/** Opens an IMAGE for writing under a lock, hands it to `use`, and closes it whatever happens. */
export async function withDevice<T>(call: Call, path: string, use: (device: BlockDevice) => Promise<T>): Promise<T> {
  requirePath(call, path);
  // What is said of a file that is no image, or is to be left alone, is said before anything is locked.
  await withSource(call, path, (source) => requireWritable(source));
  const device = await openFileDevice(path);
  try {
    call.signal?.throwIfAborted();
    return await use(device);
  } finally {
    await device.close();
  }
}

const notForWriting = ['unknownReadOnlyFeatures', 'newerWriterNeeded'];

/** @throws VdeError `refused`, and what `openImage` throws. */
export async function requireWritable(source: BlockSource): Promise<void> {
  const { findings } = await openImage(source);
  const found = findings.find(({ code }) => notForWriting.includes(code));
  if (found !== undefined) throw new VdeError('refused', `${source.name}: ${found.message}`);
}
