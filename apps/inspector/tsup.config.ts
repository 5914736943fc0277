import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as { version: string };

/** One file with everything in it: what is parsed when a command starts is what it needs to start. */
export default defineConfig({
  entry: { cli: 'src/cli/start.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  clean: true,
  dts: false,
  minify: true,
  splitting: false,
  treeshake: true,
  noExternal: [/.*/],
  removeNodeProtocol: false,
  external: [/^node:/],
  define: { __VDE_VERSION__: JSON.stringify(version), 'Intl.Segmenter': 'LazySegmenter' },
  inject: ['src/cli/lazy-segmenter.ts'],
  // commander is CommonJS and requires Node's modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
