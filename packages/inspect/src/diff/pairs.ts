import { type AnyRegionPlugin, columnsOf, RegionPointer } from '@vde/format';
import type { ImageSlot } from '@vde/image';
import { isContainerRegion } from '../container-regions.ts';
import type { InspectedSpace } from '../space.ts';
import { sameCell } from './cells.ts';
import { cellOf, type DiffCell, type Difference, type DiffPart } from './model.ts';

/** The region of a slot, with its plugin and its address. */
export interface RegionRef {
  readonly slot: ImageSlot;
  readonly plugin: AnyRegionPlugin | undefined;
  /** Id of the region type; the container's own structures have none. */
  readonly id: string | null;
  /** Such as `r:metrics-log`, `r:DATA#1`. */
  readonly path: string;
}

/** A region in both images, or in one. */
export interface RegionPair {
  readonly a: RegionRef | undefined;
  readonly b: RegionRef | undefined;
}

/** A region that both images have. */
export interface BothRegions {
  readonly a: RegionRef;
  readonly b: RegionRef;
}

/** The regions of an image in slot order. */
export async function regionsOf(space: InspectedSpace): Promise<RegionRef[]> {
  const found: Omit<RegionRef, 'path'>[] = [];
  for (const slot of space.slots) {
    const plugin = (await space.resolve(slot))?.plugin;
    found.push({ slot, plugin, id: plugin && !isContainerRegion(plugin) ? plugin.id : null });
  }
  return found.map((ref) => ({ ...ref, path: pathOf(ref, found) }));
}

/** Counts regions as `r:TYPE#n` does. */
function pathOf({ slot, id }: Omit<RegionRef, 'path'>, all: readonly Omit<RegionRef, 'path'>[]): string {
  const name = id ?? slot.type;
  if (id === null && !/^\w{4}$/.test(name)) return `s:${slot.index}`;
  const others = all.filter((other) => other.slot.type === name || other.plugin?.id === name);
  const n = others.findIndex((other) => other.slot === slot);
  return n === 0 ? `r:${name}` : `r:${name}#${n}`;
}

/** What makes two regions the same one, the surest first. */
const likenesses: readonly ((a: RegionRef, b: RegionRef) => boolean)[] = [
  (a, b) => hasType(a, b) && a.id === b.id && hasStart(a, b),
  (a, b) => hasType(a, b) && a.id === b.id,
  (a, b) => a.id !== null && a.id === b.id,
  (a, b) => hasType(a, b) && hasStart(a, b),
];

const hasType = (a: RegionRef, b: RegionRef): boolean => a.slot.type === b.slot.type;
const hasStart = (a: RegionRef, b: RegionRef): boolean => a.slot.startBlock === b.slot.startBlock;

/** Matches regions by type, then by what decodes them, then by place: those of A in slot order, then what only B has. */
export function pairRegions(a: readonly RegionRef[], b: readonly RegionRef[]): RegionPair[] {
  const partners = new Map<RegionRef, RegionRef>();
  const left = new Set(b);
  for (const isLike of likenesses) {
    for (const mine of a) {
      if (partners.has(mine)) continue;
      const partner = [...left].find((other) => isLike(mine, other));
      if (partner === undefined) continue;
      partners.set(mine, partner);
      left.delete(partner);
    }
  }
  return [
    ...a.map((mine) => ({ a: mine, b: partners.get(mine) })),
    ...[...left].map((other) => ({ a: undefined, b: other })),
  ];
}

/** The part that differences of a region belong to. */
export function partOf({ a, b }: RegionPair): DiffPart {
  const { plugin, slot, path } = (a ?? b)!;
  const addressOf = (ref: RegionRef | undefined) => (ref === undefined ? null : `s:${ref.slot.index}`);
  return { path, title: plugin?.title ?? slot.name, addressA: addressOf(a), addressB: addressOf(b) };
}

const pointerColumns = /* @__PURE__ */ columnsOf(RegionPointer);

/** The slot's entry as a row: its number, then the fields of the directory. */
function entryOf({ slot }: RegionRef): DiffCell[] {
  return [
    { id: 'slot', kind: 'u8', value: slot.index },
    ...pointerColumns.map((column) => cellOf(column, slot.pointer[column.id as keyof RegionPointer])),
  ];
}

/** What differs in the entries of the slots: a region came or went, was moved, resized, or filed otherwise. */
export function* entryDifferences(pair: RegionPair, part: DiffPart): Generator<Difference> {
  const { a, b } = pair;
  const { path, addressA, addressB } = part;
  if (a === undefined || b === undefined) {
    const kind = a === undefined ? 'added' : 'removed';
    yield { what: 'region', part, path, kind, addressA, addressB, a: a ? entryOf(a) : null, b: b ? entryOf(b) : null };
    return;
  }
  const cellsB = entryOf(b);
  for (const [i, cell] of entryOf(a).entries()) {
    if (sameCell(cell.value, cellsB[i]!.value)) continue;
    const at = cell.id === 'slot' ? '' : `.${cell.id}`;
    const place = { path: `${path}.${cell.id}`, addressA: `${addressA}${at}`, addressB: `${addressB}${at}` };
    yield { what: 'field', part, kind: 'changed', ...place, a: cell, b: cellsB[i]! };
  }
}
