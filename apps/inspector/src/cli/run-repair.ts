import { type BlockDevice, planRepair, writeUndo } from '@vde/image';
import { exitCodeOfRepair, type RepairModel, repairJson, repairModel } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { hinting } from './edit-image.ts';
import { requireTarget, writeTarget } from './new-file.ts';
import { withSource } from './open.ts';
import { withDevice } from './open-device.ts';
import { usageError } from './options.ts';
import { print } from './print.ts';
import { renderRepair } from './render/repair.ts';

export async function run(call: Call): Promise<number> {
  const path = call.args[0]!;
  const isApplied = call.flag('apply');
  for (const name of ['undo', 'force'])
    if (!isApplied && (call.text(name) !== undefined || call.flag(name)))
      throw usageError(`--${name} is about the undo file of --apply`, `vde repair ${path} --apply`);
  const model = isApplied
    ? await withDevice(call, path, (device) => apply(call, device))
    : await withSource(call, path, async (source) =>
        repairModel(await planRepair(source, { signal: call.signal }), { source: source.name }),
      );
  await print(call, {
    human: () => renderRepair(model, call.style, { isQuiet: call.isQuiet, isVerbose: call.isVerbose }),
    json: () => repairJson(model, tool),
  });
  return exitCodeOfRepair(model);
}

/** Repairs the image. What it replaces is in the undo file, and that on the medium, before the first byte changes. */
async function apply(call: Call, device: BlockDevice): Promise<RepairModel> {
  const plan = await planRepair(device, { signal: call.signal });
  const source = device.name;
  if (plan.patches.length === 0) return repairModel(plan, { source });
  const undo = call.text('undo') ?? `${source}.undo`;
  await requireTarget(call, source, { name: '--undo', path: undo });
  await writeTarget(call, undo, (file) => file.write(0, writeUndo(plan)));
  await hinting({ writeFailed: `vde undo ${source} ${undo} takes back what was written` }, () => plan.apply(device));
  return repairModel(plan, { source, undo });
}
