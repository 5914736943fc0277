import {
  type AnyRegionPlugin,
  type DecodedDirectory,
  type DecodedGroup,
  decodeRegion,
  type Finding,
  type Geometry,
  geometryOf,
  openRegion,
  type RegionPlugin,
  type RegionPointer,
  type Superblock,
  sameBytes,
  signedNamespaceBytes,
  trailerSize,
  VdeError,
} from '@vde/format';
import type { DiskImage, ImageRegion, ImageSlot, ReadCall, RegionCall } from './disk-image.ts';
import { chainChoices, namedSlots, slotsOf, totalBlocksOf } from './image-slots.ts';
import {
  chainHash,
  checkChainHash,
  checkFileSize,
  checkFingerprint,
  checkNamespaceSignature,
  checkSeal,
  type IntegrityCheck,
} from './integrity.ts';
import { loadRegion } from './load-region.ts';
import { type BlockSpace, readBlocks } from './read-blocks.ts';
import { type Resolution, resolveRegion } from './resolve-region.ts';
import { type ScannedBlocks, type ScanResult, scanBlocks } from './scan.ts';
import type { BlockSource } from './source.ts';

/** What opening an image found out. */
export interface OpenedParts extends BlockSpace {
  readonly group: DecodedGroup;
  readonly directory: DecodedDirectory;
  readonly findings: readonly Finding[];
  readonly readOnly: boolean;
  readonly regions: readonly AnyRegionPlugin[];
}

/** The image as {@link DiskImage} describes it. @internal */
export class ImageReader implements DiskImage {
  readonly source: BlockSource;
  readonly base: number;
  readonly blockSize: number;
  readonly geometry: Geometry;
  readonly size: number;
  readonly totalBlocks: number;
  readonly presentBlocks: number;
  readonly group: DecodedGroup;
  readonly superblock: Superblock | undefined;
  readonly directory: DecodedDirectory;
  readonly pointers: readonly RegionPointer[];
  readonly slotsFrom: DiskImage['slotsFrom'];
  readonly slots: readonly ImageSlot[];
  readonly regions: readonly AnyRegionPlugin[];
  readonly readOnly: boolean;
  readonly findings: readonly Finding[];

  constructor({ source, base, blockSize, group, directory, findings, readOnly, regions }: OpenedParts) {
    this.source = source;
    this.base = base;
    this.blockSize = blockSize;
    this.geometry = geometryOf(blockSize);
    this.size = source.size - base;
    this.group = group;
    this.superblock = group.parts.superblock;
    this.directory = directory;
    this.totalBlocks = totalBlocksOf(group, this.size, this.blockSize);
    this.presentBlocks = Math.ceil(this.size / this.blockSize);
    const { pointers, from } = slotsOf(group, directory);
    this.pointers = pointers;
    this.slotsFrom = from;
    this.slots = namedSlots(pointers, this.superblock?.moduleManifest ?? 0, this.totalBlocks);
    this.regions = regions;
    this.readOnly = readOnly;
    this.findings = findings;
  }

  readBlocks(first: number, count: number, options: ReadCall = {}): Promise<Uint8Array<ArrayBuffer>> {
    return readBlocks(this, first, count, options);
  }

  async readRegion(
    slot: ImageSlot,
    plugin?: AnyRegionPlugin,
    options: ReadCall = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const blocks = await loadRegion(this, slot, plugin, options);
    await this.#requireUnchanged(options);
    return blocks;
  }

  resolve(slot: ImageSlot, options: ReadCall = {}): Promise<Resolution | undefined> {
    return this.#resolveAmong(this.regions, slot, options);
  }

  region<State>(
    plugin: RegionPlugin<State>,
    options: RegionCall & { readonly lenient: true },
  ): Promise<ImageRegion<State | undefined>>;
  region<State>(plugin: RegionPlugin<State>, options?: RegionCall): Promise<ImageRegion<State>>;
  async region<State>(plugin: RegionPlugin<State>, options: RegionCall = {}): Promise<ImageRegion<State | undefined>> {
    const { slot, by } = await this.#slotFor(plugin, options);
    const blocks = await this.readRegion(slot, plugin, options);
    const read = { blockSize: this.blockSize, blockCount: slot.blockCount, lenient: options.lenient === true };
    return { ...decodeRegion(plugin, blocks, read), slot, plugin, resolvedBy: by };
  }

  async findRegions(plugin: AnyRegionPlugin, options: ReadCall = {}): Promise<ImageSlot[]> {
    const found: ImageSlot[] = [];
    for (const slot of this.slots) {
      if (!plugin.slotTypes.includes(slot.type)) continue;
      const resolution = await this.#resolveWith(plugin, slot, options);
      if (resolution?.plugin.id === plugin.id) found.push(slot);
    }
    return found;
  }

