import type { ImageFacts, SlotModel } from '@vde/inspect';
import type { Paint, Style } from '../style.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import { countOf, formatSize } from './text.ts';

const columns: readonly Column[] = [
  { title: 'slot', align: 'right' },
  { title: 'type' },
  { title: 'region' },
  { title: 'how' },
  { title: 'flags' },
  { title: 'start', align: 'right' },
  { title: 'blocks', align: 'right' },
  { title: 'used', align: 'right' },
  { title: 'size', align: 'right' },
  { title: 'state' },
];

/** The directory's slots as a table. Runs of free slots take one line. */
export function renderSlots(
  facts: ImageFacts | null,
  slots: readonly SlotModel[],
  style: Style,
  look: { readonly isQuiet: boolean },
): string[] {
  const isFree = (slot: SlotModel) => slot.type === '' && slot.flags.length === 0;
  const used = slots.filter((slot) => !isFree(slot));
  const blockSize = facts?.blockSize ?? 0;
  const free = runsOf(slots.filter(isFree).map(({ index }) => index));
  return [
    ...renderTable(
      columns,
      used.map((slot) => slotCells(slot, blockSize, style)),
      style,
      0,
    ),
    ...(free.length === 0 ? [] : [style.dim(`free: ${free.join(', ')}`)]),
    ...(look.isQuiet
      ? []
      : ['', style.dim(`${countOf(used.length, 'slot')}; vde show IMAGE s:N shows what one holds`)]),
  ];
}

function slotCells(slot: SlotModel, blockSize: number, style: Style): Cell[] {
  const { dim, marks } = style;
  return [
    String(slot.index),
    slot.type,
    regionCell(slot, style),
    { text: slot.resolvedBy ?? marks.none, paint: dim },
    flagsOf(slot, marks.none),
    String(slot.startBlock),
    String(slot.blockCount),
    // The reference never writes the number of used blocks: 0 means unknown.
    slot.usedBlocks === 0n ? { text: marks.none, paint: dim } : String(slot.usedBlocks),
    formatSize(slot.blockCount * BigInt(blockSize)),
    { text: slot.state, paint: statePaint(slot.state, style) },
  ];
}

/** The region's id where a plugin knows it, else the name its creator gave it. */
export function regionCell({ id, name }: SlotModel, { dim }: Style): Cell {
  return id === null ? { text: name, paint: dim } : id;
}

function flagsOf({ flags }: SlotModel, none: string): string {
  // Every listed slot is active; what else is set is news.
  const others = flags.filter((flag) => flag.toLowerCase() !== 'active');
  return others.length > 0 ? others.join(', ') : none;
}

export function statePaint(state: SlotModel['state'], style: Style): Paint {
  return { written: style.green, empty: style.dim, hole: style.dim, damaged: style.red }[state];
}

/** `17-126` for a run of numbers. */
function runsOf(numbers: readonly number[]): string[] {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
}
