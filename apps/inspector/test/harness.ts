import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Io, OutputStream } from '../src/cli/io.ts';
import { main } from '../src/cli/main.ts';

/** A stream that keeps what is written; after `limit` bytes its reader has gone away. */
export class MemoryStream implements OutputStream {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  readonly #limit: number;

  constructor({ columns, limit = Number.POSITIVE_INFINITY }: { columns?: number; limit?: number } = {}) {
    this.isTTY = columns !== undefined;
    this.columns = columns;
    this.#limit = limit;
  }

  async write(bytes: string | Uint8Array): Promise<void> {
    if (this.text.length >= this.#limit) throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    this.text += typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString();
  }
}

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, as a terminal of `columns` or a pipe. */
export async function vde(
  args: readonly string[],
  around: Partial<Omit<Io, 'stdout' | 'stderr'>> & { columns?: number; limit?: number } = {},
): Promise<Ran> {
  const { columns, limit, env = {}, signal, stdin } = around;
  const stdout = new MemoryStream({ ...(columns !== undefined && { columns }), ...(limit !== undefined && { limit }) });
  const stderr = new MemoryStream();
  const exitCode = await main(args, { stdout, stderr, stdin, env, signal });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** The public key of the passports in the golden image `all-regions`. */
export const issuerPem: string = JSON.parse(
  readFileSync(new URL('../../../fixtures/golden/images/all-regions.json', import.meta.url), 'utf8'),
).regions.find(({ id }: { id: string }) => id === 'compliance-vault').summary.publicKeyPem;

/** A folder for one test file, with golden images in it. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'vde-cli-'));

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A golden image, changed by `damage`; its path. */
  image(golden: string, name = `${golden}.dwvd`, damage?: (bytes: Buffer) => void): string {
    const bytes = gunzipSync(
      readFileSync(new URL(`../../../fixtures/golden/images/${golden}.dwvd.gz`, import.meta.url)),
    );
    damage?.(bytes);
    return this.file(name, bytes);
  }

  /** The blocks of a golden region; their path. */
  extract(golden: string, name: string): string {
    return this.file(
      name,
      gunzipSync(readFileSync(new URL(`../../../fixtures/golden/regions/${golden}.bin.gz`, import.meta.url))),
    );
  }

  file(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** The path of a file that is there, else the word. */
  fileOrWord(word: string): string {
    return existsSync(this.path(word)) ? this.path(word) : word;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const esc = String.fromCharCode(27);

/** The text without colours. */
export function withoutColor(text: string): string {
  return text.replaceAll(new RegExp(`${esc}\\[[0-9;]*m`, 'g'), '');
}

export function hasColor(text: string): boolean {
  return text.includes(`${esc}[`);
}
