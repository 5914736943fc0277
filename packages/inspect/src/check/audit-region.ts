import { type AnyRegionPlugin, type Finding, isVdeError } from '@vde/format';
import type { DiskImage, ImageSlot } from '@vde/image';
import type { CheckOptions } from './check.ts';

/** What a region finds in the rest of the image and with keys. A plugin that fails is a finding; a medium that fails was reported by block. */
export async function auditRegion(
  image: DiskImage,
  slot: ImageSlot,
  plugin: AnyRegionPlugin,
  state: unknown,
  { keys = [], signal }: Pick<CheckOptions, 'keys' | 'signal'>,
): Promise<readonly Finding[]> {
  if (plugin.audit === undefined) return [];
  const { geometry, totalBlocks } = image;
  const { startBlock, blockCount } = slot;
  const found: Finding[] = [];
  try {
    const readBlocks = (first: number, count: number) => image.readBlocks(first, count, { signal });
    const context = { geometry, totalBlocks, startBlock, blockCount, keys, readBlocks, ...(signal && { signal }) };
    for await (const finding of plugin.audit(state, context)) found.push(finding);
  } catch (error) {
    signal?.throwIfAborted();
    if (!isVdeError(error, 'readFailed')) found.push(failure(plugin, error));
  }
  return found;
}

function failure({ title }: AnyRegionPlugin, error: unknown): Finding {
  const message = `${title}: the audit failed: ${error instanceof Error ? error.message : String(error)}`;
  return { code: 'pluginFailed', severity: 'error', message, block: 0 };
}
