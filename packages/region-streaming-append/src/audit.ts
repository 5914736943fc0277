import { type AuditContext, blockCodes, collectFindings, type Finding, type FindingPlace } from '@vde/format';
import { streamingAppendCodes } from './codes.ts';
import { walkEntries } from './entries.ts';
import { StreamingAppendHeader } from './records.ts';
import { isMappingUncertain, isReadable, type StreamingAppend } from './ring.ts';

/** Reads every live entry of the ring: its block is whole and is that entry's. @internal */
export async function* auditRing(
  ring: StreamingAppend,
  context: AuditContext,
): AsyncGenerator<Finding, void, undefined> {
  // Counters that say nothing were reported when the header was decoded.
  if (!isReadable(ring)) return;
  const { findings, report } = collectFindings({ ...blockCodes, ...streamingAppendCodes });
  let hasStale = false;
  for await (const run of walkEntries(ring, context, context.signal ? { signal: context.signal } : {})) {
    for (const found of run) {
      if (!('error' in found)) continue;
      const { code, message, details } = found.error;
      hasStale ||= code === 'staleEntry';
      report(code, message, code === 'capacityExceeded' ? {} : (details as FindingPlace));
      yield* findings.splice(0);
    }
  }
  if (!hasStale || !isMappingUncertain(ring)) return;
  const { offset, type } = StreamingAppendHeader.field('allocatedBlocks');
  const message = `the ring has grown to ${ring.allocatedBlocks} blocks, perhaps after its tail had moved`;
  report('mappingUncertain', message, { block: 0, offset, length: type.size, path: 'allocatedBlocks' });
  yield* findings;
}
