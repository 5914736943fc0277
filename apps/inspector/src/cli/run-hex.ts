import { hexJson } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { withInspection } from './open.ts';
import { parseLength } from './options.ts';
import { print } from './print.ts';
import { renderHex } from './render/hex.ts';
import { renderPlainHex } from './render/plain-hex.ts';
import { addressOf, suggesting } from './run-show.ts';

export function run(call: Call): Promise<number> {
  const length = call.text('length');
  const address = { ...addressOf(call), ...(length !== undefined && { length: parseLength(length) }) };
  return withInspection(call, call.args[0]!, async (inspection) => {
    const model = await suggesting(inspection, address, () => inspection.hex(address));
    await print(call, {
      human: () => (call.flag('plain') ? renderPlainHex(model) : renderHex(model, call.style)),
      json: () => hexJson(model, tool),
    });
    return 0;
  });
}
