import {
  decodeGroup,
  decodeRegionDirectory,
  encodeGroupWithMirror,
  encodeRegionDirectory,
  type RegionPointer,
  type SuperblockGroup,
  sealBlocks,
} from '@vde/format';
import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { type Difference, type DiffOptions, type Inspection, openInspection } from '../src/index.ts';

/** An image in memory, and what is done to it. */
export class EditedImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly blockSize: number;

  constructor(bytes: Uint8Array, blockSize = 4096) {
    this.bytes = new Uint8Array(bytes);
    this.blockSize = blockSize;
  }

  block(block: number): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(block * this.blockSize, (block + 1) * this.blockSize);
  }

  /** Flips the lowest bit of a byte of a block. */
  flip(block: number, offset: number): this {
    this.block(block)[offset]! ^= 1;
    return this;
  }

  /** Seals a block again, with its own tag, and its own generation unless another is given. */
  seal(block: number, generation?: number): this {
    const bytes = this.block(block);
    const trailer = new DataView(bytes.buffer, bytes.byteOffset + this.blockSize - 16, 16);
    sealBlocks(bytes, this.blockSize, trailer.getUint32(0, true), generation ?? trailer.getUint32(4, true));
    return this;
  }

  /** Writes both superblock copies and the directory anew. */
  rewrite(change: (group: SuperblockGroup, slots: RegionPointer[]) => SuperblockGroup): this {
    const { blockSize } = this;
    const { group } = decodeGroup(this.bytes.subarray(0, 8 * blockSize), { blockSize });
    const { directory } = decodeRegionDirectory(this.bytes.subarray(8 * blockSize, 10 * blockSize), { blockSize });
    const slots = [...directory!.slots];
    const changed = change(group!, slots);
    this.bytes.set(encodeGroupWithMirror({ ...changed, regionPointers: { slots } }, blockSize));
    this.bytes.set(encodeRegionDirectory({ ...directory!, slots }, blockSize), 8 * blockSize);
    return this;
  }

  /** Writes the slots anew, and nothing else. */
  editSlots(change: (slots: RegionPointer[]) => void): this {
    return this.rewrite((group, slots) => {
      change(slots);
      return group;
    });
  }
}

export const open = (bytes: Uint8Array): Promise<Inspection> =>
  openInspection(memorySource(bytes, 'image'), { regions: allRegions, lenient: true });

/** All differences of two images. Those that are compared again and again are opened once. */
export async function diffOf(a: Uint8Array, b: Uint8Array, options?: DiffOptions): Promise<Difference[]> {
  const base = opened.get(a) ?? open(a);
  opened.set(a, base);
  return collect((await base).diff(await open(b), options));
}

const opened = new WeakMap<Uint8Array, Promise<Inspection>>();

export async function collect(differences: AsyncIterable<Difference>): Promise<Difference[]> {
  const all: Difference[] = [];
  for await (const difference of differences) all.push(difference);
  return all;
}

/** Each difference in a line: `changed sb.volumeLabel`. */
export const linesOf = (differences: readonly Difference[]): string[] =>
  differences.map(({ kind, path, what }) => `${kind} ${path}${what === 'field' ? '' : ` (${what})`}`);
