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
  /** One word, or two: `metrics record` is `record` of the group `metrics`. */
  readonly name: string;
  /** What its group is for, where the name has two words. */
  readonly group?: string;
  readonly summary: string;
  /** More than the summary says, for its help. */
  readonly about?: string;
  readonly args: readonly ArgSpec[];
  readonly options: readonly OptionSpec[];
  /** Global options that mean nothing to it are not shown in its help; `image` ones need an IMAGE, `edit` ones write to it. */
  readonly takes: 'image' | 'extract' | 'edit' | 'nothing';
  /** Formats of its result besides those of all commands. */
  readonly formats?: readonly ('sarif' | 'html')[];
  /** Its result can be streamed in lines. */
  readonly streams?: true;
  readonly exits: readonly ExitCode[];
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** What it alone needs is loaded when it runs. */
  load(): Promise<{ run(call: Call): Promise<number> }>;
}
