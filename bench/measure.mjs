// How a row is measured: contenders take turns, so that a busy moment of the machine hits all of them alike.
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';

/** A built file of the repository. */
export const built = (path) => import(new URL(`../${path}`, import.meta.url).href);

const block = new Uint8Array(4096).map((_, i) => i * 31);

/**
 * What the machine can do, GB/s. A row that names a yardstick as its `scale` has targets for a machine where the yardstick gives its
 * nominal figure; they are judged in proportion to what it gives here, in the same rounds.
 */
export const yardsticks = {
  xxh: { name: 'xxhsum -b', nominal: 10, measure: xxhsum },
  sha: {
    name: 'SHA-256 of 4 KiB',
    nominal: 1.4,
    measure: () => rate(block.length, () => hash('sha256', block, 'buffer')),
  },
};

/** The XXH64 figure of `xxhsum -b` for 4080 bytes, GB/s; it keeps hashing the same ones. */
export function xxhsum() {
  // Variant 3 is XXH64; all of them take a minute.
  const { stdout, stderr, error } = spawnSync('xxhsum', ['-b3', '-i1', '-B4080'], { encoding: 'utf8' });
  if (error) return undefined;
  const figure = /#XXH64 .*?([\d.]+) it\/s/.exec(`${stdout}${stderr}`.replaceAll('\r', '\n'))?.[1];
  return figure === undefined ? undefined : (Number(figure) * 4080) / 1e9;
}

/** Best and median of each contender of a row, its yardstick included. What is not installed gives `undefined` and has no figures. */
export async function measureRow({ ours, peers = {}, better, rounds, scale }, { quick }) {
  const yardstick = quick ? undefined : yardsticks[scale];
  const contenders = Object.entries({ ours, ...peers, ...(yardstick && { [yardstick.name]: yardstick.measure }) });
  const values = new Map(contenders.map(([name]) => [name, []]));
  // The turn before the first is the warm-up: compiled code, filled caches, grown memory.
  for (let round = quick ? 0 : -1; round < (quick ? 1 : rounds); round++) {
    for (const [name, run] of contenders) {
      const value = await run();
      if (round >= 0 && value !== undefined) values.get(name).push(value);
    }
  }
  return Object.fromEntries(
    [...values]
      .filter(([, all]) => all.length > 0)
      .map(([name, all]) => [name, figures(all, name === yardstick?.name ? 'more' : better)]),
  );
}

function figures(all, better) {
  const sorted = all.toSorted((a, b) => (better === 'more' ? b - a : a - b));
  return { best: sorted[0], median: sorted[Math.floor(sorted.length / 2)] };
}

/** Nanoseconds of one call of `run`: repeated for at least `atLeast` milliseconds. */
export function time(run, atLeast = 100) {
  const start = process.hrtime.bigint();
  let calls = 0;
  let spent = 0;
  do {
    run();
    calls++;
    spent = Number(process.hrtime.bigint() - start);
  } while (spent < atLeast * 1e6);
  return spent / calls;
}

/** Bytes per nanosecond, which is GB/s. */
export const rate = (bytes, run, atLeast) => bytes / time(run, atLeast);

/** Milliseconds that a process takes from start to end. @throws Error when it fails. */
export function timeProcess(command, args) {
  const start = process.hrtime.bigint();
  const { status, error, stderr } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const spent = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error ?? stderr}`);
  return spent;
}

/** Whether a program can be started. */
export const isInstalled = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;

/** Random bytes that are the same in every run. */
export function fillRandom(bytes, seed = 1) {
  let state = seed >>> 0 || 1;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return bytes;
}
