import { allCodes, schemaNames } from '@vde/inspect';
import { allRegions } from '@vde/regions';
import type { ArgSpec, CommandSpec } from './command-spec.ts';
import { globalOptions, type OptionSpec } from './options.ts';

/** A word that can be completed, and what it means. */
interface Word {
  readonly word: string;
  readonly summary: string;
}

/** An option as a shell sees it. */
interface Flag {
  readonly names: readonly string[];
  readonly summary: string;
  readonly takesValue: boolean;
  /** What may stand behind it; none where any file may. */
  readonly values: readonly string[];
}

/** What can be completed behind the name of a command. */
interface Completed {
  /** Of one word, or two. */
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  readonly flags: readonly Flag[];
  /** The words of its arguments; none where they are files. */
  readonly words: readonly string[];
}

const standardFlags: readonly Flag[] = [
  { names: ['-h', '--help'], summary: 'help', takesValue: false, values: [] },
  { names: ['-V', '--version'], summary: 'print the version', takesValue: false, values: [] },
];

/** Shells whose completion is known. */
export const shells = ['bash', 'zsh', 'fish', 'pwsh'] as const;
export type Shell = (typeof shells)[number];

/** The completion of the program for a shell, made from the table of commands: a script that the shell loads. */
export function completionOf(shell: Shell, commands: readonly CommandSpec[]): string {
  const model = commands.map(completed);
  return { bash: bashScript, zsh: zshScript, fish: fishScript, pwsh: pwshScript }[shell](model);
}

function completed(spec: CommandSpec): Completed {
  const flags = [...[...spec.options, ...globalOptions].map(flagOf), ...standardFlags];
  const { name, summary, group = '' } = spec;
  return { name, summary, group, flags, words: spec.args.flatMap(wordsOf) };
}

function flagOf({ flags, summary, values = [] }: OptionSpec): Flag {
  const names: readonly string[] = flags.match(/(?<!\S)--?[a-zA-Z][\w-]*/g) ?? [];
  const words = names.includes('--as') ? allRegions.map(({ id }) => id) : values;
  return { names, summary, takesValue: flags.includes('<'), values: words };
}

/** Words of arguments that are no files. */
function wordsOf({ name }: ArgSpec): readonly string[] {
  if (name === 'CODE') return [...new Set(allCodes(allRegions).map(({ code }) => code))].sort();
  if (name === 'CMD') return schemaNames;
  return name === 'SHELL' ? shells : [];
}

/** Words that may come first. */
function listed(model: readonly Completed[]): readonly Word[] {
  const firsts = new Map<string, Word>();
  for (const { name, summary, group } of model) {
    const [word = '', verb] = name.split(' ');
    if (!firsts.has(word)) firsts.set(word, { word, summary: verb === undefined ? summary : group });
  }
  return [...firsts.values(), { word: 'help', summary: 'help of a command' }];
}

/** Words that may come second, by the first. */
function groupsOf(model: readonly Completed[]): readonly (readonly [group: string, verbs: readonly Word[]])[] {
  const groups = new Map<string, Word[]>();
  for (const { name, summary } of model) {
    const [first = '', word] = name.split(' ');
    if (word !== undefined) groups.set(first, [...(groups.get(first) ?? []), { word, summary }]);
  }
  return [...groups];
}

function bashScript(model: readonly Completed[]): string {
  const cases = model.map(({ name, flags, words }) => {
    const names = flags.flatMap((flag) => flag.names).join(' ');
    return `    "${name}") flags="${names}"; words="${words.join(' ')}" ;;`;
  });
  const groups = groupsOf(model);
  const seconds = groups.flatMap(([group, verbs]) => verbs.map(({ word }) => `"${group} ${word}"`));
  const ofGroups = groups.map(
    ([group, verbs]) => `    ${group}) flags="--help"; words="${verbs.map(({ word }) => word).join(' ')}" ;;`,
  );
  return `# bash completion of vde: source it, or put it where bash-completion looks
_vde() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="" word flags words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
      ${listed(model)
        .map(({ word }) => `" ${word}"`)
        .join('|')}) command="$word" ;;
      ${seconds.join('|')}) command="$command $word" ;;
    esac
  done
  case "$command $prev" in
${valueCases(model)
  .map(([commandName, names, values]) => {
    const patterns = names.map((name) => `"${commandName} ${name}"`).join('|');
    return `    ${patterns}) ${values.length > 0 ? `COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$cur")); ` : ''}return ;;`;
  })
  .join('\n')}
  esac
  case "$command" in
${[...cases, ...ofGroups].join('\n')}
    help) flags=""; words="${listed(model)
      .map(({ word }) => word)
      .join(' ')}" ;;
    *) flags="${[...globalOptions.map(flagOf), ...standardFlags].flatMap((flag) => flag.names).join(' ')}"; words="${listed(
      model,
    )
      .map(({ word }) => word)
      .join(' ')}" ;;
  esac
  if [[ "$cur" == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n "$words" ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
}
complete -o default -o bashdefault -F _vde vde
`;
}

/** Options that a value follows, by command; without one, those of every command. */
function valueCases(model: readonly Completed[]): [string, readonly string[], readonly string[]][] {
  const all = [{ name: '', flags: globalOptions.map(flagOf) }, ...model];
  return all.flatMap(({ name, flags }) =>
    flags
      .filter(({ takesValue }) => takesValue)
      .map(({ names, values }): [string, readonly string[], readonly string[]] => [name, names, values]),
  );
}

