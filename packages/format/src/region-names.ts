import { hasModule, type ModuleManifest, modules } from './modules.ts';
import type { RegionPointer } from './region-pointer.ts';
import { findRegions, getActiveRegions, type IndexedSlot } from './region-pointer-table.ts';

/** What else the names depend on: the manifest says which regions the reference filed under DATA. */
export interface NamingContext {
  readonly manifest: ModuleManifest;
  /** Blocks of the volume. */
  readonly totalBlocks: number | bigint;
}

/** Names that belong to every image, by type; the superblocks and the data region are told apart by their place. */
const coreNames: Readonly<Record<string, string>> = {
  RMAP: 'RegionDirectory',
  BMAP: 'AllocationBitmap',
  INOD: 'InodeTable',
  MWAL: 'MetadataWAL',
};
const superblockNames: Readonly<Record<string, string>> = { 0: 'PrimarySuperblock', 4: 'MirrorSuperblock' };

/** Modules whose region the reference's creator files under DATA, in the order in which it places them (page 04, 3.7). */
const dataModules = [
  { id: 1, tag: 'CMAL', name: 'ComplianceAuditLog' },
  { id: 21, tag: 'WALS', name: 'WalSubscriberCursorTable' },
  { id: 23, tag: 'ZNSM', name: 'ZnsZoneMapRegion' },
  { id: 28, tag: 'OPJR', name: 'OnlineOpsJournal' },
] as const;

/** The creator's name of a region type, `undefined` where it has none or more than the type is needed. */
function nameOfType(type: string): string | undefined {
  if (Object.hasOwn(coreNames, type)) return coreNames[type];
  for (const { tags, regions } of modules) {
    const index = tags.indexOf(type);
    if (index >= 0) return regions[index];
  }
  return undefined;
}

/**
 * The directory type of a creator's region name; with `reference` DATA for the four that the reference files there (page 04,
 * 3.1). `undefined` for a name that no creator uses.
 */
export function regionTypeOf(
  name: string,
  { slotTags = 'own' }: { readonly slotTags?: 'own' | 'reference' } = {},
): string | undefined {
  if (Object.values(superblockNames).includes(name)) return 'SUPB';
  if (name === 'DataRegion') return 'DATA';
  if (slotTags === 'reference' && dataModules.some((module) => module.name === name)) return 'DATA';
  const core = Object.entries(coreNames).find(([, coreName]) => coreName === name);
  if (core !== undefined) return core[0];
  for (const { tags, regions } of modules) {
    const index = regions.indexOf(name);
    if (index >= 0) return tags[index];
  }
  return undefined;
}

/**
 * The creator's names of the regions, by slot; `undefined` for slots that are not usable (page 04, 3.7). A further region of a
 * type is named `<type>#<slot>`, a DATA slot that nothing explains `Data#<slot>`, a type without a name is its own.
 */
export function resolveRegionNames(
  slots: readonly RegionPointer[],
  context: NamingContext,
): readonly (string | undefined)[] {
  const names: (string | undefined)[] = slots.map(() => undefined);
  const taken = new Set<string>();
  for (const { index, pointer } of getActiveRegions(slots)) {
    const { regionTypeId: type, startBlock } = pointer;
    if (type === 'DATA') continue;
    const name = type === 'SUPB' ? superblockNames[`${startBlock}`] : (nameOfType(type) ?? type);
    const isFirst = name !== undefined && !taken.has(name);
    names[index] = isFirst ? name : `${type}#${index}`;
    if (isFirst) taken.add(name);
  }
  const dataRegion = findDataRegion(slots, context)?.index;
  const dataNames = dataModulesOf(slots, context.manifest).map(({ name }) => name as string);
  for (const { index } of findRegions(slots, 'DATA')) {
    names[index] = index === dataRegion ? 'DataRegion' : (dataNames.shift() ?? `Data#${index}`);
  }
  return names;
}

/** Modules whose region stands under DATA: their bit is set, and no slot carries their own type. */
function dataModulesOf(
  slots: readonly RegionPointer[],
  manifest: ModuleManifest,
): readonly (typeof dataModules)[number][] {
  return dataModules.filter(({ id, tag }) => hasModule(manifest, id) && findRegions(slots, tag).length === 0);
}

/**
 * The data region: among the DATA slots, if there are more than modules to claim them, the one that ends the volume, else the
 * one with the highest start (page 04, 3.7). Never use the first DATA slot for it (page 03, 6.2 #8).
 */
export function findDataRegion(slots: readonly RegionPointer[], context: NamingContext): IndexedSlot | undefined {
  const found = findRegions(slots, 'DATA');
  if (found.length <= dataModulesOf(slots, context.manifest).length) return undefined;
  const end = BigInt(context.totalBlocks);
  const largestFirst = found.toSorted((a, b) => Number(b.pointer.blockCount - a.pointer.blockCount));
  const last = largestFirst.find(({ pointer }) => pointer.startBlock + pointer.blockCount === end);
  if (last !== undefined) return last;
  return found.reduce((best, slot) => (slot.pointer.startBlock > best.pointer.startBlock ? slot : best));
}
