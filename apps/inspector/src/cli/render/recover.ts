import type { Recovered } from '@vde/inspect';
import type { Style } from '../style.ts';

type Did = Recovered['did'];

const done: Readonly<Record<Did, string>> = {
  none: 'nothing to recover: both superblock copies and the directory agree',
  rolledBack: 'an interrupted commit was rolled back: the mirror was written again from the primary superblocks',
  finished:
    'an interrupted commit was finished: the primary superblocks and the directory were written again from the mirror',
  directoryRebuilt: 'the directory was written again from the pointer table',
  needsRepair: 'no copy of the superblocks tells for sure what counts: nothing was written',
};

const wanted: Readonly<Record<Did, string>> = {
  ...done,
  rolledBack:
    'a commit was interrupted before it counted: recovery writes the mirror again from the primary superblocks',
  finished:
    'a commit was interrupted after it counted: recovery writes the primary superblocks and the directory again from the mirror',
  directoryRebuilt: 'recovery writes the directory again from the pointer table',
};

/** What recovery did, or would do. */
export function renderRecover(
  { source, did, dryRun }: Recovered,
  style: Style,
  { isQuiet }: { readonly isQuiet: boolean },
): string[] {
  const mark = did === 'needsRepair' ? style.red(style.marks.bad) : style.green(style.marks.ok);
  const line = `${mark} ${source}: ${(dryRun ? wanted : done)[did]}`;
  if (isQuiet || did === 'none') return [line];
  if (did === 'needsRepair') return [line, style.dim(`vde repair ${source} shows what can be put right`)];
  return [line, style.dim(dryRun ? `vde recover ${source} does it` : `vde check ${source} proves the rest`)];
}
