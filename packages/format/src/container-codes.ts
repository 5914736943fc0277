import { blockCodes } from './codes.ts';
import type { CodeRegistry } from './finding.ts';

/** Codes of superblocks, directory and preamble; their blocks also raise those of {@link blockCodes}. */
export const containerCodes = {
  mirrorDiffers: {
    severity: 'warning',
    explain:
      'Both copies of the superblock group are intact, but they do not say the same. Nothing is damaged: a writer stopped between the two, or an older tool updates only one of them. The primary copy counts. Recovering the image writes the mirror again.',
  },
  generationsDiffer: {
    severity: 'warning',
    explain:
      'Blocks that are written together carry different generation numbers. Some tools rewrite single blocks with generation 1, so this alone is no damage; it can also be the trace of a write that was cut off. Every one of the blocks matches its checksum and is used.',
  },
  unreadable: {
    severity: 'error',
    explain:
      'Neither copy of this superblock block can be used, so what it held is lost to normal reading. The rest of the image is not touched by that. Regions may still be found through the other copy of the region list, or by their block trailers (salvage).',
  },
  badMagic: {
    severity: 'error',
    explain:
      'Block 0 does not begin with the signature of a DWVD image. The file is something else, or its first bytes were overwritten. The block size and the mirror may still be found by searching; nothing was changed.',
  },
  unsupportedVersion: {
    severity: 'error',
    explain:
      'The image says that it needs a newer reader, or it is of another major version. Its bytes are not damaged. It can be inspected, but what is shown may be misread; a newer program is needed.',
  },
  unknownIncompatibleFeatures: {
    severity: 'error',
    explain:
      'The image uses features that this program does not know and that change how its bytes are to be read. It is refused, because guessing could misread or destroy data. Inspecting is possible; a newer program is needed.',
  },
  unknownReadOnlyFeatures: {
    severity: 'warning',
    explain:
      'The image uses features that this program does not know, of the kind that is safe to read but not to write. It is opened read-only.',
  },
  newerWriterNeeded: {
    severity: 'warning',
    explain:
      'The image asks for a newer version of the format before anything may be written. It is opened read-only; reading is safe.',
  },
  allocatedBeyondVolume: {
    severity: 'warning',
    explain:
      'The superblock counts more allocated blocks than the volume has. Images created with fewer blocks than their metadata needs look like this. Reading works; blocks past the end of the file read as never written.',
  },
  fileSizeDiffers: {
    severity: 'warning',
    explain:
      'The file is longer or shorter than the superblock says. A shorter one was cut off, perhaps by a copy that stopped, and blocks at its end are missing; a longer one has bytes that no block of the image owns.',
  },
  blockCountsDiffer: {
    severity: 'warning',
    explain:
      'Free and allocated blocks do not add up to the size of the volume. These are only counters: the allocation bitmap decides.',
  },
  emergencyRecoveryBlock: {
    severity: 'warning',
    explain:
      'An emergency recovery block stands where the header of the region directory belongs. It is readable, and the region list in block 8 is complete without the header. Recovery, repair and edits keep it.',
  },
  directoryVersion: {
    severity: 'warning',
    explain:
      'The header of the region directory has another version than 1. The region list is read as version 1; compare it with the copy in block 1.',
  },
  block0Hash: {
    severity: 'warning',
    explain:
      'The directory header was written for another region list than the one in block 8: a write of the two blocks was cut off between them. The list in block 8 is intact and counts.',
  },
  slotCount: {
    severity: 'warning',
    explain:
      'The directory header names another number of slots than 127. The list in block 8 has 127 and is read in full.',
  },
  activeCount: {
    severity: 'warning',
    explain: 'The directory header counts another number of active regions than the list holds. The list counts.',
  },
  invalidSlot: {
    severity: 'error',
    explain:
      'An active slot describes an impossible place: a negative number, more used blocks than reserved ones, or an end beyond any file. The region cannot be located by this slot, which is kept as it is and left out of every look-up. The other copy of the list may have it right.',
  },
  emptyRegion: {
    severity: 'notice',
    explain:
      'A region is listed with no blocks. It holds nothing. Exporters write such a slot when there was no data to export.',
  },
  beyondVolume: {
    severity: 'warning',
    explain:
      'A region reaches past the end of the volume. Blocks that the file still has are read; the others count as never written. Some tools create such regions, so this need not be damage.',
  },
  overlap: {
    severity: 'warning',
    explain:
      'Two regions claim the same blocks: writing to one may destroy the other. Both read as they are. A region inside the data region is normal and only mentioned.',
  },
  limbo: {
    severity: 'notice',
    explain:
      'A slot is neither active nor free: somebody cleared only a part of it. Its region is not found by any look-up and its blocks are not given back; both can be put right by hand if the type and place are known.',
  },
  scrubPending: {
    severity: 'notice',
    explain:
      'Freed blocks are still listed because they were to be overwritten with zeros and that did not finish. Old contents may still stand in them. Recovering the image completes it.',
  },
  slotTablesDiffer: {
    severity: 'notice',
    explain:
      'The region directory and the region pointer table do not list the same region in the same way. Tools that update only one of them leave this behind. Recovering the image makes them equal.',
  },
  badPreamble: {
    severity: 'error',
    explain:
      'The file begins with a boot preamble whose offset of block 0 is impossible. The image behind it may be intact and can be found by searching for its signature.',
  },
  directoryFull: {
    severity: 'error',
    explain: 'All 127 slots of the region directory are taken. Nothing was written.',
  },
} as const satisfies CodeRegistry;

/** Every code that the container's decoders raise. @internal */
export const raisedCodes: CodeRegistry = { ...blockCodes, ...containerCodes };
