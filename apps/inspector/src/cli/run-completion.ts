import type { Call } from './call.ts';
import { commandsOf } from './commands.ts';
import { completionOf, type Shell, shells } from './completion.ts';
import { nearestOf } from './nearest.ts';
import { unknownName } from './options.ts';

/** A script for a shell, the same in every format. */
export async function run(call: Call): Promise<number> {
  const name = call.args[0]!;
  const shell = shells.find((known) => known === name);
  if (shell === undefined)
    throw unknownName(`no completion for "${name}"`, `vde completion ${nearestOf(name, shells) ?? shells.join(', ')}`);
  await call.out.write(completionOf(shell satisfies Shell, commandsOf(call.regions)));
  return 0;
}
