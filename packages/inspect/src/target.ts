import { directoryStartBlock, groupBlockCount, type Table, VdeError } from '@vde/format';
import type { ImageSlot } from '@vde/image';
import { type Address, bytesOf, formatAddress, placeOf } from './address.ts';
import type { ByteRange, ShownField } from './model.ts';
import { ownerOf } from './segments.ts';
import type { InspectedSpace } from './space.ts';
import { directoryStructure, groupStructure, rawStructure, regionStructure, type Structure } from './structures.ts';

/** What an address names. */
export interface Target {
  readonly structure: Structure;
  /** Bytes of the file: of a field, a record, a block or the structure, moved and bounded as the address says. */
  readonly range: ByteRange;
  /** A record of a table of the region, with its fields. */
  readonly record?: { readonly table: string; readonly index: number; readonly fields: readonly ShownField[] };
  readonly field?: ShownField;
  /** The address names one block or an offset, not the structure as a whole. */
  readonly block?: number;
}

/** Blocks 0-9, then the directory. */
const headBlocks = 10;
/** Bytes shown from an offset when no length is given. */
const defaultLength = 256;

/** @throws VdeError `addressNotFound`, with what there is instead. */
function notFound(address: Address, why: string, nearest?: string): VdeError {
  return new VdeError('addressNotFound', `${formatAddress(address)}: ${why}`, {
    details: { ...(nearest !== undefined && { nearest }) },
  });
}

/** Finds what an address names. `describe` gives the tables of a region, for records. @throws VdeError `addressNotFound`. */
export async function findTarget(
  space: InspectedSpace,
  address: Address,
  tablesOf: (structure: Structure) => Promise<readonly Table[]>,
): Promise<Target> {
  const start = await baseOf(space, address);
  const inner = await innerOf(space, address, start, tablesOf);
  const { offset, length } = inner.range;
  const moved = address.offset === undefined ? 0 : bytesOf(address.offset, space.blockSize);
  const from = moved < 0 ? offset + length + moved : offset + moved;
  const rest = address.offset === undefined ? length : Math.max(length - (from - offset), defaultLength);
  const asked = address.length === undefined ? rest : bytesOf(address.length, space.blockSize);
  const wanted = asked < 0 ? rest + asked : asked;
  if (from < 0 || from > space.source.size)
    throw notFound(address, `offset ${from} lies outside the file of ${space.source.size} bytes`);
  return { ...inner, range: { offset: from, length: Math.max(0, Math.min(wanted, space.source.size - from)) } };
}

interface Start {
  readonly structure: Structure;
  readonly range: ByteRange;
  readonly block?: number;
}

async function baseOf(space: InspectedSpace, address: Address): Promise<Start> {
  const { base } = address;
  switch (base.kind) {
    case 'sb':
    case 'sb.mirror':
    case 'dir':
      if (space.image === undefined) throw notFound(address, 'bare region blocks have no container structures');
      if (base.kind === 'dir') return whole(space, directoryStructure(space));
      return whole(space, groupStructure(space, base.kind === 'sb' ? 'primary' : 'mirror'));
    case 'slot':
      return whole(space, await slotStructure(space, address, base.slot));
    case 'region':
      return whole(space, await typedStructure(space, address, base.type, base.n));
    case 'block': {
      const blocks = Math.max(space.presentBlocks, space.image?.totalBlocks ?? 0);
      const block = placeOf(base.block, blocks);
      if (block === undefined) throw notFound(address, `the blocks are 0 to ${blocks - 1}`, `b:${blocks - 1}`);
      return { structure: await structureAt(space, block), range: blockRange(space, block), block };
    }
    case 'offset': {
      const asked = bytesOf(base.offset, space.blockSize);
      const offset = asked < 0 ? space.source.size + asked : asked;
      if (offset < 0 || offset >= space.source.size) throw notFound(address, `the file has ${space.source.size} bytes`);
      const block = Math.floor((offset - space.base) / space.blockSize);
      const structure = block < 0 ? rawStructure(0, 1) : await structureAt(space, block);
      return {
        structure,
        range: { offset, length: Math.min(defaultLength, space.source.size - offset) },
        block: Math.max(0, block),
      };
    }
  }
}

const blockRange = ({ base, blockSize }: InspectedSpace, block: number): ByteRange => ({
  offset: base + block * blockSize,
  length: blockSize,
});

function whole(space: InspectedSpace, structure: Structure): Start {
  const length = structure.blockCount * space.blockSize;
  return { structure, range: { offset: space.base + structure.startBlock * space.blockSize, length } };
}

async function slotStructure(space: InspectedSpace, address: Address, number: number): Promise<Structure> {
  const last = space.slots.at(-1)?.index ?? 0;
  const index = number < 0 ? space.slots.at(number)?.index : number;
  const slot = space.slots.find((candidate) => candidate.index === index);
  if (slot === undefined)
    throw notFound(address, `slot ${number} holds no active region; the last one is ${last}`, `s:${last}`);
  return structureOf(space, slot);
}

