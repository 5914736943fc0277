import type { CellValue, Description, FieldKind, FieldNames, RegionForm, Severity, Table } from '@vde/format';

/** A span of bytes of the image file. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** A value with what is needed to show it. */
export interface Shown {
  readonly kind: FieldKind;
  readonly value: CellValue;
  readonly names?: FieldNames;
}

/** A field of a structure: a value with its place in the file. */
export interface ShownField extends Shown {
  /** Field name, or a path such as `samples[17].value`. */
  readonly path: string;
  readonly range: ByteRange;
}

/** How a slot's plugin was found (`style.md`, shared slot types). */
export type ResolvedBy = 'caller' | 'slot-type' | 'match' | 'owner';
export type SlotState = 'written' | 'empty' | 'hole' | 'damaged';

/** One directory slot (`ls/1`). */
export interface SlotModel {
  readonly index: number;
  readonly type: string;
  /** The region's name as its creator knows it, such as `MetricsLogRegion`. */
  readonly name: string;
  readonly id: string | null;
  readonly resolvedBy: ResolvedBy | null;
  readonly flags: readonly string[];
  readonly startBlock: bigint;
  readonly blockCount: bigint;
  readonly usedBlocks: bigint;
  readonly state: SlotState;
  readonly address: string;
}

export interface SlotRef {
  readonly slot: number;
  readonly type: string;
  readonly id: string | null;
}

/** A finding placed in the image (`check/1`). */
export interface ImageFinding {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** In the grammar of `cli.md`. */
  readonly address: string;
  /** Absolute block number. */
  readonly block?: number;
  readonly range?: ByteRange;
  readonly region?: SlotRef;
  readonly path?: string;
  readonly expected?: unknown;
  readonly actual?: unknown;
  readonly repair: { readonly possible: boolean; readonly from?: string };
}

export type Verdict = 'clean' | 'warnings' | 'damaged' | 'lost' | 'unverifiable';

/** Facts of the envelope that every command prints. */
export interface ImageFacts {
  readonly source: string;
  readonly size: number;
  readonly blockSize: number;
  readonly blocks: bigint;
  readonly volumeUuid: string;
  readonly copyUsed: 'primary' | 'mirror' | 'mixed' | 'none';
}

/** What an integrity feature of page 02 says about this image. */
export interface IntegrityModel {
  readonly name: string;
  readonly state: 'absent' | 'ok' | 'mismatch' | 'notChecked';
  readonly detail: string;
}

export interface InfoModel {
  readonly facts: ImageFacts;
  readonly label: string;
  /** Why this superblock copy is used, in a sentence. */
  readonly copyReason: string;
  readonly superblock: readonly ShownField[];
  readonly modules: readonly string[];
  readonly integrity: readonly IntegrityModel[];
  readonly slots: readonly SlotModel[];
  readonly check: CheckModel;
}

/** How far a search for erased records went. */
export interface ErasedModel {
  /** Erased records that were searched for; without any, nothing is read. */
  readonly records: number;
  /** Bytes searched. */
  readonly bytes: number;
}

export interface CheckModel {
  /** `null` for bare blocks. */
  readonly facts: ImageFacts | null;
  readonly level: 'quick' | 'full' | 'deep';
  readonly verdict: Verdict;
  readonly errors: number;
  readonly warnings: number;
  readonly notices: number;
  readonly unverifiable: number;
  /** Blocks by state: ok, hole, raw, badTrailer, wrongTag, blockUnreadable. */
  readonly blocks: Readonly<Record<string, number>>;
  readonly findings: readonly ImageFinding[];
  /** What was searched for erased records, where that was asked for. */
  readonly erased?: ErasedModel;
  /** False when the check was cut short. */
  readonly complete: boolean;
}

/** Any structure decoded: fields with their places, tables, and what was found in it. */
export interface ShowModel {
  readonly facts: ImageFacts | null;
  readonly address: string;
  readonly title: string;
  readonly range: ByteRange;
  /** Fields of the structure in the order of their bytes. */
  readonly fields: readonly ShownField[];
  /** A second copy beside the first (superblock mirror), same fields in the same order. */
  readonly mirror?: readonly ShownField[];
  readonly tables: readonly Table[];
  readonly region?: {
    readonly slot: number | null;
    readonly type: string;
    readonly id: string | null;
    readonly generation: number;
    readonly state: RegionForm;
    readonly partial: boolean;
    readonly description?: Description;
  };
  readonly findings: readonly ImageFinding[];
  /** Raw bytes shown when nothing decodes them. */
  readonly bytes?: Uint8Array;
}

/** Bytes with the fields that own them. */
export interface HexModel {
  readonly facts: ImageFacts | null;
  readonly address: string;
  readonly blockSize: number;
  /** Offset of block 0 in the file. */
  readonly base: number;
  readonly range: ByteRange;
  readonly bytes: Uint8Array;
  /** Fields in order; those that only touch the range are there with their whole range. */
  readonly fields: readonly ShownField[];
  /** Trailers of the blocks in the range. */
  readonly trailers: readonly {
    readonly block: number;
    readonly range: ByteRange;
    readonly tag: string;
    readonly generation: number;
    readonly checksum: bigint;
    readonly status: 'ok' | 'hole' | 'unsealed' | 'corrupt';
  }[];
}
