import { stat } from 'node:fs/promises';
import { VdeError } from '@vde/format';
import type { BlockDevice } from '@vde/image';
import { writeNewFile } from '@vde/image/node';
import type { Call } from './call.ts';

/** Refuses a target that exists, unless `--force` replaces it, before anything is read. @throws VdeError `outputNotCreated`. */
export async function requireFreeTarget(call: Call, target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined || (call.flag('force') && found.isFile())) return;
  const hint = found.isFile() ? '--force replaces it' : 'name a file';
  const what = found.isFile() ? 'exists already' : 'is no file';
  throw new VdeError('outputNotCreated', `${target}: ${what}`, { details: { hint } });
}

/** Writes a file that is whole, or what it was; `--force` replaces one that exists. Gives what `fill` gives. */
export function writeTarget<T>(call: Call, target: string, fill: (device: BlockDevice) => Promise<T>): Promise<T> {
  return writeNewFile(target, fill, { replace: call.flag('force'), signal: call.signal });
}
