import { bytesArgument, integerArgument, type RegionVerb, textArgument, type VerbArgs } from '@vde/format';
import { maxEntryBytes } from './append.ts';
import { appendEntries } from './append-entries.ts';
import { advanceReadTail, drainRing, resetRing } from './changes.ts';
import type { StreamingAppend } from './ring.ts';

/** Editing commands of the ring. */
export const streamCommands: Readonly<Record<string, RegionVerb<StreamingAppend>>> = {
  append: {
    summary: 'append entries, all or none',
    args: {
      data: {
        summary: 'their data; more than an entry holds takes several',
        required: true,
        bytes: true,
        example: 'data.bin',
      },
      framed: { summary: 'yes: entries carry their length in front' },
      'on-full': { summary: 'what a full ring does: overwrite its oldest entries (the default), or reject' },
    },
    run(ring, args, { geometry: { blockSize } }) {
      const framed = args['framed'] !== undefined && textArgument(args, 'framed', /^yes$/, 'yes') === 'yes';
      const onFull = args['on-full'] === undefined ? 'overwriteOldest' : onFullOf(args);
      const entries = split(bytesArgument(args, 'data'), maxEntryBytes(blockSize, framed));
      const { state, writes } = appendEntries(ring, entries, { blockSize, framed, onFull });
      return { state, writes };
    },
  },
  advance: {
    summary: 'drop the oldest entries',
    args: { count: { summary: 'how many; 1 unless given' } },
    run: (ring, args) => ({
      state: advanceReadTail(ring, args['count'] === undefined ? 1 : integerArgument(args, 'count')),
    }),
  },
  drain: { summary: 'drop all entries; positions go on', args: {}, run: (ring) => ({ state: drainRing(ring) }) },
  reset: {
    summary: 'drop all entries and count positions from 0 again',
    args: {},
    run: (ring) => ({ state: resetRing(ring) }),
  },
};

function onFullOf(args: VerbArgs): 'overwriteOldest' | 'reject' {
  const text = textArgument(args, 'on-full', /^(overwrite|reject)$/, 'overwrite or reject');
  return text === 'reject' ? 'reject' : 'overwriteOldest';
}

/** Views of `size` bytes each but the last; one of none where there are no bytes. */
function split(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}
