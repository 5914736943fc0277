import type { Edited, SlotMoment } from '../edited.ts';
import { findingJson } from './check.ts';
import { type Envelope, envelope, imageJson, type Tool } from './envelope.ts';
import type { JsonTree } from './text.ts';

/** `edit/1`: what a command that edits an image did to a region. */
export function editJson({ facts, did, before, after, recovery, findings }: Edited, tool: Tool): Envelope {
  const { slot, type, id } = (after ?? before)!;
  return envelope('edit', tool, {
    image: imageJson(facts),
    did,
    region: { slot, type, id, before: momentJson(before), after: momentJson(after) },
    recovered: recovery,
    findings: findings.map(findingJson),
  });
}

function momentJson(moment: SlotMoment | undefined): JsonTree {
  if (moment === undefined) return null;
  const { startBlock, blockCount, generation } = moment;
  return { startBlock: String(startBlock), blockCount: String(blockCount), generation };
}
