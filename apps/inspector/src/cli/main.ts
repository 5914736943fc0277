import type { AnyRegionPlugin, VdeError } from '@vde/format';
import { errorJson, jsonChunks, jsonLine } from '@vde/inspect';
import { Call, errorStyle, type OptionValues, outputStyle, tool } from './call.ts';
import type { CommandSpec } from './command-spec.ts';
import { commands, commandsOf } from './commands.ts';
import { type Failure, failureLines, failureOf } from './errors.ts';
import type { Io } from './io.ts';
import { isUrl } from './is-url.ts';
import { usageError } from './options.ts';
import { Output, requireOther } from './output.ts';
import { formatOf, type Parsed, parseCommandLine, pluginsOf } from './parser.ts';

/** Runs one command line and gives its exit code. Never throws; everything it says goes through `io`. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let parsed: Parsed | undefined;
  try {
    const plugins = await pluginsFor(argv);
    parsed = parseCommandLine(argv, plugins.commands, (options) => outputStyle(options, io));
    return await run(parsed, plugins, io);
  } catch (error) {
    const failure = failureOf(error, io.signal);
    await report(failure, { argv, options: parsed?.options ?? {}, io });
    return failure.exitCode;
  }
}

/** The plugins of a command line, their commands among those of the program, and what they failed in. */
interface Plugins {
  readonly regions: readonly AnyRegionPlugin[] | undefined;
  readonly commands: readonly CommandSpec[];
  readonly failures: ReadonlySet<string>;
}

async function pluginsFor(argv: readonly string[]): Promise<Plugins> {
  const names = pluginsOf(argv);
  const failures = new Set<string>();
  if (names.length === 0) return { regions: undefined, commands, failures };
  const onFailure = ({ message }: VdeError) => void failures.add(message);
  const { loadRegions } = await import('./plugin-load.ts');
  const regions = await loadRegions(names, onFailure);
  return { regions, commands: commandsOf(regions, onFailure), failures };
}

async function run(parsed: Parsed, { regions, failures }: Plugins, io: Io): Promise<number> {
  const request = await parsed.request();
  if ('text' in request) {
    const { text, isMistake = false } = request;
    const out = new Output(isMistake ? io.stderr : io.stdout);
    await out.write(text);
    await out.end();
    return isMistake ? 64 : 0;
  }
  const { command, args, options } = request;
  const output = options['output'] as string | undefined;
  if (options['format'] === 'ndjson' && !command.streams) {
    throw usageError(
      `vde ${command.name} prints one document, which has no lines to stream`,
      `vde ${command.name} -f json`,
    );
  }
  if (output !== undefined && command.takes !== 'nothing')
    await requireOther(
      output,
      args.filter((arg) => !isUrl(arg)),
    );
  const format = String(options['format']);
  if ((format === 'sarif' || format === 'html') && !command.formats?.includes(format))
    throw usageError(`vde ${command.name} has no form ${format}`, `vde ${command.name} -f json`);
  const out = new Output(io.stdout, output);
  const { run } = await command.load();
  const exitCode = await run(new Call({ command, args, options, io, out, ...(regions && { regions }) }));
  for (const failure of failures) await io.stderr.write(`vde: a plugin failed: ${failure}\n`);
  await out.end();
  // Nobody reads any more: the answer is no longer wanted, except the verdict of a check.
  return out.closed && command.name !== 'check' ? 0 : exitCode;
}

async function report(
  failure: Failure,
  { argv, options, io }: { argv: readonly string[]; options: OptionValues; io: Io },
): Promise<void> {
  const { trace: _, ...model } = failure;
  const lines = failureLines(failure, errorStyle(options, io));
  await io.stderr.write(`${lines.join('\n')}\n`).catch(() => {});
  const format = formatOf(argv);
  if (format === undefined || failure.exitCode === 130) return;
  const document = errorJson(model, tool);
  const text = format === 'json' ? `${[...jsonChunks(document)].join('')}\n` : jsonLine(document);
  await io.stdout.write(text).catch(() => {});
}
