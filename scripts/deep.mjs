// The long campaigns: the same tests as in `npm test`, with their full numbers.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync(
  process.execPath,
  ['scripts/pnpm.mjs', 'exec', 'vitest', 'run', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: { ...process.env, VDE_DEEP: '1' },
  },
);
process.exitCode = status ?? 1;
