import { type DecodedRegion, decodeRegion, isVdeError, type RegionPlugin } from '@vde/format';
import { expectTypeOf } from 'vitest';
import { type RetainedUntil, verifyBlock, type WormHeader, type WormLog, WriteRecord, worm } from '../src/index.ts';

expectTypeOf(worm).toEqualTypeOf<RegionPlugin<WormLog>>();
expectTypeOf<WriteRecord>().branded.toEqualTypeOf<{
  readonly blockIndex: bigint;
  readonly timestampUtcTicks: bigint;
  readonly dataLength: number;
  readonly contentHash: Uint8Array;
}>();
expectTypeOf<WormHeader>().branded.toEqualTypeOf<{
  readonly highWaterMark: bigint;
  readonly totalCapacityBlocks: bigint;
  readonly retentionPeriodTicks: bigint;
  readonly createdUtcTicks: bigint;
  readonly writeLogCount: number;
  readonly reserved?: Uint8Array;
}>();
expectTypeOf(WriteRecord.get(new DataView(new ArrayBuffer(52)))).toEqualTypeOf<WriteRecord>();

declare const log: WormLog;
expectTypeOf(log.at(0)).toEqualTypeOf<WriteRecord>();
expectTypeOf(log.reader('dataLength')).toEqualTypeOf<(index: number) => number>();
expectTypeOf(log.retainedUntil).toEqualTypeOf<RetainedUntil>();
expectTypeOf(verifyBlock(log, 0, new Uint8Array(512), 512)).toExtend<string>();
// @ts-expect-error the mark only rises by appending
log.highWaterMark = 0n;

declare const error: unknown;
if (isVdeError(error, 'wormViolation')) {
  expectTypeOf(error.details.rule).toEqualTypeOf<'overwrite' | 'notSequential' | 'notAnExtension' | 'retention'>();
}
if (isVdeError(error, 'retentionShortened')) expectTypeOf(error.details.from).toEqualTypeOf<bigint>();

// Strict reading always gives a state, lenient reading perhaps none.
const blocks = new Uint8Array(512);
expectTypeOf(decodeRegion(worm, blocks, { blockSize: 512 })).toEqualTypeOf<DecodedRegion<WormLog>>();
expectTypeOf(decodeRegion(worm, blocks, { blockSize: 512, lenient: true })).toEqualTypeOf<
  DecodedRegion<WormLog | undefined>
>();
