import { bytesArgument, type RegionVerb, textArgument } from '@vde/format';
import type { WormLog } from './worm-log.ts';

/** Editing commands of the region. */
export const wormCommands: Readonly<Record<string, RegionVerb<WormLog>>> = {
  append: {
    summary: 'append data blocks, all or none',
    args: {
      data: {
        summary: 'their data; more than a block holds takes several',
        required: true,
        bytes: true,
        example: 'data.bin',
      },
    },
    run(log, args, { now, geometry }) {
      const parts = split(bytesArgument(args, 'data'), geometry.payloadSize);
      const state = log.clone();
      const first = state.appendMany(parts, { now, blockSize: geometry.blockSize });
      return { state, writes: parts.map((payload, i) => ({ index: first + i, payload: new Uint8Array(payload) })) };
    },
  },
  'extend-retention': {
    summary: 'lengthen the retention period; 0 is forever',
    args: {
      ticks: { summary: 'the new period in ticks of 100 ns', required: true, example: '6311520000000000' },
    },
    run(log, args) {
      const state = log.clone();
      state.extendRetention(BigInt(textArgument(args, 'ticks', /^\d{1,19}$/, 'a number of ticks')));
      return { state };
    },
  },
};

/** Views of `size` bytes each but the last; one of none where there are no bytes. */
function split(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}
