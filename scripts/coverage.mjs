// What must not lose data has every branch tested: commit, recovery, allocation, edits and their erasures.
import { spawnSync } from 'node:child_process';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

/** The tests that cover it. */
export const coveringTests = [
  'packages/format/test/allocation-bitmap.test.ts',
  'packages/inspect/test/editing/edges.test.ts',
  'packages/inspect/test/editing/edit.test.ts',
  'packages/inspect/test/editing/repair-bitmap.test.ts',
  'packages/testing/test/recover.test.ts',
];

const sources = [
  'packages/format/src/allocation-bitmap.ts',
  'packages/image/src/allocation.ts',
  'packages/image/src/commit.ts',
  'packages/image/src/edit/**',
  'packages/image/src/recover.ts',
  'packages/image/src/repair-bitmap.ts',
];

/** Arguments of pnpm that run them and fail where a branch is left out. */
export const coverageArgs = [
  ...['exec', 'vitest', 'run', ...coveringTests, '--coverage.enabled', '--coverage.provider=v8'],
  ...sources.map((source) => `--coverage.include=${source}`),
  ...['--coverage.reporter=text', '--coverage.thresholds.branches=100', '--coverage.reportsDirectory=coverage'],
];

if (argv[1] === fileURLToPath(import.meta.url)) {
  const args = ['scripts/pnpm.mjs', ...coverageArgs, ...argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}
