import { isoFromTicks } from '@vde/format';
import {
  type ContainerCopy,
  escapeControls,
  type IdentityValue,
  type ImageFinding,
  type RebuiltImage,
  type SalvagedRegion,
  type SalvageModel,
} from '@vde/inspect';
import type { Paint, Style } from '../style.ts';
import { severityPaint } from './check.ts';
import { type Cell, type Column, renderPairs, renderTable } from './table.ts';
import { countOf, formatSize, wrapText } from './text.ts';

export interface SalvageLook {
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  /** The file of the rebuilt image. */
  readonly target: string | undefined;
}

/** What was found of an image: the container, the regions, what is lost, and what to do next. */
export function renderSalvage(
  model: SalvageModel,
  rebuilt: RebuiltImage | undefined,
  style: Style,
  look: SalvageLook,
): string[] {
  if (look.isQuiet) return [`${model.source}: ${verdictWord(model, style)}`];
  return [
    ...headLines(model, style),
    '',
    ...regionLines(model, style, look),
    ...findingLines(model, style, look),
    '',
    verdictWord(model, style),
    ...(rebuilt === undefined ? hintLines(style, model) : rebuiltLines(rebuilt, style, look)),
  ];
}

function headLines(model: SalvageModel, style: Style): string[] {
  const { source, size, blocks, blockSize, copies, identity, base } = model;
  const dot = ` ${style.marks.dot} `;
  const [most, ...others] = blockSize.votes;
  const fewer = others.map((vote) => `, ${vote.blocks} at ${formatSize(vote.blockSize)}`).join('');
  const votes = `${countOf(most?.blocks ?? 0, 'block verifies', 'blocks verify')} at this size${fewer}`;
  const pairs: [string, string][] = [
    ['block size', `${formatSize(blockSize.blockSize)} ${style.dim(`(${votes})`)}`],
    ...(base > 0 ? [['block 0', `at byte ${base}, behind a boot preamble`] as [string, string]] : []),
    ['superblocks', copiesWords(copies, ({ block }) => block < 8, style)],
    ['directory', copiesWords(copies, ({ structure }) => structure === 'directory', style)],
    ...copies
      .filter(({ block, structure }) => block >= 8 && structure !== 'directory')
      .map(({ structure, block }): [string, string] => [structure, `found in block ${block}`]),
    ...identity.map((one): [string, string] => [identityNames[one.field], identityWords(one, style)]),
  ];
  return [
    [style.bold(source), formatSize(size), countOf(blocks, 'block')].join(dot),
    ...renderPairs(
      pairs.map(([name, text]) => [name, wrapText(text, style.width - 18).join('\n')]),
      style,
    ),
  ];
}

/** Blocks by their state: `0-3 zero, 4 ok`. What is used is bold. */
function copiesWords(
  copies: readonly ContainerCopy[],
  isMeant: (copy: ContainerCopy) => boolean,
  style: Style,
): string {
  const runs: { first: number; last: number; state: ContainerCopy['state'] }[] = [];
  for (const { block, state } of copies.filter(isMeant)) {
    const run = runs.at(-1);
    if (run && run.state === state && run.last === block - 1) run.last = block;
    else runs.push({ first: block, last: block, state });
  }
  const words = runs.map(({ first, last, state }) => {
    const numbers = first === last ? `block ${first}` : `blocks ${first}-${last}`;
    return `${numbers} ${state === 'ok' ? style.green('intact') : style.red(stateWords[state])}`;
  });
  return words.join(', ');
}

const stateWords: Readonly<Record<ContainerCopy['state'], string>> = {
  ok: 'intact',
  hole: 'all zero',
  unsealed: 'without trailer',
  corrupt: 'damaged',
  wrongTag: 'something else',
};

const identityNames: Readonly<Record<IdentityValue['field'], string>> = {
  volumeUuid: 'volume UUID',
  volumeLabel: 'label',
  createdTimestamp: 'created',
  moduleManifest: 'modules',
  inodeSize: 'inode size',
};

function identityWords({ field, value, from }: IdentityValue, { dim, red }: Style): string {
  if (value === null) return red('lost');
  const text =
    typeof value === 'bigint'
      ? (isoFromTicks(value) ?? String(value))
      : field === 'moduleManifest'
        ? `0x${value.toString(16).padStart(8, '0')}`
        : escapeControls(String(value)) || 'none';
  return `${text} ${dim(`(${from})`)}`;
}

