import { type BlockRecord, blockRecord } from './block-record.ts';
import type { ContainerBlock } from './container-block.ts';
import { pad, u16, u64 } from './field.ts';
import type { Report } from './finding.ts';
import { geometryOf } from './geometry.ts';
import type { FieldRange } from './record.ts';
import { type RegionPointer, slotCount } from './region-pointer.ts';
import { activeRegionCount } from './region-pointer-table.ts';
import { readTrailer } from './trailer.ts';

const directoryHeaderBlock = /* @__PURE__ */ blockRecord('DirectoryHeader', {
  version: u16,
  slotCount: u16,
  activeCount: u16,
  reserved6: /* @__PURE__ */ pad(2),
  block0Hash: u64,
});

/** Block 9 (page 03, 3.3). `block0Hash` is the checksum in the trailer of block 8. */
export type DirectoryHeader = typeof directoryHeaderBlock extends BlockRecord<infer T> ? T : never;

/** The header in the payload of block 9, reserved bytes included. @throws RangeError for a block shorter than `blockSize`. */
export function decodeDirectoryHeader(block: Uint8Array, blockSize: number): DirectoryHeader {
  return directoryHeaderBlock.decode(block, blockSize);
}

/** A new block with the header and a zero trailer. @throws RangeError for a value that does not fit. */
export function encodeDirectoryHeader(header: DirectoryHeader, blockSize: number): Uint8Array<ArrayBuffer> {
  return directoryHeaderBlock.encode(header, blockSize);
}

/** The field ranges of block 9, reserved bytes included. Those of block 8 are the region pointer table's. */
export function directoryHeaderRanges(blockSize: number): FieldRange[] {
  return directoryHeaderBlock.ranges(blockSize);
}

/** What the header is compared with: block 8, unless it is damaged. */
interface HeaderSubject {
  readonly block: ContainerBlock;
  readonly slots: readonly RegionPointer[];
}

/** Reports where a header of version 1 disagrees with the slots (page 03, 4.2). @internal */
export function reportHeader(
  header: DirectoryHeader,
  found: ContainerBlock,
  subject: HeaderSubject | undefined,
  blockSize: number,
  report: Report,
): void {
  const { block } = found;
  const repair = { possible: true, from: 'slots' };
  const compare = (path: 'slotCount' | 'activeCount' | 'block0Hash', expected: number | bigint, what: string): void => {
    const actual = header[path];
    if (actual === expected) return;
    const { offset, length } = directoryHeaderRanges(blockSize).find(({ name }) => name === path)!;
    const place = { block, offset, length, path, expected, actual, repair };
    report(path, `the directory header says ${show(actual)}, expected ${show(expected)} ${what}`, place);
  };
  compare('slotCount', slotCount, 'slots');
  if (subject === undefined) return;
  compare('activeCount', activeRegionCount(subject.slots), 'active regions');
  compare('block0Hash', readTrailer(subject.block.bytes, blockSize).checksum, 'as the hash of block 8');
  if (found.generation !== subject.block.generation) {
    const message = `directory block 9 has generation ${found.generation}, block 8 has ${subject.block.generation}`;
    report('generationsDiffer', message, {
      block,
      offset: geometryOf(blockSize).payloadSize + 4,
      length: 4,
      path: 'trailer.generation',
      expected: subject.block.generation,
      actual: found.generation,
      repair,
    });
  }
}

const show = (value: number | bigint): string =>
  typeof value === 'bigint' ? value.toString(16).toUpperCase().padStart(16, '0') : `${value}`;
