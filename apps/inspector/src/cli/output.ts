import { type FileHandle, open, stat } from 'node:fs/promises';
import { VdeError } from '@vde/format';
import type { OutputStream } from './io.ts';

/** Text that is kept before it is written: one call for many lines. */
const chunkLength = 1 << 16;

/**
 * Where a command's result goes: standard output, or the file of `-o`. A reader that closes the pipe makes it `closed`: what
 * is written then goes nowhere, and nothing fails.
 */
export class Output {
  readonly #stdout: OutputStream;
  readonly #path: string | undefined;
  #file: FileHandle | undefined;
  #pending: string[] = [];
  #pendingLength = 0;
  #closed = false;

  constructor(stdout: OutputStream, path?: string) {
    this.#stdout = stdout;
    this.#path = path;
  }

  get closed(): boolean {
    return this.#closed;
  }

  async write(text: string): Promise<void> {
    await this.pieces([text]);
  }

  /** Writes pieces of one text as they are made, until nobody reads any more. */
  async pieces(pieces: Iterable<string>): Promise<void> {
    for (const piece of pieces) {
      if (this.#closed) return;
      this.#pending.push(piece);
      this.#pendingLength += piece.length;
      if (this.#pendingLength >= chunkLength) await this.flush();
    }
  }

  async lines(lines: Iterable<string>): Promise<void> {
    await this.pieces(withNewlines(lines));
  }

  /** Writes bytes behind what was written before. They may be changed afterwards. */
  async bytes(bytes: Uint8Array): Promise<void> {
    await this.flush();
    if (!this.#closed) await this.#put(bytes);
  }

  async flush(): Promise<void> {
    const text = this.#pending.join('');
    this.#pending = [];
    this.#pendingLength = 0;
    if (this.#closed || (text === '' && this.#path === undefined)) return;
    await this.#put(text);
  }

  async #put(content: string | Uint8Array): Promise<void> {
    if (this.#path === undefined) await this.#toStdout(content);
    else await this.#toFile(this.#path, content);
  }

  /** Writes what is left. The file of `-o` exists afterwards, even when there was nothing to write. */
  async end(): Promise<void> {
    await this.flush();
    await this.#file?.close();
  }

  async #toStdout(content: string | Uint8Array): Promise<void> {
    try {
      await this.#stdout.write(content);
    } catch (cause) {
      if (!isClosedPipe(cause)) throw new VdeError('outputFailed', `standard output: ${messageOf(cause)}`, { cause });
      this.#closed = true;
    }
  }

  async #toFile(path: string, content: string | Uint8Array): Promise<void> {
    this.#file ??= await open(path, 'w').catch((cause: unknown) => {
      throw new VdeError('outputNotCreated', `${path}: cannot be created (${messageOf(cause)})`, { cause });
    });
    try {
      await this.#file.appendFile(content);
    } catch (cause) {
      throw new VdeError('outputFailed', `${path}: cannot be written (${messageOf(cause)})`, { cause });
    }
  }
}

/**
 * Refuses an output that is one of the inputs: opening it for writing would empty the image.
 * @throws VdeError `refused`.
 */
export async function requireOther(output: string, inputs: readonly string[]): Promise<void> {
  const identityOf = async (path: string) => {
    const stats = await stat(path, { bigint: true }).catch(() => undefined);
    return stats && `${stats.dev}:${stats.ino}`;
  };
  const target = await identityOf(output);
  if (target === undefined) return;
  for (const input of inputs) {
    if ((await identityOf(input)) !== target) continue;
    throw new VdeError('refused', `${output}: is the image itself; writing the output there would destroy it`);
  }
}

function* withNewlines(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

function isClosedPipe(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
}

function messageOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : String(error);
}
