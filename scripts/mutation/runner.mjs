// A test file that cannot be loaded has no tests, and Stryker counts tests: without this a mutant that breaks a module "survives".
import { TestRunner, test } from 'vitest';

export default class extends TestRunner {
  async importFile(path, source) {
    try {
      return await super.importFile(path, source);
    } catch (error) {
      if (source !== 'collect') throw error;
      test('can be loaded', () => {
        throw error;
      });
    }
  }
}
