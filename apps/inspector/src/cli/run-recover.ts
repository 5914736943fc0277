import { isVdeError } from '@vde/format';
import { type BlockDevice, type BlockSource, locateImage, recoverHead } from '@vde/image';
import { type Recovered, recoverJson } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { withSource } from './open.ts';
import { requirePath, requireWritable, withDevice } from './open-device.ts';
import { print } from './print.ts';
import { renderRecover } from './render/recover.ts';

export async function run(call: Call): Promise<number> {
  const path = call.args[0]!;
  const isDry = call.flag('dryRun');
  requirePath(call, path);
  const recovered = isDry
    ? await withSource(call, path, (source) => recover(call, readingOnly(source), true))
    : await withDevice(call, path, (device) => recover(call, device, false));
  await print(call, {
    human: () => renderRecover(recovered, call.style, { isQuiet: call.isQuiet }),
    json: () => recoverJson(recovered, tool),
  });
  if (recovered.did === 'needsRepair') return 3;
  return isDry && recovered.did !== 'none' ? 2 : 0;
}

async function recover(call: Call, device: BlockDevice, dryRun: boolean): Promise<Recovered> {
  await requireWritable(device);
  const { base, blockSize } = await locateImage(device, { signal: call.signal });
  try {
    const did = await recoverHead({ source: device, base, blockSize }, { dryRun });
    return { source: device.name, did, dryRun };
  } catch (error) {
    if (isVdeError(error, 'needsRepair')) return { source: device.name, did: 'needsRepair', dryRun };
    throw error;
  }
}

/** A source as a device that nobody writes to. */
function readingOnly(source: BlockSource): BlockDevice {
  const refuse = () => Promise.reject(new Error(`${source.name} is open for reading`));
  return Object.assign(Object.create(source) as BlockSource, { write: refuse, sync: refuse, truncate: refuse });
}
