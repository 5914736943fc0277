import { type DecodedRegion, decodeRegion, type RegionPlugin } from '@vde/format';
import { expectTypeOf } from 'vitest';
import {
  type AppendPlan,
  createRing,
  encodeEntry,
  planAppend,
  type Relocation,
  type RingEntry,
  readEntries,
  readEntry,
  type StreamingAppend,
  StreamingAppendHeader,
  streamingAppend,
} from '../src/index.ts';

expectTypeOf(streamingAppend).toEqualTypeOf<RegionPlugin<StreamingAppend>>();
expectTypeOf<StreamingAppendHeader>().branded.toEqualTypeOf<{
  readonly maxCapacityBlocks: bigint;
  readonly allocatedBlocks: bigint;
  readonly writeHead: bigint;
  readonly readTail: bigint;
  readonly entryCount: bigint;
  readonly growthIncrement: number;
}>();
expectTypeOf<StreamingAppend['reserved']>().toEqualTypeOf<Uint8Array | undefined>();
expectTypeOf<StreamingAppend>().toExtend<StreamingAppendHeader>();
expectTypeOf(StreamingAppendHeader.get(new DataView(new ArrayBuffer(44)))).toEqualTypeOf<StreamingAppendHeader>();

expectTypeOf(createRing).returns.toEqualTypeOf<StreamingAppend>();
expectTypeOf(planAppend).returns.toEqualTypeOf<AppendPlan>();
expectTypeOf<AppendPlan['relocations']>().toEqualTypeOf<Iterable<Relocation>>();
expectTypeOf<AppendPlan['discarded']>().toEqualTypeOf<bigint | undefined>();
expectTypeOf(encodeEntry).returns.toEqualTypeOf<Uint8Array<ArrayBuffer>>();
expectTypeOf(readEntry).returns.resolves.toEqualTypeOf<RingEntry>();
expectTypeOf(readEntries).returns.toEqualTypeOf<AsyncGenerator<RingEntry, void, undefined>>();

// Strict reading always gives a state, lenient reading perhaps none.
const blocks = new Uint8Array(512);
expectTypeOf(decodeRegion(streamingAppend, blocks, { blockSize: 512 })).toEqualTypeOf<DecodedRegion<StreamingAppend>>();
expectTypeOf(decodeRegion(streamingAppend, blocks, { blockSize: 512, lenient: true })).toEqualTypeOf<
  DecodedRegion<StreamingAppend | undefined>
>();
