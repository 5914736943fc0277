// How Stryker runs over one region package. What each choice is for stands in docs/mutation.md.
import { readFileSync } from 'node:fs';
import { Stryker } from '@stryker-mutator/core';

/** Files that the tests of a package see; Stryker copies them into a sandbox, everything else stays in its place. */
const filesOf = (folder) => [
  `packages/${folder}/src/**`,
  `packages/${folder}/test/**`,
  `packages/${folder}/*.json`,
  'packages/testing/test/golden-files.ts',
  'fixtures/golden/**',
  'scripts/mutation/**',
  'tsconfig.base.json',
  'vitest.config.ts',
];

/** Tests every mutant of `packages/<folder>/src` and gives Stryker's report, which is also written to `file`. */
export async function mutate(folder, file) {
  const stryker = new Stryker({
    mutate: [`packages/${folder}/src/**/*.ts`],
    testRunner: 'vitest',
    vitest: { configFile: 'scripts/mutation/vitest.config.mjs', dir: `packages/${folder}/test`, related: false },
    plugins: [import.meta.resolve('@stryker-mutator/vitest-runner'), './scripts/mutation/texts.mjs'],
    ignorers: ['texts'],
    coverageAnalysis: 'perTest',
    ignoreStatic: false,
    disableTypeChecks: false,
    ignorePatterns: ['**', ...filesOf(folder).map((pattern) => `!${pattern}`)],
    tempDirName: 'coverage',
    concurrency: 1,
    timeoutFactor: 4,
    timeoutMS: 30_000,
    reporters: ['json', 'progress'],
    jsonReporter: { fileName: file },
  });
  await stryker.runMutationTest();
  return JSON.parse(readFileSync(file, 'utf8'));
}
