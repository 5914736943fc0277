import type { Call } from './call.ts';
import type { ExitCode } from './exit-codes.ts';
import type { OptionSpec } from './options.ts';

export interface ArgSpec {
  readonly name: string;
  readonly summary: string;
  readonly many?: true;
  readonly optional?: true;
}

/** A command as data: parser, help and docs are made of this table, and nothing else declares one. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** More than the summary says, for its help. */
  readonly about?: string;
  readonly args: readonly ArgSpec[];
  readonly options: readonly OptionSpec[];
  /** Global options that mean nothing to it are not shown in its help; `image` ones need an IMAGE. */
  readonly takes: 'image' | 'extract' | 'nothing';
  /** Formats of its result besides those of all commands. */
  readonly formats?: readonly ('sarif' | 'html')[];
  /** Its result can be streamed in lines. */
  readonly streams?: true;
  readonly exits: readonly ExitCode[];
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** What it alone needs is loaded when it runs. */
  load(): Promise<{ run(call: Call): Promise<number> }>;
}
