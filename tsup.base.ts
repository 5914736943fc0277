import { defineConfig, type Options } from 'tsup';

/** The build every library package shares: one ESM file with source map and types, nothing bundled from elsewhere. */
export function library(options: Options = {}) {
  return defineConfig({
    entry: ['src/index.ts'],
    format: 'esm',
    target: 'es2022',
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
    removeNodeProtocol: false,
    external: [/^node:/],
    ...options,
  });
}
