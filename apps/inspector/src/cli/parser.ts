import { Command, Option } from 'commander';
import { type OptionValues, tool } from './call.ts';
import type { CommandSpec } from './command-spec.ts';
import { commandHelp, groupHelp, programHelp } from './help.ts';
import { globalOptions, type OptionSpec, requireValue } from './options.ts';
import type { Style } from './style.ts';

/** What a command line asks for: a command, or a text to print such as help; `isMistake` where a command is missing. */
export type Request =
  | { readonly command: CommandSpec; readonly args: readonly string[]; readonly options: OptionValues }
  | { readonly text: string; readonly isMistake?: boolean };

/** A parsed command line, and the options as far as it was read when it has a fault. */
export interface Parsed {
  readonly options: OptionValues;
  request(): Promise<Request>;
}

/**
 * Reads a command line by a table of commands. `styleOf` gives the look of help.
 * The request rejects with the parser's error, or VdeError `usage`.
 */
export function parseCommandLine(
  argv: readonly string[],
  commands: readonly CommandSpec[],
  styleOf: (options: OptionValues) => Style,
): Parsed {
  let found: Request | undefined;
  let text = '';
  let isMistake = false;
  const write = (part: string) => {
    text += part;
  };
  const program = new Command('vde');
  program.exitOverride().configureOutput({ writeOut: write, writeErr: write, outputError: () => {} });
  program
    .version(`vde ${tool.version}`, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'help of a command');
  program.helpInformation = () => programHelp(commands, styleOf(program.opts()));
  for (const option of globalOptions) program.addOption(parserOption(option));
  for (const spec of commands) {
    const [word = '', verb] = spec.name.split(' ');
    const parent = verb === undefined ? program : groupOf(word);
    const command = parent
      .command(verb ?? word)
      .summary(spec.summary)
      .exitOverride();
    command.helpInformation = () => commandHelp(spec, styleOf(program.opts()));
    for (const { name, many, optional } of spec.args)
      command.argument(optional ? `[${name}]` : many ? `<${name}...>` : `<${name}>`);
    for (const option of spec.options) command.addOption(parserOption(option));
    command.action(() => {
      found = { command: spec, args: command.args.map((arg) => arg.trim()), options: command.optsWithGlobals() };
    });
  }
  function groupOf(name: string): Command {
    const known = program.commands.find((command) => command.name() === name);
    if (known !== undefined) return known;
    const group = program.command(name).exitOverride();
    const own = commands.filter((spec) => spec.name.startsWith(`${name} `));
    group.helpInformation = () => groupHelp(name, own, styleOf(program.opts()));
    return group;
  }
  return {
    get options() {
      return program.opts();
    },
    async request() {
      try {
        await program.parseAsync(withoutHelpWord(argv).map(shieldNegative), { from: 'user' });
      } catch (error) {
        const { code, exitCode } = error as { code?: string; exitCode?: number };
        // Without a command the help is an answer to a mistake.
        isMistake = code === 'commander.help' && exitCode !== 0;
        if (text === '' || (exitCode !== 0 && !isMistake)) throw error;
      }
      return found ?? { text, isMistake };
    },
  };
}

/** `help metrics record` is `metrics record --help`: the parser's own help knows one word. */
function withoutHelpWord(argv: readonly string[]): readonly string[] {
  const [first, ...words] = argv;
  return first === 'help' && words.length === 2 ? [...words, '--help'] : argv;
}

/** The plugins that a command line names. They bring commands, so they are loaded before it is read. */
export function pluginsOf(argv: readonly string[]): string[] {
  const values = argv.flatMap((arg, i) => {
    if (arg === '--plugin') return argv[i + 1] ?? [];
    return arg.startsWith('--plugin=') ? arg.slice('--plugin='.length) : [];
  });
  return values.flatMap((value) => value.split(',')).map((name) => name.trim());
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
      ...(many === 'apart' ? [value] : value.split(',')).map((part) => part.trim()),
    ]);
  return option;
}

/** The JSON format that a command line asked for, also one that could not be read. */
export function formatOf(argv: readonly string[]): 'json' | 'ndjson' | undefined {
  const format = /(?:^|\s)(?:-f\s?|--format[\s=])(json|ndjson)(?=\s|$)/.exec(argv.join(' '))?.[1];
  return format as 'json' | 'ndjson' | undefined;
}
