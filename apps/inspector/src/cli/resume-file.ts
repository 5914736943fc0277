import { access, constants, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VdeError } from '@vde/format';
import { CheckState } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { isUrl } from './is-url.ts';
import { usageError } from './options.ts';
import { requireOther } from './output.ts';

const intervalMs = 5000;
/** Writing may take so much of the time of the check. */
const maxShare = 0.1;
/** More is no state of a check: a file that was named by mistake is not read whole. */
const maxBytes = 256 * 1024 * 1024;

/** The file of `--resume`, which holds how far a check is while it runs, and when it was interrupted. */
export class ResumeFile {
  readonly state: CheckState;
  /** The file was there: the check goes on. */
  readonly isOld: boolean;
  readonly #path: string;
  #next = performance.now() + intervalMs;
  #saving: Promise<unknown> | undefined;

  private constructor(path: string, state: CheckState, isOld: boolean) {
    this.#path = path;
    this.state = state;
    this.isOld = isOld;
  }

  /**
   * The file that a call names, if it names one. @throws VdeError `usage`, `refused` when it is one of the other files,
   * `badCheckState`, `outputNotCreated`.
   */
  static async of(call: Call): Promise<ResumeFile | undefined> {
    const path = call.text('resume');
    if (path === undefined) return undefined;
    const [image] = call.args;
    if (call.args.length !== 1 || image === undefined)
      throw usageError('--resume is for the check of one image', 'vde check a.dwvd --resume a.state');
    if (isUrl(image) || call.text('as') !== undefined)
      throw usageError('--resume is for images in files: of others nothing tells whether they changed');
    const output = call.text('output');
    await requireOther(path, output === undefined ? [image] : [image, output]);
    const { mtimeNs } = await stat(image, { bigint: true }).catch(() => ({ mtimeNs: 0n }));
    const context = { tool, modified: String(mtimeNs) };
    const text = await readState(path);
    if (text !== undefined) return new ResumeFile(path, CheckState.from(text, context), true);
    await access(dirname(path), constants.W_OK).catch((cause: unknown) => fail(path, 'outputNotCreated', cause));
    return new ResumeFile(path, new CheckState(context), false);
  }

  /** Writes the state when it is time to; called often. */
  readonly keep = (): void => {
    if (this.#saving !== undefined || performance.now() < this.#next) return;
    const started = performance.now();
    this.#saving = this.#save().finally(() => {
      const now = performance.now();
      this.#next = now + Math.max(intervalMs, (now - started) / maxShare);
      this.#saving = undefined;
    });
    // A disk that is full does not end the check; that nothing is kept is told when it is interrupted.
    this.#saving.catch(() => {});
  };

  /** Writes the state for the last time; tells whether there is any. @throws VdeError `outputFailed`. */
  async interrupt(): Promise<boolean> {
    await this.#saving?.catch(() => {});
    return this.#save();
  }

  /** The check is done: nothing is left to go on with. */
  async end(): Promise<void> {
    await this.#saving?.catch(() => {});
    await rm(this.#path, { force: true });
  }

  /** The file is replaced at once, by one that is whole: a break while writing leaves the one before. */
  async #save(): Promise<boolean> {
    const text = this.state.save();
    if (text === undefined) return false;
    const temporary = `${this.#path}.${process.pid}.tmp`;
    try {
      const file = await open(temporary, 'w');
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#path);
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {});
      return fail(this.#path, 'outputFailed', cause);
    }
    return true;
  }
}

async function readState(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path);
    if (!stats.isFile() || stats.size > maxBytes) throw badFile(path, 'it is too large, or no file');
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ENOENT') return undefined;
    throw cause instanceof Error && 'syscall' in cause ? badFile(path, cause.message) : cause;
  }
}

function badFile(path: string, why: string): VdeError {
  return new VdeError('badCheckState', `${path}: holds no state of a check: ${why}`, { details: { why } });
}

function fail(path: string, code: 'outputNotCreated' | 'outputFailed', cause: unknown): never {
  const what = code === 'outputFailed' ? 'written' : 'created';
  const reason = (cause as { code?: unknown }).code ?? cause;
  throw new VdeError<string>(code, `${path}: cannot be ${what} (${String(reason)})`, { cause });
}
