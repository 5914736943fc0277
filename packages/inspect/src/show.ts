import {
  type AnyRegionPlugin,
  type DecodedRegion,
  type Description,
  decodeRegion,
  type Finding,
  isVdeError,
  type Table,
} from '@vde/format';
import { readBlocks } from '@vde/image';
import { type Address, formatAddress } from './address.ts';
import { headFindings } from './check/head.ts';
import { placeFinding } from './findings.ts';
import type { HexModel, ImageFinding, ShowModel, ShownField } from './model.ts';
import type { InspectedSpace } from './space.ts';
import { groupStructure, type Structure, slotTable } from './structures.ts';
import { findTarget, structureAt, type Target } from './target.ts';
import { trailersOf } from './trailers.ts';

/** Bytes of a structure that nobody decodes, shown as they are. */
const rawBytes = 512;

/** Decodes what an address names. @throws VdeError `addressNotFound`. */
export async function showAddress(space: InspectedSpace, address: Address): Promise<ShowModel> {
  const decoded = new Map<string, Promise<Decoded>>();
  const decode = (structure: Structure) => {
    const known = decoded.get(structure.address) ?? decodeStructure(space, structure);
    decoded.set(structure.address, known);
    return known;
  };
  const target = await findTarget(space, address, async (structure) => (await decode(structure)).tables);
  const common = { facts: space.facts, address: formatAddress(address), title: titleOf(target), range: target.range };
  if (target.field) return { ...common, fields: [target.field], tables: [], findings: [] };
  if (target.record) return { ...common, fields: target.record.fields, tables: [], findings: [] };
  if (target.block !== undefined) return { ...common, ...(await showBlock(space, target.structure, target.block)) };
  const { structure } = target;
  const { tables, region, findings } = await decode(structure);
  const mirror =
    structure.address === 'sb' ? [...(await groupStructure(space, 'mirror').fields(0, 4))].filter(isHeader) : undefined;
  const header = headerFields(await structure.fields(0, structure.slot ? 1 : structure.blockCount));
  const isUndecoded = region !== undefined && region.description === undefined;
  return {
    ...common,
    fields: isUndecoded && header.length === 0 ? await trailerFields(space, structure) : header,
    ...(mirror && { mirror }),
    tables,
    ...(region && { region }),
    findings,
    ...(isUndecoded && { bytes: await bytesOfStart(space, structure) }),
  };
}

function titleOf({ structure, record, field, block }: Target): string {
  if (field) return `${structure.title}: ${field.path}`;
  if (record) return `${structure.title}: ${record.table}[${record.index}]`;
  if (block === undefined) return structure.title;
  return structure.address.startsWith('b:')
    ? `Block ${block}`
    : `Block ${block}: ${structure.title}, block ${block - structure.startBlock} of ${structure.blockCount}`;
}

/** Fields of records stand in tables. */
const isHeader = ({ path }: ShownField): boolean => !path.includes('[');

/** The fields in front of the first record; the others are not read. */
function headerFields(fields: Iterable<ShownField>): ShownField[] {
  const header: ShownField[] = [];
  for (const field of fields) if (isHeader(field)) header.push(field);
  return header;
}

interface Decoded {
  readonly tables: readonly Table[];
  readonly region?: NonNullable<ShowModel['region']>;
  readonly findings: readonly ImageFinding[];
}

async function decodeStructure(space: InspectedSpace, structure: Structure): Promise<Decoded> {
  const { slot, resolution } = structure;
  if (slot === undefined)
    return { tables: containerTables(space, structure), findings: containerFindings(space, structure) };
  const plugin = resolution?.plugin;
  const ref = { slot: space.image ? slot.index : null, type: slot.type, id: plugin?.id ?? null };
  if (plugin === undefined)
    return { tables: [], findings: [], region: { ...ref, ...(await rawState(space, structure)) } };
  const blocks = await space.readRegion(slot, plugin);
  const found: DecodedRegion<unknown> = decodeRegion(plugin, blocks, {
    blockSize: space.blockSize,
    blockCount: slot.blockCount,
    lenient: true,
  });
  const { description, failure } = describe(plugin, found.state);
  return {
    tables: description?.tables ?? [],
    findings: [...found.findings, ...failure].map((finding) => placeFinding(space, finding, { slot, id: plugin.id })),
    region: {
      ...ref,
      generation: found.generation,
      state: found.form,
      partial: found.partial,
      ...(description && { description }),
    },
  };
}

/** What a plugin says of its state; of one that fails, the finding. */
function describe(plugin: AnyRegionPlugin, state: unknown): { description?: Description; failure: readonly Finding[] } {
  if (state === undefined) return { failure: [] };
  try {
    return { description: plugin.describe(state), failure: [] };
  } catch (error) {
    const message = isVdeError(error) ? error.message : `${plugin.title}: describe failed: ${error}`;
    return { failure: [{ code: 'pluginFailed', severity: 'error', message, block: 0 }] };
  }
}

function containerTables({ image }: InspectedSpace, structure: Structure): Table[] {
  if (image === undefined) return [];
  if (structure.address === 'dir') return [slotTable(image.directory.directory?.slots ?? [])];
  const copy = image.group.parts.regionPointers;
  return copy ? [{ ...slotTable(copy.slots), id: 'regionPointers' }] : [];
}

