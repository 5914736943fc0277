import {
  type BlockWindow,
  defineRegion,
  isZero,
  pad,
  type RegionReader,
  summaryOf,
  type TraceRange,
} from '@vde/format';
import { auditRing } from './audit.ts';
import { createRing } from './changes.ts';
import { streamingAppendCodes } from './codes.ts';
import { entryTag, generationOf } from './entries.ts';
import { StreamingAppendHeader } from './records.ts';
import { findRingFaults, isLive, isReadable, min, type StreamingAppend } from './ring.ts';
import { streamCommands } from './verbs.ts';

/** The streaming append region, tag `STRE` (page region-streaming-append). */
export const streamingAppend = /* @__PURE__ */ defineRegion<StreamingAppend>({
  id: 'streaming-append',
  title: 'Streaming append',
  blockTag: entryTag,
  slotTypes: ['STRE'],
  module: 6,
  anchored: {
    dataBlocks: (ring) => Number(ring.maxCapacityBlocks),
    headerBlocks: () => 1,
    isLive: (ring, index) => positionIn(ring, BigInt(index)) !== undefined,
    release(previous, next) {
      // Counters that fell back count anew: none of the old entries is kept.
      const isContinued = next.readTail >= previous.readTail && next.writeHead >= previous.writeHead;
      const readTail = isContinued ? min(next.readTail, previous.writeHead) : previous.writeHead;
      return { ...previous, readTail, entryCount: previous.writeHead - readTail };
    },
  },
  codes: streamingAppendCodes,
  empty: (options, { blockCount }) => createRing({ maxCapacityBlocks: Math.max(1, blockCount - 2), ...options }),
  emptyOptions: {
    maxCapacityBlocks: { summary: 'entries that it may hold', kind: 'number' },
    growthIncrement: { summary: 'blocks by which it grows', kind: 'number' },
  },
  span: () => 1,
  decode(reader): StreamingAppend {
    const view = reader.view(0);
    const header = StreamingAppendHeader.get(view);
    const rest = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).subarray(StreamingAppendHeader.size);
    // A search through a whole block of zeros takes longer than all the rest.
    const used = isZero(rest) ? 0 : rest.findLastIndex((byte) => byte !== 0) + 1;
    return { ...header, ...(used > 0 && { reserved: rest.slice(0, used) }) };
  },
  requiredBlocks: () => 1,
  encode({ reserved, ...header }, writer) {
    const payload = writer.payload(0);
    const room = payload.length - StreamingAppendHeader.size;
    if (reserved && reserved.length > room)
      throw new RangeError(`${reserved.length} reserved bytes: a block of ${writer.geometry.blockSize} has ${room}`);
    StreamingAppendHeader.set(writer.view(0), 0, header);
    if (reserved) payload.set(reserved, StreamingAppendHeader.size);
  },
  expect(ring, block, { blockCount }) {
    const position = findPosition(ring, block, blockCount);
    return { tag: entryTag, ...(position !== undefined && { generation: generationOf(position) }) };
  },
  trace: traceHeader,
  verify(ring, reader) {
    reportLimits(ring, reader);
    if (ring.maxCapacityBlocks >= 1n && ring.growthIncrement >= 1)
      for (const { path, message, expected } of findRingFaults(ring))
        reader.report('inconsistentHeader', message, { ...placeOf(path), expected, actual: ring[path] });
    if (ring.reserved === undefined) return;
    const { size: offset } = StreamingAppendHeader;
    const length = reader.geometry.payloadSize - offset;
    reader.report('reservedNotZero', 'reserved bytes of the header are not zero', {
      block: 0,
      offset,
      length,
      path: 'reserved',
    });
  },
  audit: auditRing,
  describe: (ring) => ({
    summary: summaryOf(StreamingAppendHeader, ring),
    tables: [],
    gauges: [
      { id: 'live', title: 'Live entries', value: ring.entryCount, max: ring.allocatedBlocks, unit: 'blocks' },
      { id: 'allocated', title: 'Allocated', value: ring.allocatedBlocks, max: ring.maxCapacityBlocks, unit: 'blocks' },
    ],
  }),
  verbs: { prefix: 'stream', commands: streamCommands },
});

/** The live position whose entry stands in a block of a slot of `blockCount` blocks; blocks in front of the ring hold headers. */
function findPosition(ring: StreamingAppend, block: number, blockCount: number): bigint | undefined {
  return block < 1 ? undefined : positionIn(ring, BigInt(block - blockCount) + ring.maxCapacityBlocks);
}

/** The live position whose entry stands in a ring block. */
function positionIn(ring: StreamingAppend, ringBlock: bigint): bigint | undefined {
  if (!isReadable(ring)) return undefined;
  const { readTail, allocatedBlocks } = ring;
  if (ringBlock < 0n || ringBlock >= allocatedBlocks) return undefined;
  const ahead = (ringBlock - (readTail % allocatedBlocks) + allocatedBlocks) % allocatedBlocks;
  return isLive(ring, readTail + ahead) ? readTail + ahead : undefined;
}

function placeOf(path: keyof StreamingAppendHeader) {
  const { offset, type } = StreamingAppendHeader.field(path);
  return { block: 0, offset, length: type.size, path };
}

/** What the reference refuses is an error. A bare header block says nothing about the size of its slot. */
function reportLimits(ring: StreamingAppend, reader: RegionReader): void {
  for (const path of ['maxCapacityBlocks', 'growthIncrement'] as const) {
    const place = { ...placeOf(path), expected: 'at least 1', actual: ring[path] };
    if (ring[path] < 1) reader.report('badField', `${path} is ${ring[path]}, expected at least 1`, place);
  }
  const room = reader.blockCount - 1;
  if (room < 1 || ring.maxCapacityBlocks <= BigInt(room)) return;
  const place = { ...placeOf('maxCapacityBlocks'), expected: `at most ${room}`, actual: ring.maxCapacityBlocks };
  const message = `a ring of ${ring.maxCapacityBlocks} blocks in a slot that has ${room} for it`;
  reader.report('capacityExceeded', message, { ...place, severity: 'warning' });
}

function* traceHeader(reader: RegionReader, window: BlockWindow): Generator<TraceRange, void, undefined> {
  const view = reader.peek(0);
  if (view === undefined || window.first > 0 || window.first + window.count < 1) return;
  for (const { name, ...range } of StreamingAppendHeader.ranges(view, 0)) yield { ...range, block: 0, path: name };
  const { size: offset } = StreamingAppendHeader;
  const length = view.byteLength - offset;
  yield { block: 0, offset, length, path: 'reserved', type: pad(length) };
}
