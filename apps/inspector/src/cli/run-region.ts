import { VdeError } from '@vde/format';
import type { EditableImage, Transaction } from '@vde/image';
import type { Call } from './call.ts';
import { editImage } from './edit-image.ts';
import { parseNumber, usageError } from './options.ts';
import { parseWantedRegion } from './region-options.ts';

export async function addRegion(call: Call): Promise<number> {
  const { plugin, options } = parseWantedRegion(call.args[1]!, call.regions);
  return editImage(call, {
    async change(image) {
      const before = image.image.slots.map(({ index }) => index);
      const findings = await editOrExplain(call, image, (tx) => tx.add(plugin, options));
      const slot = image.image.slots.find(({ index }) => !before.includes(index))!.index;
      return { slot, findings };
    },
  });
}

export async function removeRegion(call: Call): Promise<number> {
  return editTarget(call, (tx, slot) => tx.remove(slot));
}

export async function moveRegion(call: Call): Promise<number> {
  const blocks = call.text('blocks');
  const options = blocks === undefined ? {} : { blockCount: parseNumber('blocks', blocks, 128) };
  return editTarget(call, (tx, slot) => tx.move(slot, options));
}

async function editTarget(call: Call, change: (tx: Transaction, slot: number) => void): Promise<number> {
  let slot = -1;
  return editImage(call, {
    slotOf: async (image) => {
      slot = await findSlot(call, image, call.args[1]!);
      return slot;
    },
    change: async (image) => ({ slot, findings: await editOrExplain(call, image, (tx) => change(tx, slot)) }),
  });
}

/** What the image refuses as a number is a mistake in the arguments. */
async function editOrExplain(call: Call, image: EditableImage, change: (tx: Transaction) => void) {
  try {
    return await image.edit(change, { signal: call.signal });
  } catch (error) {
    throw error instanceof RangeError ? usageError(error.message, `vde ${call.command.name} --help`) : error;
  }
}

/** The slot of a number, a slot type or a region id. @throws VdeError `regionNotFound`, `usage` where several match. */
async function findSlot(call: Call, { image }: EditableImage, target: string): Promise<number> {
  const found: number[] = [];
  for (const slot of image.slots) {
    const isMeant =
      String(slot.index) === target ||
      slot.type === target ||
      (await image.resolve(slot, { signal: call.signal }))?.plugin.id === target;
    if (isMeant) found.push(slot.index);
  }
  if (found.length === 1) return found[0]!;
  if (found.length > 1) throw usageError(`"${target}": slots ${found.join(', ')} hold one each`, 'name the slot');
  const message = `${image.source.name}: no region in a slot, or of a type, "${target}"`;
  throw new VdeError('regionNotFound', message, { details: { hint: `vde ls ${image.source.name}` } });
}
