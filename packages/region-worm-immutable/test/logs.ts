import { sha256 } from '@vde/crypto';
import { encodeRegion, PackedRecords } from '@vde/format';
import { WriteRecord, worm } from '../src/index.ts';
import { WormLog } from '../src/worm-log.ts';

/** 2025-01-01T00:00:00Z in ticks. */
export const t0 = 638712864000000000n;
export const utf8 = (text: string) => new TextEncoder().encode(text);

/** Synthetic record `i` of section 7. */
export const synthetic = (i: number): WriteRecord => ({
  blockIndex: BigInt(i),
  timestampUtcTicks: t0 + BigInt(i),
  dataLength: i,
  contentHash: sha256(new Uint8Array(i)),
});

/** A log of given records, header values apart from the mark being those of section 7 unless given. */
export function logOf(records: readonly WriteRecord[], header: Partial<WormLog['header']> = {}): WormLog {
  const settings = { totalCapacityBlocks: 1000n, retentionPeriodTicks: 0n, createdUtcTicks: t0 };
  const highWaterMark = BigInt(records.length);
  return WormLog.ofStored({ highWaterMark, ...settings, ...header }, PackedRecords.from(WriteRecord, records));
}

/** The log of `count` synthetic records. */
export const syntheticLog = (count: number, header: Partial<WormLog['header']> = {}) =>
  logOf(
    Array.from({ length: count }, (_, i) => synthetic(i)),
    header,
  );

/** Blocks of a log. */
export function blocksOf(log: WormLog, blockSize: number, generation = 1): Uint8Array<ArrayBuffer> {
  return encodeRegion(worm, log, { blockSize, generation });
}
