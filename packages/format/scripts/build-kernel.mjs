// Compiles kernel/xxh64.ts to WebAssembly and writes it, embedded, to src/xxh64-kernel.generated.ts.
// Imported by the test that compares the committed file with a fresh build.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const source = new URL('../kernel/xxh64.ts', import.meta.url);
const target = new URL('../src/xxh64-kernel.generated.ts', import.meta.url);

// Memory is imported so that every slab owns one; mutable state is four globals, there is no heap.
const options = [
  ...['--runtime', 'stub', '--noExportMemory', '--importMemory'],
  ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert', '--converge'],
];

/** The kernel as WebAssembly bytes. */
export async function compileKernel() {
  const text = await readFile(source, 'utf8');
  let binary;
  const { error, stderr } = await asc.main(['xxh64.ts', '--outFile', 'xxh64.wasm', ...options], {
    readFile: (name) => (name === 'xxh64.ts' ? text : null),
    writeFile: (_name, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`kernel does not compile\n${stderr.toString()}`, { cause: error });
  return binary;
}

/** The text of src/xxh64-kernel.generated.ts for these WebAssembly bytes. */
export function renderKernel(binary) {
  const base64 = Buffer.from(binary).toString('base64');
  return [
    '// Generated from kernel/xxh64.ts, do not edit. Rebuild: node packages/format/scripts/build-kernel.mjs',
    '',
    `/** The XXH64 kernel as base64 of ${binary.length} bytes of WebAssembly. @internal */`,
    `export const xxh64Kernel =\n  '${base64}';`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const binary = await compileKernel();
  await writeFile(target, renderKernel(binary));
  console.log(`xxh64 kernel: ${binary.length} bytes`);
}
