import { seededRandom, VdeError } from '@vde/format';
import { type BlockSource, openImage } from '@vde/image';
import { type Address, parseAddress } from '../address.ts';
import { type MapOptions, mapImage } from '../map/map.ts';
import { showAddress } from '../show.ts';
import { type InspectedSpace, imageSpace } from '../space.ts';
import type { Structure } from '../structures.ts';
import { findTarget } from '../target.ts';
import { changedByte, staleBlock, swappedBlocks, truncatedFile, zeroedBlock } from './blocks.ts';
import type { Draw } from './draw.ts';
import {
  type Damage,
  type DamageKind,
  type DamageOptions,
  type Damager,
  damageKinds,
  defaultDamageSeed,
  maxDamageCount,
} from './model.ts';
import { type DamagePlaces, placeLabel, placesWithin, writtenPlaces } from './places.ts';
import { changedSlot } from './slots.ts';
import { damagedSource } from './source.ts';

/** Draws until one strikes; a place where none of so many does holds nothing that this kind can strike. */
const maxDraws = 256;

/** Finds the written blocks of an image, and plans damage of them. @internal */
export async function createDamager(space: InspectedSpace, options: MapOptions): Promise<Damager> {
  const { image, facts } = space;
  if (image === undefined || facts === null)
    throw new TypeError('bare region blocks have no directory to damage them by');
  const written = await writtenPlaces(mapImage(image, facts, options));
  return {
    async plan({ kind, seed = defaultDamageSeed, count = 1, at }) {
      requireOptions({ kind, seed, count });
      const aim = at && (await aimAt(space, at, written));
      const random = seededRandom(seed);
      const damages: Damage[] = [];
      for (let source: BlockSource = space.source; damages.length < count; ) {
        const draw = { space: await damaged(space, source, damages), places: aim?.places ?? written, random };
        damages.push(await strike(draw, kind, aim?.slot));
        source = damagedSource(space.source, damages);
      }
      return { facts, kind, seed, damages, source: damagedSource(space.source, damages) };
    },
  };
}

/** @throws RangeError */
function requireOptions({ kind, seed, count }: Required<Pick<DamageOptions, 'kind' | 'seed' | 'count'>>): void {
  if (!damageKinds.includes(kind)) throw new RangeError(`damage "${kind}": expected ${damageKinds.join(', ')}`);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff)
    throw new RangeError(`seed ${seed}: expected an integer from 0 to ${0xffff_ffff}`);
  if (!Number.isInteger(count) || count < 1 || count > maxDamageCount)
    throw new RangeError(`count ${count}: expected an integer from 1 to ${maxDamageCount}`);
}

/** The image as damage left it: its directory may be another. */
async function damaged(
  space: InspectedSpace,
  source: BlockSource,
  damages: readonly Damage[],
): Promise<InspectedSpace> {
  const last = damages.at(-1);
  if (last === undefined) return space;
  if (last.kind !== 'slot') return { ...space, source };
  return imageSpace(await openImage(source, { regions: space.image!.regions, lenient: true }));
}

interface Aim {
  readonly places: DamagePlaces;
  /** The region's slot, where the address names one. */
  readonly slot: number | undefined;
}

async function aimAt(space: InspectedSpace, at: Address, written: DamagePlaces): Promise<Aim> {
  const tablesOf = async ({ address }: Structure) => (await showAddress(space, parseAddress(address))).tables;
  const { structure, range, record } = await findTarget(space, at, tablesOf);
  const { kind } = at.base;
  const isNamed = kind === 'slot' || kind === 'region';
  // Superblock copies and directory have slots, too.
  const named = isNamed ? space.slots.find(({ startBlock }) => startBlock === structure.startBlock) : undefined;
  const slot = kind === 'dir' ? record?.index : (structure.slot ?? named)?.index;
  return { places: placesWithin(written, at, range, space), slot };
}

async function strike(draw: Draw, kind: DamageKind, slot: number | undefined): Promise<Damage> {
  for (let draws = 0; draws < maxDraws; draws++) {
    const damage = await drawDamage(draw, kind, slot);
    if (damage !== undefined) return damage;
  }
  throw new VdeError('nothingToDamage', `${placeLabel(draw.places)} has nothing for damage of the kind ${kind}`);
}

function drawDamage(
  draw: Draw,
  kind: DamageKind,
  slot: number | undefined,
): Promise<Damage | undefined> | Damage | undefined {
  switch (kind) {
    case 'bit':
    case 'byte':
      return changedByte(draw, kind);
    case 'zero':
      return zeroedBlock(draw);
    case 'swap':
      return swappedBlocks(draw);
    case 'stale':
      return staleBlock(draw);
    case 'truncate':
      return truncatedFile(draw);
    case 'slot':
      return draw.places.at !== undefined && slot === undefined ? undefined : changedSlot(draw, slot);
  }
}
