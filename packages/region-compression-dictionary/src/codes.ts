import type { CodeRegistry } from '@vde/format';

/** The finding codes of the compression dictionary region besides those of `@vde/format`. */
export const compressionDictionaryCodes = {
  reservedDictId: {
    severity: 'warning',
    explain:
      'A dictionary has an id from 256 up. Such ids are reserved and no data can name them. The entry is kept, behind the others; the existing implementation drops it when it reads the region.',
  },
  unsortedIds: {
    severity: 'notice',
    explain:
      'The dictionaries do not stand in ascending order of their ids. They read all the same; writing the region again sorts them.',
  },
  badExtent: {
    severity: 'error',
    explain:
      'The blocks that should hold the bytes of a dictionary do not exist, or are too few for its size. The dictionary cannot be loaded, and what was compressed with it cannot be decompressed.',
  },
  overlappingExtents: {
    severity: 'warning',
    explain:
      'The blocks of a dictionary are also blocks of another dictionary, or of the dictionary region itself. At most one of them can still be whole.',
  },
  contentHashMismatch: {
    severity: 'error',
    explain:
      'The bytes of a dictionary are not those that were registered: in no known layout do they have its SHA-256. What was compressed with the dictionary cannot be decompressed.',
  },
  unverifiedDictionary: {
    severity: 'notice',
    explain: 'A dictionary is so large that a check does not load it. Nothing is known about its bytes.',
  },
} as const satisfies CodeRegistry;
