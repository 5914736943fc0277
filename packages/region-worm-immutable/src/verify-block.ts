import { equalBytes, sha256 } from '@vde/crypto';
import { classifyBlock, type Geometry, geometryOf, isZero, stringToTag, VdeError } from '@vde/format';
import type { WriteRecord } from './records.ts';
import type { WormLog } from './worm-log.ts';

/** What a data block is, compared with its record (5.1). `nonZeroPadding`: the data are right, bytes behind them are not zero. */
export type DataBlockState = 'ok' | 'nonZeroPadding' | 'hashMismatch' | 'badTrailer' | 'wrongTag' | 'truncated';

/** The tag of every block of the region. */
export const wormTag = 'WORM';

/**
 * Compares a whole data block, trailer included, with the log.
 * @throws VdeError `notWritten` when the log has no such write. @throws RangeError for the block size or a block that is too short.
 */
export function verifyBlock(log: WormLog, index: number, block: Uint8Array, blockSize: number): DataBlockState {
  const isLogged = Number.isInteger(index) && index >= 0 && index < log.writeCount && log.isImmutable(index);
  if (!isLogged) throw new VdeError('notWritten', `block ${index}: the log has ${log.writeCount} writes`);
  return compareBlock(log.at(index), block, geometryOf(blockSize));
}

/** The state of a data block with a given record. A length that no block can have matches nothing. */
export function compareBlock(record: WriteRecord, block: Uint8Array, geometry: Geometry): DataBlockState {
  const { state } = classifyBlock(block, geometry.blockSize, { expectTag: stringToTag(wormTag) });
  if (state === 'hole') return 'truncated';
  if (state === 'unsealed' || state === 'corrupt') return 'badTrailer';
  if (state === 'wrongTag') return 'wrongTag';
  if (!hasContent(record, block, geometry)) return 'hashMismatch';
  return isZero(block.subarray(record.dataLength, geometry.payloadSize)) ? 'ok' : 'nonZeroPadding';
}

/** Whether the data are those that were logged, whatever the trailer says. */
export function hasContent({ dataLength, contentHash }: WriteRecord, block: Uint8Array, geometry: Geometry): boolean {
  if (dataLength < 0 || dataLength > geometry.payloadSize) return false;
  return equalBytes(sha256(block.subarray(0, dataLength)), contentHash);
}
