import type { CodeRegistry } from '@vde/format';

/** The finding and error codes of the streaming append region besides those of `@vde/format`. */
export const streamingAppendCodes = {
  inconsistentHeader: {
    severity: 'warning',
    explain:
      'The counters of the ring contradict each other. The ring reads where they say enough, but nothing can be appended until they are repaired.',
  },
  staleEntry: {
    severity: 'error',
    explain:
      'The block of a ring entry carries the number of another entry. Its own entry was never written there, or the ring has grown in a way that lost track of it.',
  },
  mappingUncertain: {
    severity: 'notice',
    explain:
      'The ring has grown and its tail has moved. The existing implementation moves the places of entries, but not the entries, when it grows after the tail has moved: entries found stale may stand in blocks further ahead.',
  },
  dataTooLarge: {
    severity: 'error',
    explain: 'An entry is larger than the payload of one block. An entry cannot span blocks. Nothing was changed.',
  },
  ringFull: {
    severity: 'error',
    explain: 'The ring is full at its largest size and was told not to overwrite entries. Nothing was changed.',
  },
  growthNeedsRelocation: {
    severity: 'error',
    explain:
      'The ring is full, and growing it would move entries to other blocks. It was told neither to move nor to overwrite them. Nothing was changed.',
  },
} as const satisfies CodeRegistry;
