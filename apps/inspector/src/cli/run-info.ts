import { exitCodeOf, infoJson } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { withInspection } from './open.ts';
import { print } from './print.ts';
import { renderInfo } from './render/info.ts';

export function run(call: Call): Promise<number> {
  return withInspection(call, call.args[0]!, async (inspection) => {
    const model = await inspection.info(call.signal ? { signal: call.signal } : {});
    await print(call, { human: () => renderInfo(model, call.style, call), json: () => infoJson(model, tool) });
    return exitCodeOf(model.check, { failOn: 'error' });
  });
}
