import { toHex } from '@vde/format';
import type { Damage, DamagePlan } from '../damage/model.ts';
import { type Envelope, envelope, imageJson, type JsonObject, rangeJson, type Tool } from './envelope.ts';

/** `damage/1`: what was done to a copy of an image, byte for byte. `target` names the copy. */
export function damageJson({ facts, kind, seed, damages, source }: DamagePlan, target: string, tool: Tool): Envelope {
  return envelope('damage', tool, {
    image: imageJson(facts),
    target,
    size: String(source.size),
    kind,
    seed,
    damages: damages.map(oneJson),
  });
}

function oneJson({ kind, address, block, other, range, description, size, patches }: Damage): JsonObject {
  return {
    kind,
    address,
    block: String(block),
    ...(other !== undefined && { other: String(other) }),
    range: rangeJson(range),
    description,
    ...(size !== undefined && { size: String(size) }),
    patches: patches.map(({ offset, before, after }) => ({
      range: rangeJson({ offset, length: after.length }),
      before: toHex(before),
      after: toHex(after),
    })),
  };
}
