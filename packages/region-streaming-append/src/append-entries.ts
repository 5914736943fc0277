import { type DataWrite, VdeError } from '@vde/format';
import { type AppendOptions, planAppend } from './append.ts';
import { entryPayload } from './entries.ts';
import type { StreamingAppend } from './ring.ts';

/** What appending entries at once takes: blocks to write, and the ring that names them. */
export interface AppendedEntries {
  readonly state: StreamingAppend;
  /** Payload and ring block of each entry. The generation of a block is the low 32 bits of its position. */
  readonly writes: readonly DataWrite[];
  /** Positions of the entries, in their order. */
  readonly positions: readonly bigint[];
}

/**
 * The ring with all of the entries. It grows only where no live entry has to move; none of the new entries is overwritten by a later one.
 * Bytes are copied.
 * @throws VdeError as {@link planAppend} does, and `capacityExceeded` for more entries than the ring can take at once.
 */
export function appendEntries(
  ring: StreamingAppend,
  entries: readonly Uint8Array[],
  options: Omit<AppendOptions, 'growth'>,
): AppendedEntries {
  const writes: DataWrite[] = [];
  const positions: bigint[] = [];
  let state = ring;
  for (const entry of entries) {
    const plan = planAppend(state, entry.length, { ...options, growth: 'stableOnly' });
    if (plan.discarded !== undefined && plan.discarded >= ring.writeHead)
      throw tooManyError(entries.length, writes.length);
    writes.push({ index: plan.block, payload: entryPayload(entry, options.framed) });
    positions.push(plan.position);
    state = plan.ring;
  }
  return { state, writes, positions };
}

function tooManyError(required: number, available: number): VdeError {
  const message = `streaming append: ${required} entries at once, the ring takes ${available}`;
  return new VdeError('capacityExceeded', message, { details: { required, available } });
}
