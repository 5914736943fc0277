import { displayValue, type InfoModel, type IntegrityModel } from '@vde/inspect';
import type { Style } from '../style.ts';
import { verdictLines } from './check.ts';
import { regionCell, statePaint } from './slots.ts';
import { type Cell, type Column, renderPairs, renderTable } from './table.ts';
import { countOf, formatSize, wrapText } from './text.ts';

const columns: readonly Column[] = [
  { title: 'slot', align: 'right' },
  { title: 'type' },
  { title: 'region' },
  { title: 'start', align: 'right' },
  { title: 'blocks', align: 'right' },
  { title: 'size', align: 'right' },
  { title: 'state' },
];

/** One screen about an image. With `isVerbose` every field of the superblock as well. */
export function renderInfo(
  model: InfoModel,
  style: Style,
  look: { readonly isQuiet: boolean; readonly isVerbose: boolean },
): string[] {
  const { facts, slots, superblock, check } = model;
  const { bold, marks } = style;
  const title = [
    `DWVD v2`,
    formatSize(facts.size),
    `${countOf(facts.blocks, 'block')} of ${formatSize(facts.blockSize)}`,
  ].join(` ${marks.dot} `);
  const rows = slots.map((slot): Cell[] => [
    String(slot.index),
    slot.type,
    regionCell(slot, style),
    String(slot.startBlock),
    String(slot.blockCount),
    formatSize(slot.blockCount * BigInt(facts.blockSize)),
    { text: slot.state, paint: statePaint(slot.state, style) },
  ]);
  return [
    `${bold(facts.source)}  ${title}`,
    '',
    ...renderPairs(pairsOf(model, style), style),
    ...(look.isVerbose ? ['', `  ${bold('superblock')}`, ...fieldLines(superblock, style)] : []),
    '',
    ...renderTable(columns, rows, style),
    '',
    ...verdictLines(check, style),
    ...(look.isQuiet || check.findings.length === 0 ? [] : [style.dim('  vde check tells what was found')]),
  ];
}

function fieldLines(superblock: InfoModel['superblock'], style: Style): string[] {
  return renderPairs(
    superblock.map((field) => [field.path, displayValue(field, { ellipsis: style.marks.ellipsis })]),
    style,
    4,
  );
}

function pairsOf(model: InfoModel, style: Style): [string, string][] {
  const { facts, label, copyReason, modules, integrity } = model;
  const shown = (path: string): string => {
    const field = model.superblock.find((candidate) => candidate.path === path);
    return field ? displayValue(field, { ellipsis: style.marks.ellipsis }) : '?';
  };
  const wrapped = (text: string) => wrapText(text, style.width - 16).join('\n');
  const pairs: [string, string][] = [
    ['label', label === '' ? style.dim('none') : label],
    ['volume', facts.volumeUuid],
    ['superblock', copyPaint(facts.copyUsed, style)(wrapped(`${facts.copyUsed}: ${copyReason}`))],
  ];
  if (model.superblock.length > 0) {
    pairs.push(
      ['created', shown('createdTimestamp')],
      ['modified', shown('modifiedTimestamp')],
      ['blocks', `${shown('freeBlocks')} free, ${shown('totalAllocatedBlocks')} allocated of ${shown('totalBlocks')}`],
    );
  }
  pairs.push(['modules', modules.length === 0 ? style.dim('none') : wrapped(modules.join(', '))]);
  if (integrity.length > 0) pairs.push(['integrity', integrity.map((check) => integrityLine(check, style)).join('\n')]);
  return pairs;
}

const copyPaint = (copy: string, { yellow }: Style) => (copy === 'primary' ? (text: string) => text : yellow);

function integrityLine({ name, state, detail }: IntegrityModel, style: Style): string {
  const { marks, green, red, dim, yellow } = style;
  const [mark, paint] = {
    ok: [marks.ok, green],
    mismatch: [marks.bad, red],
    absent: [marks.none, dim],
    notChecked: [marks.unknown, yellow],
  }[state] as [string, (text: string) => string];
  return `${paint(mark)} ${state === 'absent' ? dim(name) : name}  ${dim(detail === '' ? wordsOf(state) : detail)}`;
}

const wordsOf = (state: IntegrityModel['state']): string =>
  ({ ok: 'holds', mismatch: 'does not hold', absent: 'not set', notChecked: 'not checked' })[state];
