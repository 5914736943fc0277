import type { AnyRegionPlugin } from '@vde/format';
import type { Tool } from '@vde/inspect';
import { allRegions } from '@vde/regions';
import type { CommandSpec } from './command-spec.ts';
import type { Io } from './io.ts';
import type { Output } from './output.ts';
import { createStyle, defaultWidth, type Style, wantsColor } from './style.ts';

declare const __VDE_VERSION__: string | undefined;

/** The program as its output names it. The build puts the version in. */
export const tool: Tool = {
  name: 'vde',
  version: typeof __VDE_VERSION__ === 'string' ? __VDE_VERSION__ : '0.0.0-source',
};

export type Format = 'human' | 'json' | 'ndjson' | 'sarif' | 'html';
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** One run of a command: what was asked for, and where the answer goes. */
export class Call {
  readonly command: CommandSpec;
  readonly args: readonly string[];
  readonly #options: OptionValues;
  readonly io: Io;
  readonly out: Output;
  readonly style: Style;
  /** The plugins of the program, and those of `--plugin`. */
  readonly regions: readonly AnyRegionPlugin[];

  constructor(parts: {
    command: CommandSpec;
    args: readonly string[];
    options: OptionValues;
    io: Io;
    out: Output;
    regions?: readonly AnyRegionPlugin[];
  }) {
    this.command = parts.command;
    this.args = parts.args;
    this.#options = parts.options;
    this.io = parts.io;
    this.out = parts.out;
    this.style = outputStyle(parts.options, parts.io);
    this.regions = parts.regions ?? allRegions;
  }

  get format(): Format {
    return this.text('format') as Format;
  }

  get isQuiet(): boolean {
    return this.flag('quiet');
  }

  get isVerbose(): boolean {
    return this.flag('verbose');
  }

  get errorStyle(): Style {
    return errorStyle(this.#options, this.io);
  }

  get signal(): AbortSignal | undefined {
    return this.io.signal;
  }

  text(key: string): string | undefined {
    const value = this.#options[key];
    return typeof value === 'string' ? value : undefined;
  }

  flag(key: string): boolean {
    return this.#options[key] === true;
  }

  list(key: string): readonly string[] {
    const value = this.#options[key];
    return Array.isArray(value) ? value : [];
  }
}

/** The look of standard output, or of the file of `-o`, which is no terminal. */
export function outputStyle(options: OptionValues, { stdout, env }: Io): Style {
  const isTerminal = stdout.isTTY && options['output'] === undefined;
  const color = wantsColor(String(options['color'] ?? 'auto'), isTerminal, options['output'] === undefined ? env : {});
  const width = isTerminal && options['reproducible'] !== true ? stdout.columns : defaultWidth;
  return createStyle({ color, ascii: wantsAscii(options, env), width });
}

/** The look of standard error. */
export function errorStyle(options: OptionValues, { stderr, env }: Io): Style {
  const color = wantsColor(String(options['color'] ?? 'auto'), stderr.isTTY, env);
  return createStyle({ color, ascii: wantsAscii(options, env), width: stderr.isTTY ? stderr.columns : undefined });
}

function wantsAscii(options: OptionValues, env: Io['env']): boolean {
  return options['ascii'] === true || env['TERM'] === 'linux' || env['TERM'] === 'dumb';
}
