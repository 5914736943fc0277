import { equalBytes, sha256 } from '@vde/crypto';
import { type BlockFault, findBlockFault, type Geometry, geometryOf, isZero, VdeError } from '@vde/format';
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
  return findDataFault(log.at(index), block, geometryOf(blockSize))?.code ?? 'ok';
}

/** What is wrong with a data block. */
export interface DataFault extends Omit<BlockFault, 'code'> {
  readonly code: Exclude<DataBlockState, 'ok'>;
}

/** What is wrong with a data block that was logged, `undefined` when nothing is. A length that no block can have matches nothing. */
export function findDataFault(record: WriteRecord, block: Uint8Array, geometry: Geometry): DataFault | undefined {
  const { payloadSize } = geometry;
  const { dataLength } = record;
  const fault = findBlockFault(block, geometry, wormTag);
  const isIntact = hasContent(record, block, geometry);
  if (fault !== undefined) {
    const data = isIntact ? 'its data are those in the log' : 'its data are not those in the log';
    return { ...fault, message: `${fault.message}; ${data}` };
  }
  if (!isIntact) {
    const length = Math.min(Math.max(dataLength, 0), payloadSize);
    return { code: 'hashMismatch', message: 'does not hold the data that were logged', offset: 0, length };
  }
  if (isZero(block.subarray(dataLength, payloadSize))) return undefined;
  const behind = { offset: dataLength, length: payloadSize - dataLength };
  return { code: 'nonZeroPadding', message: 'holds bytes behind its data', ...behind };
}

/** Whether the data are those that were logged, whatever the trailer says. */
function hasContent({ dataLength, contentHash }: WriteRecord, block: Uint8Array, { payloadSize }: Geometry): boolean {
  if (dataLength < 0 || dataLength > payloadSize) return false;
  return equalBytes(sha256(block.subarray(0, dataLength)), contentHash);
}
