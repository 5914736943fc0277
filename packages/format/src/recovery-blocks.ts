import { type BlockRecord, blockRecord } from './block-record.ts';
import { sameBytes } from './bytes.ts';
import { bytes, enumeration, guid, i64, pad, text, ticks, u8, u16, u32, u64 } from './field.ts';
import { type Infer, record } from './record.ts';
import { stringToTag } from './tag.ts';
import { writeTrailer } from './trailer.ts';

const emergencyRecoveryTag = 'ERCV';
/** The letters `ERCV`, in natural order. */
const emergencyRecoveryMagic = /* @__PURE__ */ Uint8Array.of(0x45, 0x52, 0x43, 0x56);

const emergencyRecoveryBlock = /* @__PURE__ */ blockRecord('EmergencyRecovery', {
  magic: /* @__PURE__ */ text(4),
  volumeUuid: guid,
  creationTimestamp: ticks,
  volumeLabel: /* @__PURE__ */ text(64),
  contactInfo: /* @__PURE__ */ text(128),
  majorVersion: u8,
  minorVersion: u8,
  specRevision: u16,
  errorCount: i64,
  mountCount: i64,
});

/** The emergency recovery block, which foreign writers put over block 9 (page 02, 3.14). Texts are zero-padded UTF-8. */
export type EmergencyRecovery = typeof emergencyRecoveryBlock extends BlockRecord<infer T> ? T : never;

/** Tells whether a block begins with the letters `ERCV`. Nothing else is looked at. */
export function isEmergencyRecovery(block: Uint8Array): boolean {
  return sameBytes(block.subarray(0, emergencyRecoveryMagic.length), emergencyRecoveryMagic);
}

/** The emergency recovery block, `undefined` without its magic. @throws RangeError for a block shorter than `blockSize`. */
export function decodeEmergencyRecovery(block: Uint8Array, blockSize: number): EmergencyRecovery | undefined {
  return isEmergencyRecovery(block) ? emergencyRecoveryBlock.decode(block, blockSize) : undefined;
}

/**
 * The sealed block, generation 1, a new array. For tools that read such blocks; it must not be written over the directory
 * header (page 02, 6 #4). @throws RangeError or TypeError, naming the field, for a value that does not fit.
 */
export function encodeEmergencyRecovery(value: EmergencyRecovery, blockSize: number): Uint8Array<ArrayBuffer> {
  const block = emergencyRecoveryBlock.encode({ ...value, magic: emergencyRecoveryMagic }, blockSize);
  writeTrailer(block, blockSize, stringToTag(emergencyRecoveryTag), 1);
  return block;
}

/** First field of a recovery control block; on disk the bytes read `RVCRDVWD`. */
export const recoveryControlMagic = 0x4457564452435652n;

/** The recovery control block, 700 bytes at the start of a block with tag `RCVR` (page 02, 3.15). */
export const RecoveryControl = /* @__PURE__ */ record('RecoveryControl', {
  magic: u64,
  vdeUuid: guid,
  /** Unix nanoseconds, not ticks. */
  creationTime: u64,
  majorVersion: u16,
  minorVersion: u16,
  moduleManifest: u64,
  totalBlocks: u64,
  blockSize: u32,
  inodeSize: u16,
  reserved3a: /* @__PURE__ */ pad(2),
  adminContact: /* @__PURE__ */ text(128),
  organisation: /* @__PURE__ */ text(128),
  volumeLabel: /* @__PURE__ */ text(64),
  namespacePrefix: /* @__PURE__ */ text(32),
  recoveryNotes: /* @__PURE__ */ text(256),
  /** HMAC-SHA256 over all bytes before it. */
  hmac: /* @__PURE__ */ bytes(32),
});
export type RecoveryControl = Infer<typeof RecoveryControl>;

/** The recovery control block in a payload, `undefined` when the payload is too short or does not begin with its magic. */
export function decodeRecoveryControl(payload: Uint8Array): RecoveryControl | undefined {
  if (payload.length < RecoveryControl.size) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return view.getBigUint64(0, true) === recoveryControlMagic ? RecoveryControl.get(view) : undefined;
}

/** Names of the health states (page 02, 3.16). */
export const healthStates = ['created', 'clean', 'mounted', 'dirtyShutdown', 'recovering', 'degraded'] as const;

/** Health metadata, 64 bytes; no place in an image is defined for it (page 02, 3.16). Timestamps are ticks. */
export const HealthMetadata = /* @__PURE__ */ record('HealthMetadata', {
  state: /* @__PURE__ */ enumeration(u8, healthStates),
  reserved1: /* @__PURE__ */ pad(3),
  mountCount: i64,
  errorCount: i64,
  creationTimestamp: ticks,
  lastMountTimestamp: ticks,
  lastUnmountTimestamp: ticks,
  /** A duration in ticks of 100 ns. */
  totalMountedDuration: i64,
  reserved: /* @__PURE__ */ pad(12),
});
export type HealthMetadata = Infer<typeof HealthMetadata>;
