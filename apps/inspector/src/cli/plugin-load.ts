import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AnyRegionPlugin, VdeError } from '@vde/format';
import { allRegions } from '@vde/regions';
import { usageError } from './options.ts';
import { guardPlugin } from './plugin-guard.ts';

/**
 * The plugins of the program and those of `--plugin`, each a package that is installed where the program runs, or a self-contained
 * file. One with the id of a known plugin takes its place. `onFailure` hears of calls that failed. @throws VdeError `usage` for what is no plugin, `notFound`.
 */
export async function loadRegions(
  names: readonly string[],
  onFailure: (failure: VdeError) => void,
): Promise<readonly AnyRegionPlugin[]> {
  if (names.length === 0) return allRegions;
  const loaded: AnyRegionPlugin[] = [];
  for (const name of names)
    loaded.push(...(await loadModule(name)).map((plugin) => guardPlugin(plugin, { onFailure })));
  const ids = loaded.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw usageError(`--plugin: two plugins have the id "${twice}"`);
  return [...allRegions.filter(({ id }) => !ids.includes(id)), ...loaded].sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function loadModule(name: string): Promise<AnyRegionPlugin[]> {
  const url = locate(name);
  let exported: Record<string, unknown>;
  try {
    exported = await import(url);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new VdeError('usage', `--plugin ${name}: cannot be loaded: ${why}`, {
      details: { hint: 'a module for Node' },
      cause,
    });
  }
  const plugins = Object.values(exported).filter(isPlugin);
  if (plugins.length > 0) return plugins;
  const names = Object.keys(exported).join(', ') || 'nothing';
  throw usageError(`--plugin ${name}: exports no region plugin but ${names}`, 'export what defineRegion gives');
}

/** A path where there is a file of this name, else a package as Node finds it from the working folder. */
function locate(name: string): string {
  const path = resolve(name);
  if (existsSync(path)) return pathToFileURL(path).href;
  try {
    return pathToFileURL(createRequire(resolve('index.js')).resolve(name)).href;
  } catch (cause) {
    const message = `--plugin ${name}: no such file, and no package of this name is installed here`;
    throw new VdeError('notFound', message, { details: { hint: `npm install ${name}` }, cause });
  }
}

/** Told by its members, not by identity: a plugin may have brought its own copy of the format package. */
function isPlugin(value: unknown): value is AnyRegionPlugin {
  if (typeof value !== 'object' || value === null) return false;
  const { id, title, blockTag, slotTypes, decode, encode, describe, trace } = value as Partial<AnyRegionPlugin>;
  const functions = [decode, encode, describe, trace].every((member) => typeof member === 'function');
  const texts = [id, title, blockTag].every((member) => typeof member === 'string');
  return functions && texts && Array.isArray(slotTypes) && slotTypes.every((type) => typeof type === 'string');
}
