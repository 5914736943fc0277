import { type Damage, type DamagePlan, escapeControls } from '@vde/inspect';
import type { Style } from '../style.ts';
import { hexOf } from './plain-hex.ts';
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

/** Bytes that are shown of a change. */
const shownBytes = 8;

/** The first bytes that differ, before and after. */
function changeOf({ range, patches: [patch] }: Damage, { marks, dim, red }: Style): string {
  if (patch === undefined) return '';
  const { before, after } = patch;
  let first = 0;
  while (first < after.length && before[first] === after[first]) first++;
  let last = Math.min(after.length, range.offset + range.length - patch.offset);
  while (last > first && before[last - 1] === after[last - 1]) last--;
  const end = Math.min(last, first + shownBytes);
  const textOf = (bytes: Uint8Array) =>
    `${Array.from(bytes.subarray(first, end), hexOf).join(' ')}${end < last ? marks.ellipsis : ''}`;
  return `  ${dim(textOf(before))} ${marks.arrow} ${red(textOf(after))}`;
}
