import type { Call } from './call.ts';
import { commandsOf } from './commands.ts';
import { manPage } from './man.ts';

/** The manual page in the language of man(7), the same in every format. */
export async function run(call: Call): Promise<number> {
  await call.out.write(manPage(commandsOf(call.regions)));
  return 0;
}
