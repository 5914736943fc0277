import { type CheckModel, type CheckOutcome, escapeControls, type ImageFinding } from '@vde/inspect';
import { tool } from '../call.ts';
import { countOf, formatSize } from './text.ts';

/** What a code means. */
type Explain = (code: string) => string | undefined;

const styleSheet = `:root{color-scheme:light dark;--line:#d0d7de;--soft:#59636e;--error:#b3261e;--warning:#8a5a00;--notice:#0b5cad;--ok:#1a7f37}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--soft:#9198a1;--error:#ff8a80;--warning:#e3b341;--notice:#79b8ff;--ok:#56d364}}
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2rem 0 .25rem;overflow-wrap:anywhere}
p{margin:.25rem 0}.soft{color:var(--soft)}
.verdict{font-weight:600}.clean{color:var(--ok)}.warnings,.unverifiable,.warning{color:var(--warning)}.damaged,.lost,.failed,.error{color:var(--error)}.notice{color:var(--notice)}
table{border-collapse:collapse;width:100%;margin:1rem 0;font-size:.9rem}th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top}
th{color:var(--soft);font-weight:500}td.place{white-space:nowrap}code{font:.85rem ui-monospace,monospace}
dt{font-weight:600;margin-top:.75rem}dd{margin:0;max-width:60rem}`;

/** The results of checks as one HTML document that needs nothing else: no script, no request. */
export function* htmlReport(outcomes: readonly CheckOutcome[], explain: Explain): Generator<string> {
  yield `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>vde check</title><style>${styleSheet}</style></head><body>\n`;
  yield `<h1>Check of DWVD images</h1><p class="soft">vde ${text(tool.version)}, ${countOf(outcomes.length, 'image')}</p>\n`;
  for (const outcome of outcomes) yield* imageSection(outcome);
  const codes = outcomes
    .flatMap((outcome) => ('model' in outcome ? outcome.model.findings : []))
    .map(({ code }) => code);
  yield* codeSection([...new Set(codes)].sort(), explain);
  yield '</body></html>\n';
}

function* imageSection(outcome: CheckOutcome): Generator<string> {
  yield `<section><h2>${text(outcome.source)}</h2>\n`;
  if ('error' in outcome)
    yield `<p class="verdict failed">${text(outcome.error.code)}: ${text(outcome.error.message)}</p>`;
  else yield* modelLines(outcome.model);
  yield '</section>\n';
}

const verdicts: Readonly<Record<CheckModel['verdict'], string>> = {
  clean: 'Not damaged',
  warnings: 'Not damaged, but some rules are broken',
  damaged: 'Damaged, all of it repairable or readable from a good copy',
  lost: 'Damaged, something is lost',
  unverifiable: 'Not damaged, but something required could not be verified',
};

function* modelLines(model: CheckModel): Generator<string> {
  const { verdict, facts, level, errors, warnings, notices, unverifiable, blocks, findings, complete } = model;
  yield `<p class="verdict ${verdict}">${verdicts[verdict]}</p>\n`;
  const geometry = facts
    ? `, ${countOf(facts.blocks, 'block')} of ${formatSize(facts.blockSize)}, volume ${text(facts.volumeUuid)}`
    : '';
  const counts = [
    countOf(errors, 'error'),
    countOf(warnings, 'warning'),
    countOf(notices, 'notice'),
    ...(unverifiable > 0 ? [`${unverifiable} unverifiable`] : []),
  ];
  const states = Object.entries(blocks).filter(([, count]) => count > 0);
  yield `<p class="soft">${level} check${geometry}: ${counts.join(', ')}${complete ? '' : '; cut short'}</p>\n`;
  yield `<p class="soft">blocks: ${states.map(([state, count]) => `${count} ${text(state)}`).join(', ') || 'none'}</p>\n`;
  if (findings.length === 0) return;
  yield '<table><thead><tr><th>severity</th><th>code</th><th>place</th><th>bytes</th><th>what</th><th>repair</th></tr></thead><tbody>\n';
  for (const finding of findings) yield findingRow(finding);
  yield '</tbody></table>\n';
}

function findingRow({ severity, code, message, address, range, region, path, repair }: ImageFinding): string {
  const where = region ? `<br><span class="soft">${text(region.id ?? region.type)}, slot ${region.slot}</span>` : '';
  const bytes = range ? `${range.offset}&ndash;${range.offset + range.length - 1}` : '';
  const field = path === undefined ? '' : `<br><code>${text(path)}</code>`;
  const how = severity !== 'error' ? '' : repair.possible ? `from the ${text(repair.from ?? 'image')}` : 'none';
  return `<tr><td class="${severity}">${severity}</td><td><a href="#${text(code)}">${text(code)}</a></td><td class="place"><code>${text(address)}</code>${where}</td><td class="place">${bytes}</td><td>${text(message)}${field}</td><td>${how}</td></tr>\n`;
}

function* codeSection(codes: readonly string[], explain: Explain): Generator<string> {
  if (codes.length === 0) return;
  yield '<section><h2>What the codes mean</h2><dl>\n';
  for (const code of codes) yield `<dt id="${text(code)}">${text(code)}</dt><dd>${text(explain(code) ?? '')}</dd>\n`;
  yield '</dl></section>\n';
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Texts come from images: nothing in them may become markup or steer the direction of writing. */
function text(value: string): string {
  return escapeControls(value).replace(/[&<>"']/g, (character) => entities[character]!);
}
