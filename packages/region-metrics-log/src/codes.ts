import type { CodeRegistry } from '@vde/format';

declare module '@vde/format' {
  interface VdeErrorDetails {
    /** Thrown when encoding: how many samples there are. */
    beyondReferenceLimits: { readonly actual: number };
  }
}

/** The finding codes of the metrics log besides those of `@vde/format`. */
export const metricsLogCodes = {
  siblingFormat: {
    severity: 'error',
    explain:
      'The region is filed as a metrics log, but its blocks hold the other metrics format of the existing implementation (18-byte entries with Unix nanoseconds). It is recognised and left alone; nothing in it is damaged.',
  },
  beyondReferenceLimits: {
    severity: 'warning',
    explain:
      'More samples or a larger capacity than the existing implementation reads back (10,000,000 and 100,000,000). This toolkit reads the log; the other one refuses it. Writing so many samples is refused unless the log allows it; nothing was written then.',
  },
  nanThreshold: {
    severity: 'warning',
    explain:
      'The compaction threshold is not a number. The log reads; every further sample would compact it first. Set a threshold above 0, up to 1.',
  },
} as const satisfies CodeRegistry;
