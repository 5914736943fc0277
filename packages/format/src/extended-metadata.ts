import { type BlockRecord, blockRecord } from './block-record.ts';
import { bytes, guid, text } from './field.ts';
import { type FieldRange, type Infer, record } from './record.ts';

const namespaceFields = {
  namespacePrefix: /* @__PURE__ */ text(32),
  namespaceUuid: guid,
  namespaceAuthority: /* @__PURE__ */ text(64),
  namespaceSignature: /* @__PURE__ */ bytes(64),
} as const;

/** The first 176 bytes of block 2. The first 112 of them are what is signed (page 02, 3.6 and 3.13). */
export const NamespaceRegistration = /* @__PURE__ */ record('NamespaceRegistration', namespaceFields);
export type NamespaceRegistration = Infer<typeof NamespaceRegistration>;

/** Bytes at the start of a registration that its signature covers: prefix, GUID, authority (page 02, 3.13). */
export const signedNamespaceBytes = 112;

const extendedMetadataBlock = /* @__PURE__ */ blockRecord('ExtendedMetadata', {
  ...namespaceFields,
  dottedVersionVector: /* @__PURE__ */ bytes(256),
  sovereigntyZoneConfig: /* @__PURE__ */ bytes(128),
  raidLayoutSummary: /* @__PURE__ */ bytes(128),
  streamingConfig: /* @__PURE__ */ bytes(128),
  /** Byte 0 is the nesting depth by convention (page 02, 4.4). */
  fabricNamespaceRoot: /* @__PURE__ */ bytes(256),
  tierPolicyDigest: /* @__PURE__ */ bytes(128),
  aiMetadataSummary: /* @__PURE__ */ bytes(128),
  billingMeterSnapshot: /* @__PURE__ */ bytes(128),
});

/** Block 2, and its copy in block 6 (page 02, 3.6). Apart from the namespace the buffers are opaque. */
export type ExtendedMetadata = typeof extendedMetadataBlock extends BlockRecord<infer T> ? T : never;

/**
 * The extended metadata in the payload of block 2 or 6, reserved bytes included. Bytes are copied, nothing is judged. Below
 * 2048 bytes a block cuts the last fields, which then read as zero. @throws RangeError for a block shorter than `blockSize`.
 */
export function decodeExtendedMetadata(block: Uint8Array, blockSize: number): ExtendedMetadata {
  return extendedMetadataBlock.decode(block, blockSize);
}

/**
 * A new block with the extended metadata and a zero trailer.
 * @throws VdeError `unsupportedBlockSize` below 2048 bytes. @throws RangeError for a field of another length.
 */
export function encodeExtendedMetadata(metadata: ExtendedMetadata, blockSize: number): Uint8Array<ArrayBuffer> {
  return extendedMetadataBlock.encode(metadata, blockSize);
}

/** The field ranges of block 2, as far as they fit, reserved bytes included. */
export function extendedMetadataRanges(blockSize: number): FieldRange[] {
  return extendedMetadataBlock.ranges(blockSize);
}
