import { tool } from './call.ts';
import type { ArgSpec, CommandSpec } from './command-spec.ts';
import { exitCodes } from './exit-codes.ts';
import { globalOptions, keyOf, type OptionSpec } from './options.ts';
import { padText, widthOf, wrapText } from './render/text.ts';
import type { Style } from './style.ts';

type Row = readonly [name: string, text: string];

/** Options that mean something only to commands that open an image, or an extract of one. */
const imageOptions = ['superblock', 'lenient', 'as', 'blockSize'];
const extractOptions = ['as', 'blockSize'];

/** The help of the whole program. */
export function programHelp(commands: readonly CommandSpec[], style: Style): string {
  return page([
    `${style.bold('vde')} ${tool.version}, the inspector of DWVD v2 disk images. Only commands that say so\nwrite to an image.`,
    ...section('Usage', ['  vde COMMAND [options] IMAGE...'], style),
    ...section('Commands', rows(commandRows(commands), style), style),
    ...section('Options', optionRows(globalOptions, style, standardOptions), style),
    ...section('Exit codes', rows(Object.entries(exitCodes), style), style),
    ...section(
      'Examples',
      exampleRows(
        [
          ['vde info a.dwvd', 'what is this, and is it whole?'],
          ['vde check a.dwvd', 'is anything damaged, and can it be repaired?'],
          ['vde show a.dwvd r:metrics-log', 'the records of a region'],
          ['vde help show', 'more about a command'],
        ],
        style,
      ),
      style,
    ),
  ]);
}

/** Commands by name; those of a group share a row. */
function commandRows(commands: readonly CommandSpec[]): Row[] {
  const groups = new Map<string, string[]>();
  const all = commands.map(({ name, group, summary }): Row => {
    const [first = '', verb] = name.split(' ');
    if (verb === undefined) return [name, summary];
    const verbs = groups.get(first) ?? [];
    groups.set(first, verbs);
    verbs.push(verb);
    return verbs.length === 1 ? [first, group ?? ''] : ['', ''];
  });
  return all.flatMap(([name, text]) => {
    const verbs = groups.get(name);
    return name === '' ? [] : [[name, verbs === undefined ? text : `${text}: ${verbs.join(', ')}`]];
  });
}

/** The help of a group: its commands. */
export function groupHelp(name: string, commands: readonly CommandSpec[], style: Style): string {
  const [first] = commands;
  return page([
    ...wrapText(`${style.bold(`vde ${name}`)}: ${first?.group}`, style.width),
    ...section('Usage', [`  vde ${name} COMMAND [options] ${first?.args.map(argUsage).join(' ')}`], style),
    ...section(
      'Commands',
      rows(
        commands.map((spec) => [spec.name.slice(name.length + 1), spec.summary]),
        style,
      ),
      style,
    ),
    ...section(
      'Examples',
      exampleRows(
        commands.flatMap(({ examples }) => examples.slice(0, 1)),
        style,
      ),
      style,
    ),
  ]);
}

/** The help of one command, made from its row of the table. */
export function commandHelp(spec: CommandSpec, style: Style): string {
  const usage = `  vde ${spec.name} [options] ${spec.args.map(argUsage).join(' ')}`.trimEnd();
  const exits = [...spec.exits, 64, ...(spec.takes === 'nothing' ? [] : ([65, 66, 74] as const)), 73] as const;
  return page([
    ...wrapText(`${style.bold(`vde ${spec.name}`)}: ${spec.summary}`, style.width),
    ...section('Usage', [usage], style),
    ...(spec.about === undefined ? [] : ['', ...wrapText(spec.about.replaceAll('\n', ' '), style.width, '  ')]),
    ...section(
      'Arguments',
      rows(
        spec.args.map((arg) => [arg.name, arg.summary]),
        style,
      ),
      style,
    ),
    ...section('Options', optionRows(spec.options, style), style),
    ...section(
      'Global options',
      optionRows(
        globalOptions.filter((option) => isMeant(option, spec)),
        style,
        standardOptions,
      ),
      style,
    ),
    ...section(
      'Exit codes',
      rows(
        [...exits].sort((a, b) => a - b).map((code) => [String(code), exitCodes[code]]),
        style,
      ),
      style,
    ),
    ...section('Examples', exampleRows(spec.examples, style), style),
  ]);
}

const standardOptions: readonly Row[] = [
  ['-h, --help', 'this help'],
  ['-V, --version', 'print the version'],
];

const page = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines];
}

function argUsage({ name, many, optional }: ArgSpec): string {
  return `${optional ? `[${name}]` : name}${many ? '...' : ''}`;
}

function isMeant(option: OptionSpec, { args, takes }: CommandSpec): boolean {
  const key = keyOf(option);
  if (key === 'jobs') return args.some(({ many }) => many);
  if (takes === 'nothing' || takes === 'edit') return !imageOptions.includes(key);
  return takes === 'extract' || !extractOptions.includes(key);
}

function optionRows(options: readonly OptionSpec[], style: Style, others: readonly Row[] = []): string[] {
  return rows([...options.map((option): Row => [option.flags, option.summary + valuesOf(option)]), ...others], style);
}

function valuesOf({ values, many, required, default: preset }: OptionSpec): string {
  const facts = [
    values?.join(', '),
    preset && `default ${preset}`,
    many && 'repeatable',
    required && 'required',
  ].filter(Boolean);
  return facts.length === 0 ? '' : ` (${facts.join('; ')})`;
}

function rows(list: readonly Row[], style: Style): string[] {
  const width = Math.max(0, ...list.map(([name]) => widthOf(name)));
  return list.flatMap(([name, text]) => {
    const lines = wrapText(text, style.width - width - 4);
    return lines.map(
      (line, i) => `  ${i === 0 ? style.cyan(name) + ' '.repeat(width - widthOf(name)) : padText('', width)}  ${line}`,
    );
  });
}

function exampleRows(examples: readonly Row[], style: Style): string[] {
  const width = Math.max(...examples.map(([line]) => widthOf(line)));
  return examples.map(([line, does]) => `  ${padText(line, width)}  ${style.dim(`# ${does}`)}`);
}
