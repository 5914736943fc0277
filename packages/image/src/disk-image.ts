import type {
  AnyRegionPlugin,
  DecodedDirectory,
  DecodedGroup,
  DecodedRegion,
  Finding,
  Geometry,
  RegionPlugin,
  RegionPointer,
  Superblock,
} from '@vde/format';
import type { IntegrityCheck } from './integrity.ts';
import type { BlockSpace } from './read-blocks.ts';
import type { Resolution, ResolvedBy } from './resolve-region.ts';
import type { ScannedBlocks, ScanResult } from './scan.ts';

/** An active slot of the directory that lies at a possible place. Block numbers are absolute. */
export interface ImageSlot {
  readonly index: number;
  readonly type: string;
  readonly startBlock: number;
  readonly blockCount: number;
  readonly usedBlocks: number;
  /** The region's name as its creator knows it (page 04, 3.7). */
  readonly name: string;
  readonly pointer: RegionPointer;
}

/** A region of an image, decoded. */
export interface ImageRegion<State> extends DecodedRegion<State> {
  readonly slot: ImageSlot;
  readonly plugin: RegionPlugin<State>;
  readonly resolvedBy: ResolvedBy;
}

export interface ReadCall {
  readonly signal?: AbortSignal | undefined;
}

export interface RegionCall extends ReadCall {
  /** Slot number; left out: the lowest slot that resolves to the plugin. */
  readonly slot?: number;
  /** Collect findings instead of throwing; `state` is then undefined where nothing can be decoded. */
  readonly lenient?: boolean;
}

/** An open image. Reading never writes, and finds no fault twice: what opening found stands in `findings`. */
export interface DiskImage extends BlockSpace {
  readonly geometry: Geometry;
  /** Bytes from block 0 to the end of the source. */
  readonly size: number;
  /** Blocks of the volume as the superblock says; those of the source where it does not tell. */
  readonly totalBlocks: number;
  /** Blocks that the source has bytes for, a cut one included. */
  readonly presentBlocks: number;
  /** Blocks 0-7: both copies, which is used and why. */
  readonly group: DecodedGroup;
  /** `undefined` where neither copy of block 0 serves. */
  readonly superblock: Superblock | undefined;
  readonly directory: DecodedDirectory;
  /** All slots as stored, free ones included: of the directory, of the pointer table where the directory cannot be used. */
  readonly pointers: readonly RegionPointer[];
  readonly slotsFrom: 'directory' | 'pointerTable' | 'nowhere';
  /** The active slots, in slot order. */
  readonly slots: readonly ImageSlot[];
  readonly regions: readonly AnyRegionPlugin[];
  /** Some feature or damage forbids writing. */
  readonly readOnly: boolean;
  /** What opening found in superblocks and directory; blocks are absolute. */
  readonly findings: readonly Finding[];

  /** Whole blocks, a new array. Blocks past the end are zero. */
  readBlocks(first: number, count: number, options?: ReadCall): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The blocks of a slot that its plugin needs: its span, else as far as the slot is written, perhaps with holes behind.
   * @throws VdeError `imageChanged` where a commit was made since the image was opened.
   */
  readRegion(slot: ImageSlot, plugin?: AnyRegionPlugin, options?: ReadCall): Promise<Uint8Array<ArrayBuffer>>;
  /** The plugin of a slot and how it was chosen; `undefined` where none claims it or bytes cannot tell. */
  resolve(slot: ImageSlot, options?: ReadCall): Promise<Resolution | undefined>;
  /**
   * Decodes the region of a plugin. @throws VdeError `regionNotFound`, and in strict reading the first error in its bytes.
   */
  region<State>(
    plugin: RegionPlugin<State>,
    options: RegionCall & { readonly lenient: true },
  ): Promise<ImageRegion<State | undefined>>;
  region<State>(plugin: RegionPlugin<State>, options?: RegionCall): Promise<ImageRegion<State>>;
  /** The slots that resolve to a plugin, in slot order. */
  findRegions(plugin: AnyRegionPlugin, options?: ReadCall): Promise<ImageSlot[]>;
  /** The integrity features of page 02: seal and namespace signature need keys. */
  checkIntegrity(
    options?: ReadCall & { readonly sealKey?: Uint8Array; readonly namespaceKey?: Uint8Array },
  ): Promise<IntegrityCheck[]>;
  /** The metadata chain hash over the regions named by their creator (page 02, 3.10). */
  computeChainHash(options?: ReadCall): Promise<Uint8Array>;
  /** Verifies blocks `first` to `first + count - 1` in place, front to back. */
  scan(
    range: { readonly first: number; readonly count: number } & ReadCall,
    onBlocks: (blocks: ScannedBlocks) => void,
  ): Promise<ScanResult>;
  close(): Promise<void>;
}
