import { randomUUID } from 'node:crypto';
import { ticksFromDate } from '@vde/format';
import { exitCodeOfSalvage, type RebuiltImage, type Salvage, salvageImage, salvageJson } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { requireTarget, writeTarget } from './new-file.ts';
import { withSource } from './open.ts';
import { print } from './print.ts';
import { withProgress } from './progress.ts';
import { renderSalvage } from './render/salvage.ts';

export async function run(call: Call): Promise<number> {
  const image = call.args[0]!;
  const target = call.text('out');
  if (target !== undefined) await requireTarget(call, image, { name: '--out', path: target });
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

function writeImage(call: Call, { rebuild }: Salvage, target: string): Promise<RebuiltImage> {
  const identity = { volumeUuid: randomUUID(), now: ticksFromDate(new Date()) };
  return withProgress(call, 'writing', (onProgress) =>
    writeTarget(call, target, (device) => rebuild(device, { ...identity, onProgress, signal: call.signal })),
  );
}
