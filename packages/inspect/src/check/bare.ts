import { type AnyRegionPlugin, decodeRegion } from '@vde/format';
import { placeFinding } from '../findings.ts';
import type { CheckModel } from '../model.ts';
import type { InspectedSpace } from '../space.ts';
import { trailersOf } from '../trailers.ts';
import type { CheckOptions } from './check.ts';
import { summarise } from './check.ts';

/** Checks bare region blocks: every trailer, and the region decoded and verified. */
export async function checkBare(
  space: InspectedSpace,
  plugin: AnyRegionPlugin,
  options: CheckOptions,
): Promise<CheckModel> {
  const slot = space.slots[0]!;
  const blocks = await space.readRegion(slot, plugin);
  const decoded = decodeRegion(plugin, blocks, { blockSize: space.blockSize, lenient: true });
  const found = decoded.findings.map((finding) => placeFinding(space, finding, { slot, id: plugin.id }));
  const counts: Record<string, number> = { ok: 0, hole: 0, badTrailer: 0 };
  for (const { block, status } of trailersOf(space, 0, blocks)) {
    const kind = status === 'ok' || status === 'hole' ? status : 'badTrailer';
    counts[kind]!++;
    if (kind !== 'badTrailer') continue;
    const message = `${plugin.title}: block ${block} does not match its checksum`;
    found.push(
      placeFinding(
        space,
        { code: 'badTrailer', severity: 'error', message, block, offset: 0, length: space.blockSize },
        { slot, id: plugin.id },
      ),
    );
  }
  return summarise(null, options, found, counts);
}
