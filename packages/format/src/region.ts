import type { BlockRun } from './allocation-bitmap.ts';
import type { Description } from './description.ts';
import type { FieldType } from './field.ts';
import type { CodeRegistry, Finding, FindingPlace, Severity } from './finding.ts';
import type { Geometry } from './geometry.ts';

/** State of one block of a region (page 01, 3.4). A `written` block may still be damaged: `payload` tells. */
export type BlockState = 'hole' | 'formattedEmpty' | 'written';

/** What a plugin sees of its region: payloads. Trailers are core's business. */
export interface RegionReader {
  readonly geometry: Geometry;
  /** Blocks reserved for the region. */
  readonly blockCount: number;
  /** Blocks whose bytes are at hand, from block 0; all others are holes. Bound allocations by this. */
  readonly loadedCount: number;
  state(block: number): BlockState;
  /**
   * The payload of a block, verified on first touch: a bad checksum, tag or generation is reported. A live view; do not keep
   * it. @throws VdeError `truncated` when the block is a hole.
   */
  payload(block: number): Uint8Array;
  /** A DataView of {@link payload}. */
  view(block: number): DataView;
  /** The payload without any check, `undefined` where no bytes are at hand. For `trace`, `match` and hex views. */
  peek(block: number): DataView | undefined;
  /** Whether the checksum of a block holds. Reports nothing. */
  isIntact(block: number): boolean;
  /** Whether a block verifies, carries block 0's tag and generation, and has a payload that is not all zero. */
  isOfThisWrite(block: number): boolean;
  /** Reports a finding; its severity is that of the plugin's `codes` unless given. Strict reading throws on errors. */
  report(code: string, message: string, place?: FindingPlace & { severity?: Severity }): void;
}

/** Where `encode` puts its bytes. All payloads are zero before; core seals them afterwards. */
export interface RegionWriter {
  readonly geometry: Geometry;
  readonly blockCount: number;
  payload(block: number): Uint8Array<ArrayBuffer>;
  view(block: number): DataView<ArrayBuffer>;
  /**
   * Says that nothing more is written to blocks in front of `before` through views at hand, so that core may seal them while they are in
   * the cache. Never needed; a block that is asked for again is sealed again.
   */
  finish(before: number): void;
}

/** A field at its place in a region. `offset` and `length` are bytes in the payload of `block`. */
export interface TraceRange {
  readonly block: number;
  readonly offset: number;
  readonly length: number;
  /** `sampleCount` or `samples[17].value`. */
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: ranges of every type stand in one list; the viewer reads through `type`
  readonly type: FieldType<any>;
}

/** Blocks `first` to `first + count - 1`. */
export interface BlockWindow {
  readonly first: number;
  readonly count: number;
}

/** Room that a region has: the blocks of its slot. */
export interface RegionPlace {
  readonly geometry: Geometry;
  readonly blockCount: number;
  /** Time, ticks, where the region is made now. */
  readonly now?: bigint | undefined;
}

/** What `audit` may use: the rest of the image and keys. Provided by the image layer. */
export interface AuditContext {
  readonly geometry: Geometry;
  /** Reads whole blocks of the image by absolute number. Blocks past the end read as zero. */
  readBlocks(first: number, count: number): Promise<Uint8Array>;
  readonly totalBlocks: number;
  /** Absolute number of the region's first block, and how many are reserved. */
  readonly startBlock: number;
  readonly blockCount: number;
  /** Public keys or secrets the caller gave. */
  readonly keys: readonly Uint8Array[];
  readonly signal?: AbortSignal;
}

/** A data block of an anchored region. Its payload is padded with zeros and sealed by core. */
export interface DataWrite {
  /** Data block, counted from the region's first one. */
  readonly index: number;
  readonly payload: Uint8Array;
}

