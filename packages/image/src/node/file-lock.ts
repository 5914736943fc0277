import { link, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { VdeError } from '@vde/format';
import { errnoOf } from './file-source.ts';

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** An image that nobody else may write to until `release`. */
export interface FileLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of an image for writing: a file beside it, `<path>.lock`, that names the process. One of a process of this machine that is
 * no more is taken over; of other machines nothing can be known. Links to one file share the lock of what they name, hard links do not.
 * @throws VdeError `imageInUse`, naming the holder; `writeFailed` where no lock can be made.
 */
export async function lockFile(path: string): Promise<FileLock> {
  const lock = `${await realpath(path).catch(() => path)}.lock`;
  const own = `${lock}.${process.pid}.${performance.now().toString(36)}`;
  const holder: Holder = { pid: process.pid, host: hostname() };
  try {
    await writeNew(own, JSON.stringify(holder));
    // A link is made or refused at once; a file that is created is empty for a moment.
    if (await tryLink(own, lock)) return { release: () => rm(lock, { force: true }) };
    const found = await readFile(lock, 'utf8').catch(() => '');
    if (!isGone(found, holder) || !(await takeAway(lock, `${own}.old`, found)) || !(await tryLink(own, lock)))
      throw inUse(path, lock, found);
    return { release: () => rm(lock, { force: true }) };
  } catch (cause) {
    if (cause instanceof VdeError) throw cause;
    throw new VdeError('writeFailed', `${lock}: the lock cannot be made (${errnoOf(cause)})`, { cause });
  } finally {
    await rm(own, { force: true });
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  await file.writeFile(text).finally(() => file.close());
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a stale lock, unless another process was quicker and it is a new one by now. */
async function takeAway(lock: string, aside: string, stale: string): Promise<boolean> {
  await rename(lock, aside).catch(() => undefined);
  const taken = await readFile(aside, 'utf8').catch(() => stale);
  const isStale = taken === stale;
  if (!isStale) await tryLink(aside, lock);
  await rm(aside, { force: true });
  return isStale;
}

/** Whether the process that a lock names has ended. */
function isGone(text: string, self: Holder): boolean {
  const holder = parseHolder(text);
  if (holder === undefined || holder.host !== self.host) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return errnoOf(error) === 'ESRCH';
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, host } = JSON.parse(text) as Partial<Holder>;
    return Number.isInteger(pid) && typeof host === 'string' ? { pid: pid!, host } : undefined;
  } catch {
    return undefined;
  }
}

function inUse(path: string, lock: string, text: string): VdeError {
  const holder = parseHolder(text);
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'somebody';
  const message = `${path}: ${who} writes to it; if that is no longer so, remove ${lock}`;
  return new VdeError('imageInUse', message, { details: { lock, ...holder } });
}
