import type { Geometry } from '@vde/format';
import { logBlocks } from './rows.ts';
import type { WormLog } from './worm-log.ts';

/**
 * Data blocks that a slot of `blockCount` blocks can hold beside the log of all of them (3.4). `places` is how often the log has room:
 * twice (left out) where it is to be edited in place, once where it is only read. 0 when not even one fits.
 */
export function capacityOf(blockCount: number, geometry: Geometry, places: 1 | 2 = 2): number {
  let [fits, tooMany] = [0, Math.max(1, blockCount)];
  while (tooMany - fits > 1) {
    const capacity = Math.floor((fits + tooMany) / 2);
    if (places * logBlocks(capacity, geometry) + capacity <= blockCount) fits = capacity;
    else tooMany = capacity;
  }
  return fits;
}

/**
 * The block of the slot, relative to its first, in which data block 0 stands: data are counted from the end of the slot, so that the
 * log in front of them can move (3.4). `undefined` when the slot cannot hold log and data: they are laid out otherwise.
 */
export function firstDataBlock(log: WormLog, blockCount: number, geometry: Geometry): number | undefined {
  const first = BigInt(blockCount) - log.totalCapacityBlocks;
  return first >= logBlocks(log.writeCount, geometry) && first < blockCount ? Number(first) : undefined;
}

/** The block of the slot, relative to its first, of a data block; `undefined` when it is not below the capacity, or not located. */
export function dataBlockOf(log: WormLog, index: number, blockCount: number, geometry: Geometry): number | undefined {
  const first = firstDataBlock(log, blockCount, geometry);
  const isBlock = Number.isInteger(index) && index >= 0 && index < log.totalCapacityBlocks;
  return first === undefined || !isBlock ? undefined : first + index;
}
