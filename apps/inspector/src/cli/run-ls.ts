import { type ImageFacts, lsJson, lsLines, type SlotModel } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { withInspection } from './open.ts';
import { print } from './print.ts';
import { renderSlots } from './render/slots.ts';

export function run(call: Call): Promise<number> {
  return withInspection(call, call.args[0]!, async (inspection) => {
    const slots = await inspection.slots({ all: call.flag('free') });
    const { facts } = inspection;
    await print(call, {
      human: () => renderSlots(facts, slots, call.style, call),
      json: () => lsJson(facts, slots, tool),
      lines: () => lsLines(facts, slots, tool),
    });
    return isDamaged(facts, slots) ? 2 : 0;
  });
}

/** The listing stands on a good copy, or a region's first block does not hold. */
function isDamaged(facts: ImageFacts | null, slots: readonly SlotModel[]): boolean {
  return facts?.copyUsed !== 'primary' || slots.some(({ state }) => state === 'damaged');
}
