import type { CodeRegistry } from '@vde/format';

/** The finding codes of the anonymization table besides those of `@vde/format`. */
export const anonymizationTableCodes = {
  erasedButNotScrubbed: {
    severity: 'warning',
    explain:
      'A mapping is flagged erased, but its hash or token still holds bytes: personal data stays in the image although the subject counts as erased. Erase the subject again; that zeroes the leftovers.',
  },
} as const satisfies CodeRegistry;
