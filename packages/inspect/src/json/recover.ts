import type { Recovery } from '@vde/image';
import { type Envelope, envelope, type Tool } from './envelope.ts';

/** What became of an image whose last commit may have been cut off. */
export interface Recovered {
  /** For messages: its path. */
  readonly source: string;
  /** `needsRepair`: no copy of the superblock group tells for sure what counts, nothing was written. */
  readonly did: Recovery | 'needsRepair';
  /** Nothing was written: `did` tells what recovery would do. */
  readonly dryRun: boolean;
}

/** `recover/1`: what recovery did, or would do. */
export function recoverJson({ source, did, dryRun }: Recovered, tool: Tool): Envelope {
  return envelope('recover', tool, { source, did, dryRun });
}
