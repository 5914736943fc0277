import { toHex } from '@vde/format';
import { type CheckModel, escapeControls, type ImageFinding, type Verdict } from '@vde/inspect';
import type { Paint, Style } from '../style.ts';
import { countOf, formatSize, wrapText } from './text.ts';

export interface CheckLook {
  readonly source: string;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  /** What a code means. */
  explain(code: string): string | undefined;
}

type Severity = ImageFinding['severity'];

/** Findings of one code that are shown unless all are asked for. */
const shownOfCode = 10;
const severities: readonly (readonly [Severity, string])[] = [
  ['error', 'errors'],
  ['warning', 'warnings'],
  ['notice', 'notices'],
];

/** The findings of a check by severity, then the verdict. */
export function renderCheck(model: CheckModel, style: Style, look: CheckLook): string[] {
  const { facts, level, findings } = model;
  if (look.isQuiet) return [`${look.source}: ${verdictWord(model, style)}`];
  const geometry = facts === null ? [] : [`${countOf(facts.blocks, 'block')} of ${formatSize(facts.blockSize)}`];
  return [
    [`${style.bold(look.source)}  ${level} check`, ...geometry].join(` ${style.marks.dot} `),
    ...severities.flatMap(([severity, title]) => {
      const group = findings.filter((finding) => finding.severity === severity);
      return group.length === 0
        ? []
        : ['', style.bold(`${title} (${group.length})`), ...groupLines(group, style, look)];
    }),
    '',
    ...verdictLines(model, style),
  ];
}

export function severityPaint(severity: Severity, { red, yellow, dim }: Style): Paint {
  return { error: red, warning: yellow, notice: dim }[severity];
}

function groupLines(group: readonly ImageFinding[], style: Style, look: CheckLook): string[] {
  const codes = [...new Set(group.map(({ code }) => code))];
  return codes.flatMap((code) => {
    const all = group.filter((finding) => finding.code === code);
    const shown = look.isVerbose ? all : all.slice(0, shownOfCode);
    const left = all.length - shown.length;
    const explained = look.isVerbose ? look.explain(code) : undefined;
    return [
      ...shown.flatMap((finding) => findingLines(finding, style)),
      ...(left === 0 ? [] : [style.dim(`  and ${left} more ${code}; -v or -f json has them all`)]),
      ...(explained === undefined ? [] : wrapText(explained, Math.min(style.width, 100), '      ').map(style.dim)),
    ];
  });
}

/** What, where; below it in words, expected and found, and whether it can be repaired. */
function findingLines(finding: ImageFinding, style: Style): string[] {
  const { code, severity, message, address, region, path, expected, actual, repair } = finding;
  const { marks, dim, cyan } = style;
  const paint = severityPaint(severity, style);
  const mark = { error: marks.bad, warning: marks.warning, notice: marks.notice }[severity];
  const where = region ? `${region.id ?? region.type} in slot ${region.slot}` : '';
  const facts = [...valueWords(path, expected, actual), ...(severity === 'error' ? [repairWords(repair)] : [])];
  return [
    `  ${paint(`${mark} ${code}`)}  ${cyan(address)}  ${dim(where)}`.trimEnd(),
    ...[escapeControls(message), ...facts]
      .flatMap((text) => wrapText(text, style.width, '      '))
      .map(severity === 'notice' ? dim : (line) => line),
  ];
}

function valueWords(path: string | undefined, expected: unknown, actual: unknown): string[] {
  if (expected === undefined && actual === undefined) return path === undefined ? [] : [path];
  const parts = [
    ...(expected === undefined ? [] : [`expected ${wordOf(expected)}`]),
    ...(actual === undefined ? [] : [`found ${wordOf(actual)}`]),
  ];
  return [`${path === undefined ? '' : `${path}: `}${parts.join(', ')}`];
}

function wordOf(value: unknown): string {
  return escapeControls(value instanceof Uint8Array ? toHex(value) : String(value));
}

function repairWords({ possible, from }: ImageFinding['repair']): string {
  if (!possible) return 'cannot be repaired from what the image holds';
  return from === undefined ? 'can be repaired' : `can be repaired from the ${from}`;
}

const verdicts: Readonly<Record<Verdict, string>> = {
  clean: 'not damaged',
  warnings: 'not damaged, but some rules are broken',
  damaged: 'damaged, all of it repairable or readable from a good copy',
  lost: 'damaged, something is lost',
  unverifiable: 'not damaged, but something required could not be verified',
};

function verdictWord({ verdict }: CheckModel, { marks, green, yellow, red }: Style): string {
  const [mark, paint] = {
    clean: [marks.ok, green],
    warnings: [marks.warning, yellow],
    damaged: [marks.bad, red],
    lost: [marks.bad, red],
    unverifiable: [marks.unknown, yellow],
  }[verdict] as [string, Paint];
  return paint(`${mark} ${verdicts[verdict]}`);
}

/** What the search for erased records rests on. */
function erasedWords({ records, bytes }: NonNullable<CheckModel['erased']>): string {
  const what = `searched for ${countOf(records, 'erased record')}`;
  return records === 0 ? '  no region has erased records' : `  ${what} in ${formatSize(bytes)}, free space included`;
}

/** The verdict, and what it rests on. */
export function verdictLines(model: CheckModel, style: Style): string[] {
  const { errors, warnings, notices, unverifiable, blocks, erased, complete, level } = model;
  const found = [
    countOf(errors, 'error'),
    countOf(warnings, 'warning'),
    ...(notices > 0 ? [countOf(notices, 'notice')] : []),
    ...(unverifiable > 0 ? [`${unverifiable} unverifiable`] : []),
  ];
  const states = Object.entries(blocks).filter(([, count]) => count > 0);
  const seen = states.map(([state, count]) => `${count} ${state}`).join(', ');
  const facts = `${level} check: ${found.join(', ')}; blocks: ${seen === '' ? 'none' : seen}`;
  const isShort = verdicts[model.verdict].length + facts.length + 4 <= style.width;
  return [
    ...(isShort
      ? [`${verdictWord(model, style)}  ${style.dim(facts)}`]
      : [verdictWord(model, style), ...wrapText(facts, style.width, '  ').map(style.dim)]),
    ...(erased ? [style.dim(erasedWords(erased))] : []),
    ...(complete ? [] : [style.yellow(`${style.marks.warning} the check was cut short`)]),
  ];
}
