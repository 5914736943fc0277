import type { BlockSource } from '@vde/image';
import type { Damage, DamagePatch } from './model.ts';

/** A source read through the damage that was done to it so far: the bytes below stay what they are. */
export function damagedSource(source: BlockSource, damages: readonly Damage[]): BlockSource {
  const patches = damages.flatMap((damage) => damage.patches);
  const size = damages.reduce((least, damage) => Math.min(least, damage.size ?? least), source.size);
  return {
    name: source.name,
    size,
    async read(offset, into, options) {
      const part = into.subarray(0, Math.max(0, Math.min(into.length, size - offset)));
      const got = await source.read(offset, part, options);
      for (const patch of patches) apply(patch, offset, part.subarray(0, got));
      return got;
    },
    close: async () => source.close?.(),
  };
}

/** Writes as much of a patch as lies in the bytes from `start` on. */
function apply({ offset, after }: DamagePatch, start: number, bytes: Uint8Array): void {
  const from = Math.max(offset, start);
  const to = Math.min(offset + after.length, start + bytes.length);
  if (from < to) bytes.set(after.subarray(from - offset, to - offset), from - start);
}
