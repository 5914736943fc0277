import { boolean, enumeration, i64, pad, ticks, u8, u32 } from './field.ts';
import { type Infer, record } from './record.ts';

/** The write-ahead logs, by the number in their header. */
export const walTypes = ['metadata', 'data'] as const;

/** The first 83 bytes of a write-ahead log (page 04, 3.6). Timestamps are ticks; the type is not checked. */
export const WalHeader = /* @__PURE__ */ record('WalHeader', {
  type: /* @__PURE__ */ enumeration(u8, walTypes),
  reserved1: /* @__PURE__ */ pad(1),
  version: u32,
  sequenceStart: i64,
  /** Last committed. */
  sequenceEnd: i64,
  headOffset: i64,
  /** Absolute byte position in the file once used; 0 is the start of the log's second block. */
  tailOffset: i64,
  totalEntries: i64,
  maxBlocks: i64,
  usedBlocks: i64,
  createdTimestamp: ticks,
  lastCheckpointTimestamp: ticks,
  checkpointInterval: u32,
  isClean: boolean,
});
export type WalHeader = Infer<typeof WalHeader>;

/** The header at the start of a log's first block, `undefined` when fewer than 83 bytes are there. */
export function decodeWalHeader(payload: Uint8Array): WalHeader | undefined {
  if (payload.length < WalHeader.size) return undefined;
  return WalHeader.get(new DataView(payload.buffer, payload.byteOffset, payload.length));
}

/** The 83 bytes of a header, a new array. @throws RangeError or TypeError, naming the field, for a value that does not fit. */
export function encodeWalHeader(header: WalHeader): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(WalHeader.size);
  WalHeader.set(new DataView(bytes.buffer), 0, header);
  return bytes;
}

/** The header of a fresh metadata log of `maxBlocks` blocks, created at `now` ticks. */
export function createMetadataWal(maxBlocks: number, now: bigint): WalHeader {
  return createWal(0, 1024, maxBlocks, now);
}

/** The header of a fresh data log of `maxBlocks` blocks, created at `now` ticks. */
export function createDataWal(maxBlocks: number, now: bigint): WalHeader {
  return createWal(1, 4096, maxBlocks, now);
}

function createWal(type: number, checkpointInterval: number, maxBlocks: number, now: bigint): WalHeader {
  return {
    type,
    version: 1,
    sequenceStart: 0n,
    sequenceEnd: 0n,
    headOffset: 0n,
    tailOffset: 0n,
    totalEntries: 0n,
    maxBlocks: BigInt(maxBlocks),
    usedBlocks: 1n,
    createdTimestamp: now,
    lastCheckpointTimestamp: 0n,
    checkpointInterval,
    isClean: true,
  };
}
