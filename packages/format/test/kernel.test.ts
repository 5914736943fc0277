import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { xxh64Kernel } from '../src/xxh64-kernel.generated.ts';

interface BuildKernel {
  compileKernel(): Promise<Uint8Array>;
  renderKernel(binary: Uint8Array): string;
}

const script = new URL('../scripts/build-kernel.mjs', import.meta.url).href;
const committed = new Uint8Array(Buffer.from(xxh64Kernel, 'base64'));

it('is what its source compiles to, byte for byte', async () => {
  const { compileKernel, renderKernel } = (await import(script)) as BuildKernel;
  const rebuilt = await compileKernel();
  expect(Buffer.from(rebuilt).toString('base64')).toBe(xxh64Kernel);
  const file = readFileSync(new URL('../src/xxh64-kernel.generated.ts', import.meta.url), 'utf8');
  expect(file).toBe(renderKernel(rebuilt));
});

it('imports a memory and nothing else', () => {
  expect(WebAssembly.Module.imports(new WebAssembly.Module(committed))).toEqual([
    { module: 'env', name: 'memory', kind: 'memory' },
  ]);
});

it('is small enough to be compiled synchronously on the main thread of any browser', () => {
  expect(committed.length).toBeLessThan(4096);
});
