import { tool } from './call.ts';
import type { CommandSpec } from './command-spec.ts';
import { exitCodes } from './exit-codes.ts';
import { globalOptions, type OptionSpec } from './options.ts';

/** The manual page vde(1), made from a table of commands, in the language of man(7). */
export function manPage(commands: readonly CommandSpec[]): string {
  return `${[
    `.TH VDE 1 "" "vde ${tool.version}" "User Commands"`,
    '.SH NAME',
    'vde \\- look into DWVD v2 disk images, check and edit them',
    '.SH SYNOPSIS',
    '.B vde',
    '.I COMMAND',
    '[options]',
    '.I IMAGE...',
    '.SH DESCRIPTION',
    'Shows what a DWVD v2 image holds, what is damaged in it, where to the byte, and what can be saved.',
    'IMAGE is a path or an http(s) URL, which is read by range requests.',
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH OPTIONS',
    ...globalOptions.flatMap(optionLines),
    '.SH EXIT STATUS',
    ...Object.entries(exitCodes).flatMap(([code, meaning]) => ['.TP', `.B ${code}`, escaped(meaning)]),
    '.SH ENVIRONMENT',
    '.TP',
    '.B NO_COLOR',
    'no colours unless \\-\\-color=always asks for them',
  ].join('\n')}\n`;
}

function commandLines({ name, summary, about, args, options, examples }: CommandSpec): string[] {
  const usage = args.map((arg) => `${arg.optional ? `[${arg.name}]` : arg.name}${arg.many ? '...' : ''}`).join(' ');
  return [
    `.SS ${escaped(`${name} ${usage}`.trim())}`,
    sentence(summary),
    ...(about === undefined ? [] : ['.PP', ...about.split('\n').map(escaped)]),
    ...options.flatMap(optionLines),
    '.PP',
    'Examples:',
    ...examples.flatMap(([line, does]) => ['.TP', `.B ${escaped(line)}`, escaped(does)]),
  ];
}

function optionLines({ flags, summary, values, required, default: preset }: OptionSpec): string[] {
  const facts = [values?.join(', '), preset && `default ${preset}`, required && 'required'].filter(Boolean).join('; ');
  return ['.TP', `.B ${escaped(flags)}`, escaped(facts === '' ? summary : `${summary} (${facts})`)];
}

const sentence = (text: string): string => escaped(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);

/** A line that begins with a dot or an apostrophe is a request; a bare hyphen may become another character. */
function escaped(text: string): string {
  const line = text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
