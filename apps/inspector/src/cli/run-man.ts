import type { Call } from './call.ts';
import { manPage } from './man.ts';

/** The manual page in the language of man(7), the same in every format. */
export async function run(call: Call): Promise<number> {
  await call.out.write(manPage());
  return 0;
}
