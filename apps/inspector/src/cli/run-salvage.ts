import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { ticksFromDate } from '@vde/format';
import { exitCodeOfSalvage, type RebuiltImage, type Salvage, salvageImage, salvageJson } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { isUrl } from './is-url.ts';
import { requireFreeTarget, writeTarget } from './new-file.ts';
import { withSource } from './open.ts';
import { usageError } from './options.ts';
import { requireOther } from './output.ts';
import { print } from './print.ts';
import { Progress } from './progress.ts';
import { renderSalvage } from './render/salvage.ts';

export async function run(call: Call): Promise<number> {
  const image = call.args[0]!;
  const target = call.text('out');
  if (target !== undefined) await requireTarget(call, image, target);
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
async function requireTarget(call: Call, image: string, target: string): Promise<void> {
  const report = call.text('output');
  if (report !== undefined && resolve(report) === resolve(target))
    throw usageError(`--out and -o both name ${target}`, 'the image goes to --out, the report to -o');
  await requireOther(target, isUrl(image) ? [] : [image]);
  await requireFreeTarget(call, target);
}

function writeImage(call: Call, { rebuild }: Salvage, target: string): Promise<RebuiltImage> {
  const identity = { volumeUuid: randomUUID(), now: ticksFromDate(new Date()) };
  return withProgress(call, 'writing', (onProgress) =>
    writeTarget(call, target, (device) => rebuild(device, { ...identity, onProgress, signal: call.signal })),
  );
}
