import { placeOf, slotLabel } from './check-slots.ts';
import { raisedCodes } from './container-codes.ts';
import { collectFindings, type Finding } from './finding.ts';
import { type RegionPointer, slotState } from './region-pointer.ts';
import type { IndexedSlot } from './region-pointer-table.ts';

/** A slot that both tables list under the same type and start, with other values. */
export interface ChangedSlot {
  readonly directory: IndexedSlot;
  readonly pointerTable: IndexedSlot;
  /** Names of the fields that differ. */
  readonly fields: readonly (keyof RegionPointer)[];
}

/** How the directory and the region pointer table differ. Slot order plays no part (page 03, 6.2 #11). */
export interface SlotComparison {
  readonly same: boolean;
  readonly onlyInDirectory: readonly IndexedSlot[];
  readonly onlyInPointerTable: readonly IndexedSlot[];
  readonly changed: readonly ChangedSlot[];
  readonly findings: readonly Finding[];
}

const directoryBlock = 8;
const pointerTableBlock = 1;

/**
 * Compares the slots of the directory with those of the region pointer table as sets keyed by type and start; free slots do
 * not count. Takes O(n). Never throws because of data.
 */
export function compareSlotTables(
  directory: readonly RegionPointer[],
  pointerTable: readonly RegionPointer[],
): SlotComparison {
  if (areAlike(directory, pointerTable))
    return { same: true, onlyInDirectory: [], onlyInPointerTable: [], changed: [], findings: [] };
  const pairs = new Map<string, IndexedSlot[]>();
  for (const slot of listed(pointerTable)) {
    const same = pairs.get(keyOf(slot));
    if (same === undefined) pairs.set(keyOf(slot), [slot]);
    else same.push(slot);
  }
  const onlyInDirectory: IndexedSlot[] = [];
  const changed: ChangedSlot[] = [];
  for (const slot of listed(directory)) {
    const other = pairs.get(keyOf(slot))?.shift();
    if (other === undefined) onlyInDirectory.push(slot);
    else if (differing(slot, other).length > 0) {
      changed.push({ directory: slot, pointerTable: other, fields: differing(slot, other) });
    }
  }
  const onlyInPointerTable = [...pairs.values()].flat();
  const findings = describeDifferences(onlyInDirectory, onlyInPointerTable, changed);
  return { same: findings.length === 0, onlyInDirectory, onlyInPointerTable, changed, findings };
}

/** Whether both list the same slots in the same order, as in most images. */
function areAlike(a: readonly RegionPointer[], b: readonly RegionPointer[]): boolean {
  return a.length === b.length && a.every((pointer, index) => isSame(pointer, b[index]!));
}

/** All free slots of a table are one object. */
const isSame = (a: RegionPointer, b: RegionPointer): boolean =>
  a === b ||
  (a.regionTypeId === b.regionTypeId &&
    a.flags === b.flags &&
    a.startBlock === b.startBlock &&
    a.blockCount === b.blockCount &&
    a.usedBlocks === b.usedBlocks);

function listed(slots: readonly RegionPointer[]): IndexedSlot[] {
  return slots.map((pointer, index) => ({ index, pointer })).filter(({ pointer }) => slotState(pointer) !== 'free');
}

const keyOf = ({ pointer }: IndexedSlot): string => `${pointer.regionTypeId} ${pointer.startBlock}`;

function differing(a: IndexedSlot, b: IndexedSlot): (keyof RegionPointer)[] {
  return (['flags', 'blockCount', 'usedBlocks'] as const).filter((name) => a.pointer[name] !== b.pointer[name]);
}

function describeDifferences(
  onlyInDirectory: readonly IndexedSlot[],
  onlyInPointerTable: readonly IndexedSlot[],
  changed: readonly ChangedSlot[],
): Finding[] {
  const { findings, report } = collectFindings(raisedCodes);
  const report1 = (block: number, { index, pointer }: IndexedSlot, found: string, missing: string): void => {
    const message = `${slotLabel(index, pointer)} at block ${pointer.startBlock} is in the ${found}, not in the ${missing}`;
    report('slotTablesDiffer', message, placeOf(block, index, 'regionTypeId', pointer));
  };
  for (const slot of onlyInDirectory) report1(directoryBlock, slot, 'directory', 'pointer table');
  for (const slot of onlyInPointerTable) report1(pointerTableBlock, slot, 'pointer table', 'directory');
  for (const { directory, pointerTable, fields } of changed) {
    const { index, pointer } = directory;
    const what = fields.map((name) => `${name} ${pointer[name]} and ${pointerTable.pointer[name]}`).join(', ');
    const message = `${slotLabel(index, pointer)}: directory and pointer table say ${what}`;
    const place = placeOf(directoryBlock, index, fields[0]!, pointer);
    report('slotTablesDiffer', message, { ...place, expected: pointerTable.pointer[fields[0]!] });
  }
  return findings;
}
