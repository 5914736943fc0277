export { wormLogCodes } from './codes.ts';
export { capacityOf, dataBlockOf, firstDataBlock } from './data-blocks.ts';
export { requireExtension } from './extension.ts';
export { WormHeader, WriteRecord } from './records.ts';
export { worm } from './region.ts';
export type { RetainedUntil } from './retention.ts';
export { logBlocks } from './rows.ts';
export { type DataBlockState, verifyBlock } from './verify-block.ts';
export { type AppendOptions, WormLog, type WormSettings } from './worm-log.ts';
