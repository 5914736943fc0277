import { schemaNames, schemaOf } from '@vde/inspect';
import type { Call } from './call.ts';
import { nearestOf } from './nearest.ts';
import { unknownName } from './options.ts';

/** Schemas are JSON in every format. */
export async function run(call: Call): Promise<number> {
  const name = call.args[0];
  if (name === undefined) {
    await call.out.lines(schemaNames);
    return 0;
  }
  const schema = schemaOf(name);
  if (schema === undefined)
    throw unknownName(`no schema is called "${name}"`, nearestOf(name, schemaNames) ?? schemaNames.join(', '));
  await call.out.write(`${JSON.stringify(schema, null, 2)}\n`);
  return 0;
}
