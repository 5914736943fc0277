import { escapeControls, type RepairModel, type RepairPatch, type Undone } from '@vde/inspect';
import type { Style } from '../style.ts';
import { byteChange } from './byte-change.ts';
import { countOf, formatOffset, formatSize, padText, wrapText } from './text.ts';

export interface RepairLook {
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
}

/** Patches that are shown unless all are asked for. */
const shownPatches = 10;

/** What a repair would do, or did: in words, byte by byte, what stays lost, and what to do next. */
export function renderRepair(model: RepairModel, style: Style, { isQuiet, isVerbose }: RepairLook): string[] {
  const { source, steps, lost } = model;
  const verdict = verdictOf(model, style);
  if (isQuiet) return [`${source}: ${verdict}`];
  const hints = hintsOf(model).map(style.dim);
  if (steps.length === 0 && lost.length === 0) return [`${source}: ${verdict}`, ...hints];
  return [style.bold(source), ...stepLines(model, style, isVerbose), ...lostLines(model, style), '', verdict, ...hints];
}

function stepLines({ steps, patches, applied }: RepairModel, style: Style, isVerbose: boolean): string[] {
  if (steps.length === 0) return [];
  const { bold, dim, green, cyan, marks } = style;
  const mark = applied ? green(marks.ok) : marks.dot;
  const shown = isVerbose ? patches : patches.slice(0, shownPatches);
  const left = patches.length - shown.length;
  const width = Math.max(...shown.map(({ address }) => address.length));
  const bytes = patches.reduce((sum, { range }) => sum + range.length, 0);
  return [
    '',
    bold(`repairs (${steps.length})`),
    ...steps.map(({ code, what }) => `  ${mark} ${what}  ${dim(code)}`),
    '',
    `${bold(`patches (${patches.length})`)}  ${dim(formatSize(bytes))}`,
    ...shown.map((patch) => `  ${cyan(padText(patch.address, width))}  ${patchWords(patch, style)}`),
    ...(left === 0 ? [] : [dim(`  and ${left} more; -v or -f json has them all`)]),
  ];
}

function patchWords(patch: RepairPatch, style: Style): string {
  const { offset, length } = patch.range;
  const place = style.dim(`${countOf(length, 'byte')} from 0x${formatOffset(offset)}`);
  return `${place}  ${byteChange(patch, style, { paint: style.green })}`;
}

function lostLines({ lost }: RepairModel, style: Style): string[] {
  if (lost.length === 0) return [];
  return [
    '',
    style.bold(`lost (${lost.length})`),
    ...lost.flatMap(({ code, address, message }) => [
      `  ${style.red(`${style.marks.bad} ${code}`)}  ${style.cyan(address)}`,
      ...wrapText(escapeControls(message), style.width, '      '),
    ]),
  ];
}

function verdictOf({ steps, lost, applied }: RepairModel, { marks, green, yellow, red }: Style): string {
  if (lost.length > 0) return red(`${marks.bad} damaged, something is lost`);
  if (steps.length === 0) return green(`${marks.ok} superblocks and directory need no repair`);
  return applied ? green(`${marks.ok} repaired`) : yellow(`${marks.warning} damaged, all of it can be repaired`);
}

function hintsOf({ source, steps, lost, undo }: RepairModel): string[] {
  const salvage = `vde salvage ${source} finds what is left of the lost`;
  return [
    ...(undo === undefined ? [] : [`vde undo ${source} ${undo} takes it back`]),
    ...(steps.length > 0 && undo === undefined ? [`vde repair ${source} --apply does it, and can be undone`] : []),
    lost.length > 0 ? salvage : `vde check ${source} tells about the rest`,
  ];
}

/** A repair that was taken back. */
export function renderUndo(
  { source, undo, restored }: Undone,
  style: Style,
  { isQuiet }: { isQuiet: boolean },
): string[] {
  if (isQuiet) return [];
  const what =
    restored === 0
      ? 'nothing was left to take back'
      : `the repair was taken back, ${countOf(restored, 'byte')} written`;
  return [
    `${style.green(style.marks.ok)} ${source}: ${what}`,
    style.dim(`${undo} stays: the same command again does no harm`),
  ];
}
