import type { AllocationBitmap, CellValue, TableColumn } from '@vde/format';
import type { ByteRange, ImageFinding, Shown } from '../model.ts';
import type { InspectedSpace } from '../space.ts';

/** `added`: only B has it. `removed`: only A has it. `changed`: both have it, but not the same. */
export type DiffKind = 'added' | 'removed' | 'changed';

/** What differences belong to: a superblock copy, the directory, a region, blocks of no region. */
export interface DiffPart {
  /** Its address in A, or in B where A lacks it: `sb`, `dir`, `r:metrics-log`. */
  readonly path: string;
  readonly title: string;
  /** Its address in each of the two; `null` where there is none. */
  readonly addressA: string | null;
  readonly addressB: string | null;
}

/** Where a difference stands. */
interface DiffPlace {
  readonly part: DiffPart;
  /** An address, such as `r:metrics-log.samples[17].value`: that in A, or in B where A has none. */
  readonly path: string;
  readonly kind: DiffKind;
  readonly addressA: string | null;
  readonly addressB: string | null;
}

/** One value of a record, with the id of its column. */
export interface DiffCell extends Shown {
  readonly id: string;
}

/** Values that name a record in both tables, where its table has such. */
interface DiffKeyed {
  readonly key?: readonly DiffCell[];
}

/** Blocks `start` to `start + count - 1`, absolute. */
export interface DiffRun {
  readonly start: number;
  readonly count: number;
}

/** The trailers of a run of blocks; the checksum is told where it alone differs. */
export interface DiffTrailer extends DiffRun {
  readonly tag: string;
  readonly generation: number;
  readonly checksum?: bigint;
}

interface Sides<T> {
  /** `null` where the side lacks it. */
  readonly a: T | null;
  readonly b: T | null;
}

/**
 * One difference between images A and B. `field`: a value. `record`: a whole row of a table. `place`: the same row, but at
 * another place among the others; a and b are row numbers. `region`: the entry of a slot. `blocks`: a run whose bytes differ and
 * that no decoder explains, with the number of differing bytes and the offset of the first one in the run. `trailers`: blocks
 * with the same payloads under other trailers. `bytes`: what stands in front of block 0.
 */
export type Difference =
  | (DiffPlace & DiffKeyed & Sides<Shown> & { readonly what: 'field' })
  | (DiffPlace & DiffKeyed & Sides<readonly DiffCell[]> & { readonly what: 'record' })
  | (DiffPlace & DiffKeyed & Sides<number> & { readonly what: 'place' })
  | (DiffPlace & Sides<readonly DiffCell[]> & { readonly what: 'region' })
  | (DiffPlace & Sides<DiffRun> & { readonly what: 'blocks'; readonly bytes: number; readonly firstByte: number })
  | (DiffPlace & Sides<DiffTrailer> & { readonly what: 'trailers' })
  | (DiffPlace & Sides<ByteRange> & { readonly what: 'bytes' });

/** How images are compared. */
export interface DiffOptions {
  /**
   * Also what only follows from other differences: trailers of blocks in a structure that differs otherwise, a header's count
   * of records, the directory's hash of its slots.
   */
  readonly consequences?: boolean;
  /** Called now and then with bytes of one image gone through and to go through. */
  onProgress?(progress: { readonly done: number; readonly total: number }): void;
  /** Called with the errors that were met in one of the two; damaged images are compared as far as they can be read. */
  onFinding?(side: Side, finding: ImageFinding): void;
  readonly signal?: AbortSignal | undefined;
}

export type Side = 'a' | 'b';

/** What the parts of a comparison share. @internal */
export interface DiffCall {
  readonly a: InspectedSpace;
  readonly b: InspectedSpace;
  /** `undefined` where there is none, or none that can be trusted. */
  readonly bitmapA: AllocationBitmap | undefined;
  readonly bitmapB: AllocationBitmap | undefined;
  readonly options: DiffOptions;
  /** Counts blocks that were gone through. */
  advance(blocks: number): void;
}

/** A value of a column as a cell of a difference. @internal */
export const cellOf = ({ id, kind, names }: TableColumn, value: CellValue): DiffCell => ({
  id,
  kind,
  value,
  ...(names && { names }),
});
