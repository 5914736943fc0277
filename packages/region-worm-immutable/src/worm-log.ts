import { createSha256, sha256 } from '@vde/crypto';
import { geometryOf, PackedRecords, VdeError } from '@vde/format';
import { findInconsistencies, type Inconsistency, type Marks } from './consistency.ts';
import { WormHeader, WriteRecord } from './records.ts';
import { checkRetention, type RetainedUntil, retainedUntil } from './retention.ts';

/** What a new region is made of. */
export interface WormSettings {
  /** Data blocks that can be written, at least 1. */
  readonly totalCapacityBlocks: bigint | number;
  /** Time of creation, ticks. It never changes. */
  readonly createdUtcTicks: bigint;
  /** Left out: 0, forever. */
  readonly retentionPeriodTicks?: bigint | undefined;
}

type StoredHeader = Omit<WormHeader, 'writeLogCount'>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** When and into what a block is written. */
export interface AppendOptions {
  /** Time of the write, ticks. */
  readonly now: bigint;
  /** Block size of the image, bytes: a data block holds 16 bytes less. */
  readonly blockSize: number;
}

/**
 * The state of a write-once region: what was written when, in order. Records are only added, the mark only rises, the retention only grows.
 * The data blocks are not part of it. Records go in and come out as copies.
 */
export class WormLog implements Iterable<WriteRecord> {
  readonly #marks: Mutable<Marks>;
  #writes = new PackedRecords(WriteRecord);
  #reserved: Uint8Array | undefined;
  /** Of a log that was read; found out when asked for. */
  #isConsistent: boolean | undefined = true;

  /** An empty log. @throws RangeError for a capacity below 1, a negative retention, or a value that is no i64. */
  constructor({ totalCapacityBlocks, createdUtcTicks, retentionPeriodTicks = 0n }: WormSettings) {
    const capacity = BigInt(totalCapacityBlocks);
    if (capacity < 1n) throw new RangeError(`totalCapacityBlocks ${capacity}: expected at least 1`);
    if (retentionPeriodTicks < 0n)
      throw new RangeError(`retention ${retentionPeriodTicks}: expected 0, forever, or more`);
    this.#marks = { highWaterMark: 0n, totalCapacityBlocks: capacity, retentionPeriodTicks, createdUtcTicks };
    this.#headerBytes();
  }