const columns: readonly Column[] = [
  { title: 'type' },
  { title: 'region' },
  { title: 'start', align: 'right' },
  { title: 'blocks', align: 'right' },
  { title: 'written', align: 'right' },
  { title: 'bad', align: 'right' },
  { title: 'gen', align: 'right' },
  { title: 'sure' },
  { title: 'why', least: 20, last: true },
];

/** Regions left out that are shown unless all are asked for. */
const shownLeftOut = 10;

function regionLines({ regions, blockSize }: SalvageModel, style: Style, { isVerbose }: SalvageLook): string[] {
  const { dim } = style;
  const listed = regions.filter((region) => region.listed);
  const leftOut = regions.filter((region) => !region.listed);
  const hidden = new Set(isVerbose ? [] : leftOut.slice(shownLeftOut));
  const shown = regions.filter((region) => !hidden.has(region));
  const bytes = listed.reduce((sum, { writtenBlocks }) => sum + writtenBlocks * blockSize.blockSize, 0);
  const others = leftOut.length > 0 ? `, ${leftOut.length} more left out` : '';
  const rows = shown.map((region) => regionCells(region, style));
  return [
    `${style.bold(`regions (${listed.length})`)}  ${dim(`${formatSize(bytes)} written${others}`)}`,
    ...(rows.length === 0 ? [] : renderTable(columns, rows, style)),
    ...(hidden.size === 0 ? [] : [dim(`  and ${hidden.size} more left out; -v or -f json has them`)]),
  ];
}

function regionCells(region: SalvagedRegion, style: Style): Cell[] {
  const { type, id, startBlock, blockCount, writtenBlocks, damagedBlocks, generation, confidence, why, listed } =
    region;
  const { dim, red, marks } = style;
  const shade: { paint?: Paint } = listed ? {} : { paint: dim };
  const count = (value: number, paint?: Paint): Cell =>
    value === 0 ? { text: marks.none, paint: dim } : { text: String(value), ...(paint ? { paint } : shade) };
  return [
    { text: escapeControls(type), ...shade },
    id === null ? { text: marks.none, paint: dim } : { text: id, ...shade },
    { text: String(startBlock), ...shade },
    { text: String(blockCount), ...shade },
    count(writtenBlocks),
    count(damagedBlocks, red),
    count(generation),
    listed ? { text: confidence, paint: confidencePaint(confidence, style) } : { text: 'left out', paint: dim },
    { text: escapeControls(why.join('; ')), short: escapeControls(why.slice(0, 2).join('; ')), paint: dim },
  ];
}

function confidencePaint(confidence: SalvagedRegion['confidence'], { green, yellow, red }: Style): Paint {
  return { high: green, medium: yellow, low: red }[confidence];
}

/** Notices say what the table says. */
function findingLines({ findings }: SalvageModel, style: Style, { isVerbose }: SalvageLook): string[] {
  const shown = isVerbose ? findings : findings.filter(({ severity }) => severity !== 'notice');
  const groups: [ImageFinding['severity'], string][] = [
    ['error', 'lost'],
    ['warning', 'warnings'],
    ['notice', 'notices'],
  ];
  return groups.flatMap(([severity, title]) => {
    const group = shown.filter((finding) => finding.severity === severity);
    if (group.length === 0) return [];
    const paint = severityPaint(severity, style);
    return [
      '',
      style.bold(`${title} (${group.length})`),
      ...group.flatMap(({ code, address, message }) => [
        `  ${paint(`${severity === 'error' ? style.marks.bad : style.marks.warning} ${code}`)}  ${style.cyan(address)}`,
        ...wrapText(escapeControls(message), style.width, '      '),
      ]),
    ];
  });
}

function verdictWord({ verdict }: SalvageModel, { marks, green, yellow, red }: Style): string {
  if (verdict === 'clean') return green(`${marks.ok} nothing is missing`);
  if (verdict === 'damaged') return yellow(`${marks.warning} damaged, all of it can be rebuilt`);
  return red(`${marks.bad} damaged, something is lost`);
}

function hintLines({ dim }: Style, { source }: SalvageModel): string[] {
  return [dim(`vde salvage ${source} --out FILE writes an image with a new directory; ${source} is not changed`)];
}

function rebuiltLines({ size, volumeUuid, regions }: RebuiltImage, style: Style, { target }: SalvageLook): string[] {
  return [
    `${style.green(style.marks.ok)} ${target}: ${formatSize(size)}, ${countOf(regions, 'region')} listed, volume ${volumeUuid}`,
    style.dim(`vde check ${target} tells what is still damaged in it`),
  ];
}