/** Slots by type, or by the id of the plugin that decodes them. */
async function typedStructure(space: InspectedSpace, address: Address, type: string, n: number): Promise<Structure> {
  const found: Structure[] = [];
  for (const slot of space.slots) {
    const structure = await structureOf(space, slot);
    if (slot.type === type || structure.resolution?.plugin.id === type) found.push(structure);
  }
  const index = placeOf(n, found.length);
  if (index !== undefined) return found[index]!;
  if (found.length > 0)
    throw notFound(
      address,
      `the regions of this type are numbered 0 to ${found.length - 1}`,
      `r:${type}#${found.length - 1}`,
    );
  throw notFound(address, 'the image has no such region');
}

async function structureOf(space: InspectedSpace, slot: ImageSlot): Promise<Structure> {
  if (slot.type === 'SUPB' && slot.startBlock === 0) return groupStructure(space, 'primary');
  if (slot.type === 'SUPB' && slot.startBlock === groupBlockCount) return groupStructure(space, 'mirror');
  if (slot.type === 'RMAP' && slot.startBlock === directoryStartBlock) return directoryStructure(space);
  return regionStructure(space, slot, await space.resolve(slot));
}

/** The structure that owns a block. */
export async function structureAt(space: InspectedSpace, block: number): Promise<Structure> {
  if (space.image !== undefined && block < headBlocks) {
    if (block >= directoryStartBlock) return directoryStructure(space);
    return groupStructure(space, block < groupBlockCount ? 'primary' : 'mirror');
  }
  const slot = ownerOf(space.slots, block);
  return slot ? structureOf(space, slot) : rawStructure(block, 1);
}

/** Narrows a start by record and field. */
async function innerOf(
  space: InspectedSpace,
  address: Address,
  start: Start,
  tablesOf: (structure: Structure) => Promise<readonly Table[]>,
): Promise<Target> {
  const { record, field: path } = address;
  if (record === undefined && path === undefined) return start;
  const { structure } = start;
  if (record === undefined) {
    const entry = address.base.kind === 'slot' ? await entryField(space, structure, path!) : undefined;
    if (entry !== undefined) return { structure, range: entry.range, field: entry };
    const first = start.block === undefined ? 0 : start.block - structure.startBlock;
    const count = start.block === undefined ? structure.blockCount : 1;
    const field = pick(await structure.fields(first, count), path!);
    if (field === undefined) throw notFound(address, `${structure.title} has no field "${path}"`);
    return { structure, range: field.range, field };
  }
  const found = await recordOf(space, address, structure, tablesOf);
  const range = spanOf(found.fields);
  if (path === undefined) return { structure, range, record: found };
  const field = pick(found.fields, `${found.table}[${found.index}].${path}`);
  if (field === undefined) throw notFound(address, `a record of ${found.table} has no field "${path}"`);
  return { structure, range: field.range, record: found, field };
}

/** A field of a slot's entry in the directory, or in the pointer table where the directory cannot be used. */
async function entryField(space: InspectedSpace, { slot }: Structure, path: string): Promise<ShownField | undefined> {
  if (slot === undefined || space.image === undefined) return undefined;
  const inDirectory = space.image.slotsFrom === 'directory';
  const entries = inDirectory ? directoryStructure(space) : groupStructure(space, 'primary');
  const prefix = inDirectory ? '' : 'regionPointers.';
  return pick(await entries.fields(inDirectory ? 0 : 1, 1), `${prefix}slots[${slot.index}].${path}`);
}

async function recordOf(
  space: InspectedSpace,
  address: Address,
  structure: Structure,
  tablesOf: (structure: Structure) => Promise<readonly Table[]>,
) {
  const asked = address.record!;
  const tables = await tablesOf(structure);
  const table = asked.table === undefined ? tables[0] : tables.find(({ id }) => id === asked.table);
  if (table === undefined) {
    const names = tables.map(({ id }) => id).join(', ') || 'none';
    throw notFound(address, `${structure.title} has no table "${asked.table ?? ''}"; its tables: ${names}`);
  }
  const isSlots = table.columns[0]?.id === 'index';
  const index = isSlots ? placeOf(asked.index, 127) : placeOf(asked.index, table.rowCount);
  if (index === undefined)
    throw notFound(address, `${table.id} has ${table.rowCount} records`, `${structure.address}/${table.rowCount - 1}`);
  const place = table.locate?.(index, space.geometry);
  const fields = await structure.fields(place?.block ?? 0, place ? 1 : structure.blockCount);
  const prefix = `${table.id}[${index}].`;
  const own: ShownField[] = [];
  for (const field of fields) {
    if (field.path.startsWith(prefix)) own.push(field);
    else if (own.length > 0) break;
  }
  if (own.length === 0) throw notFound(address, `record ${index} of ${table.id} has no bytes of its own`);
  return { table: table.id, index, fields: own };
}

const spanOf = (fields: readonly ShownField[]): ByteRange => {
  const first = fields[0]!.range;
  const last = fields.at(-1)!.range;
  return { offset: first.offset, length: last.offset + last.length - first.offset };
};

/** The field of a path, or the first one whose path ends in it. */
function pick(fields: Iterable<ShownField>, path: string): ShownField | undefined {
  let ending: ShownField | undefined;
  for (const field of fields) {
    if (field.path === path) return field;
    if (field.path.endsWith(`.${path}`)) ending ??= field;
  }
  return ending;
}
