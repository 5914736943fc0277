import { type Geometry, geometryOf, type TraceRange } from '@vde/format';
import { ensure } from '../subject.ts';

/** What a path names: a record's field, or a field outside every table. */
export interface TracedPath {
  readonly table: string;
  readonly row: number;
  readonly field: string;
}

/** Table, row and field of `samples[17].value`; `undefined` for a header field. */
export function parsePath(path: string): TracedPath | undefined {
  const parts = /^([^[]+)\[(\d+)\]\.(.+)$/.exec(path);
  return parts === null ? undefined : { table: parts[1]!, row: Number(parts[2]), field: parts[3]! };
}

/** Ranges lie inside payloads, in order, one after the other, under paths of their own. Holds for any bytes. */
export function checkRanges(ranges: readonly TraceRange[], blockCount: number, { payloadSize }: Geometry): void {
  const paths = new Set<string>();
  let end = 0;
  for (const { block, offset, length, path } of ranges) {
    const place = () => `trace of ${path} (block ${block}, offset ${offset}, length ${length})`;
    const isInside = block >= 0 && block < blockCount && offset >= 0 && length > 0 && offset + length <= payloadSize;
    ensure([block, offset, length].every(Number.isInteger) && isInside, () => `${place()} lies outside the payloads`);
    const start = block * payloadSize + offset;
    ensure(start >= end, () => `${place()} overlaps the range before it, or stands out of order`);
    ensure(!paths.has(path), () => `${place()}: the path stands twice`);
    paths.add(path);
    end = start + length;
  }
}

/** What no range covers is padding, and padding is zero. */
export function checkCoverage(ranges: readonly TraceRange[], blocks: Uint8Array, blockSize: number): void {
  const { payloadSize } = geometryOf(blockSize);
  const covered = new Uint8Array(blocks.length);
  for (const { block, offset, length } of ranges)
    covered.fill(1, block * blockSize + offset, block * blockSize + offset + length);
  for (let at = 0; at < blocks.length; at++) {
    if (covered[at] === 1 || blocks[at] === 0 || at % blockSize >= payloadSize) continue;
    ensure(
      false,
      `block ${Math.floor(at / blockSize)}, offset ${at % blockSize}: no range covers this byte, and it is not zero`,
    );
  }
}