/** What one transaction makes of a region. */
export interface RegionChange<State> {
  readonly state: State;
  /** Data blocks that are written with it. */
  readonly writes?: readonly DataWrite[];
  /** Whole blocks outside the region that it refers to, at places that `allocate` gave. */
  readonly stores?: readonly { readonly block: number; readonly bytes: Uint8Array }[];
  /** Blocks outside the region that it no longer refers to. */
  readonly frees?: readonly BlockRun[];
}

/** What an editing command may know besides the state. */
export interface VerbContext extends RegionPlace {
  /** Time of the change, ticks. */
  readonly now: bigint;
  /** The generation that the region gets. */
  readonly generation: number;
  /** Reserves blocks outside all regions for this change and gives the first. @throws VdeError `noSpace`. */
  allocate(blockCount: number): number;
}

/** An argument of an editing command. */
export interface VerbArg {
  readonly summary: string;
  readonly required?: boolean;
  /** Its value is bytes: the command line reads them from the file of this name. Text otherwise. */
  readonly bytes?: boolean;
  /** A value, or the name of a file, that shows what is meant. */
  readonly example?: string;
}

export type VerbArgs = Readonly<Record<string, string | Uint8Array | undefined>>;

/** An editing command as data; the command line does the I/O. */
export interface RegionVerb<State> {
  readonly summary: string;
  readonly args: Readonly<Record<string, VerbArg>>;
  /** Pure but for `allocate`; the state given stays as it is. @throws RangeError for an argument that does not fit. */
  run(state: State, args: VerbArgs, context: VerbContext): RegionChange<State>;
}

/** A place where something of an erased record is left. */
export interface ErasedResidue {
  /** Its bytes that are not zero, from the first of the bytes searched. */
  readonly offset: number;
  readonly length: number;
  /** The record as `trace` names it: `mappings[17]`. */
  readonly path: string;
}

/** A search for what is left of erased records in bytes that may come from anywhere in an image. */
export interface ResidueSearch {
  /** Erased records that are searched for. */
  readonly recordCount: number;
  /** Bytes of a record that are looked at: those searched next begin with this many less one of those before. */
  readonly recordBytes: number;
  /** What is left of records that lie in the bytes wholly, at any offset, in order. */
  find(bytes: Uint8Array): Iterable<ErasedResidue>;
}

/** An option of `empty` that people may give as text. */
export interface EmptyOption {
  readonly summary: string;
  readonly kind: 'number' | 'bigint';
}

/**
 * Data blocks at the end of a slot, addressed from there, so that the header may alternate between two places in front of them. Nothing of
 * that moves them.
 */
export interface AnchoredData<State> {
  /** How many data blocks the region has room for. */
  dataBlocks(state: State): number;
  /** Blocks that one place of the header takes, full. */
  headerBlocks(state: State, geometry: Geometry): number;
  /** Whether the state refers to what a data block holds: it is not overwritten while that is the current one. */
  isLive(state: State, index: number): boolean;
  /** The state to commit first where `next` overwrites data of `previous`; left out where nothing may be overwritten. */
  release?(previous: State, next: State): State;
}

/**
 * A region type: one frozen object, its own key. Everything that core must know about a region is a property of it; core
 * never names a region. Pure and synchronous except `audit`.
 */
