import { codesJson, type ExplainedCode, explainJson } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { explainedCodes } from './codes.ts';
import { nearestOf } from './nearest.ts';
import { unknownName } from './options.ts';
import { print } from './print.ts';
import { severityPaint } from './render/check.ts';
import { renderTable } from './render/table.ts';
import { wrapText } from './render/text.ts';
import type { Style } from './style.ts';

const textWidth = 100;

export async function run(call: Call): Promise<number> {
  const { style } = call;
  const code = call.args[0];
  const codes = explainedCodes(call.regions);
  if (code === undefined) {
    await print(call, { human: () => listLines(codes, style), json: () => codesJson(codes, tool) });
    return 0;
  }
  const [entry, ...others] = codes.filter((known) => known.code === code);
  if (entry === undefined) {
    const names = codes.map((known) => known.code);
    throw unknownName(`no code is called "${code}"`, nearestOf(code, names) ?? 'vde explain lists them');
  }
  await print(call, {
    human: () => [entry, ...others].flatMap((known) => entryLines(known, style)),
    json: () => explainJson(entry, others, tool),
  });
  return 0;
}

function entryLines({ code, severity, from, explain }: ExplainedCode, style: Style): string[] {
  const head = `${style.bold(code)}  ${severityPaint(severity, style)(severity)}  ${style.dim(`from ${from}`)}`;
  return [head, '', ...wrapText(explain, Math.min(style.width, textWidth), '  '), ''];
}

function listLines(codes: readonly ExplainedCode[], style: Style): string[] {
  const columns = [{ title: 'code' }, { title: 'severity' }, { title: 'from' }];
  const rows = codes.map(({ code, severity, from }) => [
    code,
    { text: severity, paint: severityPaint(severity, style) },
    from,
  ]);
  return renderTable(columns, rows, style);
}
