import { type Damage, type DamagePlan, escapeControls } from '@vde/inspect';
import type { Style } from '../style.ts';
import { byteChange } from './byte-change.ts';
import { countOf, formatOffset, formatSize, padText, wrapText } from './text.ts';

/** What was done to a copy of an image, and how to look at it. */
export function renderDamage(
  { facts, kind, seed, damages, source }: DamagePlan,
  target: string,
  style: Style,
  { isQuiet }: { readonly isQuiet: boolean },
): string[] {
  if (isQuiet) return [];
  const { bold, dim, marks } = style;
  const out = escapeControls(target);
  const head = [
    `${bold(escapeControls(facts.source))} ${marks.arrow} ${bold(out)}`,
    formatSize(source.size),
    `kind ${kind}, seed ${seed}`,
  ];
  const width = Math.max(...damages.map(({ address }) => address.length));
  return [
    head.join(` ${marks.dot} `),
    '',
    ...damages.flatMap((damage) => damageLines(damage, width, style)),
    '',
    dim(`vde check ${out} shows it; --level deep also compares contents with their hashes`),
  ];
}

/** What happened at an address, and below it the bytes before and after. */
function damageLines(damage: Damage, width: number, style: Style): string[] {
  const { address, description } = damage;
  const indent = ' '.repeat(width + 4);
  const [first, ...more] = wrapText(escapeControls(description), style.width, indent);
  return [
    `  ${style.cyan(padText(address, width))}  ${first!.trimStart()}`,
    ...more,
    `${indent}${style.dim(placeOf(damage))}${changeOf(damage, style)}`,
  ];
}

function placeOf({ range: { offset, length } }: Damage): string {
  return `${length < 1024 ? countOf(length, 'byte') : formatSize(length)} from 0x${formatOffset(offset)}`;
}

/** The first bytes that differ, before and after. */
function changeOf({ range, patches: [patch] }: Damage, style: Style): string {
  if (patch === undefined) return '';
  const end = range.offset + range.length - patch.offset;
  return `  ${byteChange(patch, style, { paint: style.red, end })}`;
}
