import {
  type DamageKind,
  type DamageOptions,
  type DamagePlan,
  type Damager,
  damageJson,
  type Inspection,
  parseAddress,
  writeDamaged,
} from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { requireTarget, writeTarget } from './new-file.ts';
import { withInspection } from './open.ts';
import { usageError } from './options.ts';
import { print } from './print.ts';
import { withProgress } from './progress.ts';
import { renderDamage } from './render/damage.ts';
import { suggesting } from './run-show.ts';

export async function run(call: Call): Promise<number> {
  const [image, target] = call.args as [string, string];
  const options = optionsOf(call);
  await requireTarget(call, image, { name: 'OUT', path: target });
  return withInspection(call, image, async (inspection) => {
    const damager = await withProgress(call, 'searching', (onProgress) =>
      inspection.damager({ onProgress, signal: call.signal }),
    );
    const plan = await planOf(inspection, damager, options);
    await withProgress(call, 'writing', (onProgress) =>
      writeTarget(call, target, (device) => writeDamaged(plan, device, { onProgress, signal: call.signal })),
    );
    await print(call, {
      human: () => renderDamage(plan, target, call.style, { isQuiet: call.isQuiet }),
      json: () => damageJson(plan, target, tool),
    });
    return 0;
  });
}

function optionsOf(call: Call): DamageOptions {
  const at = call.text('at');
  return {
    kind: call.text('kind') as DamageKind,
    seed: numberOf(call, 'seed'),
    count: numberOf(call, 'count'),
    ...(at !== undefined && { at: parseAddress(at) }),
  };
}

/** @throws VdeError `usage`. */
function numberOf(call: Call, name: 'seed' | 'count'): number {
  const text = call.text(name)!;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw usageError(`--${name} "${text}": expected a whole number`, `--${name} 7`);
}

/** What the library refuses is a mistake in the options. */
async function planOf(inspection: Inspection, damager: Damager, options: DamageOptions): Promise<DamagePlan> {
  const plan = async () => {
    try {
      return await damager.plan(options);
    } catch (error) {
      throw error instanceof RangeError ? usageError(error.message) : error;
    }
  };
  return options.at === undefined ? plan() : suggesting(inspection, options.at, plan);
}
