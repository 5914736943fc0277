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
  unclaimedBlocks: {
    severity: 'warning',
    explain:
      'The allocation bitmap marks blocks as used that belong to no region of the directory, and they hold one: its slot was lost, or claims fewer blocks than it had. As a notice: they hold none, which is what removing a region leaves behind. vde salvage finds regions without the directory.',
  },
  bitmapUnlisted: {
    severity: 'warning',
    explain:
      'The directory lists no allocation bitmap that is large enough for the volume. Whoever makes an image writes one, so its slot was lost or changed. What is in use cannot be told.',
  },
  slotTypeDiffers: {
    severity: 'warning',
    explain:
      'A slot has a type that nobody knows, but the blocks of its region carry the tag of a known one. Either the type in the directory was changed, or a third party tags its regions like one of the format.',
  },
  slotFlagMissing: {
    severity: 'warning',
    explain:
      'The slot of a region lacks a flag that regions of its type carry, such as Worm. Writers that go by the flag would treat the region as any other.',
  },
  badCheckState: {
    severity: 'error',
    explain:
      'The file of --resume does not hold the state of a check, or was damaged: nothing can go on from it. Delete it to begin anew, or name another file.',
  },
  otherCheckState: {
    severity: 'error',
    explain:
      'The file of --resume holds the state of a check of another image, of what this image was before it was changed, at another level, or of another version of the program. Delete it to begin anew, or name another file.',
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
  nothingToDamage: {
    severity: 'error',
    explain:
      'The image, or the place that was named, holds nothing that damage of this kind can strike: no written block, no second block to exchange one with, no slot. Name another place or kind.',
  },
  badFilter: {
    severity: 'error',
    explain:
      'The text is no filter of the rows of this table: comparisons of a column with a value, such as value > 2.5, joined by and, or, not and brackets. The message marks the place, and names the columns or values that are possible there.',
  },
  erasedResidue: {
    severity: 'error',
    explain:
      'Bytes of a record that its region calls erased still stand here, for example in a copy that an earlier write left in free space. Whoever reads the file finds them. No other copy puts that right: the bytes have to be overwritten, and whoever has to answer for the erasure has to know.',
  },
  lostToTruncation: {
    severity: 'error',
    explain:
      'The file ends before blocks that the allocation bitmap marks as used: it was cut off, and what they held is not in it. Blocks before the end are not touched by that. As a warning: only free blocks lie behind the end.',
  },
} as const satisfies CodeRegistry;
