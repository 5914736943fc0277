import type { PackedRecords, Severity } from '@vde/format';
import { type WormHeader, WriteRecord } from './records.ts';

/** A rule of section 4 that a region breaks. */
export interface Inconsistency {
  readonly severity: Severity;
  readonly message: string;
  /** A header field, or a field of the record at `index`. */
  readonly field: (keyof WormHeader | keyof WriteRecord) & string;
  readonly index?: number;
  readonly expected?: unknown;
  readonly actual: unknown;
}

/** The header values that the rules compare. */
export type Marks = Pick<
  WormHeader,
  'highWaterMark' | 'totalCapacityBlocks' | 'retentionPeriodTicks' | 'createdUtcTicks'
>;

/** All broken rules. Without a payload size no length is too large. */
export function* findInconsistencies(
  marks: Marks,
  writes: PackedRecords<WriteRecord>,
  payloadSize = Number.POSITIVE_INFINITY,
): Generator<Inconsistency, void, undefined> {
  yield* checkMarks(marks, writes.length);
  if (!areInOrder(marks, writes.bytes(), payloadSize)) yield* checkWrites(marks, writes, payloadSize);
}

function* checkMarks(
  { highWaterMark, totalCapacityBlocks, retentionPeriodTicks }: Marks,
  count: number,
): Generator<Inconsistency, void, undefined> {
  const mark = { severity: 'error', field: 'highWaterMark', actual: highWaterMark } as const;
  if (highWaterMark < 0n || highWaterMark > totalCapacityBlocks) {
    const expected = `0 to ${totalCapacityBlocks}`;
    yield { ...mark, expected, message: `highWaterMark is ${highWaterMark}, expected ${expected}` };
  }
  if (highWaterMark !== BigInt(count)) {
    const what = highWaterMark < count ? 'the mark was lowered' : 'blocks below the mark are not logged';
    yield {
      ...mark,
      expected: BigInt(count),
      message: `highWaterMark is ${highWaterMark}, the log has ${count} records: ${what}`,
    };
  }
  if (retentionPeriodTicks < 0n) {
    const message = `retentionPeriodTicks is ${retentionPeriodTicks}; a negative period counts as forever`;
    yield { severity: 'warning', field: 'retentionPeriodTicks', actual: retentionPeriodTicks, message };
  }
}

function* checkWrites(
  { createdUtcTicks }: Marks,
  writes: PackedRecords<WriteRecord>,
  payloadSize: number,
): Generator<Inconsistency, void, undefined> {
  const blockIndex = writes.reader('blockIndex');
  const dataLength = writes.reader('dataLength');
  const timestamp = writes.reader('timestampUtcTicks');
  let before = createdUtcTicks;
  let expected = 0n;
  for (let index = 0; index < writes.length; index++) {
    const at = blockIndex(index);
    if (at !== expected) {
      const message = `record ${index} is of block ${at}, expected ${expected}`;
      yield { severity: 'error', field: 'blockIndex', index, expected, actual: at, message };
    }
    expected++;
    const length = dataLength(index);
    if (length < 0 || length > payloadSize) {
      const message = `record ${index} has ${length} bytes of data, a block holds ${payloadSize}`;
      yield { severity: 'error', field: 'dataLength', index, actual: length, message };
    }
    const time = timestamp(index);
    if (time < before) {
      const message = `record ${index} was written before ${index === 0 ? 'the region was made' : 'the record in front of it'}`;
      yield { severity: 'warning', field: 'timestampUtcTicks', index, expected: before, actual: time, message };
    }
    before = time;
  }
}

/**
 * Whether no record breaks a rule. Without a bigint for each field: a quarter of the time that the rules above take. Logs of more
 * than 2^32 records are left to them.
 */
function areInOrder({ createdUtcTicks }: Marks, stored: Uint8Array, payloadSize: number): boolean {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
  const offsetOf = (name: keyof WriteRecord & string) => WriteRecord.field(name).offset;
  const [index, length, time] = [offsetOf('blockIndex'), offsetOf('dataLength'), offsetOf('timestampUtcTicks')];
  let high = Number(createdUtcTicks >> 32n);
  let low = Number(createdUtcTicks & 0xffff_ffffn);
  for (let at = 0, expected = 0; at < stored.length; at += WriteRecord.size, expected++) {
    if (view.getUint32(at + index, true) !== expected || view.getUint32(at + index + 4, true) !== 0) return false;
    const bytes = view.getInt32(at + length, true);
    const nextLow = view.getUint32(at + time, true);
    const nextHigh = view.getInt32(at + time + 4, true);
    if (bytes < 0 || bytes > payloadSize || nextHigh < high || (nextHigh === high && nextLow < low)) return false;
    high = nextHigh;
    low = nextLow;
  }
  return true;
}
