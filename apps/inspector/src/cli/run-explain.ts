import { allCodes, codesJson, explainCode, explainJson } from '@vde/inspect';
import { allRegions } from '@vde/regions';
import { type Call, tool } from './call.ts';
import { nearestOf } from './nearest.ts';
import { unknownName } from './options.ts';
import { print } from './print.ts';
import { severityPaint } from './render/check.ts';
import { renderTable } from './render/table.ts';
import { wrapText } from './render/text.ts';

export async function run(call: Call): Promise<number> {
  const { style } = call;
  const code = call.args[0];
  const codes = allCodes(allRegions);
  if (code === undefined) {
    const columns = [{ title: 'code' }, { title: 'severity' }, { title: 'from' }];
    const rows = codes.map(({ code: text, severity, from }) => [
      text,
      { text: severity, paint: severityPaint(severity, style) },
      from,
    ]);
    await print(call, { human: () => renderTable(columns, rows, style), json: () => codesJson(codes, tool) });
    return 0;
  }
  const entry = explainCode(code, allRegions);
  if (entry === undefined)
    throw unknownName(
      `no code is called "${code}"`,
      nearestOf(
        code,
        codes.map((known) => known.code),
      ) ?? 'vde explain lists them',
    );
  await print(call, {
    human: () => [
      `${style.bold(entry.code)}  ${severityPaint(entry.severity, style)(entry.severity)}  ${style.dim(`from ${entry.from}`)}`,
      '',
      ...wrapText(entry.explain, Math.min(style.width, 100), '  '),
    ],
    json: () => explainJson(entry, tool),
  });
  return 0;
}
