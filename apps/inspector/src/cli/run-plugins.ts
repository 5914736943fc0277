import { pluginsJson } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { print } from './print.ts';
import { renderTable } from './render/table.ts';

const columns = [{ title: 'id' }, { title: 'title' }, { title: 'tag' }, { title: 'slot types' }, { title: 'codes' }];

export async function run(call: Call): Promise<number> {
  const rows = call.regions.map(({ id, title, blockTag, slotTypes, codes = {} }) => [
    id,
    title,
    blockTag,
    slotTypes.join(', '),
    Object.keys(codes).join(', '),
  ]);
  await print(call, {
    human: () => renderTable(columns, rows, call.style),
    json: () => pluginsJson(call.regions, tool),
  });
  return 0;
}
