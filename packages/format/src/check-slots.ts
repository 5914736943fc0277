import { raisedCodes } from './container-codes.ts';
import { collectFindings, type Finding, type FindingPlace, type Report } from './finding.ts';
import type { ModuleManifest } from './modules.ts';
import { findDataRegion } from './region-names.ts';
import { findSlotProblem, isPendingScrub, isUsableSlot, RegionPointer, slotState } from './region-pointer.ts';

/** What slots are compared with. */
export interface SlotContext {
  /** Blocks of the volume. */
  readonly totalBlocks: number | bigint;
  /** Manifest of the superblock, which tells the data region from others filed under DATA; no module unless given. */
  readonly manifest?: ModuleManifest;
  /** Absolute block of the slots, for the findings: 8 (directory) unless given, 1 for the pointer table. */
  readonly block?: number;
}

/**
 * Judges the slots of a directory: impossible places, empty regions, regions beyond the volume, overlaps, slots in limbo
 * (page 03, 4.2). Never throws because of data; takes O(n log n), and gives at most two overlaps a slot.
 */
export function checkSlots(slots: readonly RegionPointer[], context: SlotContext): Finding[] {
  const { findings, report } = collectFindings(raisedCodes);
  const totalBlocks = BigInt(context.totalBlocks);
  const at = (index: number, field: keyof RegionPointer): FindingPlace =>
    placeOf(context.block ?? 8, index, field, slots[index]!);
  slots.forEach((pointer, index) => {
    if (slotState(pointer) !== 'free') checkSlot(pointer, index, totalBlocks, at, report);
  });
  const { manifest = 0 } = context;
  reportOverlaps(slots, findDataRegion(slots, { manifest, totalBlocks })?.index, at, report);
  return findings;
}

type PlaceOf = (index: number, field: keyof RegionPointer) => FindingPlace;

/** The place of a field of a slot. @internal */
export function placeOf(
  block: number,
  index: number,
  fieldName: keyof RegionPointer,
  pointer: RegionPointer,
): FindingPlace {
  const field = RegionPointer.field(fieldName);
  return {
    block,
    offset: index * RegionPointer.size + field.offset,
    length: field.type.size,
    path: `slots[${index}].${fieldName}`,
    actual: pointer[fieldName],
  };
}

/** A slot for messages: `slot 3 (ANON)`. @internal */
export const slotLabel = (index: number, { regionTypeId }: RegionPointer): string =>
  `slot ${index} (${regionTypeId === '' ? 'no type' : regionTypeId})`;

/** Judges a slot that is not free. */
function checkSlot(pointer: RegionPointer, index: number, totalBlocks: bigint, at: PlaceOf, report: Report): void {
  const label = slotLabel(index, pointer);
  if (isPendingScrub(pointer)) {
    report('scrubPending', `${label}: freed blocks wait to be zeroed`, at(index, 'flags'));
    return;
  }
  if (slotState(pointer) !== 'active') {
    report('limbo', `${label} is neither active nor free`, at(index, 'flags'));
    return;
  }
  const found = findSlotProblem(pointer);
  if (found !== undefined) {
    report('invalidSlot', `${label}: ${found.problem}`, at(index, found.field));
    return;
  }
  const end = pointer.startBlock + pointer.blockCount;
  if (pointer.blockCount === 0n) report('emptyRegion', `${label} has no blocks`, at(index, 'blockCount'));
  if (end > totalBlocks) {
    const message = `${label} ends before block ${end}, the volume has ${totalBlocks} blocks`;
    report('beyondVolume', message, { ...at(index, 'blockCount'), expected: totalBlocks });
  }
}

interface Extent {
  readonly start: number;
  readonly end: number;
  /** For messages, which are few. */
  readonly label: () => string;
  /** The slot; undefined for blocks 0-9 where no slot lists them. */
  readonly index: number | undefined;
}

/** Blocks that belong to the container whatever the directory lists: a slot with just these values is that extent. */
const fixedExtents = [
  { type: 'SUPB', start: 0, end: 4, label: 'superblock group' },
  { type: 'SUPB', start: 4, end: 8, label: 'superblock mirror' },
  { type: 'RMAP', start: 8, end: 10, label: 'region directory' },
] as const;

/** First block behind the fixed extents. */
const fixedEnd = 10;

function extentsOf(slots: readonly RegionPointer[]): Extent[] {
  const extents: Extent[] = slots.flatMap((pointer, index) => {
    if (!isUsableSlot(pointer) || pointer.blockCount === 0n || isPendingScrub(pointer)) return [];
    const start = Number(pointer.startBlock);
    return [{ start, end: start + Number(pointer.blockCount), label: () => slotLabel(index, pointer), index }];
  });
  for (const { type, start, end, label } of fixedExtents) {
    const isListed = extents.some(
      (extent) => extent.start === start && extent.end === end && slots[extent.index!]?.regionTypeId === type,
    );
    if (!isListed) extents.push({ start, end, label: () => `${label} (blocks ${start}-${end - 1})`, index: undefined });
  }
  return extents.sort((a, b) => a.start - b.start);
}

/** Every extent against the furthest-reaching one that starts before it, and against the data region. */
function reportOverlaps(
  slots: readonly RegionPointer[],
  dataSlot: number | undefined,
  at: PlaceOf,
  report: Report,
): void {
  const extents = extentsOf(slots);
  const data = extents.find(({ index }) => index !== undefined && index === dataSlot);
  let reaching: Extent | undefined;
  for (const extent of extents) {
    if (extent === data) continue;
    if (data !== undefined && extent.start < data.end && data.start < extent.end) {
      // A region registered by hand lies in the data region's blocks; blocks 0-9 never do.
      reportOverlap(
        data,
        extent,
        extent.index === undefined || extent.end <= fixedEnd ? 'warning' : 'notice',
        at,
        report,
      );
    }
    if (reaching !== undefined && extent.start < reaching.end) reportOverlap(reaching, extent, 'warning', at, report);
    if (reaching === undefined || extent.end > reaching.end) reaching = extent;
  }
}

function reportOverlap(a: Extent, b: Extent, severity: 'warning' | 'notice', at: PlaceOf, report: Report): void {
  const from = Math.max(a.start, b.start);
  const to = Math.min(a.end, b.end) - 1;
  const index = b.index ?? a.index!;
  const blocks = from === to ? `block ${from}` : `blocks ${from}-${to}`;
  report('overlap', `${a.label()} and ${b.label()} both claim ${blocks}`, { ...at(index, 'startBlock'), severity });
}
