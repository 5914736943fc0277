// What must not lose data has every branch tested: commit, recovery, allocation, edits and their erasures.
import { spawnSync } from 'node:child_process';

const tests = [
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

const { status } = spawnSync(
  process.execPath,
  [
    'scripts/pnpm.mjs',
    ...['exec', 'vitest', 'run', ...tests, '--coverage.enabled', '--coverage.provider=v8'],
    ...sources.map((source) => `--coverage.include=${source}`),
    ...['--coverage.reporter=text', '--coverage.thresholds.branches=100', '--coverage.reportsDirectory=coverage'],
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
