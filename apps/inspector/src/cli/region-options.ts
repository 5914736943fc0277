import type { AnyRegionPlugin } from '@vde/format';
import type { AddOptions } from '@vde/image';
import { nearestOf } from './nearest.ts';
import { parseNumber, usageError } from './options.ts';

/** A region to add: its plugin, and what is asked of it. */
export interface WantedRegion {
  readonly plugin: AnyRegionPlugin;
  readonly options: AddOptions<unknown>;
}

/** Reads `TYPE[=key=value,key=value]`. @throws VdeError `usage`, with the nearest name. */
export function parseWantedRegion(text: string, regions: readonly AnyRegionPlugin[]): WantedRegion {
  const [, type = '', list] = /^([^=]*)(?:=(.*))?$/s.exec(text.trim()) ?? [];
  const plugin = pluginOf(type, regions);
  const pairs = list === undefined || list === '' ? [] : list.split(',').map((pair) => splitPair(pair, text));
  const blocks = pairs.find(([key]) => key === 'blocks')?.[1];
  const options = pairs.filter(([key]) => key !== 'blocks').map(([key, value]) => [key, optionOf(plugin, key, value)]);
  return {
    plugin,
    options: {
      options: Object.fromEntries(options),
      ...(blocks !== undefined && { blockCount: parseNumber('region', blocks, 64) }),
      ...(plugin.slotTypes.includes(type) && { slotType: type }),
    },
  };
}

function pluginOf(type: string, regions: readonly AnyRegionPlugin[]): AnyRegionPlugin {
  const claiming = regions.filter(({ slotTypes }) => slotTypes.includes(type));
  const found =
    regions.find(({ id }) => id === type) ??
    claiming.find(({ owns }) => owns?.includes(type)) ??
    (claiming.length === 1 ? claiming[0] : undefined);
  if (found !== undefined) return found;
  if (claiming.length > 1)
    throw usageError(`"${type}": several regions are filed under it`, claiming.map(({ id }) => id).join(', '));
  const names = regions.flatMap(({ id, slotTypes }) => [id, ...slotTypes]);
  throw usageError(`"${type}": no region of this type can be made`, nearestOf(type, names) ?? 'vde plugins lists them');
}

function splitPair(pair: string, text: string): readonly [string, string] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
  if (key === undefined || value === undefined)
    throw usageError(`"${text}": expected TYPE=key=value,key=value`, 'metrics-log=blocks=64');
  return [key.trim(), value.trim()];
}

function optionOf({ id, emptyOptions = {} }: AnyRegionPlugin, key: string, text: string): number | bigint {
  const option = Object.hasOwn(emptyOptions, key) ? emptyOptions[key] : undefined;
  if (option === undefined) {
    const names = ['blocks', ...Object.keys(emptyOptions)];
    throw usageError(`${id}: no option "${key}"; it has ${names.join(', ')}`, nearestOf(key, names) ?? 'blocks=64');
  }
  const isRight = option.kind === 'bigint' ? /^-?\d{1,19}$/.test(text) : /^-?\d+(\.\d+)?$/.test(text);
  if (!isRight) throw usageError(`${id}: ${key} "${text}": expected a number`, `${key}=100`);
  return option.kind === 'bigint' ? BigInt(text) : Number(text);
}