export interface RegionSpec<State> {
  /** Kebab-case id, the suffix of its package's name. */
  readonly id: string;
  readonly title: string;
  /** Tag in every block trailer. */
  readonly blockTag: string;
  /** Directory types under which the region may be filed; the first is written. */
  readonly slotTypes: readonly string[];
  /** Slot types that are this region's when bytes cannot tell. One plugin at most owns a type. */
  readonly owns?: readonly string[];
  /** The finding codes it raises besides those of core. */
  readonly codes?: CodeRegistry;
  /** Directory flags a new slot gets besides Active. */
  readonly slotFlags?: number;
  /** Bit of the module that owns the region (page 04, 3.1). */
  readonly module?: number;
  /** Bits of `incompatibleFeatures` that a region of this type sets (page 02, 3.3). */
  readonly incompatibleFeatures?: number;
  /** Superseded blocks must be zeroed when they are freed. */
  readonly scrubOnFree?: boolean;
  /** Blocks outside or inside the region, absolute, that a state refers to: they outlive its own blocks. */
  refersTo?(state: State): readonly BlockRun[];
  /** Its data blocks, where it has some that never move when the header is written again. */
  readonly anchored?: AnchoredData<State>;
  /** The state of a reserved, never written region. */
  empty(options: Readonly<Record<string, unknown>>, place: RegionPlace): State;
  /** The options of `empty` that people may give, by name. */
  readonly emptyOptions?: Readonly<Record<string, EmptyOption>>;
  /** Blocks that `decode` needs, told from the payload of block 0. Left out: all up to the last written one. */
  span?(first: DataView, geometry: Geometry): number;
  /** Whether blocks end in trailers, where foreign writers knew none. Given the whole of block 0. */
  framing?(block0: Uint8Array): 'trailer' | 'raw';
  decode(reader: RegionReader): State;
  /** The exact number of blocks that `encode` writes. */
  requiredBlocks(state: State, geometry: Geometry): number;
  /** Writes every record once, in order, into zeroed payloads. */
  encode(state: State, writer: RegionWriter): void;
  /** Throws a VdeError unless `next` may take the place of `previous`. Left out: every state may. */
  requireNext?(previous: State, next: State): void;
  /** Throws a VdeError unless the region may be removed, or formatted anew, at `now`, ticks. Left out: always. */
  requireRemovable?(state: State, now: bigint): void;
  /** Tag and generation that a data block outside the span must carry; `undefined` where any may stand. */
  expect?(state: State, block: number, place: RegionPlace): { tag: string; generation?: number } | undefined;
  /** Whether the bytes are this region, where a slot type is shared. Cheap, never throws; `maybe` when nothing tells. */
  match?(reader: RegionReader): 'no' | 'maybe' | 'yes';
  /** Names a look-alike in block 0 whose tag is not ours, so that the finding says so instead of `wrongTag`. */
  variant?(tag: string, payload: DataView): { code: string; message: string } | undefined;
  /** Field ranges in order, of the blocks in the window. Never throws, reports nothing. */
  trace(reader: RegionReader, window: BlockWindow): Iterable<TraceRange>;
  /** Findings inside a decoded region. */
  verify?(state: State, reader: RegionReader): void;
  /** How to find what is left anywhere of records that the state calls erased; `undefined` where it has none. */
  residues?(state: State): ResidueSearch | undefined;
  /** Findings that need the rest of the image or keys. */
  audit?(state: State, context: AuditContext): AsyncIterable<Finding>;
  /** Neutral presentation: gives a plugin its views, exports and hex links. */
  describe(state: State): Description;
  readonly verbs?: { readonly prefix: string; readonly commands: Readonly<Record<string, RegionVerb<State>>> };
}

/** A region type made by {@link defineRegion}; the key of `image.region(plugin)`. */
export type RegionPlugin<State = unknown> = Readonly<RegionSpec<State>>;

// biome-ignore lint/suspicious/noExplicitAny: lists hold plugins of every state; a state never leaves its own plugin
export type AnyRegionPlugin = RegionPlugin<any>;

/** Makes a region type of its parts and freezes it. @throws TypeError when id, tags or owned types are malformed. */
export function defineRegion<State>(spec: RegionSpec<State>): RegionPlugin<State> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(spec.id))
    throw new TypeError(`region id "${spec.id}": expected kebab-case`);
  for (const type of [spec.blockTag, ...spec.slotTypes]) {
    if (!/^[\x20-\x7e]{4}$/.test(type))
      throw new TypeError(`${spec.id}: tag "${type}" is not four printable ASCII characters`);
  }
  if (spec.slotTypes.length === 0) throw new TypeError(`${spec.id}: at least one slot type is needed`);
  const stray = spec.owns?.find((type) => !spec.slotTypes.includes(type));
  if (stray !== undefined) throw new TypeError(`${spec.id}: owns "${stray}", which is not among its slot types`);
  return Object.freeze({ ...spec });
}