function zshScript(model: readonly Completed[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const plain = (text: string) => text.replace(/[[\]:\\]/g, (character) => `\\${character}`);
  const flagLine = ({ names, summary, takesValue, values }: Flag) => {
    const what = `[${plain(summary)}]`;
    const value = takesValue ? `:value:${values.length > 0 ? `(${values.join(' ')})` : '_files'}` : '';
    const exclusive = names.length > 1 ? `(${names.join(' ')})` : '';
    return names.map((name) => `      ${quoted(`${exclusive}${name}${what}${value}`)} \\`).join('\n');
  };
  const cases = model.map(
    ({ name, flags, words }) => `    ${quoted(name)}) _arguments \\
${flags.map(flagLine).join('\n')}
      '*:argument:${words.length > 0 ? `(${words.join(' ')})` : '_files'}' ;;`,
  );
  return `#compdef vde
# zsh completion of vde: put it as _vde into a folder of $fpath
_vde() {
  local -a commands=(
${listed(model)
  .map(({ word, summary }) => `    ${quoted(`${word}:${plain(summary)}`)}`)
  .join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  local -a verbs
  case $command in
${groupsOf(model)
  .map(
    ([group, verbs]) =>
      `    ${group}) verbs=(${verbs.map(({ word, summary }) => quoted(`${word}:${plain(summary)}`)).join(' ')}) ;;`,
  )
  .join('\n')}
  esac
  if (( $#verbs )); then
    if (( CURRENT == 3 )); then
      _describe command verbs
      return
    fi
    command="$words[2] $words[3]"
    shift words
    (( CURRENT-- ))
  fi
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
    help) _describe command commands ;;
    *) _files ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _vde "$@"; else compdef _vde vde; fi
`;
}

function fishScript(model: readonly Completed[]): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`;
  const flagLine = (condition: string, { names, summary, takesValue, values }: Flag) =>
    [
      `complete -c vde ${condition}`,
      ...names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)),
      takesValue ? (values.length > 0 ? `-x -a ${quoted(values.join(' '))}` : '-r') : '',
      `-d ${quoted(summary)}`,
    ]
      .filter((part) => part !== '')
      .join(' ');
  const names = listed(model).map(({ word }) => word);
  const before = `-n "not __fish_seen_subcommand_from ${names.join(' ')}"`;
  const seconds = groupsOf(model).flatMap(([group, verbs]) => {
    const all = verbs.map(({ word }) => word).join(' ');
    const condition = `-n "__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ${all}"`;
    return verbs.map(({ word, summary }) => `complete -c vde ${condition} -f -a ${word} -d ${quoted(summary)}`);
  });
  const lines = model.flatMap(({ name, flags, words }) => {
    const seen = name.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
    const condition = `-n "${seen.join('; and ')}"`;
    const own = flags.slice(0, flags.length - globalOptions.length - standardFlags.length);
    return [
      ...own.map((flag) => flagLine(condition, flag)),
      ...(words.length > 0 ? [`complete -c vde ${condition} -f -a ${quoted(words.join(' '))}`] : []),
    ];
  });
  return `# fish completion of vde: put it as vde.fish into ~/.config/fish/completions
${listed(model)
  .map(({ word, summary }) => `complete -c vde ${before} -f -a ${word} -d ${quoted(summary)}`)
  .join('\n')}
${[...globalOptions.map(flagOf), ...standardFlags].map((flag) => flagLine('', flag)).join('\n')}
${[...seconds, ...lines].join('\n')}
`;
}

function pwshScript(model: readonly Completed[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const list = (words: readonly string[]) => `@(${words.map(quoted).join(', ')})`;
  const valued = valueCases(model)
    .filter(([, , values]) => values.length > 0)
    .flatMap(([command, names, values]) =>
      names.map((name) => `    ${quoted(`${command} ${name}`)} = ${list(values)}`),
    );
  return `# PowerShell completion of vde: add it to $PROFILE
Register-ArgumentCompleter -Native -CommandName vde -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = [ordered]@{
${listed(model)
  .map(({ word, summary }) => `    ${quoted(word)} = ${quoted(summary)}`)
  .join('\n')}
  }
  $groups = @{
${groupsOf(model)
  .map(([group, verbs]) => `    ${quoted(group)} = ${list(verbs.map(({ word }) => word))}`)
  .join('\n')}
  }
  $flags = @{
${model.map(({ name, flags }) => `    ${quoted(name)} = ${list(flags.flatMap((flag) => flag.names))}`).join('\n')}
  }
  $words = @{
${model
  .filter(({ words }) => words.length > 0)
  .map(({ name, words }) => `    ${quoted(name)} = ${list(words)}`)
  .join('\n')}
  }
  $values = @{
${valued.join('\n')}
  }
  $typed = @($commandAst.CommandElements | ForEach-Object { $_.ToString() } | Select-Object -Skip 1)
  if ($wordToComplete -ne '' -and $typed.Count -gt 0) { $typed = @($typed | Select-Object -SkipLast 1) }
  $command = $typed | Where-Object { $commands.Contains($_) } | Select-Object -First 1
  $verbs = if ($command -and $groups.ContainsKey($command)) { $groups[$command] } else { @() }
  $verb = $typed | Where-Object { $verbs -contains $_ } | Select-Object -First 1
  if ($verb) { $command = "$command $verb" }
  $previous = $typed | Select-Object -Last 1
  $offered = if ($values.ContainsKey("$command $previous")) { $values["$command $previous"] }
    elseif ($wordToComplete.StartsWith('-') -and $command) { $flags[$command] }
    elseif (-not $command) { $commands.Keys }
    elseif ($verbs -and -not $verb) { $verbs }
    elseif ($words.ContainsKey($command)) { $words[$command] }
  $offered | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}
