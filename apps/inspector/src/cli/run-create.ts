import { isGuid, isVdeError, type ProfileName, profiles, ticksFromDate, type VolumeLayout } from '@vde/format';
import { type BlockDevice, type CreateOptions, createImage, openImage } from '@vde/image';
import { type CreatedImage, createJson } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { requireFreeTarget, writeTarget } from './new-file.ts';
import { fillImage, profileWith, wantedRegions } from './new-regions.ts';
import { parseBlockSize, parseNumber, parseTime, requireValue, usageError } from './options.ts';
import { print } from './print.ts';
import type { WantedRegion } from './region-options.ts';
import { renderCreate } from './render/create.ts';

/** Blocks where nothing is said. */
const usualBlocks = 16_384;

export async function run(call: Call): Promise<number> {
  const path = call.args[0]!;
  const wanted = wantedRegions(call);
  const options = optionsOf(call, wanted);
  const look = { isQuiet: call.isQuiet };
  await requireFreeTarget(call, path);
  const created = await writeTarget(call, path, (device) => create(call, device, { options, wanted }));
  await print(call, {
    human: () => renderCreate(created, call.style, look),
    json: () => createJson(created, tool),
  });
  return 0;
}

interface Order {
  readonly options: CreateOptions & { readonly now: bigint };
  readonly wanted: readonly WantedRegion[];
}

async function create(call: Call, device: BlockDevice, { options, wanted }: Order): Promise<CreatedImage> {
  const layout = await createOrExplain(device, options);
  if (wanted.length > 0) await fillImage(call, device, { wanted, now: options.now });
  const { slots, superblock } = await openImage(device);
  const { volumeUuid, totalAllocatedBlocks, freeBlocks } = superblock!;
  return {
    source: call.args[0]!,
    size: device.size,
    ...layout,
    metadataBlocks: Number(totalAllocatedBlocks),
    dataBlocks: Number(freeBlocks),
    regions: slots.map(({ type, name, startBlock, blockCount }) => ({ type, name, startBlock, blockCount })),
    volumeUuid,
  };
}

/** What the format refuses is a mistake in the options. */
async function createOrExplain(device: BlockDevice, options: CreateOptions): Promise<VolumeLayout> {
  try {
    return await createImage(device, options);
  } catch (error) {
    if (isVdeError(error, 'volumeTooSmall')) {
      const { expected } = error.details as unknown as { expected: number };
      throw usageError(`--blocks: ${error.message}`, `--blocks ${expected}`);
    }
    if (isVdeError(error, 'unsupportedBlockSize'))
      throw usageError(`--block-size: ${error.message}`, '--block-size 4096');
    throw error instanceof RangeError ? usageError(error.message) : error;
  }
}

function optionsOf(call: Call, wanted: readonly WantedRegion[]): Order['options'] {
  const profile = requireValue('--profile', call.text('profile')!, Object.keys(profiles)) as ProfileName;
  const [blocks, blockSize, volumeLabel, volumeUuid, time] = ['blocks', 'blockSize', 'label', 'uuid', 'time'].map(
    (key) => call.text(key),
  );
  if (volumeUuid !== undefined && !isGuid(volumeUuid))
    throw usageError(`--uuid "${volumeUuid}": expected a GUID`, '--uuid 00112233-4455-6677-8899-aabbccddeeff');
  return {
    profile: profileWith(profile, wanted),
    totalBlocks: blocks === undefined ? usualBlocks : parseNumber('blocks', blocks, 262_144),
    slotTags: call.text('slotTags') as 'own' | 'reference',
    ...(blockSize !== undefined && { blockSize: parseBlockSize(blockSize) }),
    ...(volumeLabel !== undefined && { volumeLabel }),
    ...(volumeUuid !== undefined && { volumeUuid: volumeUuid.toLowerCase() }),
    now: time === undefined ? ticksFromDate(new Date()) : parseTime('time', time),
  };
}
