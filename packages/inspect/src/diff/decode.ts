import { type AnyRegionPlugin, decodeRegion, isZero, type Table, traceRegion } from '@vde/format';
import { type ImageSlot, readBlocks } from '@vde/image';
import { placeFinding } from '../findings.ts';
import type { Shown } from '../model.ts';
import type { InspectedSpace } from '../space.ts';
import { fillBlocks } from './blocks.ts';
import type { DiffCall, Side } from './model.ts';

/** A region above this is compared block by block: decoded, two of them would take several times as much memory. */
export const maxDecodedBytes = 128 * 2 ** 20;

/** Bytes that are looked through for the end of a region at a time. */
const slabBytes = 2 ** 20;
/** Bytes at its start that are read whatever stands there. */
const leastBytes = 2 ** 18;

/** A region as far as its plugin decodes it. */
export interface DecodedSide {
  /** None where nothing can be decoded. */
  readonly tables: readonly Table[];
  /** Fields in front of the records. */
  readonly header: readonly HeaderField[];
  /** Something in it is damaged: rows may be missing. */
  readonly isPartial: boolean;
}

export interface HeaderField extends Shown {
  readonly path: string;
  /** Block of the region. */
  readonly block: number;
}

/** How many blocks from its first one a region's plugin needs: those of its span, else all up to the first hole. */
export async function countDecoded(
  space: InspectedSpace,
  slot: ImageSlot,
  plugin: AnyRegionPlugin,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { blockSize, geometry, presentBlocks } = space;
  const available = Math.max(0, Math.min(slot.blockCount, presentBlocks - slot.startBlock));
  if (available === 0) return 0;
  const perSlab = slabBytes / blockSize;
  for (let first = 0; first < available; first += perSlab) {
    const blocks = await readBlocks(space, slot.startBlock + first, Math.min(perSlab, available - first), { signal });
    if (first === 0) {
      const span = plugin.span?.(new DataView(blocks.buffer, 0, geometry.payloadSize), geometry);
      if (span !== undefined) return Math.min(Math.max(1, Math.trunc(span) || 1), available);
    }
    const hole = findHole(blocks, blockSize);
    if (hole >= 0) return Math.min(available, Math.max(first + hole + 1, leastBytes / blockSize));
  }
  return available;
}

function findHole(blocks: Uint8Array, blockSize: number): number {
  for (let at = 0; at < blocks.length; at += blockSize)
    if (isZero(blocks.subarray(at, at + blockSize))) return at / blockSize;
  return -1;
}

/** A region, and how many of its blocks its plugin needs. */
export interface DecodeWork {
  readonly slot: ImageSlot;
  readonly plugin: AnyRegionPlugin;
  readonly count: number;
  /** Room for the blocks. States copy what they keep, so that both sides take turns in it. */
  readonly room: Uint8Array<ArrayBuffer>;
}

/** Decodes a region as far as it can be decoded. Errors that are met are passed on. */
export async function decodeSide(
  call: DiffCall,
  side: Side,
  { slot, plugin, count, room }: DecodeWork,
): Promise<DecodedSide> {
  const space = call[side];
  const { signal, onFinding } = call.options;
  const blocks = room.subarray(0, count * space.blockSize);
  await fillBlocks(space, blocks, { first: slot.startBlock, count, end: slot.startBlock + count }, signal);
  const read = { blockSize: space.blockSize, blockCount: slot.blockCount };
  const { state, partial, findings } = decodeRegion(plugin, blocks, { ...read, lenient: true });
  for (const finding of findings) {
    if (finding.severity === 'error') onFinding?.(side, placeFinding(space, finding, { slot, id: plugin.id }));
  }
  const tables = state === undefined ? [] : plugin.describe(state).tables;
  return { tables, header: [...headerFields(plugin, blocks, read)], isPartial: partial };
}

function* headerFields(
  plugin: AnyRegionPlugin,
  blocks: Uint8Array<ArrayBuffer>,
  read: { readonly blockSize: number; readonly blockCount: number },
): Generator<HeaderField> {
  const view = new DataView(blocks.buffer, 0, blocks.length);
  for (const range of traceRegion(plugin, blocks, { ...read, window: { first: 0, count: 1 } })) {
    const { block, offset, path, type } = range;
    if (path.includes('[')) continue;
    const value = type.get(view, block * read.blockSize + offset) ?? null;
    yield { path, block, kind: type.kind, value, ...(type.names && { names: type.names }) };
  }
}
