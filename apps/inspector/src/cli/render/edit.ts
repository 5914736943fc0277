import type { Edited } from '@vde/inspect';
import type { Style } from '../style.ts';
import { countOf } from './text.ts';

/** What an edit did: one line, and one for each thing that it could not keep, or had to put right first. */
export function renderEdit(
  { facts, did, before, after, recovery, findings }: Edited,
  style: Style,
  { isQuiet }: { readonly isQuiet: boolean },
): string[] {
  const { slot, type, id, blockCount, startBlock } = (after ?? before)!;
  const generations = [before?.generation, after?.generation].filter((each) => each !== undefined && each !== null);
  const parts = [
    `${did}: ${id ?? type} in slot ${slot}`,
    after === undefined
      ? `${countOf(blockCount, 'block')} freed`
      : `${countOf(blockCount, 'block')} from ${startBlock}`,
    ...(generations.length === 0 ? [] : [`generation ${[...new Set(generations)].join(` ${style.marks.arrow} `)}`]),
  ];
  const line = `${style.green(style.marks.ok)} ${facts.source}: ${parts.join(` ${style.marks.dot} `)}`;
  if (isQuiet) return [];
  return [
    line,
    ...(recovery === 'none' ? [] : [style.dim('an interrupted commit was finished or rolled back before')]),
    ...findings.map(({ code, message }) => style.yellow(`${style.marks.warning} ${code}: ${message}`)),
  ];
}
