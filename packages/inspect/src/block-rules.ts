import { blockStatus, type CodeRegistry, isKnownTag } from '@vde/format';
import { unreadable } from '@vde/image';

/** What a checked block counts as. `raw`: bytes without a trailer, where none is owed. */
export type BlockKind = 'ok' | 'hole' | 'raw' | 'badTrailer' | 'wrongTag' | 'blockUnreadable';

/**
 * Types whose blocks, behind the first, hold bytes without trailers (page 01, 6 #5): write-ahead log bodies, inodes, data.
 * There a block counts as sealed when its trailer bytes say so.
 */
const rawTypes = new Set(['DATA', 'INOD', 'MWAL', 'DWAL', 'WALS', 'ZNSM', 'COLR', 'ZMAP', 'FREE', 'TRLR']);

/** Tells whether every written block of a slot of this type must carry a trailer. */
export function mustBeSealed(type: string, relativeBlock: number): boolean {
  return !rawTypes.has(type) || (relativeBlock === 0 && type !== 'DATA');
}

/** Tags that may stand in a block: these, those of page 01, or any. */
export type AllowedTags = readonly string[] | 'known' | 'any';

/**
 * The tags of a slot that nobody decodes: its own type, with which all regions of page 01 but the metrics log are tagged.
 * Third parties tag their regions as they like.
 */
export function tagsOfType(type: string): AllowedTags {
  if (!isKnownTag(type)) return 'any';
  return type === 'MLOG' ? ['MLOG', 'MTRK'] : [type];
}

function isAllowed(tag: string, tags: AllowedTags): boolean {
  if (tags === 'any') return true;
  return tags === 'known' ? isKnownTag(tag) : tags.includes(tag);
}

/** Judges a block by the status of its checksum and its tag. */
export function judgeBlock(status: number, tag: string, sealed: boolean, tags: AllowedTags): BlockKind {
  if (status === unreadable) return 'blockUnreadable';
  if (status === blockStatus.hole) return 'hole';
  const isIntact = status === blockStatus.ok || status === blockStatus.formattedEmpty;
  // A raw block whose last bytes happen to spell a known tag is taken for a damaged sealed one: once in 10^8 blocks.
  if (!isIntact) return sealed || isKnownTag(tag) ? 'badTrailer' : 'raw';
  // A checksum that holds proves a trailer, also among raw blocks.
  return isAllowed(tag, tags) ? 'ok' : 'wrongTag';
}

/** Codes that the checks of a whole image raise. */
export const inspectCodes = {
  blockUnreadable: {
    severity: 'error',
    explain:
      'The medium did not give this block: the device reported an error. Its contents are not known. Other blocks are not touched by that.',
  },
  generationAnomaly: {
    severity: 'warning',
    explain:
      'A block carries another generation than the blocks around it, which agree with each other. The checksum does not cover the generation: either these bytes changed, or the block belongs to another write.',
  },
  sealMismatch: {
    severity: 'error',
    explain:
      'The header seal does not match block 0 under the given key: the superblock was changed by somebody without the key, or the key is another.',
  },
  fingerprintMismatch: {
    severity: 'warning',
    explain:
      'The format fingerprint in the integrity anchor is that of no known revision of the format. The image was written by something else, or the anchor is wrong.',
  },
  chainMismatch: {
    severity: 'warning',
    explain:
      'The metadata chain hash in the integrity anchor does not match the first blocks of the regions: one of them was rewritten after the hash was stored. Writers that do not maintain the chain leave this behind.',
  },
  signatureMismatch: {
    severity: 'error',
    explain: 'The namespace signature does not verify under the given key, nor under the key derived from it.',
  },
  bitmapMissing: {
    severity: 'warning',
    explain:
      'The allocation bitmap does not mark blocks as used that lie in a region other than the data region. They are treated as used whatever the bit says. Large images of the existing implementation look like this.',
  },
  bitmapCountDiffers: {
    severity: 'notice',
    explain:
      'The superblock counts another number of allocated blocks than the bitmap marks. Only the counter is off; the bitmap decides.',
  },
  inodeLayoutDiffers: {
    severity: 'warning',
    explain:
      'The layout descriptor in the inode table does not agree with the modules or the inode size of the superblock.',
  },
  badAddress: {
    severity: 'error',
    explain:
      'The text is no address of the grammar: an offset, b:BLOCK, s:SLOT, r:TYPE, sb, sb.mirror or dir, then +OFFSET, /RECORD, .field, :LENGTH.',
  },
  addressNotFound: {
    severity: 'error',
    explain:
      'The address is well-formed, but this image has nothing there: no such block, slot, region, record or field.',
  },
  badFilter: {
    severity: 'error',
    explain:
      'The text is no filter of the rows of this table: comparisons of a column with a value, such as value > 2.5, joined by and, or, not and brackets. The message marks the place, and names the columns or values that are possible there.',
  },
  lostToTruncation: {
    severity: 'error',
    explain:
      'The file ends before blocks that the allocation bitmap marks as used: it was cut off, and what they held is not in it. Blocks before the end are not touched by that.',
  },
} as const satisfies CodeRegistry;
