import { isZero } from './bytes.ts';
import { blockCodes } from './codes.ts';
import { VdeError } from './errors.ts';
import { type CodeRegistry, collectFindings, type Finding, type Report } from './finding.ts';
import { type Geometry, geometryOf } from './geometry.ts';
import type { AnyRegionPlugin, BlockState, RegionReader } from './region.ts';
import { stringToTag, tagToString } from './tag.ts';
import { blockStatus, verifyBlocks } from './xxh64.ts';

/** How the bytes of a region are read. */
export interface ReadOptions {
  readonly blockSize: number;
  /** Collect findings instead of throwing on errors. */
  readonly lenient?: boolean;
  /** Blocks reserved for the region when only its first ones are given; all others count as holes. */
  readonly blockCount?: number;
}

/** A reader with what core itself needs of it. */
export interface CoreReader extends RegionReader {
  readonly findings: readonly Finding[];
  /** Generation in the trailer of block 0; 0 when there is none. */
  readonly generation: number;
}

/** Blocks verified in one call of the kernel: most regions are read front to back. */
const readAhead = 64;
const unknownStatus = 0xff;

/**
 * Opens bare region blocks for a plugin: `blocks` stays the caller's and must not change while the reader is in use.
 * @throws RangeError when the block size is invalid or `blocks` is not whole blocks.
 */
export function openRegion(plugin: AnyRegionPlugin, blocks: Uint8Array, options: ReadOptions): CoreReader {
  const geometry = geometryOf(options.blockSize);
  if (blocks.length % geometry.blockSize !== 0) {
    throw new RangeError(`${blocks.length} bytes are not whole blocks of ${geometry.blockSize}`);
  }
  return new BlockReader(plugin, blocks, geometry, options);
}

class BlockReader implements CoreReader {
  readonly geometry: Geometry;
  readonly blockCount: number;
  readonly loadedCount: number;
  readonly findings: Finding[];
  readonly generation: number;
  readonly #plugin: AnyRegionPlugin;
  readonly #tag: number;
  readonly #blocks: Uint8Array;
  readonly #trailers: DataView;
  readonly #raw: boolean;
  readonly #lenient: boolean;
  readonly #collect: Report;
  readonly #statuses: Uint8Array;
  readonly #seen: Uint8Array;

  constructor(plugin: AnyRegionPlugin, blocks: Uint8Array, geometry: Geometry, options: ReadOptions) {
    this.geometry = geometry;
    this.loadedCount = blocks.length / geometry.blockSize;
    this.blockCount = Math.max(options.blockCount ?? this.loadedCount, this.loadedCount);
    this.#plugin = plugin;
    this.#tag = blockTagOf(plugin);
    this.#blocks = blocks;
    this.#trailers = new DataView(blocks.buffer, blocks.byteOffset, blocks.length);
    this.#raw = this.loadedCount > 0 && plugin.framing?.(blocks.subarray(0, geometry.blockSize)) === 'raw';
    this.#lenient = options.lenient ?? false;
    const { findings, report } = collectFindings(codesOf(plugin));
    this.findings = findings;
    this.#collect = report;
    this.#statuses = new Uint8Array(this.loadedCount).fill(unknownStatus);
    this.#seen = new Uint8Array(this.loadedCount);
    this.generation = this.loadedCount > 0 && !this.#raw ? this.#trailers.getUint32(geometry.payloadSize + 4, true) : 0;
  }

