import { emptyGuid, type Finding, isVdeError, VdeError } from '@vde/format';
import { type BlockDevice, type EditableImage, openForEdit } from '@vde/image';
import { type Edited, editedModel, editJson, slotMoment } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { requirePath, withDevice } from './open-device.ts';
import { parseTime, usageError } from './options.ts';
import { print } from './print.ts';
import { readKey } from './read-keys.ts';
import { renderEdit } from './render/edit.ts';

/** What an edit found out: the slot that it is about, and what it could not keep. */
export interface EditOutcome {
  readonly slot: number;
  readonly findings: readonly Finding[];
}

/** An edit of a region: `slotOf` names the slot where there is one before, `change` makes the change. */
export interface RegionEdit {
  slotOf?(image: EditableImage): Promise<number>;
  change(image: EditableImage): Promise<EditOutcome>;
}

/** Edits the IMAGE of a call under a lock, and prints what became of the region. */
export async function editImage(call: Call, edit: RegionEdit): Promise<number> {
  const path = call.args[0]!;
  requirePath(call, path);
  const options = await editOptionsOf(call);
  const edited = await withDevice(call, path, (device) => editDevice(call, device, { ...edit, ...options }));
  await print(call, {
    human: () => renderEdit(edited, call.style, { isQuiet: call.isQuiet }),
    json: () => editJson(edited, tool),
  });
  return 0;
}

async function editOptionsOf(call: Call) {
  const [seal, now] = [call.text('sealKey'), call.text('now')];
  const time = now === undefined ? undefined : parseTime('now', now);
  const sealKey = seal === undefined ? undefined : await readKey(seal);
  if (sealKey?.length === 0)
    throw usageError(`--seal-key ${seal}: the file is empty`, 'a file with the bytes of the key');
  // An edit of a given time is to give the same bytes each time.
  const clock = time === undefined ? {} : { now: () => time, sessionId: emptyGuid };
  return { ...clock, ...(sealKey && { sealKey }) };
}

async function editDevice(
  call: Call,
  device: BlockDevice,
  { slotOf, change, ...options }: RegionEdit & Awaited<ReturnType<typeof editOptionsOf>>,
): Promise<Edited> {
  const image = await openForEdit(device, { ...options, regions: call.regions, signal: call.signal });
  if (options.sealKey) await requireSeal(image, options.sealKey);
  const index = await slotOf?.(image);
  const before = index === undefined ? undefined : await slotMoment(image.image, index);
  const { slot, findings } = await change(image);
  const after = await slotMoment(image.image, slot);
  await image.close();
  const did = call.command.name;
  return editedModel(image.image, { did, before, after, recovery: image.recovery, findings });
}

/** A key that does not fit the seal would take the place of the one that does. @throws VdeError `refused`. */
async function requireSeal({ image }: EditableImage, sealKey: Uint8Array): Promise<void> {
  const checks = await image.checkIntegrity({ sealKey });
  if (checks.every(({ name, state }) => name !== 'headerIntegritySeal' || state !== 'mismatch')) return;
  throw new VdeError('refused', `${image.source.name}: the key of --seal-key does not fit its header seal`, {
    details: { hint: 'without --seal-key the seal is cleared' },
  });
}

/** Gives an error what to try next. */
export async function hinting<T>(hints: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isVdeError(error) || hints[error.code] === undefined) throw error;
    throw new VdeError(error.code, error.message, { details: { hint: hints[error.code] }, cause: error });
  }
}
