import type { RegionVerb } from '@vde/format';
import type { WormLog } from './worm-log.ts';

/** Editing commands of the region that touch the log only. Each works on a copy. */
export const wormCommands: Readonly<Record<string, RegionVerb<WormLog>>> = {
  'extend-retention': {
    summary: 'lengthen the retention period; 0 is forever',
    args: { ticks: { summary: 'the new period in ticks of 100 ns', required: true } },
    run(log, { ticks = '' }) {
      if (!/^\d{1,19}$/.test(ticks)) throw new RangeError(`ticks "${ticks}": expected a number`);
      const next = log.clone();
      next.extendRetention(BigInt(ticks));
      return next;
    },
  },
};
