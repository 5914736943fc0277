import { VdeError } from './errors.ts';
import { type Geometry, geometryOf } from './geometry.ts';
import type { RegionPlugin, RegionWriter } from './region.ts';
import { blockTagOf } from './region-reader.ts';
import { sealBlocks } from './xxh64.ts';

/** How a region is encoded. */
export interface EncodeOptions {
  readonly blockSize: number;
  /** Generation of every block, a u32. */
  readonly generation: number;
  /** Blocks of the result: holes stand behind the written ones. Left out: exactly the required ones. */
  readonly blockCount?: number;
  /** Seal zero payloads in place of the holes: the form in which a reader that verifies whole slots accepts a region. */
  readonly sealAll?: boolean;
}

/**
 * The sealed blocks of a region state, a new array. Fails before anything is written, or not at all.
 * @throws VdeError `capacityExceeded` when the state needs more than `blockCount` blocks.
 * @throws RangeError or TypeError for a wrong block size, generation, or a value that its field cannot hold.
 */
export function encodeRegion<State>(
  plugin: RegionPlugin<State>,
  state: State,
  options: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const geometry = geometryOf(options.blockSize);
  const { generation } = options;
  if (!Number.isInteger(generation) || generation < 0 || generation > 0xffff_ffff) {
    throw new RangeError(`generation ${generation}: expected an unsigned 32-bit integer`);
  }
  const required = plugin.requiredBlocks(state, geometry);
  const blockCount = options.blockCount ?? required;
  if (required > blockCount) {
    throw new VdeError(
      'capacityExceeded',
      `${plugin.title}: needs ${required} blocks of ${geometry.blockSize}, ${blockCount} are there`,
      {
        details: { required, available: blockCount },
      },
    );
  }
  const blocks = new Uint8Array(blockCount * geometry.blockSize);
  const writer = new PayloadWriter(blocks, geometry, required, { tag: blockTagOf(plugin), generation });
  plugin.encode(state, writer);
  writer.sealRest(options.sealAll === true ? blockCount : required);
  return blocks;
}

/** Bytes sealed at once: few enough to be in the second-level cache still when they are hashed. */
const chunkSize = 256 * 1024;

class PayloadWriter implements RegionWriter {
  readonly geometry: Geometry;
  readonly blockCount: number;
  readonly #blocks: Uint8Array<ArrayBuffer>;
  readonly #stamp: { readonly tag: number; readonly generation: number };
  /** Blocks that were sealed, and the first of them that was asked for afterwards. */
  #sealed = 0;
  #reopened = Number.POSITIVE_INFINITY;

  constructor(
    blocks: Uint8Array<ArrayBuffer>,
    geometry: Geometry,
    blockCount: number,
    stamp: { readonly tag: number; readonly generation: number },
  ) {
    this.#blocks = blocks;
    this.geometry = geometry;
    this.blockCount = blockCount;
    this.#stamp = stamp;
  }

  finish(before: number): void {
    if (!Number.isInteger(before) || before < 0 || before > this.blockCount) {
      throw new RangeError(`${before} blocks: expected 0 to ${this.blockCount}`);
    }
    if ((before - this.#sealed) * this.geometry.blockSize < chunkSize) return;
    this.#seal(this.#sealed, before);
    this.#sealed = before;
  }

  /** Seals what is not sealed of the first `count` blocks. */
  sealRest(count: number): void {
    this.#seal(Math.min(this.#sealed, this.#reopened), count);
  }

  #seal(first: number, end: number): void {
    const { blockSize } = this.geometry;
    const { tag, generation } = this.#stamp;
    sealBlocks(this.#blocks.subarray(first * blockSize, end * blockSize), blockSize, tag, generation);
  }

  payload(block: number): Uint8Array<ArrayBuffer> {
    const start = this.#start(block);
    return this.#blocks.subarray(start, start + this.geometry.payloadSize);
  }

  view(block: number): DataView<ArrayBuffer> {
    return new DataView(this.#blocks.buffer, this.#start(block), this.geometry.payloadSize);
  }

  #start(block: number): number {
    if (!Number.isInteger(block) || block < 0 || block >= this.blockCount) {
      throw new RangeError(`block ${block}: the region needs blocks 0 to ${this.blockCount - 1}`);
    }
    if (block < this.#sealed) this.#reopened = Math.min(this.#reopened, block);
    return block * this.geometry.blockSize;
  }
}
