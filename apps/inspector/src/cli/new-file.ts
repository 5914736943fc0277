import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { VdeError } from '@vde/format';
import type { BlockDevice } from '@vde/image';
import { writeNewFile } from '@vde/image/node';
import type { Call } from './call.ts';
import { isUrl } from './is-url.ts';
import { usageError } from './options.ts';
import { requireOther } from './output.ts';

/** Refuses a target that exists, unless `--force` replaces it, before anything is read. @throws VdeError `outputNotCreated`. */
export async function requireFreeTarget(call: Call, target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined || (call.flag('force') && found.isFile())) return;
  const hint = found.isFile() ? '--force replaces it' : 'name a file';
  const what = found.isFile() ? 'exists already' : 'is no file';
  throw new VdeError('outputNotCreated', `${target}: ${what}`, { details: { hint } });
}

/** The same, and refuses a target that is the image or the file of `-o`. @throws VdeError `usage`, `refused`, `outputNotCreated`. */
export async function requireTarget(
  call: Call,
  image: string,
  { name, path }: { readonly name: string; readonly path: string },
): Promise<void> {
  const output = call.text('output');
  if (output !== undefined && resolve(output) === resolve(path))
    throw usageError(`${name} and -o both name ${path}`, `the image goes to ${name}, the report to -o`);
  await requireOther(path, isUrl(image) ? [] : [image]);
  await requireFreeTarget(call, path);
}

/** Writes a file that is whole, or what it was; `--force` replaces one that exists. Gives what `fill` gives. */
export function writeTarget<T>(call: Call, target: string, fill: (device: BlockDevice) => Promise<T>): Promise<T> {
  return writeNewFile(target, fill, { replace: call.flag('force'), signal: call.signal });
}