  async checkIntegrity(
    options: ReadCall & { sealKey?: Uint8Array; namespaceKey?: Uint8Array } = {},
  ): Promise<IntegrityCheck[]> {
    const checks: IntegrityCheck[] = [];
    const { superblock, integrityAnchor, extendedMetadata } = this.group.parts;
    const block0 = this.group.sources[0]?.bytes;
    if (superblock && block0) {
      checks.push(checkSeal(block0, options.sealKey), checkFileSize(this.size, superblock.expectedFileSize));
      const { majorVersion: major, minorVersion: minor, specRevision } = superblock;
      if (integrityAnchor)
        checks.push(checkFingerprint(integrityAnchor.formatFingerprint, { major, minor, specRevision }));
    }
    if (integrityAnchor) {
      const variants = chainChoices.map(({ name, choose }) => ({
        name,
        compute: () => this.#chain(choose(this.slots), options),
      }));
      checks.push(await checkChainHash(integrityAnchor.metadataChainHash, variants));
    }
    const block2 = this.group.sources[2]?.bytes;
    if (extendedMetadata && block2) {
      const signed = block2.subarray(0, signedNamespaceBytes);
      checks.push(checkNamespaceSignature(signed, extendedMetadata.namespaceSignature, options.namespaceKey));
    }
    return checks;
  }

  computeChainHash(options: ReadCall = {}): Promise<Uint8Array> {
    return this.#chain(chainChoices[0]!.choose(this.slots), options);
  }

  scan(
    range: { first: number; count: number } & ReadCall,
    onBlocks: (blocks: ScannedBlocks) => void,
  ): Promise<ScanResult> {
    return scanBlocks(this.source, { base: this.base, blockSize: this.blockSize, ...range, onBlocks });
  }

  async close(): Promise<void> {
    await this.source.close?.();
  }

  /**
   * Blocks that a commit frees are written over by the one after it at the earliest: what was read is of this state while block 0 is.
   * @throws VdeError `imageChanged`.
   */
  async #requireUnchanged(options: ReadCall): Promise<void> {
    const opened = this.group.blocks[0]!.bytes.subarray(-trailerSize);
    const trailer = new Uint8Array(trailerSize);
    const length = await this.source.read(this.base + this.blockSize - trailerSize, trailer, options);
    if (length < trailerSize || opened.length < trailerSize || sameBytes(opened, trailer)) return;
    const message = `${this.source.name}: the image was changed while it was being read; open it again`;
    throw new VdeError('imageChanged', message, { details: { expected: opened, actual: trailer } });
  }

  async #chain(slots: readonly ImageSlot[], options: ReadCall): Promise<Uint8Array> {
    const chained = slots
      .filter((slot) => slot.blockCount > 0)
      .sort((a, b) => a.startBlock - b.startBlock || a.index - b.index);
    const blocks: Uint8Array[] = [];
    for (const { startBlock } of chained) blocks.push(await this.readBlocks(startBlock, 1, options));
    return chainHash(blocks);
  }

  /** Resolution with the plugin among the candidates, whether or not the image was opened with it. */
  #resolveWith(plugin: AnyRegionPlugin, slot: ImageSlot, options: ReadCall): Promise<Resolution | undefined> {
    const isKnown = this.regions.some(({ id }) => id === plugin.id);
    return this.#resolveAmong(isKnown ? this.regions : [...this.regions, plugin], slot, options);
  }

  /** Reads block 0 of the slot only where a layout is told by its bytes. */
  async #resolveAmong(
    plugins: readonly AnyRegionPlugin[],
    slot: ImageSlot,
    options: ReadCall,
  ): Promise<Resolution | undefined> {
    const claims = plugins.filter((plugin) => plugin.slotTypes.includes(slot.type));
    // The only claim of a type's owner holds whatever the bytes are.
    const isSettled = claims.length === 1 && claims[0]!.owns?.includes(slot.type) === true;
    const needsBytes = !isSettled && claims.some((plugin) => plugin.match !== undefined);
    const count = needsBytes ? Math.min(1, slot.blockCount) : 0;
    const first = await this.readBlocks(slot.startBlock, count, options);
    return resolveRegion(plugins, slot.type, (plugin) =>
      openRegion(plugin, first, { blockSize: this.blockSize, lenient: true, blockCount: slot.blockCount }),
    );
  }

  async #slotFor(plugin: AnyRegionPlugin, options: RegionCall) {
    if (options.slot !== undefined) {
      const slot = this.slots.find(({ index }) => index === options.slot);
      if (slot === undefined) throw this.#notFound(plugin, `slot ${options.slot} holds no active region`);
      return { slot, by: 'caller' as const };
    }
    for (const slot of this.slots) {
      if (!plugin.slotTypes.includes(slot.type)) continue;
      const resolution = await this.#resolveWith(plugin, slot, options);
      if (resolution?.plugin.id === plugin.id) return { slot, by: resolution.by };
    }
    throw this.#notFound(plugin, `no slot of type ${plugin.slotTypes.join(' or ')} holds it`);
  }

  #notFound(plugin: AnyRegionPlugin, why: string): VdeError {
    return new VdeError('regionNotFound', `${this.source.name}: no ${plugin.title.toLowerCase()}: ${why}`, {
      details: { id: plugin.id },
    });
  }
}
