import { isVdeError, VdeError } from '@vde/format';
import { applyUndo, parseUndo, type Undo } from '@vde/image';
import { openFileDevice, openFileSource } from '@vde/image/node';
import { type Undone, undoJson } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { requirePath } from './open-device.ts';
import { print } from './print.ts';
import { renderUndo } from './render/repair.ts';

/** Far more than a repair replaces. */
const maxUndoBytes = 1024 ** 3;

export async function run(call: Call): Promise<number> {
  const [image, file] = call.args as [string, string];
  requirePath(call, image);
  call.signal?.throwIfAborted();
  const undone = await takeBack(image, file, await readUndo(file));
  await print(call, {
    human: () => renderUndo(undone, call.style, { isQuiet: call.isQuiet }),
    json: () => undoJson(undone, tool),
  });
  return 0;
}

/** The image need not be readable as one: only what the repair wrote is looked at. */
async function takeBack(image: string, file: string, undo: Undo): Promise<Undone> {
  const device = await openFileDevice(image);
  try {
    const restored = await applyUndo(device, undo);
    return { source: image, undo: file, size: device.size, restored };
  } finally {
    await device.close();
  }
}

/** @throws VdeError `badUndo`, and what opening a file throws. */
async function readUndo(path: string): Promise<Undo> {
  const source = await openFileSource(path);
  try {
    if (source.size > maxUndoBytes) throw new VdeError('badUndo', `${source.size} bytes are too many for an undo file`);
    const bytes = new Uint8Array(source.size);
    await source.read(0, bytes);
    return parseUndo(bytes);
  } catch (error) {
    if (!isVdeError(error, 'badUndo')) throw error;
    throw new VdeError('badUndo', `${path}: ${error.message}`, { cause: error });
  } finally {
    await source.close();
  }
}
