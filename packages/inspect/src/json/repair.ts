import { toHex } from '@vde/format';
import type { RepairModel, RepairPatch } from '../repair.ts';
import { findingJson } from './check.ts';
import { type Envelope, envelope, type JsonObject, rangeJson, type Tool } from './envelope.ts';

/** `repair/1`: what a repair would do, or did, byte for byte. */
export function repairJson(model: RepairModel, tool: Tool): Envelope {
  const { source, size, base, blockSize, volumeUuid, applied, undo, steps, patches, lost } = model;
  return envelope('repair', tool, {
    image: {
      source,
      size: String(size),
      base: String(base),
      blockSize,
      ...(volumeUuid !== undefined && { volumeUuid }),
    },
    applied,
    undo: undo ?? null,
    steps: steps.map(({ code, blocks, what }) => ({ code, blocks: blocks.map(String), what })),
    patches: patches.map(patchJson),
    lost: lost.map(findingJson),
  });
}

function patchJson({ address, block, range, before, after }: RepairPatch): JsonObject {
  return { address, block: String(block), range: rangeJson(range), before: toHex(before), after: toHex(after) };
}

/** A repair that was taken back. */
export interface Undone {
  /** For messages: the path of the image, and of the undo file. */
  readonly source: string;
  readonly undo: string;
  /** Bytes of the image now. */
  readonly size: number;
  /** Bytes that were written back; 0 where the repair had been taken back already. */
  readonly restored: number;
}

/** `undo/1`: a repair that was taken back. */
export function undoJson({ source, undo, size, restored }: Undone, tool: Tool): Envelope {
  return envelope('undo', tool, { source, undo, size: String(size), restored: String(restored) });
}
