import type { AnyRegionPlugin, CodeRegistry } from '@vde/format';
import { allCodes, type ExplainedCode } from '@vde/inspect';

/** Codes of the command line's own failures. */
const cliCodes = {
  usage: {
    severity: 'error',
    explain:
      'The command line could not be understood: a command, option or value that does not exist, or one that is missing. Every --help ends in examples.',
  },
  unknownName: {
    severity: 'error',
    explain: 'Nothing has the name that was looked for. The message names the nearest one.',
  },
  outputFailed: {
    severity: 'error',
    explain:
      'Writing the result failed part way, for example because the disk is full. What was written so far is incomplete.',
  },
  refused: {
    severity: 'error',
    explain:
      'The command would have destroyed something, for example by writing its output over the image it reads. Nothing was written.',
  },
} as const satisfies CodeRegistry;

/** Every code that the program can print, in alphabetical order. */
export function explainedCodes(regions: readonly AnyRegionPlugin[]): ExplainedCode[] {
  const own = Object.entries(cliCodes).map(([code, info]) => ({ code, ...info, from: 'command line' }));
  return [...allCodes(regions), ...own].sort((a, b) => (a.code < b.code ? -1 : 1));
}
