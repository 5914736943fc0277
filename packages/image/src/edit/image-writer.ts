import {
  type AllocationBitmap,
  type BlockRun,
  bitmapOfBlocks,
  countAllocated,
  type Finding,
  type RegionPointer,
  readTrailer,
  sameBytes,
  sealBlocks,
  setAllocated,
  stringToTag,
  VdeError,
  withSlot,
} from '@vde/format';
import { loadBitmap, type StoredBitmap } from '../allocation.ts';
import { blocksOfHead, commitHead, type DeviceSpace, type Head, writeBlocks } from '../commit.ts';
import type { BlockDevice } from '../device.ts';
import type { DiskImage } from '../disk-image.ts';
import { imageOf, type OpenOptions, openImage } from '../open-image.ts';
import { readBlocks } from '../read-blocks.ts';
import { headBlockCount } from '../read-head.ts';
import { type BlockWrite, blocksToWrite } from './block-writes.ts';
import { dataSlotOf } from './draft.ts';
import { nextHead } from './next-head.ts';
import { claimedRuns } from './runs.ts';

/** A commit: what is written before it, the slots that it makes current, and the blocks that come into and go out of use. @internal */
export interface Commit {
  readonly pointers: readonly RegionPointer[];
  readonly writes: readonly BlockWrite[];
  readonly claims: readonly BlockRun[];
  readonly frees: readonly BlockRun[];
  /** Left out: as they are. */
  readonly incompatibleFeatures?: number;
  readonly moduleManifest?: number;
  /** Time of the change, ticks. */
  readonly now: bigint;
  /** Gives free blocks for the bitmap, which is written anew where it changes; the slot of the data region may change by that. */
  readonly placeBitmap: () => { readonly start: number; readonly data: RegionPointer | undefined };
  /** Aborts before the head is touched. */
  readonly signal?: AbortSignal | undefined;
}

/** How an image is written. @internal */
export interface WriterOptions extends Pick<OpenOptions, 'regions'> {
  readonly sealKey?: Uint8Array | undefined;
  readonly sessionId: string;
}

/** An image and the commits that take it from one state to the next. @internal */
export class ImageWriter {
  readonly #device: BlockDevice;
  readonly #options: WriterOptions;
  #image: DiskImage;
  #stored: StoredBitmap;
  /** Why nothing can be written any more. */
  #failure: { readonly cause: unknown } | undefined;

  private constructor(device: BlockDevice, options: WriterOptions, image: DiskImage, stored: StoredBitmap) {
    this.#device = device;
    this.#options = options;
    this.#image = image;
    this.#stored = stored;
  }

  /** `opened`: the image as it is on the device, where it was opened before. @throws VdeError `needsRepair` where no bitmap can be trusted. */
  static async open(device: BlockDevice, options: WriterOptions, opened?: DiskImage): Promise<ImageWriter> {
    const image = opened ?? (await openImage(device, options));
    const stored = await loadBitmap(image);
    if (stored !== undefined) return new ImageWriter(device, options, image, stored);
    const message = `${device.name}: the allocation bitmap is missing or damaged, so nothing tells which blocks are free`;
    throw new VdeError('needsRepair', message);
  }

  get image(): DiskImage {
    return this.#image;
  }

  get bitmap(): AllocationBitmap {
    return this.#stored.bitmap;
  }

  /** Blocks of the bitmap's region. */
  get bitmapRun(): BlockRun {
    const { startBlock, blockCount } = this.#stored.slot;
    return { start: startBlock, count: blockCount };
  }

  /** @throws VdeError `reopenNeeded` after a commit that failed, or the end. */
  requireUsable(): void {
    if (this.#failure === undefined) return;
    const message = `${this.#device.name}: an earlier write failed, or the image was closed; open it again`;
    throw new VdeError('reopenNeeded', message, { cause: this.#failure.cause });
  }

  end(cause?: unknown): void {
    this.#failure ??= { cause };
  }

  /**
   * Carries a commit out. Gives what the new head could not keep of the old one.
   * @throws VdeError `writeFailed` where the old state stands, `outcomeUnknown` where that is not known.
   */
  async commit(commit: Commit): Promise<readonly Finding[]> {
    const { pointers, stored, write } = this.#nextBitmap(commit);
    const { incompatibleFeatures, moduleManifest } = this.#image.superblock!;
    const { head, findings } = nextHead(this.#image, {
      incompatibleFeatures,
      moduleManifest,
      ...commit,
      ...this.#options,
      pointers,
      allocatedBlocks: countAllocated(stored.bitmap),
    });
    const space = { source: this.#device, base: this.#image.base, blockSize: this.#image.blockSize };
    await writeBlocks(space, blocksToWrite(space, [...commit.writes, ...write], commit));
    commit.signal?.throwIfAborted();
    try {
      await commitHead(space, head);
      this.#image = await this.#reopened(space, head);
    } catch (error) {
      this.end(error);
      throw error;
    }
    this.#stored = { ...stored, slot: this.#image.slots.find(({ index }) => index === stored.slot.index)! };
    return findings;
  }

  /** The image after a commit. A head that is what was written need not be read twice to be that of one moment. */
  async #reopened(space: DeviceSpace, head: Head): Promise<DiskImage> {
    try {
      const found = await readBlocks(space, 0, headBlockCount);
      const isWritten = sameBytes(found, blocksOfHead(head));
      return isWritten ? imageOf(space, found, this.#options) : await openImage(this.#device, this.#options);
    } catch (cause) {
      const message = `${this.#device.name}: the new state was written, but cannot be read`;
      throw new VdeError('outcomeUnknown', message, { cause });
    }
  }

  /** The bitmap of the next state: as it is, or in other blocks where a bit changes. */
  #nextBitmap({ pointers: wanted, claims, frees, placeBitmap }: Commit) {
    const { blockSize, totalBlocks, pointers: present } = this.#image;
    const { slot, blocks: old } = this.#stored;
    const dataSlot = dataSlotOf(this.#image);
    const blocks = old.slice();
    const bitmap = bitmapOfBlocks(blocks, blockSize, totalBlocks);
    const listed = withSlot(wanted, slot.index, present[slot.index]!);
    const mark = (pointers: readonly RegionPointer[], freed: readonly BlockRun[]) => {
      for (const run of freed) setAllocated(bitmap, run, false);
      for (const run of [...claims, ...claimedRuns(pointers, { dataSlot, totalBlocks })])
        setAllocated(bitmap, run, true);
    };
    mark(listed, frees);
    if (sameBytes(blocks, old)) return { pointers: listed, stored: this.#stored, write: [] };
    const { start, data } = placeBitmap();
    const moved = withSlot(listed, slot.index, { ...present[slot.index]!, startBlock: BigInt(start) });
    const pointers = dataSlot === undefined || data === undefined ? moved : withSlot(moved, dataSlot, data);
    mark(pointers, [...frees, this.bitmapRun]);
    const generation = (readTrailer(old, blockSize).generation + 1) >>> 0;
    sealBlocks(blocks, blockSize, stringToTag('BMAP'), generation);
    const count = blocks.length / blockSize;
    const write: BlockWrite[] = [
      { kind: 'write', block: start, bytes: blocks },
      { kind: 'blank', start: start + count, count: slot.blockCount - count },
    ];
    return { pointers, stored: { slot, blocks, bitmap }, write };
  }
}
