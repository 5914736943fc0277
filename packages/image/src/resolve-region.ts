import type { AnyRegionPlugin, RegionReader } from '@vde/format';

/** How a plugin was chosen for a slot. */
export type ResolvedBy = 'caller' | 'slot-type' | 'match' | 'owner';

export interface Resolution {
  readonly plugin: AnyRegionPlugin;
  readonly by: ResolvedBy;
}

/**
 * The plugin of a slot: only claim, else best match, else owner. A claim that `match` denies counts for nothing, unless the
 * plugin owns the type: then the directory's word outranks the bytes, which are damaged. `undefined` when nobody claims the type or bytes cannot
 * tell between claims: nothing is guessed. `open` gives the reader of the slot for a plugin; it is called only where several
 * layouts share the type.
 */
export function resolveRegion(
  plugins: readonly AnyRegionPlugin[],
  type: string,
  open: (plugin: AnyRegionPlugin) => RegionReader,
): Resolution | undefined {
  const claims = plugins.filter((plugin) => plugin.slotTypes.includes(type));
  const judged = claims
    .map((plugin) => ({ plugin, match: plugin.match ? plugin.match(open(plugin)) : ('yes' as const) }))
    .filter(({ plugin, match }) => match !== 'no' || plugin.owns?.includes(type));
  const sure = judged.filter(({ match }) => match === 'yes');
  const onlyClaim = claims.length === 1;
  if (sure.length === 1) return { plugin: sure[0]!.plugin, by: onlyClaim ? 'slot-type' : 'match' };
  const owner = (sure.length > 0 ? sure : judged).find(({ plugin }) => plugin.owns?.includes(type));
  return owner && { plugin: owner.plugin, by: onlyClaim ? 'slot-type' : 'owner' };
}
