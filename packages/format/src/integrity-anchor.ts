import { type BlockRecord, blockRecord } from './block-record.ts';
import { bytes, i64, ticks } from './field.ts';
import type { FieldRange } from './record.ts';

const integrityAnchorBlock = /* @__PURE__ */ blockRecord('IntegrityAnchor', {
  merkleRootHash: /* @__PURE__ */ bytes(32),
  policyVaultHash: /* @__PURE__ */ bytes(32),
  inodeTableHash: /* @__PURE__ */ bytes(32),
  tagIndexHash: /* @__PURE__ */ bytes(32),
  hashChainCounter: i64,
  hashChainHead: /* @__PURE__ */ bytes(64),
  blockchainAnchorTxId: /* @__PURE__ */ bytes(64),
  sbomDigest: /* @__PURE__ */ bytes(32),
  formatFingerprint: /* @__PURE__ */ bytes(32),
  metadataChainHash: /* @__PURE__ */ bytes(32),
  chainGeneration: i64,
  /** Ticks, whatever its description says (page 02, 6 #20). */
  chainTimestamp: ticks,
});

/** Block 3, and its copy in block 7 (page 02, 3.7). A hash of zeros was never set. */
export type IntegrityAnchor = typeof integrityAnchorBlock extends BlockRecord<infer T> ? T : never;

/**
 * The integrity anchor in the payload of block 3 or 7, reserved bytes included. Bytes are copied, nothing is judged.
 * @throws RangeError for a block shorter than `blockSize`.
 */
export function decodeIntegrityAnchor(block: Uint8Array, blockSize: number): IntegrityAnchor {
  return integrityAnchorBlock.decode(block, blockSize);
}

/** A new block with the integrity anchor and a zero trailer. @throws RangeError for a field of another length. */
export function encodeIntegrityAnchor(anchor: IntegrityAnchor, blockSize: number): Uint8Array<ArrayBuffer> {
  return integrityAnchorBlock.encode(anchor, blockSize);
}

/** The field ranges of block 3, reserved bytes included. */
export function integrityAnchorRanges(blockSize: number): FieldRange[] {
  return integrityAnchorBlock.ranges(blockSize);
}
