/** What a batch check says of one block (page 01, 3.4 and 4): the numbers in the status bytes. */
export const blockStatus = {
  /** The checksum fits; not the case of `formattedEmpty`. */
  ok: 0,
  /** Every byte is zero, the trailer too: never written. */
  hole: 1,
  /** The 16 trailer bytes are zero under a payload that is not (page 01, 6 #4). */
  unsealed: 2,
  /** The checksum does not fit. */
  corrupt: 3,
  /** The checksum fits, the payload is zero, the tag is not. */
  formattedEmpty: 4,
} as const;

/** One of the numbers of {@link blockStatus}. */
export type BlockStatus = (typeof blockStatus)[keyof typeof blockStatus];

/** Bytes of a block trailer: u32 tag, u32 generation, u64 XXH64 of the payload, at the block's end. */
export const trailerSize = 16;
