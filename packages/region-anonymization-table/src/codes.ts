import type { CodeRegistry } from '@vde/format';

declare module '@vde/format' {
  interface VdeErrorDetails {
    subjectPreviouslyErased: { readonly subjectId: string };
  }
}

/** The codes of the anonymization table besides those of `@vde/format`. */
export const anonymizationTableCodes = {
  erasedButNotScrubbed: {
    severity: 'warning',
    explain:
      'A mapping is flagged erased, but its hash or token still holds bytes: personal data stays in the image although the subject counts as erased. Erase the subject again; that zeroes the leftovers.',
  },
  subjectPreviouslyErased: {
    severity: 'error',
    explain:
      'A mapping was to be added for a subject whose data were erased before, and the caller asked to refuse that: it would bring an erased subject back. Nothing was added.',
  },
} as const satisfies CodeRegistry;
