import {
  type AnyRegionPlugin,
  directoryBlockCount,
  directoryStartBlock,
  isKnownTag,
  isVdeError,
  tagToString,
  trailerSize,
} from '@vde/format';
import { type ImageSlot, readBlocks } from '@vde/image';
import { mustBeSealed } from '../check/block-rules.ts';
import { isContainerRegion } from '../container-regions.ts';
import type { SlotRef } from '../model.ts';
import { ownerOf } from '../segments.ts';
import type { InspectedSpace } from '../space.ts';
import type { Structure } from '../structures.ts';
import { structureAt } from '../target.ts';

/** What the bytes at an offset belong to. */
export interface Owner {
  /** The structure's title, such as `Metrics log`; absent where blocks belong to none. */
  readonly title?: string;
  readonly region?: SlotRef;
  /** The field whose bytes they are: `samples[17].value`, `trailer.tag`. */
  readonly path?: string;
}

/** Regions are traced from their first block on, so all their blocks stand in memory: of larger ones no fields are named. */
const tracedBytes = 16 * 1024 * 1024;

/** The structure that the last offset lay in. */
interface Visit extends Pick<Owner, 'title' | 'region'> {
  readonly slot: ImageSlot | undefined;
  /** Its blocks. */
  readonly start: number;
  readonly end: number;
  readonly fields: FieldCursor | undefined;
}

/** Tells owners of offsets that come in ascending order: each structure is walked through once. */
export class OwnerWalk {
  readonly #space: InspectedSpace;
  #visit: Visit | undefined;

  constructor(space: InspectedSpace) {
    this.#space = space;
  }

  /** The owner of a byte of a block; `trailerTag` is what the block's last bytes spell. */
  async at(block: number, offset: number, trailerTag: () => number): Promise<Owner> {
    const slot = ownerOf(this.#space.slots, block);
    const known = this.#visit;
    const isSame = known && known.slot === slot && block >= known.start && block < known.end;
    const visit = isSame ? known : await this.#enter(block, slot);
    this.#visit = visit;
    const path = visit.fields?.at(offset) ?? this.#trailerField(slot, block, offset, trailerTag);
    return {
      ...(visit.title !== undefined && { title: visit.title }),
      ...(visit.region && { region: visit.region }),
      ...(path !== undefined && { path }),
    };
  }

  async #enter(block: number, slot: ImageSlot | undefined): Promise<Visit> {
    try {
      const structure = await structureAt(this.#space, block);
      const { startBlock: start, blockCount, resolution } = structure;
      const first = block - start;
      const fields = (await isTraceable(this.#space, structure))
        ? new FieldCursor(await structure.fields(first, blockCount - first))
        : undefined;
      // Blocks of no structure are raw ones, which are called by their number.
      const title = structure.address.startsWith('b:') ? {} : { title: structure.title };
      return { slot, start, end: start + blockCount, fields, ...title, ...regionOf(slot, resolution?.plugin) };
    } catch (error) {
      if (!isVdeError(error, 'readFailed')) throw error;
      // A region that cannot be read cannot name its fields; what can be read of it is searched all the same.
      const title = slot ? { title: slot.name } : {};
      return { slot, start: block, end: block + 1, fields: undefined, ...title, ...regionOf(slot) };
    }
  }

  #trailerField(
    slot: ImageSlot | undefined,
    block: number,
    offset: number,
    trailerTag: () => number,
  ): string | undefined {
    const { base, blockSize } = this.#space;
    const within = offset - base - (block + 1) * blockSize + trailerSize;
    if (within < 0) return undefined;
    const isHead = this.#space.image !== undefined && block < directoryStartBlock + directoryBlockCount;
    const isSealed = isHead || (slot !== undefined && mustBeSealed(slot.type, block - slot.startBlock));
    const tag = trailerTag();
    // A hole has none, wherever it is.
    if (tag === 0 || (!isSealed && !isKnownTag(tagToString(tag)))) return undefined;
    return within < 4 ? 'trailer.tag' : within < 8 ? 'trailer.generation' : 'trailer.checksum';
  }
}

/** The container's own structures are no region packages. */
function regionOf(slot: ImageSlot | undefined, plugin?: AnyRegionPlugin): Pick<Owner, 'region'> {
  const id = plugin === undefined || isContainerRegion(plugin) ? null : plugin.id;
  return slot === undefined ? {} : { region: { slot: slot.index, type: slot.type, id } };
}

/** Whether the blocks that a region's plugin needs are few enough to be held. */
async function isTraceable(space: InspectedSpace, { slot, resolution, startBlock, blockCount }: Structure) {
  if (slot === undefined || resolution === undefined) return true;
  const available = Math.min(blockCount, Math.max(0, space.presentBlocks - startBlock));
  const { span } = resolution.plugin;
  if (available * space.blockSize <= tracedBytes) return true;
  if (span === undefined) return false;
  const first = await readBlocks(space, startBlock, 1);
  return (
    span(new DataView(first.buffer, 0, space.geometry.payloadSize), space.geometry) * space.blockSize <= tracedBytes
  );
}

interface Field {
  readonly path: string;
  readonly range: { readonly offset: number; readonly length: number };
}

/** Walks along fields in the order of their places. */
class FieldCursor {
  readonly #fields: Iterator<Field>;
  #field: Field | undefined;

  constructor(fields: Iterable<Field>) {
    this.#fields = fields[Symbol.iterator]();
    this.#field = this.#next();
  }

  /** The field that a byte belongs to. */
  at(offset: number): string | undefined {
    while (this.#field && this.#field.range.offset + this.#field.range.length <= offset) this.#field = this.#next();
    return this.#field && this.#field.range.offset <= offset ? this.#field.path : undefined;
  }

  #next(): Field | undefined {
    const { done, value } = this.#fields.next();
    return done === true ? undefined : value;
  }
}
