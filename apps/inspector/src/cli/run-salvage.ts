import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ticksFromDate, VdeError } from '@vde/format';
import {
  exitCodeOfSalvage,
  type RebuiltImage,
  type Salvage,
  type SalvageSink,
  salvageImage,
  salvageJson,
} from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { isUrl } from './is-url.ts';
import { withSource } from './open.ts';
import { usageError } from './options.ts';
import { requireOther } from './output.ts';
import { print } from './print.ts';
import { Progress } from './progress.ts';
import { renderSalvage } from './render/salvage.ts';

export async function run(call: Call): Promise<number> {
  const image = call.args[0]!;
  const target = call.text('out');
  if (target !== undefined) await requireFreeTarget(call, image, target);
  return withSource(call, image, async (source) => {
    const salvage = await withProgress(call, 'searching', (onProgress) =>
      salvageImage(source, {
        regions: call.regions,
        superblock: call.text('superblock') as 'auto' | 'primary' | 'mirror',
        onProgress,
        signal: call.signal,
      }),
    );
    const rebuilt = target === undefined ? undefined : await writeImage(call, salvage, target);
    const look = { isQuiet: call.isQuiet, isVerbose: call.isVerbose, target };
    await print(call, {
      human: () => renderSalvage(salvage.model, rebuilt, call.style, look),
      json: () => salvageJson(salvage.model, rebuilt, tool),
    });
    return exitCodeOfSalvage(salvage.model);
  });
}

type OnProgress = (progress: { readonly done: number; readonly total: number }) => void;

async function withProgress<T>(call: Call, what: string, work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
  const progress = new Progress(call, what);
  try {
    return await work(progress.update);
  } finally {
    progress.end();
  }
}

/** Refuses a target that is the image or the report, or that exists, before anything is read. @throws VdeError. */
async function requireFreeTarget(call: Call, image: string, target: string): Promise<void> {
  const report = call.text('output');
  if (report !== undefined && resolve(report) === resolve(target))
    throw usageError(`--out and -o both name ${target}`, 'the image goes to --out, the report to -o');
  await requireOther(target, isUrl(image) ? [] : [image]);
  const found = await stat(target).catch(() => undefined);
  if (found === undefined || (call.flag('force') && found.isFile())) return;
  const hint = found.isFile() ? '--force replaces it' : 'name a file';
  const what = found.isFile() ? 'exists already' : 'is no file';
  throw new VdeError('outputNotCreated', `${target}: ${what}`, { details: { hint } });
}

/** Writes under another name and renames when all of it is on the disk: the target is whole, or what it was. */
async function writeImage(call: Call, { rebuild }: Salvage, target: string): Promise<RebuiltImage> {
  const part = `${target}.${process.pid}.part`;
  const file = await open(part, 'wx').catch((cause: unknown) => {
    throw new VdeError('outputNotCreated', `${target}: cannot be created (${systemCode(cause)})`, { cause });
  });
  try {
    const identity = { volumeUuid: randomUUID(), now: ticksFromDate(new Date()) };
    const rebuilt = await withProgress(call, 'writing', (onProgress) =>
      rebuild(sinkOf(file, target), { ...identity, onProgress, signal: call.signal }),
    );
    await writing(target, () => file.sync());
    await file.close();
    call.signal?.throwIfAborted();
    await writing(target, () => rename(part, target));
    await syncFolder(dirname(target));
    return rebuilt;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(part, { force: true });
    throw error;
  }
}

function sinkOf(file: FileHandle, target: string): SalvageSink {
  return {
    truncate: (size) => writing(target, () => file.truncate(size)),
    async write(offset, bytes) {
      for (let done = 0; done < bytes.length; ) {
        const result = await writing(target, () => file.write(bytes, done, bytes.length - done, offset + done));
        done += result.bytesWritten;
      }
    },
  };
}

async function writing<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new VdeError('outputFailed', `${target}: cannot be written (${systemCode(cause)})`, { cause });
  }
}

/** The new name is on the disk when its folder is. Not every system lets a folder be opened. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

function systemCode(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : String(error);
}
