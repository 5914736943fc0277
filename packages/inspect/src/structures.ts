import {
  directoryHeaderRanges,
  directoryStartBlock,
  extendedMetadataRanges,
  type FieldRange,
  groupBlockCount,
  integrityAnchorRanges,
  objectTable,
  RegionPointer,
  regionPointerTableRanges,
  superblockRanges,
  type Table,
  traceRegion,
} from '@vde/format';
import { type ImageSlot, type Resolution, readBlocks } from '@vde/image';
import type { ShownField } from './model.ts';
import type { InspectedSpace } from './space.ts';

/** Something with a place and named fields: a superblock group, the directory, a region, or bytes that nobody decodes. */
export interface Structure {
  readonly title: string;
  readonly address: string;
  readonly startBlock: number;
  readonly blockCount: number;
  readonly slot?: ImageSlot;
  readonly resolution?: Resolution;
  /** Fields that lie in blocks `first` to `first + count - 1` of the structure, in order. */
  fields(first: number, count: number): Promise<Iterable<ShownField>>;
}

/** A structure of blocks at fixed places, each with its own list of field ranges. */
function fixedStructure(
  space: InspectedSpace,
  place: Pick<Structure, 'title' | 'address' | 'startBlock'>,
  layouts: readonly { readonly prefix: string; ranges(blockSize: number): FieldRange[] }[],
): Structure {
  return {
    ...place,
    blockCount: layouts.length,
    async fields(first, count) {
      const from = Math.max(0, first);
      const layoutsHere = layouts.slice(from, first + count);
      const blocks = await readBlocks(space, place.startBlock + from, layoutsHere.length);
      return layoutsHere.flatMap(({ prefix, ranges }, i) => {
        const view = new DataView(blocks.buffer, i * space.blockSize, space.geometry.payloadSize);
        const offset = space.base + (place.startBlock + from + i) * space.blockSize;
        return ranges(space.blockSize).map((range) => shownField(range, view, offset, prefix));
      });
    },
  };
}

function shownField(
  { offset, length, name, type }: FieldRange,
  view: DataView,
  base: number,
  prefix: string,
): ShownField {
  const { kind, names } = type;
  return {
    path: `${prefix}${name}`,
    range: { offset: base + offset, length },
    kind,
    value: type.get(view, offset) ?? null,
    ...(names && { names }),
  };
}

/** The primary group (blocks 0-3) or its mirror (4-7): superblock, region pointers, extended metadata, integrity anchor. */
export function groupStructure(space: InspectedSpace, copy: 'primary' | 'mirror'): Structure {
  const isPrimary = copy === 'primary';
  const place = {
    title: `Superblock group, ${copy} copy`,
    address: isPrimary ? 'sb' : 'sb.mirror',
    startBlock: isPrimary ? 0 : groupBlockCount,
  };
  return fixedStructure(space, place, [
    { prefix: '', ranges: superblockRanges },
    { prefix: 'regionPointers.', ranges: regionPointerTableRanges },
    { prefix: 'extendedMetadata.', ranges: extendedMetadataRanges },
    { prefix: 'integrityAnchor.', ranges: integrityAnchorRanges },
  ]);
}

/** The region directory: header of block 9 and slots of block 8. */
export function directoryStructure(space: InspectedSpace): Structure {
  return fixedStructure(space, { title: 'Region directory', address: 'dir', startBlock: directoryStartBlock }, [
    { prefix: '', ranges: regionPointerTableRanges },
    { prefix: '', ranges: directoryHeaderRanges },
  ]);
}

/** The slots that are not free, as a table whose rows carry their slot number. */
export function slotTable(pointers: readonly RegionPointer[], id = 'slots'): Table {
  const used = pointers
    .map((pointer, index) => ({ index, pointer }))
    .filter(({ pointer }) => pointer.flags !== 0 || pointer.regionTypeId !== '');
  const rows = objectTable(
    id,
    used.map(({ pointer }) => pointer),
    RegionPointer,
  );
  return {
    ...rows,
    columns: [{ id: 'index', kind: 'u8' }, ...rows.columns],
    cell: (row, columnId) => (columnId === 'index' ? (used[row]?.index ?? null) : rows.cell(row, columnId)),
  };
}

/** The region of a slot: its plugin's trace, or nothing where none decodes it. */
export function regionStructure(space: InspectedSpace, slot: ImageSlot, resolution: Resolution | undefined): Structure {
  const { plugin } = resolution ?? {};
  return {
    title: plugin?.title ?? slot.name,
    address: `s:${slot.index}`,
    startBlock: slot.startBlock,
    blockCount: slot.blockCount,
    slot,
    ...(resolution && { resolution }),
    async fields(first, count) {
      if (plugin === undefined) return [];
      const blocks = await space.readRegion(slot, plugin);
      return tracedFields(space, slot, blocks, () =>
        traceRegion(plugin, blocks, {
          blockSize: space.blockSize,
          blockCount: slot.blockCount,
          window: { first, count },
        }),
      );
    },
  };
}

function* tracedFields(
  space: InspectedSpace,
  slot: ImageSlot,
  blocks: Uint8Array,
  trace: () => ReturnType<typeof traceRegion>,
): Generator<ShownField> {
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.length);
  for (const { block, offset, length, path, type } of trace()) {
    const { kind, names } = type;
    const start = space.base + (slot.startBlock + block) * space.blockSize + offset;
    const value = type.get(view, block * space.blockSize + offset) ?? null;
    yield { path, range: { offset: start, length }, kind, value, ...(names && { names }) };
  }
}

/** Blocks that no slot claims, or whose slot nobody decodes. */
export function rawStructure(startBlock: number, blockCount: number): Structure {
  return { title: `Block ${startBlock}`, address: `b:${startBlock}`, startBlock, blockCount, fields: async () => [] };
}
