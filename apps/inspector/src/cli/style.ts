import pc from 'picocolors';

export type Paint = (text: string) => string;

/** Marks of the human output, in Unicode and in ASCII. */
const unicode = {
  ok: '✓',
  bad: '✗',
  warning: '!',
  notice: 'i',
  unknown: '?',
  dot: '·',
  ellipsis: '…',
  differs: '≠',
  none: '–',
  arrow: '→',
  full: '█',
  empty: '░',
  levels: '▁▂▃▄▅▆▇█',
};
const ascii: typeof unicode = {
  ok: '+',
  bad: 'x',
  warning: '!',
  notice: 'i',
  unknown: '?',
  dot: '-',
  ellipsis: '...',
  differs: '!=',
  none: '-',
  arrow: '->',
  full: '#',
  empty: '.',
  levels: '_.-=+*%#',
};

export type Marks = typeof unicode;

/** How the human output looks: colours, marks and width. */
export interface Style {
  readonly width: number;
  readonly marks: Marks;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
  readonly magenta: Paint;
}

/** Width where the output is no terminal. */
export const defaultWidth = 100;
const minWidth = 40;

export function createStyle({
  color,
  ascii: isAscii,
  width = defaultWidth,
}: {
  color: boolean;
  ascii: boolean;
  width?: number | undefined;
}): Style {
  const { bold, dim, red, green, yellow, cyan, magenta } = pc.createColors(color);
  return {
    width: Math.max(minWidth, width || defaultWidth),
    marks: isAscii ? ascii : unicode,
    bold,
    dim,
    red,
    green,
    yellow,
    cyan,
    magenta,
  };
}

/** Whether to colour: `--color`, then NO_COLOR, then FORCE_COLOR, then whether a terminal reads it. */
export function wantsColor(
  when: string,
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (when !== 'auto') return when === 'always';
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && env['TERM'] !== 'dumb';
}
