import { isZero } from './bytes.ts';
import { VdeError } from './errors.ts';
import type { Geometry } from './geometry.ts';
import type { RecordType } from './record.ts';
import type { RegionReader, RegionWriter, TraceRange } from './region.ts';
import type { TableSpec } from './table-spec.ts';

/** Path of a record: `samples[17]`. */
export const recordPath = (id: string, index: number): string => `${id}[${index}]`;

/** The header of block 0; reserved bytes that are set make a notice. */
export function checkHeader<Header, Item, Count extends keyof Header & string>(
  spec: TableSpec<Header, Item, Count>,
  reader: RegionReader,
): Header {
  if (Math.max(spec.header.size, spec.item.size) > reader.geometry.payloadSize) {
    throw new VdeError(
      'unsupportedBlockSize',
      `a ${spec.item.name} does not fit block 0 at block size ${reader.geometry.blockSize}`,
    );
  }
  const head = spec.header.get(reader.view(0));
  for (const { name, type, offset } of spec.header.fields) {
    if (type.isPad === true && head[name as keyof Header] !== undefined) {
      reader.report('reservedNotZero', `reserved bytes "${name}" of the header are not zero`, {
        block: 0,
        offset,
        length: type.size,
        path: name,
      });
    }
  }
  return head;
}

/** The error of a record that fits no block of this size. */
export function tooLarge(item: { readonly name: string }, { payloadSize }: Geometry, size: number): VdeError {
  const message = `a ${item.name} of ${size} bytes does not fit a payload of ${payloadSize}`;
  return new VdeError('recordTooLarge', message, { details: { size } });
}

/** The record count of a header, checked against what the region can hold. @throws VdeError `badCount`. */
export function readCount<Header, Item, Count extends keyof Header & string>(
  spec: TableSpec<Header, Item, Count>,
  reader: RegionReader,
  head: Header,
  capacity: number,
): number {
  const stored = head[spec.count] as bigint | number;
  if (stored < 0 || stored > capacity) {
    const { offset, type } = spec.header.field(spec.count);
    const details = {
      block: 0,
      offset,
      length: type.size,
      path: spec.count,
      expected: `0 to ${capacity}`,
      actual: stored,
    };
    const room = `${reader.blockCount} ${reader.blockCount === 1 ? 'block holds' : 'blocks hold'} at most ${capacity}`;
    throw new VdeError('badCount', `${spec.count} is ${stored}, but ${room}`, { details });
  }
  return Number(stored);
}

/** Padding below this many bytes is looked at byte by byte: that is quicker than making an array of it. */
const shortPadding = 64;

function isZeroFrom(payload: Uint8Array, start: number): boolean {
  for (let i = start; i < payload.length; i++) if (payload[i] !== 0) return false;
  return true;
}

/** Reports bytes behind the last record of a block that are not zero. */
export function checkPadding(reader: RegionReader, payload: Uint8Array, block: number, end: number): void {
  const length = payload.length - end;
  if (length < shortPadding ? isZeroFrom(payload, end) : isZero(payload.subarray(end))) return;
  reader.report('paddingNotZero', `bytes behind the last record of block ${block} are not zero`, {
    block,
    offset: end,
    length,
  });
}

/** Writes the header with its count into block 0. */
export function writeHeader<Header, Item, Count extends keyof Header & string>(
  spec: TableSpec<Header, Item, Count>,
  header: Omit<Header, Count>,
  count: number,
  writer: RegionWriter,
): void {
  const { type } = spec.header.field(spec.count);
  const stored = type.size === 8 ? BigInt(count) : count;
  spec.header.set(writer.view(0), 0, { ...header, [spec.count]: stored } as Header);
}

/** The ranges of one record, with paths below `path` (or bare field names for a header). */
export function* traceRecord<T>(
  type: RecordType<T>,
  view: DataView,
  block: number,
  offset: number,
  path: string,
): Generator<TraceRange, void, undefined> {
  for (const range of type.ranges(view, offset)) {
    yield {
      block,
      offset: range.offset,
      length: range.length,
      path: path === '' ? range.name : `${path}.${range.name}`,
      type: range.type,
    };
  }
}
