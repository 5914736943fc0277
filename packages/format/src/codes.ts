import type { CodeRegistry } from './finding.ts';

/** Codes that blocks, records and regions share (page 00 "block damage codes", page packed-record-blocks). */
export const blockCodes = {
  badTrailer: {
    severity: 'error',
    explain:
      'The XXH64 in the block trailer does not match the payload: bytes of this block changed after it was written, or the write was cut off. The bytes are shown as they are; nothing tells which of them are wrong.',
  },
  truncated: {
    severity: 'error',
    explain:
      'Data should go on here, but the block is all zero or lies past the end: it was never written, or was erased.',
  },
  wrongTag: {
    severity: 'error',
    explain:
      'The type tag of the block trailer is not the one this place requires. The checksum does not cover the tag, so the payload may still be right.',
  },
  tornWrite: {
    severity: 'error',
    explain:
      'A block carries another generation than block 0 of its region: one write of the region was cut off half way, or a block of an older version stands among newer ones.',
  },
  badCount: {
    severity: 'error',
    explain: 'A record count is negative or larger than the blocks of the region can hold. No record can be located.',
  },
  badField: { severity: 'error', explain: 'A field holds a value that the format does not allow.' },
  badLength: {
    severity: 'error',
    explain: 'A length inside a record is negative, too large, or reaches past the payload of its block.',
  },
  duplicateKey: {
    severity: 'warning',
    explain: 'Two records carry the same key. Both are kept; a lookup gives the last one.',
  },
  reservedNotZero: {
    severity: 'notice',
    explain: 'Reserved bytes are not zero. They are kept when the structure is written again.',
  },
  paddingNotZero: {
    severity: 'warning',
    explain:
      'Bytes between the last record of a block and its trailer are not zero. No record owns them; writing the region again drops them.',
  },
  unsupportedBlockSize: {
    severity: 'error',
    explain: 'The structure does not fit, or is not defined for, this block size.',
  },
  unsupportedVariant: {
    severity: 'error',
    explain: 'The bytes are a known other layout that is filed under this type. It is not decoded.',
  },
  capacityExceeded: {
    severity: 'error',
    explain: 'A region needs more blocks than its slot reserves. Nothing was written.',
  },
  recordTooLarge: { severity: 'error', explain: 'A record is larger than a block of this size. Nothing was written.' },
  pluginFailed: {
    severity: 'error',
    explain: 'The code of a region plugin failed on these bytes. This is a defect of the plugin, not of the image.',
  },
} as const satisfies CodeRegistry;
