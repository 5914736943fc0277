import { Command, Option } from 'commander';
import { type OptionValues, tool } from './call.ts';
import type { CommandSpec } from './command-spec.ts';
import { commands } from './commands.ts';
import { commandHelp, programHelp } from './help.ts';
import { globalOptions, type OptionSpec, requireValue } from './options.ts';
import type { Style } from './style.ts';

/** What a command line asks for: a command, or a text to print such as help. */
export type Request =
  | { readonly command: CommandSpec; readonly args: readonly string[]; readonly options: OptionValues }
  | { readonly text: string };

/** A parsed command line, and the options as far as it was read when it has a fault. */
export interface Parsed {
  readonly options: OptionValues;
  request(): Promise<Request>;
}

/**
 * Reads a command line by the table of commands. `styleOf` gives the look of help.
 * The request rejects with the parser's error, or VdeError `usage`.
 */
export function parseCommandLine(argv: readonly string[], styleOf: (options: OptionValues) => Style): Parsed {
  let found: Request | undefined;
  let text = '';
  const program = new Command('vde');
  program
    .exitOverride()
    .configureOutput({ writeOut: (part) => (text += part), writeErr: () => {}, outputError: () => {} });
  program
    .version(`vde ${tool.version}`, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'help of a command');
  program.helpInformation = () => programHelp(styleOf(program.opts()));
  for (const option of globalOptions) program.addOption(parserOption(option));
  for (const spec of commands) {
    const command = program.command(spec.name).summary(spec.summary).exitOverride();
    command.helpInformation = () => commandHelp(spec, styleOf(program.opts()));
    for (const { name, many, optional } of spec.args)
      command.argument(optional ? `[${name}]` : many ? `<${name}...>` : `<${name}>`);
    for (const option of spec.options) command.addOption(parserOption(option));
    command.action(() => {
      found = { command: spec, args: command.args.map((arg) => arg.trim()), options: command.optsWithGlobals() };
    });
  }
  return {
    get options() {
      return program.opts();
    },
    async request() {
      try {
        await program.parseAsync(argv.map(shieldNegative), { from: 'user' });
      } catch (error) {
        if (text === '' || (error as { exitCode?: number }).exitCode !== 0) throw error;
      }
      return found ?? { text };
    },
  };
}

/** A place counted from the end, such as `-0x40`, is no option: none begins with a digit. Addresses allow the space. */
function shieldNegative(arg: string): string {
  return /^-\d/.test(arg) ? ` ${arg}` : arg;
}

function parserOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary);
  const { values, many } = spec;
  if (spec.default !== undefined) option.default(spec.default);
  if (values) option.argParser((value) => requireValue(`--${option.name()}`, value.trim(), values));
  if (many)
    option.argParser((value, before: readonly string[] = []) => [
      ...before,
      ...value.split(',').map((part) => part.trim()),
    ]);
  return option;
}

/** The JSON format that a command line asked for, also one that could not be read. */
export function formatOf(argv: readonly string[]): 'json' | 'ndjson' | undefined {
  const format = /(?:^|\s)(?:-f\s?|--format[\s=])(json|ndjson)(?=\s|$)/.exec(argv.join(' '))?.[1];
  return format as 'json' | 'ndjson' | undefined;
}