  state(block: number): BlockState {
    if (block >= this.loadedCount || this.#isHole(block)) return 'hole';
    if (this.#raw) return 'written';
    return this.#status(block) === blockStatus.formattedEmpty ? 'formattedEmpty' : 'written';
  }

  payload(block: number): Uint8Array {
    if (!Number.isInteger(block) || block < 0 || block >= this.blockCount) {
      throw new RangeError(`block ${block}: the region has blocks 0 to ${this.blockCount - 1}`);
    }
    if (block >= this.loadedCount || this.#isHole(block)) {
      throw new VdeError('truncated', `${this.#plugin.title}: block ${block} was never written, expected data`, {
        details: { block },
      });
    }
    if (this.#seen[block] === 0) {
      this.#seen[block] = 1;
      if (!this.#raw) this.#check(block);
    }
    const start = block * this.geometry.blockSize;
    return this.#blocks.subarray(start, start + (this.#raw ? this.geometry.blockSize : this.geometry.payloadSize));
  }

  view(block: number): DataView {
    const payload = this.payload(block);
    return new DataView(payload.buffer, payload.byteOffset, payload.length);
  }

  peek(block: number): DataView | undefined {
    if (!(block >= 0 && block < this.loadedCount)) return undefined;
    const length = this.#raw ? this.geometry.blockSize : this.geometry.payloadSize;
    return new DataView(this.#blocks.buffer, this.#blocks.byteOffset + block * this.geometry.blockSize, length);
  }

  isIntact(block: number): boolean {
    const status = this.#status(block);
    return status === blockStatus.ok || status === blockStatus.formattedEmpty;
  }

  isOfThisWrite(block: number): boolean {
    const { blockSize, payloadSize } = this.geometry;
    const trailer = block * blockSize + payloadSize;
    const isUnwritten = this.generation === 0 && this.#isHole(0);
    return (
      this.#status(block) === blockStatus.ok &&
      this.#trailers.getUint32(trailer, true) === this.#tag &&
      (isUnwritten || this.#trailers.getUint32(trailer + 4, true) === this.generation)
    );
  }

  report: Report = (code, message, place) => {
    const before = this.findings.length;
    this.#collect(code, `${this.#plugin.title}: ${message}`, place);
    const finding = this.findings[before];
    if (finding?.severity === 'error' && !this.#lenient) throw new VdeError(code, finding.message, { details: place });
  };

  /** Checksum, then tag, then generation (page packed-record-blocks, section 4, steps 3 and 5). */
  #check(block: number): void {
    const { payloadSize, blockSize } = this.geometry;
    const status = this.#status(block);
    const trailer = block * blockSize + payloadSize;
    if (status === blockStatus.corrupt || status === blockStatus.unsealed) {
      const what = status === blockStatus.unsealed ? 'has no trailer' : 'does not match its checksum';
      this.report('badTrailer', `block ${block} ${what}`, { block, offset: 0, length: blockSize });
      if (status === blockStatus.unsealed) return;
    }
    // As numbers: a text for every block is a twentieth of the time of reading a packed region.
    const tag = this.#trailers.getUint32(trailer, true);
    if (tag !== this.#tag && !this.#isFresh(block, tagToString(tag))) this.#wrongTag(block, tagToString(tag));
    const generation = this.#trailers.getUint32(trailer + 4, true);
    // Without a trailer block 0 has no generation to compare with.
    if (block > 0 && generation !== this.generation && this.#status(0) !== blockStatus.unsealed) {
      this.report('tornWrite', `block ${block} has generation ${generation}, block 0 has ${this.generation}`, {
        block,
        offset: payloadSize + 4,
        length: 4,
        expected: this.generation,
        actual: generation,
      });
    }
  }

  /** A block of zero payload may carry any of the slot types: fresh regions do. */
  #isFresh(block: number, tag: string): boolean {
    return this.#status(block) === blockStatus.formattedEmpty && this.#plugin.slotTypes.includes(tag);
  }

  #wrongTag(block: number, tag: string): void {
    const payload = this.peek(block);
    const variant = block === 0 && payload ? this.#plugin.variant?.(tag, payload) : undefined;
    const place = { block, offset: this.geometry.payloadSize, length: 4, expected: this.#plugin.blockTag, actual: tag };
    if (variant) {
      // A known other layout: nothing of it can be decoded here, whatever the mode.
      throw new VdeError(variant.code, `${this.#plugin.title}: ${variant.message}`, { details: place });
    }
    this.report('wrongTag', `block ${block} has tag ${printable(tag)}, expected ${this.#plugin.blockTag}`, place);
  }

  #status(block: number): number {
    if (this.#statuses[block] === unknownStatus) {
      const { blockSize } = this.geometry;
      const end = Math.min(block + readAhead, this.loadedCount);
      const bytes = this.#blocks.subarray(block * blockSize, end * blockSize);
      verifyBlocks(bytes, blockSize, this.#statuses.subarray(block, end));
    }
    return this.#statuses[block]!;
  }

  #isHole(block: number): boolean {
    const { blockSize, payloadSize } = this.geometry;
    const start = block * blockSize;
    return (
      this.#trailers.getUint32(start + payloadSize, true) === 0 &&
      isZero(this.#blocks.subarray(start, start + blockSize))
    );
  }
}

/** Merged once a plugin: that takes as long as decoding a small region. */
const registries = /* @__PURE__ */ new WeakMap<AnyRegionPlugin, CodeRegistry>();

function codesOf(plugin: AnyRegionPlugin): CodeRegistry {
  let codes = registries.get(plugin);
  if (codes === undefined) {
    codes = { ...blockCodes, ...plugin.codes };
    registries.set(plugin, codes);
  }
  return codes;
}

function printable(tag: string): string {
  return /^[\x20-\x7e]{4}$/.test(tag) ? tag : JSON.stringify(tag);
}

/** The number of a plugin's block tag. */
export function blockTagOf(plugin: AnyRegionPlugin): number {
  return stringToTag(plugin.blockTag);
}
