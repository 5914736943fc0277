// The tests of the folder that Stryker names, quick files first: most mutants never reach the slow ones.
import { BaseSequencer } from 'vitest/node';
import base from '../../vitest.config.ts';

const longest = new Map();

class QuickFirst extends BaseSequencer {
  async sort(files) {
    const { cache, config } = this.ctx;
    for (const { moduleId, project } of files) {
      const { duration = 0 } =
        cache.getFileTestResults(`${project.name}:${moduleId.slice(config.root.length + 1)}`) ?? {};
      longest.set(moduleId, Math.max(duration, longest.get(moduleId) ?? 0));
    }
    return files.toSorted((a, b) => longest.get(a.moduleId) - longest.get(b.moduleId));
  }
}

export default {
  ...base,
  test: {
    ...base.test,
    include: ['**/*.test.ts'],
    // One worker for all files of a run: modules are loaded once for each mutant, not once for each file.
    isolate: false,
    runner: './scripts/mutation/runner.mjs',
    sequence: { sequencer: QuickFirst },
  },
};
