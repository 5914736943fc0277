import { type AuditContext, blockCodes, type Finding, findBlockFault, type Geometry } from '@vde/format';
import { wormLogCodes } from './codes.ts';
import { firstDataBlock } from './data-blocks.ts';
import type { WriteRecord } from './records.ts';
import { findDataFault, wormTag } from './verify-block.ts';
import type { WormLog } from './worm-log.ts';

/** Bytes of data blocks read at once: memory stays the same however large the region is. */
const readBytes = 4 * 1024 * 1024;

/** Compares every data block with the log, and names writes that were never committed (5.1). */
export async function* auditWorm(log: WormLog, context: AuditContext): AsyncGenerator<Finding> {
  const { geometry, blockCount, startBlock, signal } = context;
  const first = firstDataBlock(log, blockCount, geometry);
  if (first === undefined) {
    yield notLocated(log, blockCount);
    return;
  }
  const count = blockCount - first;
  const step = Math.max(1, Math.floor(readBytes / geometry.blockSize));
  for (let done = 0; done < count; done += step) {
    signal?.throwIfAborted();
    const blocks = await context.readBlocks(startBlock + first + done, Math.min(step, count - done));
    for (let i = 0; i * geometry.blockSize < blocks.length; i++) {
      const block = blocks.subarray(i * geometry.blockSize, (i + 1) * geometry.blockSize);
      const finding = judgeBlock(log, done + i, block, geometry);
      if (finding !== undefined) yield { ...finding, block: first + done + i };
    }
  }
}

function judgeBlock(log: WormLog, index: number, block: Uint8Array, geometry: Geometry): Finding | undefined {
  const isLogged = index < log.writeCount && log.isImmutable(index);
  if (isLogged) return logged(index, log.at(index), block, geometry);
  // What lies below the mark and is not logged was named when the log was verified.
  if (log.isImmutable(index)) return undefined;
  if (findBlockFault(block, geometry, wormTag) !== undefined) return undefined;
  const message = `WORM region: data block ${index} was written, but never committed`;
  return {
    code: 'uncommitted',
    severity: wormLogCodes.uncommitted.severity,
    message,
    offset: 0,
    length: geometry.payloadSize,
  };
}

function logged(index: number, record: WriteRecord, block: Uint8Array, geometry: Geometry): Finding | undefined {
  const fault = findDataFault(record, block, geometry);
  if (fault === undefined) return undefined;
  const { severity } = { ...blockCodes, ...wormLogCodes }[fault.code];
  const message = `WORM region: data block ${index} ${fault.message}`;
  return { ...fault, severity, message, path: `writes[${index}]` };
}

function notLocated({ totalCapacityBlocks, writeCount }: WormLog, blockCount: number): Finding {
  const message =
    `WORM region: ${totalCapacityBlocks} data blocks and a log of ${writeCount} do not fit ${blockCount} blocks; ` +
    'data are not checked';
  const { severity } = wormLogCodes.dataNotLocated;
  const place = { block: 0, path: 'totalCapacityBlocks', actual: totalCapacityBlocks };
  return { code: 'dataNotLocated', severity, message, ...place };
}
