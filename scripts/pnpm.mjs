// Runs pnpm through npx, so that a machine with nothing but Node and npm can use every root script.
// PATH gets the folder of a pnpm shim: turbo looks for the package manager there.
import { spawnSync } from 'node:child_process';

const version = '10.34.9';
const result = spawnSync('npx', ['--yes', `pnpm@${version}`, ...process.argv.slice(2)], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
process.exit(result.status ?? 1);
