import type { CodeRegistry } from '@vde/format';

declare module '@vde/format' {
  interface VdeErrorDetails {
    wormViolation: {
      /** What was tried: to write below the mark, to leave a gap, to put another log in the place of one, or to remove it too early. */
      readonly rule: 'overwrite' | 'notSequential' | 'notAnExtension' | 'retention';
      /** The data block, or the first record that differs. */
      readonly index?: number;
    };
    retentionShortened: { readonly from: bigint; readonly to: bigint };
  }
}

/** The codes of the write-once region besides those of `@vde/format`. */
export const wormLogCodes = {
  wormInconsistent: {
    severity: 'error',
    explain:
      'Header and log contradict each other: a record stands at the wrong index, the mark does not count the records, a length cannot be, or a time runs backwards (a warning). A mark below the log means that it was lowered, which reopens blocks that were immutable. Such a region is read, not written.',
  },
  hashMismatch: {
    severity: 'error',
    explain:
      'The bytes of a data block are not those that were written: their SHA-256 differs from the one in the log. The checksum of the block holds, so this is no accident of the medium; somebody changed data and trailer.',
  },
  nonZeroPadding: {
    severity: 'warning',
    explain:
      'Behind the data of a data block stand bytes that are not zero. The hash does not cover them and nobody wrote them through the log. The data themselves are as they were written.',
  },
  uncommitted: {
    severity: 'notice',
    explain:
      'A data block at or above the mark holds a write that was never committed, as a crash between data and log leaves it. The next append overwrites it.',
  },
  dataNotLocated: {
    severity: 'notice',
    explain:
      'The capacity of the region is larger than what its slot can hold behind the log, so the data blocks are not where this toolkit puts them. The log is read; data cannot be checked against it.',
  },
  wormViolation: {
    severity: 'error',
    explain:
      'A write-once region was to be changed in a way that it forbids: to overwrite a block below the mark, to leave a gap above it, to replace its log by one that does not continue it, or to be removed or formatted anew before its retention ends. Nothing was written.',
  },
  retentionShortened: {
    severity: 'error',
    explain:
      'The retention period was to be shortened. It may only be lengthened; 0, forever, is the longest. Nothing was written.',
  },
  notWritten: {
    severity: 'error',
    explain: 'A data block was asked for that the log does not list: there is nothing to compare it with.',
  },
  badIndex: { severity: 'error', explain: 'A data block has a negative index. Nothing was written.' },
} as const satisfies CodeRegistry;
