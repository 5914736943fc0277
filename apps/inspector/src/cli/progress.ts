import type { Call } from './call.ts';
import { formatSize } from './render/text.ts';

/** Work that is done sooner shows nothing. */
const quietMs = 1000;
const barMs = 100;
const jsonMs = 1000;

/** Says on standard error how far a long work is: as a line on the terminal, or as lines of JSON. */
export class Progress {
  readonly #call: Call;
  readonly #what: string;
  readonly #form: 'bar' | 'json' | 'none';
  readonly #started = performance.now();
  #first: { readonly done: number; readonly time: number } | undefined;
  #shown = 0;

  constructor(call: Call, what: string) {
    this.#call = call;
    this.#what = what;
    const asked = call.text('progress') ?? 'auto';
    const own = call.io.stderr.isTTY && !call.isQuiet ? 'bar' : 'none';
    this.#form = asked === 'auto' ? own : (asked as 'bar' | 'json' | 'none');
  }

  readonly update = ({ done, total }: { readonly done: number; readonly total: number }): void => {
    if (this.#form === 'none') return;
    const now = performance.now();
    // What an earlier run did, and what went before the first byte, say nothing about the rate.
    this.#first ??= { done, time: now };
    const interval = this.#form === 'json' ? jsonMs : barMs;
    if (now - this.#started < quietMs || now - this.#shown < interval) return;
    this.#shown = now;
    const seconds = (now - this.#first.time) / 1000;
    const rate = seconds > 0 ? Math.floor((done - this.#first.done) / seconds) : 0;
    const secondsLeft = rate > 0 ? Math.ceil((total - done) / rate) : null;
    const line = { what: this.#what, done, total, rate, secondsLeft };
    this.#write(this.#form === 'json' ? `${JSON.stringify(jsonOf(line))}\n` : this.#bar(line));
  };

  /** Takes the line away. */
  end(): void {
    if (this.#shown > 0 && this.#form === 'bar') this.#write('\r\x1b[K');
    this.#shown = 0;
  }

  #bar({ what, done, total, rate, secondsLeft }: ProgressLine): string {
    const share = total > 0 ? Math.floor((100 * done) / total) : 100;
    const left = secondsLeft === null ? '' : `${secondsLeft} s left`;
    const line = `${what}  ${share} %  ${formatSize(done)} of ${formatSize(total)}  ${formatSize(rate)}/s  ${left}`;
    return `\r\x1b[K${line.slice(0, Math.max(20, (this.#call.io.stderr.columns ?? 80) - 1))}`;
  }

  #write(text: string): void {
    // A terminal that went away must not end the work.
    this.#call.io.stderr.write(text).catch(() => {});
  }
}

/** Does a work that says how far it is. */
export async function withProgress<T>(
  call: Call,
  what: string,
  work: (onProgress: Progress['update']) => Promise<T>,
): Promise<T> {
  const progress = new Progress(call, what);
  try {
    return await work(progress.update);
  } finally {
    progress.end();
  }
}

interface ProgressLine {
  readonly what: string;
  /** Bytes, and bytes a second. */
  readonly done: number;
  readonly total: number;
  readonly rate: number;
  readonly secondsLeft: number | null;
}

/** By the rules of JSON output: 64-bit numbers are strings. */
function jsonOf({ what, done, total, rate, secondsLeft }: ProgressLine) {
  return { type: 'progress', what, done: String(done), total: String(total), rate: String(rate), secondsLeft };
}
