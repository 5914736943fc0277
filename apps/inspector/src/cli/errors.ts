import { isVdeError } from '@vde/format';
import type { ErrorModel } from '@vde/inspect';
import { CommanderError } from 'commander';
import { exitCodeOfError } from './exit-codes.ts';
import type { Style } from './style.ts';

/** What went wrong, as people and scripts are told it; `trace` where it is a bug of this program. */
export interface Failure extends ErrorModel {
  readonly trace?: string;
}

/** Turns whatever was thrown into a failure with an exit code. */
export function failureOf(error: unknown, signal: AbortSignal | undefined): Failure {
  if (signal?.aborted) return { code: 'interrupted', message: 'interrupted', exitCode: 130 };
  if (error instanceof CommanderError) return usageFailure(error);
  if (isVdeError(error)) {
    return {
      code: error.code,
      message: error.message,
      exitCode: exitCodeOfError(error.code),
      hint: hintOf(error.code, error.details),
    };
  }
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  return {
    code: 'bug',
    message: `a bug of this program, not a fault of your image: ${message}`,
    exitCode: 70,
    hint: 'please report it to its authors with the lines below',
    trace: stack ?? message,
  };
}

/** The parser's own words: `error: unknown option '--levle'`, below it `(Did you mean --level?)`. */
function usageFailure({ message }: CommanderError): Failure {
  const [what = '', ...more] = message.split('\n');
  const suggestion = /\(Did you mean (.+)\?\)/.exec(more.join(' '))?.[1];
  const hint = suggestion === undefined ? 'vde --help' : suggestion.replace(/^one of /, '');
  return { code: 'usage', message: what.replace(/^error: /, ''), exitCode: 64, hint };
}

function hintOf(code: string, details: unknown): string | undefined {
  const { hint, nearest } = (details ?? {}) as { hint?: unknown; nearest?: unknown };
  if (typeof hint === 'string') return hint;
  if (typeof nearest === 'string') return nearest;
  return code === 'usage' ? undefined : `vde explain ${code}`;
}

/** A failure for people: one line what, one line what to try, and the trace of a bug. */
export function failureLines({ message, hint, trace }: Failure, style: Style): string[] {
  return [
    `${style.red('vde:')} ${message}`,
    ...(hint === undefined ? [] : [`${style.dim('try:')} ${hint}`]),
    ...(trace === undefined ? [] : ['', ...trace.split('\n').slice(0, 8)]),
  ];
}
