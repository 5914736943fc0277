// Everything a change must pass: build, lint, layers, packages, types, branches that must be tested, tests. The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coverageArgs, coveringTests } from './coverage.mjs';

const pnpm = ['node', ['scripts/pnpm.mjs']];
const folder = mkdtempSync(join(tmpdir(), 'vde-check-'));
const reports = ['coverage', 'tests'].map((name) => join(folder, `${name}.json`));
const reporters = reports.map((report) => ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
const rest = coveringTests.map((test) => `--exclude=${test}`);

const steps = [
  ['build', 'run', 'build'],
  ['lint', 'run', 'lint'],
  ['types', 'run', 'types'],
  ['coverage', ...coverageArgs, ...reporters[0]],
  ['tests', 'exec', 'vitest', 'run', ...rest, ...reporters[1]],
];

let failedSteps = 0;
for (const [name, ...args] of steps) {
  console.log(`\n== ${name}`);
  const started = Date.now();
  const { status } = spawnSync(pnpm[0], [...pnpm[1], ...args], { stdio: 'inherit' });
  console.log(`== ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (status !== 0) failedSteps++;
  // Tests of a tree that does not build say nothing new.
  if (status !== 0 && name === 'build') break;
}

let passed = 0;
let failed = failedSteps;
for (const report of reports) {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    passed += numPassedTests;
    // A failed test run is one failed step, counted by its tests instead; a file that does not load has no tests.
    const inTests = Math.max(numFailedTests, numFailedTestSuites > 0 ? 1 : 0);
    if (inTests > 0) failed += inTests - 1;
  } catch {
    if (failed === 0) failed = 1;
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
