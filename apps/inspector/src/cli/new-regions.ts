import {
  type AnyRegionPlugin,
  emptyGuid,
  hasModule,
  isVdeError,
  type ProfileName,
  profiles,
  superblockModuleCount,
} from '@vde/format';
import { type BlockDevice, type CreateOptions, type EditableImage, openForEdit } from '@vde/image';
import { demoRegions } from '@vde/regions';
import type { Call } from './call.ts';
import { usageError } from './options.ts';
import { parseWantedRegion, type WantedRegion } from './region-options.ts';

/** Regions that `create` was asked for besides those of the profile. @throws VdeError `usage`. */
export function wantedRegions(call: Call): WantedRegion[] {
  const wanted = call.list('region').map((text) => parseWantedRegion(text, call.regions));
  if (!call.flag('demo')) return wanted;
  return [
    ...wanted,
    ...demoRegions.map(({ plugin, blockCount, options }) => ({ plugin, options: { blockCount, options } })),
  ];
}

/** The profile with the modules of the regions, so that inodes have room for what these add to them. */
export function profileWith(name: ProfileName, wanted: readonly WantedRegion[]): CreateOptions['profile'] {
  const bits = wanted.flatMap(({ plugin: { module } }) =>
    module !== undefined && module < superblockModuleCount ? [module] : [],
  );
  const { manifest, ...rest } = profiles[name];
  if (bits.every((bit) => hasModule(manifest, bit))) return name;
  return { ...rest, manifest: bits.reduce((sum, bit) => (sum | (1 << bit)) >>> 0, manifest) };
}

/** Gives a new image its regions, and those of the worked example their data. */
export async function fillImage(
  call: Call,
  device: BlockDevice,
  { wanted, now }: { readonly wanted: readonly WantedRegion[]; readonly now: bigint },
): Promise<void> {
  const { signal } = call;
  // Everything else of a new image is of one time and one session, too.
  const image = await openForEdit(device, { regions: call.regions, now: () => now, sessionId: emptyGuid, signal });
  const taken = new Set<number>();
  try {
    for (const each of wanted) taken.add(await provide(image, each, taken));
    if (call.flag('demo')) await fillDemo(image);
  } catch (error) {
    const isTooMuch = isVdeError(error) && ['noSpace', 'capacityExceeded', 'directoryFull'].includes(error.code);
    if (isTooMuch) throw usageError(`--region: ${error.message}`, 'a larger --blocks');
    throw error instanceof RangeError ? usageError(`--region: ${error.message}`, 'vde plugins -f json') : error;
  }
  await image.close();
}

/** Uses a region that the profile brought and nobody took, or adds one. Gives its slot. */
async function provide(image: EditableImage, wanted: WantedRegion, taken: ReadonlySet<number>): Promise<number> {
  const { plugin, options } = wanted;
  const there = await image.image.findRegions(plugin);
  const free = there.find(({ index, type }) => !taken.has(index) && type === (options.slotType ?? type));
  if (free === undefined) {
    const before = image.image.slots.map(({ index }) => index);
    await image.edit((tx) => tx.add(plugin, options));
    return image.image.slots.find(({ index }) => !before.includes(index))!.index;
  }
  const { blockCount = free.blockCount, options: settings = {} } = options;
  if (blockCount === free.blockCount && Object.keys(settings).length === 0) return free.index;
  await image.edit((tx) => {
    const state = plugin.empty(settings, { geometry: tx.image.geometry, blockCount, now: tx.now });
    tx.put(plugin, state, { slot: free.index, blockCount });
  });
  return free.index;
}

async function fillDemo(image: EditableImage): Promise<void> {
  for (const { plugin, steps } of demoRegions) {
    const { index: slot, blockCount } = (await image.image.findRegions(plugin))[0]!;
    for (const step of steps) {
      await image.edit(async (tx) => {
        const { geometry } = tx.image;
        const generation = await tx.generationOf(plugin, { slot });
        const allocate = (count: number) => tx.allocate(count);
        const state = await tx.region(plugin as AnyRegionPlugin, { slot });
        tx.apply(plugin, step(state, { geometry, blockCount, now: tx.now, generation, allocate }), { slot });
      });
    }
  }
}