function containerFindings(space: InspectedSpace, { startBlock, blockCount }: Structure): ImageFinding[] {
  const mine =
    space.image &&
    headFindings(space.image).filter(
      ({ block }) => block !== undefined && block >= startBlock && block < startBlock + blockCount,
    );
  return (mine ?? []).map((finding) => placeFinding(space, finding));
}

async function rawState(space: InspectedSpace, { startBlock }: Structure) {
  const [trailer] = trailersOf(space, startBlock, await readBlocks(space, startBlock, 1));
  const state = trailer?.status === 'hole' ? ('uninitialised' as const) : ('written' as const);
  return { generation: trailer?.generation ?? 0, state, partial: false };
}

/** The trailers of the written blocks of a structure, as fields: all that can be told of an unknown region. */
async function trailerFields(space: InspectedSpace, { startBlock, slot }: Structure): Promise<ShownField[]> {
  if (slot === undefined) return [];
  const blocks = await space.readRegion(slot);
  return trailersOf(space, startBlock, blocks)
    .filter(({ status }) => status !== 'hole')
    .flatMap((trailer) => fieldsOfTrailer(trailer, `blocks[${trailer.block - startBlock}].`));
}

function fieldsOfTrailer(
  { range, tag, generation, checksum }: HexModel['trailers'][number],
  prefix: string,
): ShownField[] {
  return [
    { path: `${prefix}tag`, range: { offset: range.offset, length: 4 }, kind: 'tag', value: tag },
    { path: `${prefix}generation`, range: { offset: range.offset + 4, length: 4 }, kind: 'u32', value: generation },
    { path: `${prefix}checksum`, range: { offset: range.offset + 8, length: 8 }, kind: 'u64', value: checksum },
  ];
}

async function bytesOfStart(space: InspectedSpace, { startBlock }: Structure): Promise<Uint8Array> {
  return (await readBlocks(space, startBlock, 1)).subarray(0, Math.min(rawBytes, space.blockSize));
}

/** One block: the fields of its structure that lie in it, then its trailer. */
async function showBlock(
  space: InspectedSpace,
  structure: Structure,
  block: number,
): Promise<Pick<ShowModel, 'fields' | 'tables' | 'findings' | 'bytes'>> {
  const fields = [...(await structure.fields(block - structure.startBlock, 1))];
  const bytes = await readBlocks(space, block, 1);
  const trailer = trailersOf(space, block, bytes)[0]!;
  const sealed = trailer.status === 'hole' ? [] : fieldsOfTrailer(trailer, 'trailer.');
  return {
    fields: [...fields, ...sealed],
    tables: [],
    findings: [],
    ...(fields.length === 0 &&
      trailer.status !== 'hole' && { bytes: bytes.subarray(0, Math.min(rawBytes, space.blockSize)) }),
  };
}

/** The bytes that an address names, with the fields that own them. @throws VdeError `addressNotFound`. */
export async function hexOf(space: InspectedSpace, address: Address, length?: number): Promise<HexModel> {
  const target = await findTarget(
    space,
    address,
    async (structure) => (await decodeStructure(space, structure)).tables,
  );
  const { base, blockSize, source } = space;
  const { offset } = target.range;
  // A region or group may be large: without a length its first block is shown.
  const isBounded =
    address.length !== undefined ||
    target.field ||
    target.record ||
    target.block !== undefined ||
    address.base.kind === 'dir';
  const wanted = length ?? (isBounded ? target.range.length : Math.min(target.range.length, blockSize));
  const range = { offset, length: Math.max(0, Math.min(wanted, source.size - offset)) };
  const firstBlock = Math.max(0, Math.floor((offset - base) / blockSize));
  const endBlock = Math.max(firstBlock, Math.ceil((offset + range.length - base) / blockSize));
  const blocks = await readBlocks(space, firstBlock, endBlock - firstBlock);
  const start = base + firstBlock * blockSize;
  return {
    facts: space.facts,
    address: formatAddress(address),
    blockSize,
    base,
    range,
    bytes: blocks.subarray(Math.max(0, offset - start), Math.max(0, offset - start) + range.length),
    fields: await fieldsIn(space, firstBlock, endBlock, range),
    trailers: trailersOf(space, firstBlock, blocks).filter(
      (trailer) => trailer.range.offset < offset + range.length && trailer.range.offset + 16 > offset,
    ),
  };
}

async function fieldsIn(
  space: InspectedSpace,
  firstBlock: number,
  endBlock: number,
  { offset, length }: { offset: number; length: number },
): Promise<ShownField[]> {
  const fields: ShownField[] = [];
  for (let block = firstBlock; block < endBlock; ) {
    const structure = await structureAt(space, block);
    const end = Math.min(endBlock, structure.startBlock + structure.blockCount);
    for (const field of await structure.fields(block - structure.startBlock, end - block)) {
      if (field.range.offset < offset + length && field.range.offset + field.range.length > offset) fields.push(field);
    }
    block = Math.max(end, block + 1);
  }
  return fields;
}
