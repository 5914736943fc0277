import type { Call } from './call.ts';
import { formatSize } from './render/text.ts';

/** Work that is done sooner shows nothing. */
const quietMs = 1000;
const intervalMs = 100;

/** A line on the terminal of standard error that says how far a long work is. */
export class Progress {
  readonly #call: Call;
  readonly #what: string;
  readonly #started = performance.now();
  #shown = 0;

  constructor(call: Call, what: string) {
    this.#call = call;
    this.#what = what;
  }

  readonly update = ({ done, total }: { readonly done: number; readonly total: number }): void => {
    const { stderr } = this.#call.io;
    const now = performance.now();
    if (!stderr.isTTY || this.#call.isQuiet || now - this.#started < quietMs || now - this.#shown < intervalMs) return;
    this.#shown = now;
    const seconds = (now - this.#started) / 1000;
    const rate = done / seconds;
    const left = rate > 0 ? `${Math.ceil((total - done) / rate)} s left` : '';
    const share = total > 0 ? Math.floor((100 * done) / total) : 100;
    const line = `${this.#what}  ${share} %  ${formatSize(done)} of ${formatSize(total)}  ${formatSize(Math.round(rate))}/s  ${left}`;
    this.#write(`\r\x1b[K${line.slice(0, Math.max(20, (stderr.columns ?? 80) - 1))}`);
  };

  /** Takes the line away. */
  end(): void {
    if (this.#shown > 0) this.#write('\r\x1b[K');
    this.#shown = 0;
  }

  #write(text: string): void {
    // A terminal that went away must not end the work.
    this.#call.io.stderr.write(text).catch(() => {});
  }
}
