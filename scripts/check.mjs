// Everything a change must pass: build, lint, layers, packages, types, branches that must be tested, tests. The last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coverageArgs, coveringTests } from './coverage.mjs';

const pnpm = ['node', ['scripts/pnpm.mjs']];
const folder = mkdtempSync(join(tmpdir(), 'vde-check-'));
const reports = ['coverage', 'tests'].map((name) => join(folder, `${name}.json`));
const reporters = reports.map((report) => ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
const rest = coveringTests.map((test) => `--exclude=${test}`);

/** Steps of a row run at once: the types are those of the sources, and the build leaves a processor half idle. */
const rows = [
  [
    ['build', 'run', 'build'],
    ['types', 'run', 'types'],
  ],
  [['lint', 'run', 'lint']],
  [['coverage', ...coverageArgs, ...reporters[0]]],
  [['tests', 'exec', 'vitest', 'run', ...rest, ...reporters[1]]],
];

/** Runs a step; what it prints comes at its end where another one runs beside it. */
function run([name, ...args], isAlone) {
  if (isAlone) console.log(`\n== ${name}`);
  const started = Date.now();
  const child = spawn(pnpm[0], [...pnpm[1], ...args], { stdio: isAlone ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => printed.push(bytes));
  return new Promise((resolve) => {
    child.on('close', (status) => {
      if (!isAlone) process.stdout.write(`\n== ${name}\n${Buffer.concat(printed)}`);
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(`== ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)`);
      resolve(status === 0);
    });
  });
}

let failedSteps = 0;
for (const row of rows) {
  const results = await Promise.all(row.map((step) => run(step, row.length === 1)));
  failedSteps += results.filter((isOk) => !isOk).length;
  // Tests of a tree that does not build say nothing new.
  if (row[0][0] === 'build' && !results[0]) break;
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