  /** Takes over a log as it was read, whatever it says. @internal */
  static ofStored({ reserved, ...marks }: StoredHeader, writes: PackedRecords<WriteRecord>): WormLog {
    const log = new WormLog({ totalCapacityBlocks: 1n, createdUtcTicks: 0n });
    Object.assign(log.#marks, marks);
    log.#writes = writes;
    log.#reserved = reserved;
    log.#isConsistent = undefined;
    return log;
  }

  /** All header values but the count. @internal */
  get header(): StoredHeader {
    return { ...this.#marks, ...(this.#reserved && { reserved: this.#reserved.slice() }) };
  }

  /** The records themselves, not a copy. @internal */
  get stored(): PackedRecords<WriteRecord> {
    return this.#writes;
  }

  /** A log of its own with the same records. */
  clone(): WormLog {
    const writes = new PackedRecords(WriteRecord);
    writes.pushBytes(this.#writes.bytes());
    return WormLog.ofStored(this.header, writes);
  }

  /** Blocks written: those below are immutable. */
  get highWaterMark(): bigint {
    return this.#marks.highWaterMark;
  }

  get totalCapacityBlocks(): bigint {
    return this.#marks.totalCapacityBlocks;
  }

  /** Time for which everything must be kept after the last write, ticks; 0 is forever. */
  get retentionPeriodTicks(): bigint {
    return this.#marks.retentionPeriodTicks;
  }

  get createdUtcTicks(): bigint {
    return this.#marks.createdUtcTicks;
  }

  /** Reserved header bytes, when they are not zero. */
  get reserved(): Uint8Array | undefined {
    return this.#reserved?.slice();
  }

  /** Records of the log: the mark, unless the region is inconsistent. */
  get writeCount(): number {
    return this.#writes.length;
  }

  /** Data blocks that can still be written. */
  get freeBlocks(): bigint {
    return this.totalCapacityBlocks - this.highWaterMark;
  }

  /** Whether header and log agree (section 4). If not, nothing can be appended. */
  get isConsistent(): boolean {
    this.#isConsistent ??= !hasError(findInconsistencies(this.#marks, this.#writes));
    return this.#isConsistent;
  }

  /** The record of a write. @throws RangeError outside 0 to writeCount - 1. */
  at(index: number): WriteRecord {
    return this.#writes.at(index);
  }

  /** A function that reads one field of a record, without making an object. */
  reader<K extends keyof WriteRecord & string>(field: K): (index: number) => WriteRecord[K] {
    return this.#writes.reader(field);
  }

  [Symbol.iterator](): Iterator<WriteRecord, void, undefined> {
    return this.#writes[Symbol.iterator]();
  }

  /** Whether a data block can no longer be written. True for negative indices, which no block has. */
  isImmutable(index: number | bigint): boolean {
    return index < this.highWaterMark;
  }

  /**
   * Logs the write of the next data block and gives its index. The data themselves are the caller's to store, before the log is
   * committed (5.3); may be empty. @throws as {@link appendMany}.
   */
  append(data: Uint8Array, options: AppendOptions): number {
    return this.appendMany([data], options);
  }

  /**
   * Logs the writes of the next data blocks, all or none, and gives the index of the first.
   * @throws VdeError `wormInconsistent` when header and log disagree, `capacityExceeded` when the region is full, `recordTooLarge` for more
   * bytes than a block holds. @throws RangeError for the block size or a time that is no i64.
   */
  appendMany(all: readonly Uint8Array[], { now, blockSize }: AppendOptions): number {
    const { payloadSize } = geometryOf(blockSize);
    this.#checkRoom(all.length);
    for (const { length } of all) checkLength(length, payloadSize);
    const hashes = all.map(sha256);
    const first = this.writeCount;
    // Nothing but the time can be refused now, and that with the first record.
    for (let i = 0; i < hashes.length; i++) {
      const [blockIndex, dataLength, contentHash] = [BigInt(first + i), all[i]!.length, hashes[i]!];
      this.#writes.push({ blockIndex, timestampUtcTicks: now, dataLength, contentHash });
    }
    this.#marks.highWaterMark += BigInt(all.length);
    return first;
  }

  /**
   * Logs the write of a data block that must be the next one.
   * @throws VdeError `badIndex` for a negative index, `wormViolation` for one that is not the mark; and as {@link appendMany}.
   */
  write(index: number, data: Uint8Array, options: AppendOptions): void {
    if (!Number.isInteger(index)) throw new RangeError(`block ${index}: expected an integer`);
    if (index < 0) throw new VdeError('badIndex', `block ${index}: expected 0 or more`);
    if (this.isImmutable(index)) {
      const message = `block ${index} is immutable: ${this.highWaterMark} blocks are written`;
      throw new VdeError('wormViolation', message, { details: { rule: 'overwrite', index } });
    }
    if (index > this.highWaterMark) {
      const message = `block ${index} is not the next one, expected ${this.highWaterMark}`;
      throw new VdeError('wormViolation', message, { details: { rule: 'notSequential', index } });
    }
    this.append(data, options);
  }

  /**
   * Lengthens the retention period. 0, forever, is the longest.
   * @throws VdeError `retentionShortened` for a shorter one. @throws RangeError for a negative one, or one that is no i64.
   */
  extendRetention(retentionPeriodTicks: bigint): void {
    checkRetention(this.retentionPeriodTicks, retentionPeriodTicks);
    this.#marks.retentionPeriodTicks = retentionPeriodTicks;
  }

  /** Until when everything must be kept: the latest write, or the creation, and the retention period after it. */
  get retainedUntil(): RetainedUntil {
    const timestamp = this.reader('timestampUtcTicks');
    let latest = this.writeCount === 0 ? this.createdUtcTicks : timestamp(0);
    for (let i = 1; i < this.writeCount; i++) if (timestamp(i) > latest) latest = timestamp(i);
    return retainedUntil(this.retentionPeriodTicks, latest);
  }

  /** Whether the region as a whole may be freed at `now`, ticks. Single blocks never can. */
  canRelease(now: bigint): boolean {
    const until = this.retainedUntil;
    return until !== 'forever' && now >= until;
  }

  /**
   * SHA-256 of header and records. Kept outside the image, or signed, it tells every change of the log; XXH64 does not, for
   * whoever can write the image can write its checksums, too (5.1).
   */
  digest(): Uint8Array<ArrayBuffer> {
    const hash = createSha256();
    hash.update(this.#headerBytes());
    hash.update(this.#writes.bytes());
    return hash.digest();
  }

  /** The header without its reserved bytes. @throws RangeError or TypeError for a value that does not fit. */
  #headerBytes(): Uint8Array<ArrayBuffer> {
    const header = new Uint8Array(WormHeader.size);
    WormHeader.set(new DataView(header.buffer), 0, { ...this.#marks, writeLogCount: this.writeCount });
    return header;
  }

  #checkRoom(blocks: number): void {
    if (!this.isConsistent) {
      throw new VdeError('wormInconsistent', 'header and log contradict each other; nothing can be appended');
    }
    if (BigInt(blocks) <= this.freeBlocks) return;
    const message = `${blocks} more blocks: ${this.highWaterMark} of ${this.totalCapacityBlocks} are written`;
    throw new VdeError('capacityExceeded', message, { details: { required: blocks, available: this.freeBlocks } });
  }
}

function hasError(found: Iterable<Inconsistency>): boolean {
  for (const { severity } of found) if (severity === 'error') return true;
  return false;
}

/** @throws VdeError `recordTooLarge`. */
function checkLength(length: number, payloadSize: number): void {
  if (length <= payloadSize) return;
  const message = `data of ${length} bytes, a data block holds ${payloadSize}`;
  throw new VdeError('recordTooLarge', message, { details: { size: length } });
}
