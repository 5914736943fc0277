import { sameBytes, VdeError } from '@vde/format';
import { WriteRecord } from './records.ts';
import { checkRetention } from './retention.ts';
import type { WormLog } from './worm-log.ts';

/**
 * Checks that a log may take the place of another: same creation and capacity, all old records unchanged at the front, a mark that did
 * not fall, a retention that did not shrink.
 * @throws VdeError `wormViolation`, `retentionShortened`, or `wormInconsistent` when the next one contradicts itself.
 */
export function requireExtension(previous: WormLog, next: WormLog): void {
  if (!next.isConsistent) throw new VdeError('wormInconsistent', 'header and log contradict each other');
  for (const field of ['createdUtcTicks', 'totalCapacityBlocks'] as const) {
    if (next[field] !== previous[field]) throw violation(`${field} is ${next[field]}, expected ${previous[field]}`);
  }
  if (next.highWaterMark < previous.highWaterMark) {
    throw violation(`the mark is ${next.highWaterMark}, expected at least ${previous.highWaterMark}`);
  }
  if (next.writeCount < previous.writeCount) {
    throw violation(
      `the log has ${next.writeCount} records, expected at least ${previous.writeCount}`,
      next.writeCount,
    );
  }
  const different = firstDifference(previous.stored.bytes(), next.stored.bytes());
  if (different !== undefined) throw violation(`record ${different} is not the one that was logged`, different);
  checkRetention(previous.retentionPeriodTicks, next.retentionPeriodTicks);
}

function violation(message: string, index?: number): VdeError<'wormViolation'> {
  const details = { rule: 'notAnExtension', ...(index !== undefined && { index }) } as const;
  return new VdeError('wormViolation', message, { details });
}

/** The first record whose bytes differ within the length of the old log. */
function firstDifference(before: Uint8Array, after: Uint8Array): number | undefined {
  if (sameBytes(before, after.subarray(0, before.length))) return undefined;
  for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) return Math.floor(i / WriteRecord.size);
  return undefined;
}
