import { defineConfig } from 'vitest/config';

const conditions = ['@vde/source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Vitest leaves a core to its main process, which has next to nothing to do here.
    maxWorkers: '100%',
    include: ['{packages,apps,examples}/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
