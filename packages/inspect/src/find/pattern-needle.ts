/** The byte values that fit one place, in ascending order. */
export type ByteChoice = readonly number[];

/** Bytes to search for: one way to store what a pattern names. */
export interface Needle {
  /** How it is stored, such as `UTF-8` or `.NET byte order`. */
  readonly as: string;
  /** For each byte the values that fit; all 256 where any does. */
  readonly places: readonly ByteChoice[];
  /** The last word about bytes whose places all fit. */
  accepts?(bytes: Uint8Array): boolean;
}

export type PatternKind = 'hex' | 'text' | 'utf16' | 'guid' | 'tag' | 'integer' | 'float' | 'time';

/** What a pattern means. */
export interface Reading {
  readonly kind: PatternKind;
  /** For people: `the text "abc" in UTF-8`. */
  readonly meaning: string;
  readonly needles: readonly Needle[];
}

/** Places that each hold one value. */
export const exactly = (bytes: Uint8Array): ByteChoice[] => Array.from(bytes, (byte) => [byte]);

/** A place that holds any value. */
export const anyByte: ByteChoice = /* @__PURE__ */ Array.from({ length: 256 }, (_, value) => value);
