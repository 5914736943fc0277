import type { CodeRegistry } from '@vde/format';

/** Codes of the errors that sources throw, and that opening an image or looking up a region throws. */
export const imageCodes = {
  notFound: {
    severity: 'error',
    explain:
      'There is no file at this path, or the server knows no such resource (HTTP 404 or 410). Check the path or the address.',
  },
  notAFile: {
    severity: 'error',
    explain:
      'The path names a directory, a pipe, a socket or a character device. An image is a regular file or a block device: its bytes can be read in any order.',
  },
  permissionDenied: {
    severity: 'error',
    explain:
      'The operating system, or the server (HTTP 401 or 403), refuses to let these bytes be read. Nothing is known about the image.',
  },
  readFailed: {
    severity: 'error',
    explain:
      'The medium failed: the disk reported an error, the connection broke off, or the server answered with an error. The cause is attached. Trying again may help; a check of all blocks tells which of them cannot be read.',
  },
  imageChanged: {
    severity: 'error',
    explain:
      'The image was changed while it was being read: the file became shorter, a writer committed a change, or the server now sends another version (ETag, Last-Modified or size differ). What was read so far may be of two versions. Open it again.',
  },
  imageInUse: {
    severity: 'error',
    explain:
      'Another process has the image open for writing: its lock, a file beside the image that names the process, is there. Wait until it has ended. A lock of a process of this machine that is no more is taken over; one of another machine has to be removed by hand.',
  },
  writeFailed: {
    severity: 'error',
    explain:
      'The medium did not take what was to be written, for example because the disk is full. The cause is attached. What was written so far is incomplete; a new file is not left behind.',
  },
  outputNotCreated: {
    severity: 'error',
    explain:
      'A file could not be created: one of this name exists, its folder does not, or the operating system does not allow it. Nothing was written.',
  },
  needsRepair: {
    severity: 'error',
    explain:
      'Neither copy of the superblock group is complete, or another writer changed the pointer table in place and the mirror does not know of it, or no allocation bitmap tells which blocks are free: what the image holds is not known for sure. Nothing was written. A repair puts right what can be; a salvage finds the regions.',
  },
  notWritable: {
    severity: 'error',
    explain:
      'The image, or the region, must not be written: a newer writer made it, a feature bit that this version does not know forbids writing, its slot is flagged as encrypted, compressed or read-only, or the container cannot be without it. Nothing was written.',
  },
  noSpace: {
    severity: 'error',
    explain:
      'The volume has no run of free blocks that is long enough. A region is never written over its old blocks, so that changing it takes as many free ones for a moment. Nothing was written.',
  },
  lossNotAccepted: {
    severity: 'error',
    explain:
      'The region is damaged: not everything in it could be read, and writing it again loses what could not. Nothing was written. Save what is there first; who accepts the loss says so.',
  },
  liveBlock: {
    severity: 'error',
    explain:
      'A data block was to be written that the present state of its region still refers to. After a crash nothing of it would be left. Nothing was written.',
  },
  outcomeUnknown: {
    severity: 'error',
    explain:
      'A write failed at the moment at which the new state of the image takes the place of the old one. One of the two stands, whole; which one, only opening the image again tells. Nothing else can be written before.',
  },
  reopenNeeded: {
    severity: 'error',
    explain:
      'An earlier write of this program failed, or it has closed the image. Open the image again: that finishes or takes back what was begun.',
  },
  sealCleared: {
    severity: 'notice',
    explain:
      'The header was sealed with a key that was not given for the edit. Its seal would not have matched the new header, so it was cleared. Give the key with the next edit to have the header sealed again.',
  },
  chainHashCleared: {
    severity: 'notice',
    explain:
      'The metadata chain hash covered the first blocks of the regions as they were before the edit. It would not have matched any more, so it was cleared.',
  },
  badUndo: {
    severity: 'error',
    explain: 'The file is no undo file of a repair, of a later version, or it was damaged. Nothing was written.',
  },
  undoMismatch: {
    severity: 'error',
    explain:
      'Where the repair wrote, the image holds something that neither stood there before nor was written by the repair: it is another image, or it was changed since. Taking the repair back would destroy that. Nothing was written.',
  },
  unsupportedModule: {
    severity: 'error',
    explain:
      'A module above 31 was asked for. The superblock records modules 0 to 31, so that no reader would know of it. Nothing was written.',
  },
  volumeTooSmall: {
    severity: 'error',
    explain:
      'The volume has too few blocks for the regions of its profile and one block of data. The message names the smallest number that is enough. Nothing was written.',
  },
  rangesUnsupported: {
    severity: 'error',
    explain:
      'The server ignores range requests and sends the whole file instead. An image is read in parts, so the transfer was stopped. Use a server that supports ranges, or download the file first.',
  },
  badRange: {
    severity: 'error',
    explain:
      'The server answered a range request with other bytes than those asked for, with an encoded or multipart body, or without saying which bytes it sent. For requests across origins it must expose the header Content-Range. The answer was not used.',
  },
  notDwvd: {
    severity: 'error',
    explain:
      'The file does not begin like a DWVD image, and no superblock or directory block of one is intact at any block size. It is something else, or its first ten blocks are gone; regions may then still be found by their trailers.',
  },
  legacyImage: {
    severity: 'error',
    explain: 'The file is a DWVD image of version 1, whose layout is another. This toolkit reads version 2.',
  },
  regionNotFound: {
    severity: 'error',
    explain: 'No active slot of the directory holds a region of the wanted kind. Nothing is damaged by that.',
  },
} as const satisfies CodeRegistry;

declare module '@vde/format' {
  interface VdeErrorDetails {
    /** `systemCode`: such as `EIO`; `status`: of the HTTP answer. */
    readFailed: {
      readonly offset?: number;
      readonly length?: number;
      readonly systemCode?: string;
      readonly status?: number;
    };
    /** What was seen when the source was opened, and now. */
    imageChanged: { readonly expected: unknown; readonly actual: unknown };
  }
}
