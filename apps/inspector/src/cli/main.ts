import type { VdeError } from '@vde/format';
import { errorJson, jsonChunks, jsonLine } from '@vde/inspect';
import { Call, errorStyle, type OptionValues, outputStyle, tool } from './call.ts';
import { type Failure, failureLines, failureOf } from './errors.ts';
import type { Io } from './io.ts';
import { isUrl } from './is-url.ts';
import { usageError } from './options.ts';
import { Output, requireOther } from './output.ts';
import { formatOf, type Parsed, parseCommandLine } from './parser.ts';

/** Runs one command line and gives its exit code. Never throws; everything it says goes through `io`. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const parsed = parseCommandLine(argv, (options) => outputStyle(options, io));
  try {
    return await run(argv, parsed, io);
  } catch (error) {
    const failure = failureOf(error, io.signal);
    await report(failure, { argv, options: parsed.options, io });
    return failure.exitCode;
  }
}

async function run(argv: readonly string[], parsed: Parsed, io: Io): Promise<number> {
  const request = await parsed.request();
  if ('text' in request) {
    // Without a command the help is an answer to a mistake.
    const out = new Output(argv.length === 0 ? io.stderr : io.stdout);
    await out.write(request.text);
    await out.end();
    return argv.length === 0 ? 64 : 0;
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
  const plugins = options['plugin'] as readonly string[] | undefined;
  const failures = new Set<string>();
  const onFailure = ({ message }: VdeError) => failures.add(message);
  const regions = plugins && (await (await import('./plugin-load.ts')).loadRegions(plugins, onFailure));
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
